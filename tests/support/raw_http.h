/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP by the byte, for requests that no library would send. */
#pragma once

#include <glib.h>

/** Connects to "http://127.0.0.1:PORT". Returns: the socket. */
int pipit_raw_connect(const char *origin);

/** Sends text. */
void pipit_raw_send(int fd, const char *text);

/** Reads until the server closes. Returns: (transfer full) all that came; closes the socket. */
char *pipit_raw_read(int fd);

/** Sends, and reads until the server closes (ask for that with "Connection: close"). Returns: (transfer full) */
char *pipit_raw_ask(const char *origin, const char *text);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading what a client would hand to the relay. */
#pragma once

#include <glib.h>

/** Returns: (transfer full) the recipients of a send request and the devices that each has a copy for, named by the first
 * byte of their push token: "mailto:a@x(1 2)mailto:b@x()". */
char *pipit_sent_describe(GBytes *request);

/** Returns: (transfer full) the payload of the first copy that there is. */
GBytes *pipit_sent_payload(GBytes *request);

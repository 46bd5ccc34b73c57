/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that come with a message. */
#pragma once

#include "plugin/account.h"

/** Takes @body, which is markup. Returns: (transfer full) it with a line for each file of @incoming. */
char *pipit_arrival_append(PipitAccount *account, const PipitIncoming *incoming, char *body);

/** Once that stands in the conversation: fetches the pictures that are to be shown, and has the client ask about the rest. */
void pipit_arrival_show(PipitAccount *account, const PipitIncoming *incoming);

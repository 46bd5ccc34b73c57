/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pictures in conversations: what the person puts into a message, and what comes from people they know. */
#pragma once

#include "plugin/account.h"

/** Returns: (transfer full) the numbers (int, of libpurple's image store) of the pictures in @markup, in their order. */
GArray *pipit_picture_ids(const char *markup);

/** Writes a message with the pictures @ids down, to go to @who (an address or a group), with a caption around them.
 * Returns: FALSE with an error, a sentence for the person. */
gboolean pipit_picture_send(PipitAccount *account, const char *who, const GArray *ids, const char *text,
			    const char *html, GError **error);

/** TRUE if @attachment can be shown where it was written, as far as that can be told before it is there. */
gboolean pipit_picture_can_be_shown(const PipitAttachment *attachment);

/** Fetches @attachment, which came with @incoming, and shows it, or says why not. */
void pipit_picture_fetch(PipitAccount *account, const PipitIncoming *incoming,
			 const PipitAttachment *attachment);

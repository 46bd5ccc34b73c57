/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said in a conversation about files on their way. */
#pragma once

#include "plugin/account.h"

/** Writes a message with the file at @path down, to go to @who (an address, or a group), and remembers that its line is to be written when it
 * went out. @caption: or NULL. Returns: the transfer's number; 0 with an error. */
gint64 pipit_transfer_begin(PipitAccount *account, const char *who, const char *path, const char *caption,
			    GError **error);

/** The message of this transfer stands in the conversation already. */
void pipit_transfer_is_shown(PipitAccount *account, gint64 number);

/** TRUE if that was said of it. */
gboolean pipit_transfer_stands_there(const PipitAccount *account, gint64 number);

/** Says that @name could not even be written down, or its fetching not begin. */
void pipit_transfer_not_begun(PipitAccount *account, const char *who, const char *name, const GError *error);
void pipit_transfer_not_fetched(PipitAccount *account, const char *who, const char *name,
				const GError *error);

/** Says that @name is given up, by the person. */
void pipit_transfer_given_up(PipitAccount *account, const char *who, const char *name);

/** Says what became of @transfer, as far as the client doesn't (@by_client: it shows it). */
void pipit_transfer_tell(PipitAccount *account, const PipitTransfer *transfer, gboolean by_client);

/** Tries the uploads again that failed; those to @peer (a URI, or a group), or all with NULL. Returns: how many there were. */
guint pipit_transfer_retry(PipitAccount *account, const char *peer);

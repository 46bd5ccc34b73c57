/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A transfer of libpurple's that is moved by hand. Between xfer.c and this file alone. */
#pragma once

#include <ft.h>

#include "protocol/client.h"

/* What a transfer of the client's is here, in its prpl data. There from the moment on that its number, or at least the group that
 * it goes to, is known until it ends. */
typedef struct {
	char *who;      /* an address, or a group: the client knows that by words only */
	gint64 number;  /* 0 until it has one */
	gboolean begun; /* the engine has it, or will have it at once */
	guint timer;    /* until it is known in which folder it goes; or 0 */
} PipitMoved;

/** Tells what @xfer is, from now on. Returns: (transfer none) */
PipitMoved *pipit_moved_set(PurpleXfer *xfer, const char *who, gint64 number, gboolean begun);

/** Returns: (transfer none) what @xfer is here; NULL if that is not known yet, or it has ended. */
PipitMoved *pipit_moved_of(const PurpleXfer *xfer);

/** @xfer has ended, or has nothing to do with its number any more. */
void pipit_moved_forget(PurpleXfer *xfer);

/** Returns: (transfer none) the transfer of @account with this number; NULL if there is none. */
PurpleXfer *pipit_moved_find(const PurpleAccount *account, gint64 number);

/** Shows how far it is, and that it runs. */
void pipit_moved_show(PurpleXfer *xfer, const PipitTransfer *transfer);

/** Shows that it is done. @xfer may be gone afterwards. Returns: FALSE if the file could not be put where the client wants it. */
gboolean pipit_moved_finish(PurpleXfer *xfer, const PipitTransfer *transfer);

/** Ends it without having come to its end, and closes the question about it. The client only shows that; the reason is to
 * stand in the conversation. @xfer may be gone afterwards. */
void pipit_moved_end_early(PurpleXfer *xfer);

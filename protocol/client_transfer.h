/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files on their way, as the client keeps them in memory: what becomes of each is told to the host from here.
 *
 *	client_files.c     what the host asks    client_transfer.c  the list, and telling
 *	client_upload.c    drafts going out      client_download.c  attachments coming in
 *	client_content.c   messages whose content lies at the server
 *	client_farewell.c  telling the server that a blob is not needed any more */
#pragma once

#include "protocol/blob_download.h"
#include "protocol/blob_upload.h"
#include "protocol/client_private.h"

typedef struct {
	PipitClient *client;
	gint64 number;
	PipitTransferState state;
	GError *error;  /* FAILED, or WAITING after trouble; in PIPIT_CLIENT_ERROR */
	guint attempts; /* that failed in a row */
	gint64 due;     /* of one that WAITS: ms, our clock */
	gint64 size;    /* bytes */
	gint64 moved;
	gint64 told_at;    /* µs, monotonic */
	PipitDraft *draft; /* an upload; or NULL: a fetch, which has what follows */
	PipitReceivedFile *file;
	char *folder;
	char *name;                  /* in there; safe */
	PipitBlobDownload *download; /* or NULL */
} PipitTransferItem;

/** @draft, @file: (transfer full), one of them. Returns: (transfer none) it is in the client's list. */
PipitTransferItem *pipit_transfer_add_upload(PipitClient *client, PipitDraft *draft);
PipitTransferItem *pipit_transfer_add_fetch(PipitClient *client, PipitReceivedFile *file, const char *folder,
					    const char *name);
/** Returns: (transfer none) NULL if there is none. */
PipitTransferItem *pipit_transfer_find(const PipitClient *client, gint64 number);
/** Out of the list, and freed. */
void pipit_transfer_remove(PipitTransferItem *item);

/** Describes it, for the host; valid as long as the item is as it is. */
PipitTransfer pipit_transfer_describe(const PipitTransferItem *item);

/* Each of these tells the host, which may free the client, or disconnect, in there: and with that the item may be gone. */

void pipit_transfer_running(PipitTransferItem *item);
/** So many bytes in all; tells now and then. */
void pipit_transfer_moved(PipitTransferItem *item, gint64 moved);
/** It will pass: waits, longer each time. @error: in PIPIT_CLIENT_ERROR. @retry_after: seconds, or 0. */
void pipit_transfer_wait(PipitTransferItem *item, const GError *error, guint retry_after);
/** It ends: a fetch is removed, an upload stays and is written down as failed. */
void pipit_transfer_fail(PipitTransferItem *item, const GError *error);
/** It is done, or cancelled, and is removed. @path, @id: as in PipitTransfer. */
void pipit_transfer_end(PipitTransferItem *item, PipitTransferState state, const char *path, const char *id);

/** The next item that @wanted says yes to, WAITING and due. @due: out: when none is, the earliest of theirs (ms, our clock); 0
 * without any. */
PipitTransferItem *pipit_transfer_next(const PipitClient *client, gboolean uploads, gint64 *due);

/* client_upload.c */
/** Works on the drafts, soon. */
void pipit_session_pump_uploads(PipitSession *session);
void pipit_session_stop_uploads(PipitSession *session);
/** Stops working on this one, if it does. */
void pipit_session_leave_upload(PipitSession *session, const PipitTransferItem *item);
/** The files of ours that a draft has go. */
void pipit_draft_remove_copies(const PipitDraft *draft);

/* client_download.c */
void pipit_session_pump_downloads(PipitSession *session);
void pipit_session_stop_downloads(PipitSession *session);

/** A file's error in the host's words. Returns: (transfer full) */
GError *pipit_client_error_from_file(const GError *error);

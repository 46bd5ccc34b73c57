/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One device of a person in the two-party target: the engine's own store, directory, inbox and outbox, driven step by step
 * in the order of protocol/client_*.c, with a fault where the target wants one. */
#pragma once

#include "protocol/inbox.h"
#include "protocol/outbox.h"
#include "tests/fuzz/relay.h"

#define FUZZ_CLIENTS 6 /* as many different keys there are */

typedef enum {
	FUZZ_NO_FAULT,
	FUZZ_LOOK_UP_FAILS,
	FUZZ_REQUEST_LOST,
	FUZZ_ANSWER_LOST,
	FUZZ_DIES_EARLY, /* with the work done and not yet written down */
	FUZZ_DIES_LATE,  /* with it written down and not yet told to anybody */
	FUZZ_DIES_LAST,  /* with the other side told, and its answer not yet taken */
	FUZZ_FAULTS,
} FuzzFault;

/* What was shown. */
typedef struct {
	char *id;
	char *peer;
	char *from;
	char *text; /* NULL: it said that something could not be read */
} FuzzShown;

typedef struct {
	const char *handle;
	FuzzRelay *relay;
	FuzzRelayDevice *at_relay;
	char *folder;
	guint number;
	PipitStore *store; /* NULL: removed for good */
	PipitDirectory *directory;
	PipitInbox *inbox;
	PipitOutbox *outbox;
	gboolean online;
	gint64 after;
	GArray *acks;
	GPtrArray *shown;     /* of FuzzShown */
	GHashTable *repeated; /* ids that may be shown once more, since it died while it showed them */
	GHashTable *done;     /* ids that the outbox called done */
	GPtrArray *overheard; /* of GBytes: requests that the network may repeat */
} FuzzClient;

/** Signs in a new device of @handle. @number: below FUZZ_CLIENTS, another one for each. @folder: where it keeps its store. */
FuzzClient *fuzz_client_new(FuzzRelay *relay, const char *handle, guint number, const char *folder);
void fuzz_client_free(FuzzClient *client);

/** Its program ends at once and is started again. */
void fuzz_client_restart(FuzzClient *client);
/** The device is removed by its owner, and its program ends. */
void fuzz_client_remove(FuzzClient *client);

/** Returns: (transfer full) the id. */
char *fuzz_client_write(FuzzClient *client, const char *peer, const char *text);
/** Works on one message of the outbox. FALSE if there is nothing to do now. */
gboolean fuzz_client_send(FuzzClient *client, FuzzFault fault);
/** Polls, opens, commits, shows; what is to be acknowledged goes with the next poll. FALSE if nothing came. */
gboolean fuzz_client_receive(FuzzClient *client, FuzzFault fault);
/** Tries again what could not be decided. FALSE if there is nothing of it. */
gboolean fuzz_client_try_undecided(FuzzClient *client, FuzzFault fault);
/** Publishes a new prekey, or the one that waits for it. */
void fuzz_client_new_prekey(FuzzClient *client, FuzzFault fault);
/** Wipes prekeys that are over their time; only after the queue was drained. */
void fuzz_client_expire(FuzzClient *client);

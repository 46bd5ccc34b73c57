/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Somebody with a client: what is shown to them is kept, so that tests read like a conversation. */
#pragma once

#include "protocol/client.h"

/* An attachment of what was shown, copied. */
typedef struct {
	gint64 number;
	char *name;
	char *type;
	gint64 size;
	guint width;
	guint height;
} PipitShownFile;

/* What was told last of a transfer, copied. */
typedef struct {
	gint64 number;
	gboolean upload;
	PipitTransferState state;
	gint64 size;
	gint64 moved;
	char *peer;
	char *name;
	char *path;
	char *id;
	GError *error;
	guint told; /* how often, while it ran */
} PipitTold;

/* What was shown, copied. */
typedef struct {
	char *id;
	char *peer;
	char *from;
	gboolean own;
	char *text;
	char *html;
	gint64 sent_at;
	gint64 received_at;
	gboolean delayed;
	GPtrArray *files; /* of PipitShownFile */
} PipitShown;

/* What became of a sent message. */
typedef struct {
	char *id;
	char *peer;
	GError *error;
} PipitSent;

/* A receipt, copied. */
typedef struct {
	char *peer;
	char *id;
	char *from;
	guint count;
	gboolean read;
	gboolean latest;
	gint64 sent_at;
	gint64 at;
} PipitReceipted;

typedef struct {
	PipitClient *client; /* NULL while the program does not run */
	char *folder;        /* where it keeps its store */
	PipitClientOptions options;
	GPtrArray *shown;           /* of PipitShown */
	GPtrArray *sent;            /* of PipitSent */
	GPtrArray *notices;         /* of char * */
	GPtrArray *new_devices;     /* of char * */
	GPtrArray *account_notices; /* of char * */
	GPtrArray *own_missed;      /* of char *: why own devices did not get a copy */
	GPtrArray *read_elsewhere;  /* of char *: peers */
	GPtrArray *receipts;        /* of PipitReceipted */
	GPtrArray *typing;          /* of char *: "begun " or "stopped ", and the peer */
	GPtrArray *group_news;      /* of char *: what was told of groups, e.g. "added alice@x: bob@x" */
	GPtrArray *transfers;       /* of PipitTold */
	void (*on_transfer)(gpointer test, const PipitTransfer *transfer); /* or NULL */
	gpointer test;
	GPtrArray *steps; /* of char *: what was being done while connecting */
	guint went_offline;
	GError *error;            /* of the last time it went offline */
	gboolean looks_away;      /* shows nothing */
	gboolean no_window;       /* shows no new devices */
	gboolean knows_nobody;    /* has no contacts */
	gboolean ends_on_message; /* the program ends in the callback */
	gboolean ends_on_sent;
	gboolean ends_on_online;
} PipitPerson;

/** Starts a client that registers, unless @options say otherwise; offline. @options: or NULL. */
PipitPerson *pipit_person_new(const char *handle, const char *server, const PipitClientOptions *options);
void pipit_person_free(PipitPerson *person);

/** Ends the program, and starts it anew on the same store. */
void pipit_person_restart(PipitPerson *person);
void pipit_person_end(PipitPerson *person);

/** Connects and waits until online. */
void pipit_person_go_online(PipitPerson *person);
/** Connects and waits until it went offline with an error of this kind. */
void pipit_person_fail_online(PipitPerson *person, PipitClientError code);

/** Writes a text; returns: (transfer full) its id. */
char *pipit_person_write(PipitPerson *person, const char *peer, const char *text);

/** Waits until so many things were told of groups; returns: (transfer none) the last of them. */
const char *pipit_person_wait_news(PipitPerson *person, guint count);

/** Returns: (transfer full) a group in words: "Friends: alice@x bob@x"; NULL if there is none, or one is not in it. */
char *pipit_person_group(PipitPerson *person, const char *peer);

/** Waits until so many messages were shown, or became of so many that were sent. */
void pipit_person_wait_shown(PipitPerson *person, guint count);
void pipit_person_wait_sent(PipitPerson *person, guint count);

/** Returns: (transfer none) file @file of message @i. */
const PipitShownFile *pipit_person_file(const PipitPerson *person, guint i, guint file);
/** Returns: (transfer none) what was told last of this transfer; NULL if nothing was. */
const PipitTold *pipit_person_told(const PipitPerson *person, gint64 number);
/** Waits until the transfer is in this state; another one that is final fails the test. */
void pipit_person_wait_transfer(PipitPerson *person, gint64 number, PipitTransferState state);
/** Sends one file. Returns: the transfer's number. */
gint64 pipit_person_send_file(PipitPerson *person, const char *peer, const char *path, const char *text);

const PipitShown *pipit_person_shown(const PipitPerson *person, guint i);
const PipitSent *pipit_person_sent(const PipitPerson *person, guint i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitPerson, pipit_person_free)

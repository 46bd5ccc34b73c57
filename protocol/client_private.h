/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the client share. A PipitClient lives as long as the account is open; a PipitSession from one connect
 * to going offline: all that is on its way over the network or in a worker belongs to it and ends with it.
 *
 *	client.c          life and state          client_connect.c  from nothing to online
 *	client_lookup.c   asking the directory    client_receive.c  poll, open, acknowledge
 *	client_show.c     what the host is shown
 *	client_send.c     the outbox's driver     client_upkeep.c   prekeys
 *	client_query.c    what the host asks      client_register.c an account alone
 *	client_devices.c  devices that are news   client_receipts.c what was read and delivered
 *	client_typing.c   who is writing          client_disk.c     waiting for the disk
 *	client_groups.c   changing groups
 *	client_files.c    and the others of files: client_transfer.h
 *
 * The host may free the client, or disconnect, inside any callback: whoever calls the host and goes on afterwards
 * holds a reference on the session and looks at session->closed. */
#pragma once

#include "protocol/account_forms.h"
#include "protocol/api.h"
#include "protocol/client.h"
#include "protocol/directory.h"
#include "protocol/inbox.h"
#include "protocol/outbox.h"
#include "protocol/push.h"
#include "protocol/store.h"
#include "protocol/worker.h"

typedef struct PipitSession PipitSession;
typedef struct PipitLookups PipitLookups;
typedef struct PipitReceiving PipitReceiving;
typedef struct PipitUploading PipitUploading;
typedef struct PipitBlobDownload PipitBlobDownload;

struct PipitClient {
	guint refs;
	gboolean freed;   /* by the host: it hears nothing any more */
	gboolean closing; /* a session is being torn down: none may begin */
	gboolean told_of_log;
	const PipitLoop *loop;
	PipitClientEvents events;
	gpointer host;

	char *handle;
	char *password; /* or NULL */
	char *server;   /* the origin that was set, or NULL: to be found */
	char *ca_file;
	char *invite; /* or NULL */
	char *device_name;
	gboolean register_account;
	PipitProxy proxy; /* its strings are ours */

	PipitStore *store;
	PipitDirectory *directory;
	PipitInbox *inbox;   /* NULL before the first sign-in */
	PipitOutbox *outbox; /* NULL before the first sign-in */

	PipitClientState state;
	char *origin;          /* in use, or NULL */
	PipitSession *session; /* or NULL */
	GList *registering;    /* what pipit_client_register() began */
	GList *queries;        /* what pipit_client_find() and the like are about to begin */
	GHashTable *
		reading; /* conversations that were looked at, to be written down: peer -> whether to tell them */
	guint read_timer;

	GList *transfers; /* of PipitTransferItem (client_transfer.h), in the order in which they were begun */
	GList *fetches;   /* what pipit_client_fetch_bytes() began */
	GHashTable *parts; /* of fetches that were begun: number -> path, beside which lies what came */
	gint64 file_max;   /* bytes, as the server says; -1: not known yet */
	gsize relay_cap;   /* the same; 0: not known yet */
};

typedef void (*PipitSessionStep)(PipitSession *session);

struct PipitSession {
	guint refs; /* the client's, and one for each request on its way */
	gboolean closed;
	PipitClient *client;
	PipitHttp *http;
	PipitWorkers *workers;
	PipitApi *api; /* NULL until the server is found */
	PipitPush *push;
	PipitServer *server;
	gboolean handle_taken; /* creating the account showed that there is one */
	gint64 server_time;    /* ms, at server_time_at */
	gint64 server_time_at; /* µs, monotonic */

	PipitRegistration *registration; /* while it is being kept */
	PipitSessionStep next_step;
	guint step_timer;

	PipitLookups *lookups;

	GQueue receive_queue; /* of PipitReceiving */
	PipitReceiving *receiving;
	gint64 after;
	guint show_timer;
	guint undecided_timer;
	guint undecided_delay;  /* s */
	gint64 undecided_after; /* the row where the look through them has come to */
	GHashTable
		*unreadable_told; /* peer -> when it was last said, µs, monotonic; NULL before it receives */

	gboolean checkpointing; /* the store's log is being copied (client_disk.c) */
	PipitSessionStep after_checkpoint;

	guint sending; /* items at work */
	guint send_timer;
	gboolean told_own_missed; /* what keeps copies from the own devices keeps all from them: said once */

	gboolean publishing; /* a prekey is on its way */
	gboolean keys_lost; /* the server is yet to be told that this device has none of its former prekeys */
	guint publish_attempts;
	guint publish_timer;
	gboolean told_unpublished;
	guint upkeep_timer;

	guint group_turn; /* which member is asked next for what is lacking */
	GHashTable *
		held; /* peers of whom something is not shown, since what came before it waits for its content */
	PipitWaitingContent *content; /* that is being fetched; or NULL */
	PipitBlobDownload *content_download;
	gint64 content_after; /* the row where the look through them has come to */
	guint content_attempts;
	guint content_timer;
	GList *content_uploads; /* of unsent messages */

	PipitUploading *uploading; /* the draft at work; or NULL */
	guint upload_timer;
	guint downloads; /* fetches at work */
	guint download_timer;
	gboolean saying_farewell;

	guint receipts_timer;
	gboolean naming_devices; /* the list of own devices is on its way */
	GHashTable *typed;       /* peer -> what was last sent to them of typing (client_typing.c); or NULL */
	GHashTable *typing;      /* peer -> what last came; or NULL */
};

/* client.c */
void pipit_client_unref(PipitClient *client);
PipitSession *pipit_session_ref(PipitSession *session);
void pipit_session_unref(PipitSession *session);
/** Tells the host the state. It may free the client in there. */
void pipit_client_set_state(PipitClient *client, PipitClientState state, const char *step,
			    const GError *error);
/** Returns: (transfer full) what the person calls @handle. */
char *pipit_client_name_of(const PipitClient *client, const char *handle);
/** TRUE once the server has taken this device. */
gboolean pipit_client_is_registered(const PipitClient *client);
/** Ends everything that belongs to the session; whoever waits hears ABORTED. */
void pipit_session_close(PipitSession *session);
/** Goes offline and says why. @error: in PIPIT_CLIENT_ERROR. A closed session is left alone. */
void pipit_session_fail(PipitSession *session, const GError *error);
/** The store refused: goes offline. @error: in PIPIT_STORE_ERROR; taken over. */
void pipit_session_fail_store(PipitSession *session, GError *error);
/** What the server says of itself: what it takes. */
void pipit_client_take_server(PipitClient *client, const PipitServer *server);
/** Makes what needs the device's keys, once there are any. */
void pipit_client_open_boxes(PipitClient *client);
/** ms: the server's clock as we know it, whatever ours says. */
gint64 pipit_session_server_now(const PipitSession *session);
void pipit_session_set_server_time(PipitSession *session, gint64 time);
/** ms: our clock. */
gint64 pipit_client_now(void);
PipitHttp *pipit_client_http_new(const PipitClient *client);
/** Turns an error of the store or the outbox into one that the host understands. */
GError *pipit_client_error_from(const GError *error);

/* client_connect.c */
void pipit_session_connect(PipitSession *session);
void pipit_session_stop_connecting(PipitSession *session);

/* client_register.c */
void pipit_client_abort_registering(PipitClient *client);

/* client_query.c */
void pipit_client_abort_queries(PipitClient *client);

/* client_lookup.c */
PipitLookups *pipit_lookups_new(PipitSession *session);
void pipit_lookups_free(PipitLookups *lookups);
/** @failure: NULL when the directory has digested answers for all of the handles. */
typedef void (*PipitLookedUp)(gpointer user_data, const PipitFailure *failure);
/** Looks up @handles, together with whatever else is to be looked up now. Exactly one callback, from the
 * loop or, with ABORTED, from pipit_lookups_free(). */
void pipit_lookups_add(PipitLookups *lookups, const char *const *handles, PipitLookedUp done,
		       gpointer user_data);

/* client_receive.c */
void pipit_session_begin_receiving(PipitSession *session);
void pipit_session_stop_receiving(PipitSession *session);

/** Shows what was committed beside what comes: @told, of PipitReceived. */
void pipit_session_show_later(PipitSession *session, GPtrArray *told);
/** Whether it waited at the relay. */
gboolean pipit_session_was_delayed(const PipitSession *session, const PipitReceived *received);

/* client_groups.c */
/** FALSE if the host does not show it now. It may end the session in there. */
gboolean pipit_session_show_group_news(PipitSession *session, const PipitReceived *received);
/** Asks again for changes of groups that others know of. */
void pipit_session_look_after_groups(PipitSession *session);
/** Shows what was held back, as far as it no longer must be, and then @receipts (of PipitReceived; (transfer full) or NULL). */
void pipit_session_show_held(PipitSession *session, GPtrArray *receipts);

/* client_show.c */
/** Shows something that is committed. FALSE if the host does not show it now, or if it must wait: it is offered again. The host
 * may end the session in there. */
gboolean pipit_session_show(PipitSession *session, const PipitReceived *received);

/* client_content.c */
/** Fetches the contents that messages wait for. */
void pipit_session_fetch_contents(PipitSession *session);
/** @digests: of the content, which the server has; NULL with a @failure. */
typedef void (*PipitContentUploaded)(gpointer user_data, const PipitAttachmentDigests *digests,
				     const PipitFailure *failure);
/** Brings the content of a message at step UPLOAD to the server. @item: the caller's, until exactly one @done. */
void pipit_session_upload_content(PipitSession *session, PipitOutboxItem *item, PipitContentUploaded done,
				  gpointer user_data);
void pipit_session_stop_contents(PipitSession *session);

/* client_farewell.c */
/** Tells the server what is not needed any more. */
void pipit_session_say_farewells(PipitSession *session);

/* client_files.c */
/** Takes up the drafts that are in the store. */
void pipit_client_open_drafts(PipitClient *client);
/** Online: goes on with all that waits. */
void pipit_session_begin_files(PipitSession *session);
void pipit_session_stop_files(PipitSession *session);
void pipit_client_close_files(PipitClient *client);
/** Returns: (transfer full) whom a message to @peer goes to: handles, NULL-terminated; none for a group that one is not in. The
 * own other devices get it besides. NULL with PIPIT_STORE_ERROR. */
char **pipit_client_recipients(const PipitClient *client, const char *peer, GError **error);
/** Returns: (transfer full) the path for a copy of a draft's file. */
char *pipit_client_draft_copy(const PipitClient *client, gint64 number, guint position);
/** FALSE with INPUT if the server does not take a file of this size. */
gboolean pipit_client_check_file_size(const PipitClient *client, const char *name, gint64 size,
				      GError **error);

/** A file as the host sees it; its strings are @file's. */
PipitAttachment pipit_client_attachment_of(const PipitReceivedFile *file);

/* client_download.c */
void pipit_client_abort_fetches(PipitClient *client);

/* client_disk.c */
/** @data: what was handed over, the callback's from then on. */
typedef void (*PipitDurable)(PipitSession *session, gpointer data);
/** Calls @durable from the loop once all that was committed until now is on the disk, unless the session ends first or the
 * disk fails, which ends it. @data: (transfer full) or NULL; @free_data: frees it, in any thread, if it is not called. */
void pipit_session_when_durable(PipitSession *session, PipitDurable durable, gpointer data,
				GDestroyNotify free_data);
/** The same, with @work done on @data by the worker that waits. */
void pipit_session_work_until_durable(PipitSession *session, PipitJobRun work, PipitDurable durable,
				      gpointer data, GDestroyNotify free_data);
/** Copies the store's log into its database, if that is due; the disk is waited for in workers. @then: or NULL: called
 * afterwards, or at once if there is nothing to do, but not if the session ends first. */
void pipit_session_checkpoint(PipitSession *session, PipitSessionStep then);

/* client_send.c */
/** Works on the outbox, soon. */
void pipit_session_pump(PipitSession *session);
void pipit_session_stop_sending(PipitSession *session);
/** ms: the server's clock as we know it, also offline. */
gint64 pipit_client_server_now(const PipitClient *client);

/* client_devices.c */
/** Looks the account itself up, and tells of devices that are news. */
void pipit_session_look_after_devices(PipitSession *session);
/** Tells of the devices that the directory has noted as news. The host may end the session in there. */
void pipit_session_tell_new_devices(PipitSession *session);

/* client_receipts.c */
/** Receipts may be due: sends them soon. */
void pipit_session_receipts_due(PipitSession *session);
void pipit_session_stop_receipts(PipitSession *session);
/** Writes down at once what was read. */
void pipit_client_flush_reading(PipitClient *client);

/* client_typing.c */
/** Somebody says that they are writing; tells the host, but not too often. */
void pipit_session_take_typing(PipitSession *session, const PipitReceived *received);
void pipit_session_stop_typing(PipitSession *session);

/* client_upkeep.c */
/** The queue is drained: looks after the prekeys now, and every hour. */
void pipit_session_upkeep(PipitSession *session);
void pipit_session_stop_upkeep(PipitSession *session);
/** One's own devices were looked up, or could not be: renews the prekey if that is due, or if others are shown one that this
 * device does not have. */
void pipit_session_look_after_prekey(PipitSession *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitSession, pipit_session_unref)

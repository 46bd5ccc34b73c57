/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the engine offers its host: one signed-in device of one account. Everything else in protocol/ is behind it.
 *
 * Life: new, connect, … , free. Nothing blocks: what takes time answers by a callback from the loop, exactly once,
 * with PIPIT_CLIENT_ERROR_ABORTED at teardown. After pipit_client_free() no callback comes. A callback may free the
 * client. */
#pragma once

#include <glib.h>

#include "protocol/host.h"

#define PIPIT_CLIENT_ERROR (pipit_client_error_quark())
GQuark pipit_client_error_quark(void);

/* What a host can act on; the error's message is a sentence for the person, translated. */
typedef enum {
	PIPIT_CLIENT_ERROR_TRANSIENT, /* the network or the server: try again later */
	PIPIT_CLIENT_ERROR_INPUT, /* what was asked for is wrong: a handle, an option, a name that is taken */
	PIPIT_CLIENT_ERROR_WRONG_PASSWORD, /* or no such account: the server does not tell */
	PIPIT_CLIENT_ERROR_CERTIFICATE, /* the server could not prove who it is; where one was signed in before: TRANSIENT */
	PIPIT_CLIENT_ERROR_NOT_PIPIT,   /* something answered that is no Pipit server; likewise */
	PIPIT_CLIENT_ERROR_DISPLACED,   /* this very device connected a second time */
	PIPIT_CLIENT_ERROR_REMOVED,     /* this device was removed from the account */
	PIPIT_CLIENT_ERROR_UNREACHABLE, /* the directory knows no device of the recipient */
	PIPIT_CLIENT_ERROR_STORE, /* the local store: in use by another process, damaged, disk full, newer */
	PIPIT_CLIENT_ERROR_REFUSED, /* the server will not, for good (policy, registration closed, invite) */
	PIPIT_CLIENT_ERROR_DAMAGED, /* a picture to send: what it tells beside itself can't be left out of it */
	PIPIT_CLIENT_ERROR_ABORTED, /* the client went away first */
} PipitClientError;

typedef enum {
	PIPIT_PROXY_DEFAULT, /* the environment's, as libcurl reads it */
	PIPIT_PROXY_NONE,
	PIPIT_PROXY_HTTP,
	PIPIT_PROXY_SOCKS4,
	PIPIT_PROXY_SOCKS4A,
	PIPIT_PROXY_SOCKS5, /* names are resolved by the proxy */
} PipitProxyType;

typedef struct {
	PipitProxyType type;
	const char *host;
	guint port;
	const char *username; /* NULL for none */
	const char *password;
} PipitProxy;

/* How to sign in. Everything is copied by pipit_client_new(). */
typedef struct {
	const char *handle;        /* as typed: an address or a phone number, or a URI */
	const char *password;      /* NULL: an existing device signs in by its token alone (tools) */
	const char *server;        /* an origin, or NULL or "": found by the handle's domain */
	const char *ca_file;       /* PEM; NULL or "": the system's */
	const char *invite;        /* for registering; NULL or "" for none */
	const char *device_name;   /* what one's other devices call this one */
	const char *storage_dir;   /* absolute; made 0700; this account's own folder is made below it */
	gboolean register_account; /* create the account at the server if it does not exist */
	PipitProxy proxy;
} PipitClientOptions;

typedef enum {
	PIPIT_CLIENT_OFFLINE,
	PIPIT_CLIENT_CONNECTING,
	PIPIT_CLIENT_ONLINE,
} PipitClientState;

/* Of files: at the end. */
typedef struct PipitAttachment PipitAttachment;
typedef struct PipitTransfer PipitTransfer;

/* A message to show. Valid during the call only. All strings are UTF-8 and checked; @html is not yet cleaned for a
 * client: treat it as hostile. */
typedef struct {
	const char *id;     /* UUID */
	const char *peer;   /* the conversation: the other person's handle, a URI */
	const char *from;   /* who wrote it: @peer, or oneself if it came from another own device */
	gboolean own;       /* written by oneself on another device */
	const char *text;   /* may be empty if there are attachments */
	const char *html;   /* or NULL */
	gint64 sent_at;     /* ms; already checked against the relay's time */
	gint64 received_at; /* ms, by the relay */
	gboolean delayed;   /* it waited at the relay: show its time */
	const PipitAttachment *attachments; /* in the sender's order */
	guint n_attachments;
} PipitIncoming;

/* What became of what one sent, by the word of who got it. Valid during the call only. */
typedef struct {
	const char *peer;
	gboolean read;    /* else delivered */
	const char *id;   /* the last message that it is news of */
	gint64 sent_at;   /* of that message, ms */
	gint64 at;        /* when it was delivered or read, ms; already checked against the relay's time */
	gboolean latest;  /* nothing was sent to @peer after that message */
	const char *from; /* who says so: @peer, or a member of that group */
	guint count; /* so many members have it, or have read it, with this one: "read by 3"; 1 but in groups */
} PipitReceipt;

typedef struct PipitGroupNews PipitGroupNews; /* below, with the other things of groups */

/* Those from @new_device on may be NULL. What they say of a peer they say of groups too. */
typedef struct {
	/** The state changed; @error says why it went offline, else NULL. With a TRANSIENT error the host decides when to
	 * connect again. @step is a few words for a progress display, or NULL. */
	void (*state)(gpointer host, PipitClientState state, const char *step, const GError *error);
	/** Show a message. Return TRUE once it is shown; with FALSE it is offered again at the next connect. */
	gboolean (*message)(gpointer host, const PipitIncoming *incoming);
	/** What became of a sent message: @error NULL when the relay has it for every device of @peer. In a group @error names
	 * the members whom it did not reach; the others have it, and to send it again sends it to those alone. Of a change of
	 * a group only @error is told; then @id is none that the host knows. */
	void (*sent)(gpointer host, const char *id, const char *peer, const GError *error);
	/** A message that came from @peer can't be opened by anybody any more: @text says so. It can be asked for again. */
	void (*notice)(gpointer host, const char *peer, const char *text);
	/** @peer has a device that was not seen before; @text says so. Return TRUE once that is shown; with FALSE it is
	 * offered again at the next connect, and by pipit_client_show_new_devices(). */
	gboolean (*new_device)(gpointer host, const char *peer, const char *text);
	/** Something that the person should know of the account itself: a device was added to it, or its keys are not taken. */
	void (*account_notice)(gpointer host, const char *text);
	/** What was sent to @peer did not reach the person's own other devices; @text says why. Once in each connection. */
	void (*own_devices_missed)(gpointer host, const char *peer, const char *text);
	/** Returns: (transfer full) what the person calls @handle, for what is told of them; without this it is the address. */
	char *(*name)(gpointer host, const char *handle);
	/** All that was shown in the conversation with @peer was read on another own device. */
	void (*read_elsewhere)(gpointer host, const char *peer);
	void (*receipt)(gpointer host, const PipitReceipt *receipt);
	/** @peer has begun to write, or stopped. Begun holds for 20 seconds unless it comes again. */
	void (*typing)(gpointer host, const char *peer, gboolean typing);
	/** A group changed, or one is asked whether one wants to be in it; in order with its messages. Return TRUE once it is
	 * shown; with FALSE it is offered again at the next connect. Without this, all counts as shown. */
	gboolean (*group)(gpointer host, const PipitGroupNews *news);
	/** The same as typing, of @from in the group @peer. */
	void (*group_typing)(gpointer host, const char *peer, const char *from, gboolean typing);
	/** Whether the person knows @handle: others' groups ask before they show anything. Without this everybody is known. */
	gboolean (*is_contact)(gpointer host, const char *handle);
	/** Nothing waits to be sent now: all went, or failed. Something may at any time. */
	void (*drained)(gpointer host);
	/** How far a file has come: each change of state, and at most five times a second while it is RUNNING. */
	void (*transfer)(gpointer host, const PipitTransfer *transfer);
} PipitClientEvents;

typedef struct PipitClient PipitClient;

/**
 * Opens (or makes) the account's store below options->storage_dir, with its lock. No network yet.
 * Returns: (transfer full) NULL with PIPIT_CLIENT_ERROR_INPUT for a bad handle or option, _STORE for the store.
 */
PipitClient *pipit_client_new(const PipitLoop *loop, const PipitClientEvents *events, gpointer host,
			      const PipitClientOptions *options, GError **error);

/** Stops everything, calls back what is outstanding with ABORTED, wipes and frees. NULL is fine. */
void pipit_client_free(PipitClient *client);

/** Finds the server, signs in (first time: makes keys, registers the device, and the account if asked), drains the
 * queue and keeps the push connection. Progress and failure come by events->state. Also after a TRANSIENT error. */
void pipit_client_connect(PipitClient *client);

/** Goes offline (one's own wish; a final state event comes). The outbox stays. */
void pipit_client_disconnect(PipitClient *client);

PipitClientState pipit_client_state(const PipitClient *client);
const char *pipit_client_handle(const PipitClient *client); /* one's own, a URI */
const char *pipit_client_server(const PipitClient *client); /* the origin in use, NULL before it is known */
/** TRUE if this device was online before, where it looks now: texts can be written. */
gboolean pipit_client_was_online(const PipitClient *client);

/**
 * Writes a text down in the outbox, durably, to go to @peer as soon as it can; works offline.
 * @peer: a handle, or a group that one is in. @html: the same text in the safe subset, or NULL.
 * Returns: the message's id, (transfer full); NULL with INPUT (no such peer, text empty or too long) or STORE.
 *   What becomes of it comes by events->sent.
 */
char *pipit_client_send(PipitClient *client, const char *peer, const char *text, const char *html,
			GError **error);

/** Sends a failed message again, under the same id. */
gboolean pipit_client_resend(PipitClient *client, const char *id, GError **error);

/** Sends all failed messages to @peer again, in their order. @count: out: how many there were. */
gboolean pipit_client_resend_failed(PipitClient *client, const char *peer, guint *count, GError **error);

/** The person sees the conversation with @peer: all that was shown there is read. @tell: whether @peer may know; one's
 * other devices do in any case. Cheap, and works offline. */
void pipit_client_read(PipitClient *client, const char *peer, gboolean tell);

/** The person has begun to write to @peer, or stopped. Goes out at most every few seconds, to devices that are known
 * already, and is forgotten if it can't. */
void pipit_client_typing(PipitClient *client, const char *peer, gboolean typing);

/** Offers what events->new_device did not show yet of @peer, within the call. */
void pipit_client_show_new_devices(PipitClient *client, const char *peer);

typedef void (*PipitClientDone)(gpointer user_data, const GError *error);

/** Creates an account at the server without signing in (libpurple's register_user). */
void pipit_client_register(PipitClient *client, PipitClientDone done, gpointer user_data);

/** Asks which of @handles (NULL-terminated, in order of preference, as typed or URIs) can be written to. */
typedef void (*PipitClientReachable)(gpointer user_data, const char *const *reachable, const GError *error);
void pipit_client_find(PipitClient *client, const char *const *handles, PipitClientReachable done,
		       gpointer user_data);

typedef struct {
	const char *push_token;
	const char *name;
	const char *fingerprint; /* groups of digits, for people */
	gint64 added_at;         /* ms */
	gint64 seen_at;
	gboolean this_one;
} PipitOwnDevice;

/** Lists the account's devices. @devices is NULL on error and valid during the call. */
typedef void (*PipitClientDevices)(gpointer user_data, const PipitOwnDevice *devices, guint n_devices,
				   const GError *error);
void pipit_client_devices(PipitClient *client, PipitClientDevices done, gpointer user_data);

/**
 * Removes another device of the account for good: it gets nothing more and can send nothing.
 * @fingerprint: digits with which the fingerprint of that one begins, and of no other; blanks do not count.
 */
void pipit_client_remove_device(PipitClient *client, const char *fingerprint, PipitClientDone done,
				gpointer user_data);

/* ---- files ---- */

/* A file that came with a message. The server keeps it, sealed, for 35 days. */
struct PipitAttachment {
	gint64 number; /* what it is called by here and by people, from 1 on; no transfer has the same one */
	const char *
		name; /* one part of a path, safe as a file name, never empty; not yet told from what is there */
	const char *type; /* MIME, by the sender's word; or NULL */
	gint64 size;      /* bytes */
	guint width;      /* of a picture, by the sender's word; 0 unless told */
	guint height;
};

/* A file to send. */
typedef struct {
	const char *path; /* absolute, of a file, which must stay as it is until it is sent; or NULL */
	GBytes *bytes;    /* what it holds, if @path is NULL */
	const char *name; /* for who gets it; NULL: as @path ends */
	const char *type; /* MIME; NULL: told from what it holds, of pictures alone */
	gboolean
		keep_metadata; /* else the place, the camera and the like are left out of pictures that are sent */
} PipitOutgoingFile;

#define PIPIT_MESSAGE_MAX_FILES 16

typedef enum {
	PIPIT_TRANSFER_WAITING, /* for others, or for the network; goes on by itself */
	PIPIT_TRANSFER_RUNNING,
	PIPIT_TRANSFER_DONE, /* sent: it is in the outbox, as one message; fetched: it is in its place, and checked */
	PIPIT_TRANSFER_FAILED, /* @error says why. What was to be sent is kept until it is tried again or cancelled */
	PIPIT_TRANSFER_CANCELLED,
} PipitTransferState;

/* The files of one message on their way out, or one attachment on its way in. Valid during the call only. */
struct PipitTransfer {
	gint64 number; /* what pipit_client_send_files() gave, or the attachment's */
	gboolean upload;
	const char *peer;
	const char *name; /* of the file, or of the first of them */
	guint n_files;
	gint64 size; /* of all of them, bytes; of an upload it may change until something has moved */
	gint64 moved;
	PipitTransferState state;
	const char *path;    /* DONE, fetched: where it is */
	const char *id;      /* DONE, sent: of the message; events->sent will tell of it */
	const GError *error; /* FAILED; WAITING after trouble that will pass; else NULL */
};

/**
 * Writes a message with files down, durably: a draft that is uploaded when it can be, and then goes to @peer like any
 * other. Texts that are written meanwhile do not wait for it.
 * @peer: as in PipitIncoming. @text: a caption; NULL or "" for none. @html: as for pipit_client_send().
 * Returns: the transfer's number; 0 with INPUT (no such file, no right to read it, larger than the server takes, no or too
 *   many files; the message is for the person) or STORE. Nothing of it is called back from within the call.
 */
gint64 pipit_client_send_files(PipitClient *client, const char *peer, const PipitOutgoingFile *files,
			       guint n_files, const char *text, const char *html, GError **error);

/**
 * Fetches an attachment to @path, absolute; events->transfer tells the rest. Offline it waits. What came of it in a former try
 * is not fetched again. Nothing is ever overwritten: if there is a file of that name when it is complete, it becomes
 * "name (2).ext" or so, and the transfer tells. Beside it lies a file *.part meanwhile.
 * Returns: FALSE with INPUT (no attachment has this number any more, it is being fetched already, no such folder).
 */
gboolean pipit_client_fetch(PipitClient *client, gint64 number, const char *path, GError **error);
/** The same, under the attachment's own name in @folder, absolute. */
gboolean pipit_client_fetch_into(PipitClient *client, gint64 number, const char *folder, GError **error);

/**
 * Fetches an attachment into memory, to be shown. No transfer is told of. The server keeps it: see
 * pipit_client_drop_attachment().
 * @max: bytes; a larger one is INPUT.
 * @done: exactly once, from the loop; @bytes are checked, NULL on error; TRANSIENT if not online.
 */
typedef void (*PipitClientBytes)(gpointer user_data, GBytes *bytes, const GError *error);
void pipit_client_fetch_bytes(PipitClient *client, gint64 number, gsize max, PipitClientBytes done,
			      gpointer user_data);

/** Ends a transfer, in whichever state; CANCELLED is told within the call. Of an upload all is forgotten, here and at the
 * server; of a fetch what came is removed, and the attachment can be fetched later. Unknown numbers are fine. */
void pipit_client_cancel_transfer(PipitClient *client, gint64 number);

/** Tries an upload that FAILED or is WAITING again, now. FALSE with INPUT if there is none of this number. */
gboolean pipit_client_retry_transfer(PipitClient *client, gint64 number, GError **error);

/** The person does not want it, or has it: the server need not keep it for this device, and it is forgotten here. A fetch of it
 * is cancelled, and what came in one that failed is removed. Of what pipit_client_fetch() has saved the server is told by itself. Unknown numbers are fine. */
void pipit_client_drop_attachment(PipitClient *client, gint64 number);

/** Tells of each upload that is not done, in the order in which they were written, and of each fetch. */
typedef void (*PipitClientTransfer)(gpointer user_data, const PipitTransfer *transfer);
void pipit_client_transfers(PipitClient *client, PipitClientTransfer each, gpointer user_data);

/** Tells of the attachments that can be fetched, in the order in which they came. @peer: or NULL for all. */
typedef void (*PipitClientAttachment)(gpointer user_data, const char *peer,
				      const PipitAttachment *attachment);
void pipit_client_attachments(PipitClient *client, const char *peer, PipitClientAttachment each,
			      gpointer user_data);

/** Returns: the size of the largest file that the server takes, bytes; 0 while that is not known. */
gint64 pipit_client_file_max(const PipitClient *client);

/* ---- groups ----
 *
 * A group is a peer, "group:" and its UUID: sending, reading and typing there go as with a person. It lasts until one
 * leaves or is removed; which window shows it is the host's business alone. Its members may all change it, and all their
 * devices come to the same members and name (docs/protocol.md, "Groups"). What changes it works offline, at once for
 * oneself, and goes to the others like a message. */

typedef enum {
	PIPIT_GROUP_IN,
	/** Somebody whom the person does not know put them in. Until pipit_client_group_accept() nothing of it is shown but
	 * that, and what comes waits; nothing can be sent. */
	PIPIT_GROUP_ASKED,
	PIPIT_GROUP_LEFT,    /* by oneself, on whatever device, or declined */
	PIPIT_GROUP_REMOVED, /* somebody else removed one */
} PipitGroupState;

/* How a group stands. One that one is not in any more stands as when one was last. */
typedef struct {
	char *peer;
	char *name; /* 1 to 256 characters in one line, no control characters; or NULL */
	char **members; /* handles, NULL-terminated, in the order of joining; oneself too while one is in it or asked */
	GBytes *picture; /* bytes as somebody sent them: hostile, at most 12 KiB; or NULL */
	PipitGroupState state;
	char *by; /* who put one in, or (REMOVED) out: a handle; oneself if it was one's own doing */
} PipitGroup;

void pipit_group_free(PipitGroup *group);

/** TRUE if @peer names a group, known or not. */
gboolean pipit_peer_is_group(const char *peer);

typedef enum {
	PIPIT_GROUP_NEWS_JOINED,   /* one is in it from now on: made it, was put in, or accepted */
	PIPIT_GROUP_NEWS_ASKED,    /* state ASKED: @by wants one to be in it */
	PIPIT_GROUP_NEWS_ADDED,    /* @handles are in it from now on */
	PIPIT_GROUP_NEWS_REMOVED,  /* @handles are not in it any more; oneself alone if one is among them */
	PIPIT_GROUP_NEWS_LEFT,     /* @by left; oneself, if @own */
	PIPIT_GROUP_NEWS_NAMED,    /* it has the name that @group has, or none */
	PIPIT_GROUP_NEWS_PICTURED, /* it has the picture that @group has, or none */
} PipitGroupNewsKind;

/* What changed, to be told. Valid during the call only. Each is told once on each device, what one did oneself too. */
struct PipitGroupNews {
	PipitGroupNewsKind kind;
	const char *peer;
	const char *by; /* whose doing: a handle */
	const char
		*told_by; /* the member who passed it on, and by whose word it was @by; NULL: @by told it */
	gboolean own;     /* it was oneself, on whatever device */
	gboolean quiet;   /* take it into account, but say nothing: somebody declined */
	const char *const *handles; /* of ADDED, REMOVED: not empty, NULL-terminated; else empty */
	const char *name;           /* of NAMED: the name that this change gave it, or NULL */
	gint64 at;                  /* ms; already checked against the relay's time */
	gboolean delayed;           /* it waited at the relay: show its time */
	/** The group as it stands now, with what came after this too. */
	const PipitGroup *group;
};

/** Returns: (transfer full) of PipitGroup: all that the account is in or is asked about, in the order in which it came to
 * them; NULL with STORE. */
GPtrArray *pipit_client_groups(PipitClient *client, GError **error);

/** Returns: (transfer full) also one that was left; NULL if there is none. */
PipitGroup *pipit_client_group(PipitClient *client, const char *peer);

/**
 * Makes a group.
 * @name: or NULL. Spaces around it are dropped. @members: as typed or URIs, NULL-terminated; oneself is in it in any case.
 * Returns: (transfer full) its peer; NULL with INPUT (one that is no address, more than 256, a name that can't be) or STORE.
 */
char *pipit_client_group_create(PipitClient *client, const char *name, const char *const *members,
				GError **error);

/* These change a group that one is in. Returns: FALSE with INPUT (no such group, or not in it; not as it should be) or STORE.
 * What changes nothing is TRUE, and nobody hears of it. */
gboolean pipit_client_group_add(PipitClient *client, const char *peer, const char *const *members,
				GError **error);
/** @member: as typed, or a URI; somebody who is in it, but oneself. */
gboolean pipit_client_group_remove(PipitClient *client, const char *peer, const char *member, GError **error);
/** For good: only a member can put one in again. */
gboolean pipit_client_group_leave(PipitClient *client, const char *peer, GError **error);
/** @name: or NULL or "" for none. */
gboolean pipit_client_group_rename(PipitClient *client, const char *peer, const char *name, GError **error);
/** @picture: at most 12 KiB (PIPIT_GROUP_PICTURE_MAX), or NULL for none. */
gboolean pipit_client_group_set_picture(PipitClient *client, const char *peer, GBytes *picture,
					GError **error);

/** Offers what events->message and events->group did not show of the group @peer, in its order, soon after the call. */
void pipit_client_show_waiting(PipitClient *client, const char *peer);

/** The answer to ASKED, for all own devices: JOINED is told, then what waited. FALSE with INPUT (one was not asked) or STORE. */
gboolean pipit_client_group_accept(PipitClient *client, const char *peer, GError **error);
/** The same for no: what waited is dropped, one leaves, and the others are told nothing but that one is not in it. */
gboolean pipit_client_group_decline(PipitClient *client, const char *peer, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitGroup, pipit_group_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitClient, pipit_client_free)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A signed-in account: libpurple's connection and the engine's client, from login (or registration) to close. */
#pragma once

#include <account.h>

#include "protocol/client.h"

/* The account options, which bitlbee shows as settings. None may be a name that bitlbee uses itself. */
#define PIPIT_OPTION_SERVER "server"
#define PIPIT_OPTION_CA_FILE "ca-file"
#define PIPIT_OPTION_REGISTER "register"
#define PIPIT_OPTION_INVITE "invite"
#define PIPIT_OPTION_DEVICE_NAME "device-name"
#define PIPIT_OPTION_READ_RECEIPTS "read-receipts"
#define PIPIT_OPTION_KEEP_METADATA "keep-metadata"
#define PIPIT_OPTION_KEEP_METADATA_LABEL N_("Leave place, camera and the like in pictures that I send")

/* Lives in gc->proto_data. Dies in close, the client first, so that what the client still calls back finds it. */
typedef struct {
	PurpleConnection *gc;
	PurpleAccount *account;
	PipitClient *client; /* NULL if it could not be made */
	guint step;          /* how many steps of signing in were shown */
	guint registered;    /* timer: the address was just registered; sign in with it */
	GSList *moved;       /* conversations to be closed, since the person's own is elsewhere */
	guint moved_timer;
	GHashTable *told;  /* address or group -> how far the last message to it came (receipt.c); or NULL */
	GHashTable *rooms; /* group -> its window (room.c); or NULL */
	GHashTable *unreached; /* group -> what was said last of whom it does not reach (im.c); or NULL */
	GHashTable *late;      /* group -> what came of it too late (room_late.c); or NULL */
	guint late_timer;
	GHashTable *writing; /* group and member -> who is writing there (room_typing.c); or NULL */
	GHashTable *
		invitations; /* group -> the question whether one wants to be in it (group_news.c); or NULL */
	GHashTable *captions; /* number of an upload -> words that go with it (transfer.c); or NULL */
	gboolean asked;       /* which buddies can be written to */
	gboolean failed;      /* libpurple was told of an error and will close the connection */
	GError *broken; /* why the connection is not there that is being tried again; NULL at other times */
	guint attempts; /* to have it again, of those that count */
	guint again_timer;
	guint tell_timer;
	gboolean break_told; /* the person knows of it */
} PipitAccount;

/** Returns: (transfer none) what belongs to @gc; NULL before login, after close and for a @gc that is NULL. */
PipitAccount *pipit_account_of(PurpleConnection *gc);

/** Returns: (transfer full) the folder for all that Pipit keeps, below the client's own; read anew each time, since
 * bitlbee moves it after the plugin was loaded. */
char *pipit_account_storage_dir(void);

/** TRUE if @error only says that the account is signing off: nobody needs to hear that. */
gboolean pipit_account_was_aborted(const GError *error);

/** Reports @error as the end of the connection, in the kind that makes libpurple do the right thing next. */
void pipit_account_fail(PipitAccount *account, const GError *error);

/** libpurple's login, close and register_user. */
void pipit_account_login(PurpleAccount *account);
void pipit_account_close(PurpleConnection *gc);
void pipit_account_register(PurpleAccount *account);

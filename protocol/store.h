/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one device keeps on disk, in <storage_dir>/pipit/<handle>/: a lock, store.db (SQLite) and the folder of keys.
 *
 * One program holds it at a time; one connection, on the main thread, in short transactions that are on disk when they
 * return. A store that is damaged or comes from a newer version is refused and left as it is. */
#pragma once

#include <glib.h>

#define PIPIT_STORE_ERROR (pipit_store_error_quark())
GQuark pipit_store_error_quark(void);

/* The message of each is a sentence for the person, translated, with what to do. */
typedef enum {
	PIPIT_STORE_ERROR_IN_USE,  /* another program holds the lock */
	PIPIT_STORE_ERROR_NEWER,   /* written by a later version */
	PIPIT_STORE_ERROR_DAMAGED, /* the database or a key is not what was written, or is gone */
	PIPIT_STORE_ERROR_FULL,    /* no room on the disk */
	PIPIT_STORE_ERROR_IO,      /* anything else the system refused */
} PipitStoreError;

typedef struct PipitStore PipitStore;

/**
 * Opens the store of the account that @handle (in its normal form) starts from, and makes it where there is none.
 * Returns: (transfer full) NULL with PIPIT_STORE_ERROR.
 */
PipitStore *pipit_store_open(const char *storage_dir, const char *handle, GError **error);

/** Closes it and lets the lock go; keys in memory are wiped. NULL is fine. */
void pipit_store_free(PipitStore *store);

/** Returns: (transfer none) the account's folder. */
const char *pipit_store_folder(const PipitStore *store);

/** TRUE if what was written last, before the program that had it died, could not be read: a copy of the log was kept beside
 * it, and the store is as it was before that. */
gboolean pipit_store_log_was_broken(const PipitStore *store);

/* What the account is at the server. Members are NULL or 0 until they are set. */
typedef struct {
	char *server;        /* origin */
	GBytes *push_token;  /* this device's; NULL: not registered yet */
	char **handles;      /* the account's own, NULL-terminated */
	char *epoch;         /* of the relay's store, at the last poll */
	gint64 clock_offset; /* ms: the server's clock less ours */
} PipitStoreAccount;

/** Returns: (transfer none) never NULL; valid until the next setter. */
const PipitStoreAccount *pipit_store_account(const PipitStore *store);
/** TRUE if @handle is one of the account's own. */
gboolean pipit_store_handle_is_own(const PipitStore *store, const char *handle);

/** The device was registered: remembers its push token and the account's handles. */
gboolean pipit_store_set_registered(PipitStore *store, GBytes *push_token, const char *const *handles,
				    GError **error);
gboolean pipit_store_set_handles(PipitStore *store, const char *const *handles, GError **error);
gboolean pipit_store_set_server(PipitStore *store, const char *server, GError **error);
gboolean pipit_store_set_epoch(PipitStore *store, const char *epoch, GError **error);
gboolean pipit_store_set_clock_offset(PipitStore *store, gint64 clock_offset, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitStore, pipit_store_free)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening a device's store, safely, and what the account is at its server. */
#include "protocol/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/i18n.h"
#include "protocol/limits.h"
#include "protocol/store_groups.h"
#include "protocol/store_private.h"
#include "protocol/wal.h"

#define SCHEMA_VERSION ((gint64)G_N_ELEMENTS(schemas))
#define BUSY_TIMEOUT_MS 200
#define FOLDER_NAME_MAX 200
#define FOLDER_NAME_KEPT 120

G_DEFINE_QUARK(pipit - store - error - quark, pipit_store_error)

/* The counters and replay tables do not name our own device key: a store has exactly one, for its whole life. */
static const char first_schema[] =
	"CREATE TABLE setting (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE prekey (key BLOB PRIMARY KEY, timestamp REAL NOT NULL, record BLOB NOT NULL,"
	" published INTEGER NOT NULL, replaced_at INTEGER);"
	/* The directory's cache. */
	"CREATE TABLE handle (handle TEXT PRIMARY KEY, fetched_at INTEGER NOT NULL, server_time INTEGER NOT "
	"NULL,"
	" unusable INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE handle_device (handle TEXT NOT NULL REFERENCES handle ON DELETE CASCADE, push_token "
	"BLOB NOT NULL,"
	" pair_identity BLOB NOT NULL, device_key BLOB NOT NULL, prekey_record BLOB, added_at INTEGER NOT "
	"NULL,"
	" removed_at INTEGER NOT NULL, confirmed INTEGER NOT NULL, PRIMARY KEY (handle, push_token));"
	"CREATE TABLE prekey_seen (device_key BLOB PRIMARY KEY, timestamp REAL NOT NULL, record BLOB NOT "
	"NULL);"
	/* What never may repeat. */
	"CREATE TABLE counter (peer_device_key BLOB NOT NULL, peer_prekey BLOB NOT NULL, next INTEGER NOT "
	"NULL,"
	" PRIMARY KEY (peer_device_key, peer_prekey)) WITHOUT ROWID;"
	"CREATE TABLE replay_ephemeral (hash BLOB PRIMARY KEY, prekey BLOB NOT NULL);"
	"CREATE TABLE replay_counter (prekey BLOB NOT NULL, sender BLOB NOT NULL, counter INTEGER NOT NULL,"
	" PRIMARY KEY (prekey, sender, counter)) WITHOUT ROWID;"
	"CREATE TABLE replay_block (hash BLOB PRIMARY KEY);"
	/* Received: what was taken, what is to be shown, what can't be decided yet. */
	"CREATE TABLE received (sender BLOB NOT NULL, id TEXT NOT NULL, received_at INTEGER NOT NULL,"
	" PRIMARY KEY (sender, id)) WITHOUT ROWID;"
	"CREATE INDEX received_by_time ON received (received_at);"
	"CREATE TABLE inbox (row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, peer TEXT NOT NULL,"
	" sender TEXT NOT NULL, own INTEGER NOT NULL, text TEXT, html TEXT, sent_at INTEGER NOT NULL,"
	" received_at INTEGER NOT NULL);"
	"CREATE TABLE undecided (row INTEGER PRIMARY KEY AUTOINCREMENT, payload_hash BLOB NOT NULL UNIQUE,"
	" envelope BLOB NOT NULL, received_at INTEGER NOT NULL);"
	/* On their way out. */
	"CREATE TABLE outbox (row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, sender TEXT "
	"NOT NULL,"
	" peer TEXT NOT NULL, plaintext BLOB NOT NULL, created_at INTEGER NOT NULL, failed INTEGER NOT NULL,"
	" reason TEXT);"
	"CREATE TABLE outbox_recipient (message INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE,"
	" handle TEXT NOT NULL, accepted INTEGER NOT NULL, PRIMARY KEY (message, handle)) WITHOUT ROWID;"
	"CREATE TABLE outbox_copy (message INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE, handle TEXT "
	"NOT NULL,"
	" push_token BLOB NOT NULL, suite TEXT NOT NULL, prekey BLOB, payload BLOB NOT NULL,"
	" PRIMARY KEY (message, handle, push_token));"
	"PRAGMA user_version = 1;";

/* Receipts, and devices that the person has not been told of. */
static const char second_schema[] = "ALTER TABLE outbox ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0;"
				    "CREATE TABLE sent (row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT "
				    "NULL UNIQUE, peer TEXT NOT NULL,"
				    " sent_at INTEGER NOT NULL, state INTEGER NOT NULL);"
				    "CREATE INDEX sent_by_peer ON sent (peer, row);"
				    "CREATE TABLE unread (peer TEXT NOT NULL, id TEXT NOT NULL, own TEXT NOT "
				    "NULL, received_at INTEGER NOT NULL,"
				    " PRIMARY KEY (peer, id)) WITHOUT ROWID;"
				    "CREATE TABLE receipt (row INTEGER PRIMARY KEY AUTOINCREMENT, kind "
				    "INTEGER NOT NULL, peer TEXT NOT NULL,"
				    " own TEXT NOT NULL, id TEXT NOT NULL);"
				    "CREATE TABLE new_device (handle TEXT NOT NULL, device_key BLOB NOT "
				    "NULL, PRIMARY KEY (handle, device_key))"
				    " WITHOUT ROWID;"
				    "PRAGMA user_version = 2;";

/* Each send asks for the first of each conversation: without reading what all the others say. */
static const char third_schema[] = "CREATE INDEX outbox_unsent ON outbox (peer, quiet) WHERE failed = 0;"
				   "PRAGMA user_version = 3;";

/* The end of each row that may be longer than a page. SQLite checks how pages hang together, but takes a last page that lost
 * all it held for one that holds zeroes. */
static const char fourth_schema[] = "ALTER TABLE inbox ADD COLUMN mark TEXT NOT NULL DEFAULT '.';"
				    "ALTER TABLE undecided ADD COLUMN mark TEXT NOT NULL DEFAULT '.';"
				    "ALTER TABLE outbox ADD COLUMN mark TEXT NOT NULL DEFAULT '.';"
				    "ALTER TABLE outbox_copy ADD COLUMN mark TEXT NOT NULL DEFAULT '.';"
				    "PRAGMA user_version = 4;";

/* Files: those that came, with what opens them; those that are to be sent, and of each how far its key was used, so that no key
 * is ever used for something else. Messages whose content lies at the server, coming and going. What the server is still to be
 * told: that a blob is not needed any more. */
static const char fifth_schema[] =
	"ALTER TABLE inbox ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE inbox ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE file_number (next INTEGER NOT NULL);"
	"INSERT INTO file_number VALUES (1);"
	"CREATE TABLE attachment (number INTEGER PRIMARY KEY, message INTEGER NOT NULL, peer TEXT NOT NULL,"
	" received_at INTEGER NOT NULL, uri TEXT NOT NULL, key BLOB NOT NULL, size INTEGER NOT NULL,"
	" sha1 BLOB NOT NULL, sha256 BLOB NOT NULL, name TEXT NOT NULL, type TEXT, width INTEGER NOT NULL,"
	" height INTEGER NOT NULL);"
	"CREATE INDEX attachment_by_message ON attachment (message);"
	"CREATE TABLE inbox_content (message INTEGER PRIMARY KEY REFERENCES inbox ON DELETE CASCADE,"
	" envelope BLOB NOT NULL, outer BLOB NOT NULL, mark TEXT NOT NULL DEFAULT '.');"
	"CREATE TABLE outbox_content (message INTEGER PRIMARY KEY REFERENCES outbox ON DELETE CASCADE,"
	" key BLOB NOT NULL, uri TEXT, outer BLOB);"
	"CREATE TABLE draft (number INTEGER PRIMARY KEY, sender TEXT NOT NULL, peer TEXT NOT NULL,"
	" created_at INTEGER NOT NULL, failed INTEGER NOT NULL, reason TEXT, text TEXT NOT NULL, html TEXT,"
	" mark TEXT NOT NULL DEFAULT '.');"
	"CREATE TABLE draft_file (draft INTEGER NOT NULL REFERENCES draft ON DELETE CASCADE,"
	" position INTEGER NOT NULL, path TEXT NOT NULL, copied INTEGER NOT NULL, keep_metadata INTEGER NOT "
	"NULL,"
	" name TEXT NOT NULL, type TEXT, width INTEGER NOT NULL DEFAULT 0, height INTEGER NOT NULL DEFAULT 0,"
	" size INTEGER NOT NULL DEFAULT 0, modified_at INTEGER NOT NULL DEFAULT 0, key BLOB, uri TEXT, sha1 "
	"BLOB,"
	" sha256 BLOB, PRIMARY KEY (draft, position)) WITHOUT ROWID;"
	"CREATE TABLE draft_chunk (draft INTEGER NOT NULL REFERENCES draft ON DELETE CASCADE,"
	" position INTEGER NOT NULL, end INTEGER NOT NULL, sha256 BLOB NOT NULL,"
	" PRIMARY KEY (draft, position, end)) WITHOUT ROWID;"
	"CREATE TABLE farewell (uri TEXT PRIMARY KEY, uploaded INTEGER NOT NULL) WITHOUT ROWID;"
	"PRAGMA user_version = 5;";

/* Groups: their changes, with when the relay had each and which message of one's own brings it away; what can't be decided before
 * more is known of one; who of its members has a message. Of each receipt that is due in one, whom it goes to. */
static const char sixth_schema[] =
	"CREATE TABLE chat_group (row INTEGER PRIMARY KEY AUTOINCREMENT, gid TEXT NOT NULL UNIQUE,"
	" state INTEGER NOT NULL, by TEXT NOT NULL, picture BLOB, mark TEXT NOT NULL DEFAULT '.');"
	"CREATE TABLE group_change (row INTEGER PRIMARY KEY AUTOINCREMENT, gid TEXT NOT NULL, hash TEXT NOT "
	"NULL,"
	" change TEXT NOT NULL, told_by TEXT, known_at INTEGER NOT NULL, carrier TEXT,"
	" mark TEXT NOT NULL DEFAULT '.', UNIQUE (gid, hash));"
	"CREATE INDEX group_change_by_carrier ON group_change (carrier) WHERE carrier IS NOT NULL;"
	"CREATE TABLE undecided_group (row INTEGER PRIMARY KEY REFERENCES undecided ON DELETE CASCADE,"
	" gid TEXT NOT NULL);"
	"CREATE TABLE sent_member (message INTEGER NOT NULL REFERENCES sent ON DELETE CASCADE,"
	" member TEXT NOT NULL, state INTEGER NOT NULL, PRIMARY KEY (message, member)) WITHOUT ROWID;"
	"ALTER TABLE inbox ADD COLUMN news INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE unread ADD COLUMN author TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE receipt ADD COLUMN author TEXT NOT NULL DEFAULT '';"
	"PRAGMA user_version = 6;";

/* Of what can't be decided before more is known of a group: who said it, and a change that it speaks of and that is not known. */
static const char seventh_schema[] = "ALTER TABLE undecided_group ADD COLUMN sender TEXT NOT NULL DEFAULT '';"
				     "ALTER TABLE undecided_group ADD COLUMN lacks TEXT NOT NULL DEFAULT '';"
				     "PRAGMA user_version = 7;";

/* What makes version i + 1 of version i. */
static const char *const schemas[] = {first_schema, second_schema, third_schema,  fourth_schema,
				      fifth_schema, sixth_schema,  seventh_schema};

gboolean
pipit_store_fail_io(PipitStore *store, const char *path, GError **error)
{
	int code = errno;
	PipitStoreError kind =
		code == ENOSPC || code == EDQUOT ? PIPIT_STORE_ERROR_FULL : PIPIT_STORE_ERROR_IO;
	g_set_error(error, PIPIT_STORE_ERROR, kind,
		    _("%s can't be used: %s. Check the disk and the permissions of %s."), path,
		    g_strerror(code), store->folder);
	return FALSE;
}

/* A handle may be longer than a file name; then a hash stands for its end. */
static char *
folder_name(const char *handle)
{
	char *escaped = g_uri_escape_string(handle, NULL, FALSE);
	if (strlen(escaped) <= FOLDER_NAME_MAX)
		return escaped;
	g_autofree char *whole = escaped;
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, handle, -1);
	return g_strdup_printf("%.*s~%s", FOLDER_NAME_KEPT, whole, hash);
}

static gboolean
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return FALSE;
	gboolean synced = fsync(fd) == 0;
	close(fd);
	return synced;
}

static gboolean
make_folder(PipitStore *store, const char *path, GError **error)
{
	if (g_mkdir_with_parents(path, 0700) != 0 || chmod(path, 0700) != 0)
		return pipit_store_fail_io(store, path, error);
	g_autofree char *parent = g_path_get_dirname(path);
	return sync_folder(parent) || pipit_store_fail_io(store, parent, error);
}

static gboolean
take_lock(PipitStore *store, GError **error)
{
	g_autofree char *path = g_build_filename(store->folder, "lock", NULL);
	store->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (store->lock < 0)
		return pipit_store_fail_io(store, path, error);
	if (flock(store->lock, LOCK_EX | LOCK_NB) == 0)
		return TRUE;
	if (errno != EWOULDBLOCK)
		return pipit_store_fail_io(store, path, error);
	g_set_error_literal(
		error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_IN_USE,
		_("This account is already signed in by another program on this computer. Sign out there "
		  "first, then try again."));
	return FALSE;
}

/* SQLite gives its side files the permissions of the main one, which it would make readable for all. */
static gboolean
make_private_file(PipitStore *store, const char *path, GError **error)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fchmod(fd, 0600) != 0) {
		pipit_store_fail_io(store, path, error);
		if (fd >= 0)
			close(fd);
		return FALSE;
	}
	close(fd);
	return TRUE;
}

/* @size: out: 0 if there is no such file. */
static gboolean
find_size(PipitStore *store, const char *path, gint64 *size, GError **error)
{
	struct stat status;
	*size = 0;
	if (stat(path, &status) == 0)
		*size = status.st_size;
	else if (errno != ENOENT)
		return pipit_store_fail_io(store, path, error);
	return TRUE;
}

static gboolean
has_device_key(const PipitStore *store)
{
	g_autofree char *path = g_build_filename(store->keys_folder, "device", NULL);
	return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* A database that is empty or gone, beside keys or a log of its own, was lost. SQLite would begin a new one, and delete the
 * log for that. */
static gboolean
check_not_lost(PipitStore *store, const char *path, GError **error)
{
	g_autofree char *log = g_strconcat(path, "-wal", NULL);
	gint64 size = 0;
	gint64 log_size = 0;
	if (!find_size(store, path, &size, error) || !find_size(store, log, &log_size, error))
		return FALSE;
	if (size > 0 || (log_size == 0 && !has_device_key(store)))
		return TRUE;
	return pipit_store_fail_damaged(store, _("store.db is empty or gone"), error);
}

static gboolean
look_at_log(PipitStore *store, const char *path, GError **error)
{
	g_autoptr(GError) failed = NULL;
	if (pipit_wal_keep_broken(path, &store->log_was_broken, &failed))
		return TRUE;
	gboolean full = g_error_matches(failed, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
	g_set_error(error, PIPIT_STORE_ERROR, full ? PIPIT_STORE_ERROR_FULL : PIPIT_STORE_ERROR_IO,
		    _("The folder %s can't be used: %s. Check the disk and the folder's permissions."),
		    store->folder, failed->message);
	return FALSE;
}

/* Until it is clear that this is a store that we understand, closing it must not move its log into the database either. */
static void
let_checkpoint_on_close(PipitStore *store, gboolean let)
{
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, let ? 0 : 1, NULL);
}

static gboolean
open_database(PipitStore *store, GError **error)
{
	g_autofree char *path = g_build_filename(store->folder, "store.db", NULL);
	if (!check_not_lost(store, path, error) || !make_private_file(store, path, error) ||
	    !look_at_log(store, path, error))
		return FALSE;
	int result = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE, NULL);
	if (result != SQLITE_OK)
		return pipit_store_fail(store, result, error);
	let_checkpoint_on_close(store, FALSE);
	sqlite3_extended_result_codes(store->db, 1);
	sqlite3_busy_timeout(store->db, BUSY_TIMEOUT_MS);
	return TRUE;
}

static gboolean
read_number(PipitStore *store, const char *sql, gint64 *number, GError **error)
{
	g_autoptr(sqlite3_stmt) statement = pipit_store_query(store, error, sql, "");
	if (statement == NULL || pipit_store_step(store, statement, error) != SQLITE_ROW)
		return FALSE;
	*number = sqlite3_column_int64(statement, 0);
	return TRUE;
}

static gboolean
check_pages(PipitStore *store, GError **error)
{
	g_autoptr(sqlite3_stmt) statement = pipit_store_query(store, error, "PRAGMA quick_check(1)", "");
	if (statement == NULL || pipit_store_step(store, statement, error) != SQLITE_ROW)
		return FALSE;
	const char *verdict = (const char *)sqlite3_column_text(statement, 0);
	return g_strcmp0(verdict, "ok") == 0 || pipit_store_fail_damaged(store, verdict, error);
}

/* One without tables beside keys lost them with its log, and one with tables but no version is none of ours. */
static gboolean
may_be_made_anew(PipitStore *store, GError **error)
{
	gint64 tables = 0;
	if (!read_number(store, "SELECT count(*) FROM sqlite_master", &tables, error))
		return FALSE;
	if (tables != 0 || has_device_key(store))
		return pipit_store_fail_damaged(store, _("store.db is not what was written"), error);
	return TRUE;
}

static gboolean
upgrade_schema(PipitStore *store, gpointer user_data, GError **error)
{
	const gint64 *version = user_data;
	for (gint64 i = *version; i < SCHEMA_VERSION; i++) {
		int result = sqlite3_exec(store->db, schemas[i], NULL, NULL, NULL);
		if (result != SQLITE_OK)
			return pipit_store_fail(store, result, error);
	}
	return TRUE;
}

static gboolean
configure(PipitStore *store, GError **error)
{
	static const char pragmas[] =
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
		"PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;";
	int result = sqlite3_exec(store->db, pragmas, NULL, NULL, NULL);
	return result == SQLITE_OK || pipit_store_fail(store, result, error);
}

/* Nothing is written before it is clear that this is a store that we understand. */
static gboolean
prepare_database(PipitStore *store, GError **error)
{
	gint64 version = 0;
	if (!read_number(store, "PRAGMA user_version", &version, error))
		return FALSE;
	if (version > SCHEMA_VERSION) {
		g_set_error(error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_NEWER,
			    _("The folder %s was written by a later version of Pipit. Install that version "
			      "to use this "
			      "account; nothing was changed."),
			    store->folder);
		return FALSE;
	}
	if (!check_pages(store, error))
		return FALSE;
	if (version == 0 && !may_be_made_anew(store, error))
		return FALSE;
	if (!configure(store, error))
		return FALSE;
	return version == SCHEMA_VERSION || pipit_store_transaction(store, upgrade_schema, &version, error);
}

static gboolean
check_ends(PipitStore *store, GError **error)
{
	gint64 lost = 0;
	return read_number(store,
			   "SELECT (SELECT count(*) FROM inbox WHERE mark <> '.')"
			   " + (SELECT count(*) FROM undecided WHERE mark <> '.')"
			   " + (SELECT count(*) FROM outbox WHERE mark <> '.')"
			   " + (SELECT count(*) FROM outbox_copy WHERE mark <> '.')"
			   " + (SELECT count(*) FROM chat_group WHERE mark <> '.')"
			   " + (SELECT count(*) FROM group_change WHERE mark <> '.')"
			   " + (SELECT count(*) FROM inbox_content WHERE mark <> '.')"
			   " + (SELECT count(*) FROM draft WHERE mark <> '.')",
			   &lost, error) &&
	       (lost == 0 || pipit_store_fail_damaged(store, _("a message lost its end"), error));
}

/* FALSE if it is not what was written. */
static gboolean
take_setting(PipitStoreAccount *account, sqlite3_stmt *row)
{
	g_autofree char *name = pipit_store_column_text(row, 0);
	g_autofree char *text = pipit_store_column_text(row, 1);
	if (name == NULL || text == NULL)
		return FALSE;
	if (strcmp(name, "push_token") == 0) {
		g_clear_pointer(&account->push_token, g_bytes_unref);
		account->push_token = pipit_store_column_bytes(row, 1);
		return g_bytes_get_size(account->push_token) == PIPIT_TOKEN_LEN;
	}
	if (strcmp(name, "server") == 0) {
		g_free(account->server);
		account->server = g_steal_pointer(&text);
	} else if (strcmp(name, "handles") == 0) {
		g_strfreev(account->handles);
		account->handles = g_strsplit(text, "\n", -1);
	} else if (strcmp(name, "epoch") == 0) {
		g_free(account->epoch);
		account->epoch = g_steal_pointer(&text);
	} else if (strcmp(name, "clock_offset") == 0) {
		account->clock_offset = sqlite3_column_int64(row, 1);
	}
	return TRUE;
}

static gboolean
load_account(PipitStore *store, GError **error)
{
	g_autoptr(sqlite3_stmt) statement =
		pipit_store_query(store, error, "SELECT name, value FROM setting", "");
	if (statement == NULL)
		return FALSE;
	int result;
	while ((result = pipit_store_step(store, statement, error)) == SQLITE_ROW)
		if (!take_setting(&store->account, statement))
			return pipit_store_fail_damaged(store, "setting", error);
	return result == SQLITE_DONE;
}

static gboolean
open_files(PipitStore *store, GError **error)
{
	store->files = pipit_store_files_open(sqlite3_db_filename(store->db, NULL));
	return store->files != NULL || pipit_store_fail_io(store, store->folder, error);
}

static PipitStore *
store_new(const char *storage_dir, const char *handle)
{
	g_autofree char *name = folder_name(handle);
	PipitStore *store = g_new0(PipitStore, 1);
	store->folder = g_build_filename(storage_dir, "pipit", name, NULL);
	store->keys_folder = g_build_filename(store->folder, "keys", NULL);
	store->lock = -1;
	return store;
}

PipitStore *
pipit_store_open(const char *storage_dir, const char *handle, GError **error)
{
	g_autoptr(PipitStore) store = store_new(storage_dir, handle);
	g_autofree char *all_accounts = g_path_get_dirname(store->folder);
	if (!make_folder(store, all_accounts, error) || !make_folder(store, store->folder, error) ||
	    !take_lock(store, error) || !make_folder(store, store->keys_folder, error) ||
	    !open_database(store, error) || !prepare_database(store, error) || !check_ends(store, error) ||
	    !load_account(store, error) || !open_files(store, error) || !pipit_store_load_keys(store, error))
		return NULL;
	pipit_store_checkpoint_watch(store);
	let_checkpoint_on_close(store, TRUE);
	return g_steal_pointer(&store);
}

void
pipit_store_free(PipitStore *store)
{
	if (store == NULL)
		return;
	pipit_store_clear_keys(store);
	pipit_store_forget_histories(store);
	pipit_store_checkpoint_close(store);
	sqlite3_close(store->db);
	pipit_store_files_unref(store->files);
	if (store->lock >= 0)
		close(store->lock);
	g_free(store->account.server);
	g_clear_pointer(&store->account.push_token, g_bytes_unref);
	g_strfreev(store->account.handles);
	g_free(store->account.epoch);
	g_free(store->keys_folder);
	g_free(store->folder);
	g_free(store);
}

const char *
pipit_store_folder(const PipitStore *store)
{
	return store->folder;
}

gboolean
pipit_store_log_was_broken(const PipitStore *store)
{
	return store->log_was_broken;
}

const PipitStoreAccount *
pipit_store_account(const PipitStore *store)
{
	return &store->account;
}

gboolean
pipit_store_handle_is_own(const PipitStore *store, const char *handle)
{
	return store->account.handles != NULL &&
	       g_strv_contains((const char *const *)store->account.handles, handle);
}

#define SET "INSERT OR REPLACE INTO setting VALUES (?, ?)"

typedef struct {
	GBytes *push_token;
	const char *const *handles;
} Registered;

static gboolean
write_registered(PipitStore *store, gpointer user_data, GError **error)
{
	const Registered *registered = user_data;
	g_autofree char *joined = g_strjoinv("\n", (char **)registered->handles);
	return pipit_store_run(store, error, SET, "sb", "push_token", registered->push_token) &&
	       pipit_store_run(store, error, SET, "ss", "handles", joined);
}

static void
take_handles(PipitStore *store, const char *const *handles)
{
	g_strfreev(store->account.handles);
	store->account.handles = g_strdupv((char **)handles);
}

gboolean
pipit_store_set_registered(PipitStore *store, GBytes *push_token, const char *const *handles, GError **error)
{
	Registered registered = {push_token, handles};
	if (!pipit_store_transaction(store, write_registered, &registered, error))
		return FALSE;
	take_handles(store, handles);
	g_bytes_ref(push_token);
	g_clear_pointer(&store->account.push_token, g_bytes_unref);
	store->account.push_token = push_token;
	return TRUE;
}

gboolean
pipit_store_set_handles(PipitStore *store, const char *const *handles, GError **error)
{
	g_autofree char *joined = g_strjoinv("\n", (char **)handles);
	if (!pipit_store_run(store, error, SET, "ss", "handles", joined))
		return FALSE;
	take_handles(store, handles);
	return TRUE;
}

gboolean
pipit_store_set_server(PipitStore *store, const char *server, GError **error)
{
	if (!pipit_store_run(store, error, SET, "ss", "server", server))
		return FALSE;
	g_free(store->account.server);
	store->account.server = g_strdup(server);
	return TRUE;
}

gboolean
pipit_store_set_epoch(PipitStore *store, const char *epoch, GError **error)
{
	if (!pipit_store_run(store, error, SET, "ss", "epoch", epoch))
		return FALSE;
	g_free(store->account.epoch);
	store->account.epoch = g_strdup(epoch);
	return TRUE;
}

gboolean
pipit_store_set_clock_offset(PipitStore *store, gint64 clock_offset, GError **error)
{
	if (!pipit_store_run(store, error, SET, "si", "clock_offset", clock_offset))
		return FALSE;
	store->account.clock_offset = clock_offset;
	return TRUE;
}

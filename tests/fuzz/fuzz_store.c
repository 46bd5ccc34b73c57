/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device's store whose files are not what was written. The input is a list of changes to a good one: bytes of a file,
 * whole files, and values in the database, which stays sound for SQLite then. It is opened or refused with an error; what
 * was opened is used for everything that it is there for. */
#include "protocol/store.h"

#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto/secret.h"
#include "protocol/inbox.h"
#include "protocol/outbox.h"
#include "protocol/store_inbox.h"
#include "protocol/store_keys.h"
#include "tests/fuzz/client.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/test_folder.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define NOW G_GINT64_CONSTANT(1764000000000)
#define MAX_FILES 8
#define MAX_CHANGES 16
#define MAX_ITEMS 8
#define CHECK_LENGTH (sizeof "sha256 " - 1 + 64 + 1)

typedef struct {
	char *name; /* below the store's folder; NULL: not there */
	GByteArray *contents;
} File;

static File model[MAX_FILES];
static guint n_files;

static const char *const columns[][2] = {
	{"setting", "value"},
	{"prekey", "key"},
	{"prekey", "timestamp"},
	{"prekey", "record"},
	{"prekey", "published"},
	{"prekey", "replaced_at"},
	{"handle", "fetched_at"},
	{"handle", "server_time"},
	{"handle_device", "handle"},
	{"handle_device", "push_token"},
	{"handle_device", "device_key"},
	{"handle_device", "pair_identity"},
	{"handle_device", "prekey_record"},
	{"handle_device", "removed_at"},
	{"prekey_seen", "timestamp"},
	{"prekey_seen", "record"},
	{"counter", "next"},
	{"inbox", "id"},
	{"inbox", "peer"},
	{"inbox", "text"},
	{"inbox", "html"},
	{"undecided", "envelope"},
	{"undecided", "payload_hash"},
	{"outbox", "id"},
	{"outbox", "peer"},
	{"outbox", "sender"},
	{"outbox", "plaintext"},
	{"outbox", "failed"},
	{"outbox_recipient", "handle"},
	{"outbox_copy", "push_token"},
	{"outbox_copy", "prekey"},
	{"outbox_copy", "payload"},
	{"outbox_copy", "suite"},
	{"outbox_copy", "handle"},
};

/* ---- The good one ---- */

static void
take_file(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	char *contents = NULL;
	gsize size = 0;
	if (!g_file_get_contents(path, &contents, &size, NULL))
		return;
	fuzz_require(n_files < MAX_FILES);
	model[n_files++] = (File){g_strdup(name), g_byte_array_new_take((guint8 *)contents, size)};
}

static void
take_keys(const char *folder)
{
	g_autofree char *path = g_build_filename(folder, "keys", NULL);
	g_autoptr(GDir) keys = g_dir_open(path, 0, NULL);
	const char *name;
	while ((name = g_dir_read_name(keys)) != NULL) {
		g_autofree char *below = g_build_filename("keys", name, NULL);
		take_file(folder, below);
	}
}

/* Alice after a while: something to send, something sent and not answered, something to show, something undecided. */
static void
live(FuzzClient *alice, FuzzClient *bob)
{
	for (guint i = 0; i < 3; i++) {
		g_free(fuzz_client_write(alice, BOB, "Hello Bob"));
		g_free(fuzz_client_write(bob, ALICE, "Hello Alice"));
		fuzz_client_send(bob, FUZZ_NO_FAULT);
	}
	fuzz_client_send(alice, FUZZ_ANSWER_LOST);
	fuzz_client_new_prekey(alice, FUZZ_NO_FAULT);
	fuzz_client_receive(alice, FUZZ_LOOK_UP_FAILS);
	g_free(fuzz_client_write(bob, ALICE, "Are you there?"));
	fuzz_client_send(bob, FUZZ_NO_FAULT);
	fuzz_client_receive(alice, FUZZ_DIES_EARLY);
}

int
LLVMFuzzerInitialize(G_GNUC_UNUSED int *argc, G_GNUC_UNUSED char ***argv)
{
	char *folder = pipit_test_folder_new();
	FuzzRelay *relay = fuzz_relay_new();
	relay->now = NOW;
	FuzzClient *alice = fuzz_client_new(relay, ALICE, 0, folder);
	FuzzClient *bob = fuzz_client_new(relay, BOB, 1, folder);
	live(alice, bob);
	g_autofree char *store_folder = g_strdup(pipit_store_folder(alice->store));
	fuzz_client_free(alice);
	fuzz_client_free(bob);
	fuzz_relay_free(relay);
	take_file(store_folder, "store.db");
	take_keys(store_folder);
	pipit_test_folder_free(folder);
	return 0;
}

/* ---- Changing it ---- */

static void
change_bytes(File *file, FuzzInput *input)
{
	guint offset = (guint)((guint64)fuzz_u16(input) * file->contents->len >> 16);
	g_autoptr(GBytes) bytes = fuzz_bytes(input, fuzz_byte(input));
	gsize size = g_bytes_get_size(bytes);
	if (offset + size <= file->contents->len && size > 0)
		memcpy(file->contents->data + offset, g_bytes_get_data(bytes, NULL), size);
}

static void
change_file(File files[static MAX_FILES], FuzzInput *input)
{
	File *file = &files[fuzz_byte(input) % n_files];
	const File *other = &files[fuzz_byte(input) % n_files];
	switch (fuzz_byte(input) % 6) {
	case 0:
		g_byte_array_set_size(file->contents, MIN(file->contents->len, fuzz_u16(input)));
		break;
	case 1:
		g_clear_pointer(&file->name, g_free);
		break;
	case 2:
		if (file != other) {
			g_byte_array_set_size(file->contents, 0);
			g_byte_array_append(file->contents, other->contents->data, other->contents->len);
		}
		break;
	default:
		change_bytes(file, input);
		break;
	}
}

/* The last line of a key file is right again, or all changes would end there. */
static void
set_check(GByteArray *contents)
{
	if (contents->len < CHECK_LENGTH)
		return;
	gsize body = contents->len - CHECK_LENGTH;
	g_autofree char *check = g_compute_checksum_for_data(G_CHECKSUM_SHA256, contents->data, body);
	g_autofree char *line = g_strdup_printf("sha256 %s\n", check);
	memcpy(contents->data + body, line, CHECK_LENGTH);
}

static void
write_files(const File files[static MAX_FILES], const char *folder, gboolean with_checks)
{
	g_autofree char *keys = g_build_filename(folder, "keys", NULL);
	fuzz_require(g_mkdir_with_parents(keys, 0700) == 0);
	for (guint i = 0; i < n_files; i++) {
		if (files[i].name == NULL)
			continue;
		g_autofree char *path = g_build_filename(folder, files[i].name, NULL);
		if (with_checks && g_str_has_prefix(files[i].name, "keys/"))
			set_check(files[i].contents);
		fuzz_require(g_file_set_contents_full(path, (const char *)files[i].contents->data,
						      files[i].contents->len, G_FILE_SET_CONTENTS_NONE, 0600,
						      NULL));
	}
}

static void
bind_value(sqlite3_stmt *statement, FuzzInput *input)
{
	guint8 kind = fuzz_byte(input);
	gsize size = fuzz_byte(input);
	g_autoptr(GBytes) bytes = fuzz_bytes(input, size);
	const char *start = g_bytes_get_data(bytes, &size);
	const char *text = size == 0 ? "" : start;
	if (kind % 5 == 0)
		sqlite3_bind_null(statement, 1);
	else if (kind % 5 == 1)
		sqlite3_bind_int64(statement, 1, size < 8 ? (gint64)size - 1 : G_MAXINT64);
	else if (kind % 5 == 2)
		sqlite3_bind_double(statement, 1, kind > 128 ? 1e308 : -0.5);
	else if (kind % 5 == 3)
		sqlite3_bind_text(statement, 1, text, (int)size, SQLITE_TRANSIENT);
	else
		sqlite3_bind_blob(statement, 1, text, (int)size, SQLITE_TRANSIENT);
}

static void
change_value(sqlite3 *db, FuzzInput *input)
{
	const char *const *column = columns[fuzz_byte(input) % G_N_ELEMENTS(columns)];
	g_autofree char *sql = g_strdup_printf("UPDATE OR IGNORE %s SET %s = ?", column[0], column[1]);
	sqlite3_stmt *statement = NULL;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK) {
		bind_value(statement, input);
		sqlite3_step(statement);
	}
	sqlite3_finalize(statement);
}

static void
change_values(const char *folder, FuzzInput *input)
{
	g_autofree char *path = g_build_filename(folder, "store.db", NULL);
	sqlite3 *db = NULL;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
		for (guint i = 0; i < MAX_CHANGES && input->left > 0; i++)
			change_value(db, input);
	sqlite3_close(db);
}

static void
copy_model(File files[static MAX_FILES])
{
	fuzz_require(n_files > 0);
	for (guint i = 0; i < MAX_FILES; i++) {
		const GByteArray *contents = model[i % n_files].contents;
		files[i] = (File){g_strdup(model[i % n_files].name), g_byte_array_new()};
		g_byte_array_append(files[i].contents, contents->data, contents->len);
	}
}

static void
make_store(const char *folder, FuzzInput *input)
{
	File files[MAX_FILES] = {{0}};
	guint8 ways = fuzz_byte(input);
	g_autofree char *store_folder =
		g_build_filename(folder, "pipit", "mailto%3Aalice%40example.org", NULL);
	copy_model(files);
	for (guint i = 0; i < ways % 4 && input->left > 0; i++)
		change_file(files, input);
	write_files(files, store_folder, (ways & 4) == 0);
	if ((ways & 8) != 0)
		change_values(store_folder, input);
	for (guint i = 0; i < MAX_FILES; i++) {
		g_free(files[i].name);
		g_byte_array_unref(files[i].contents);
	}
}

/* ---- Using it ---- */

static void
use_outbox(PipitStore *store, PipitDirectory *directory)
{
	g_autoptr(PipitOutbox) outbox = pipit_outbox_new(store, directory);
	gint64 due;
	for (guint i = 0; i < MAX_ITEMS; i++) {
		g_autoptr(PipitOutboxItem) item = pipit_outbox_next(outbox, NOW, &due, NULL);
		if (item == NULL)
			return;
		PipitOutboxStep step = pipit_outbox_prepare(outbox, item, NOW, NULL);
		if (step == PIPIT_OUTBOX_SEAL) {
			pipit_outbox_seal(item);
			step = pipit_outbox_sealed(outbox, item, NOW, NULL);
		}
		if (step == PIPIT_OUTBOX_SEND)
			pipit_outbox_compose(item);
		if (step == PIPIT_OUTBOX_SEND || step == PIPIT_OUTBOX_LOOK_UP)
			pipit_outbox_fail(outbox, item, "x", NULL);
	}
}

static void
use_inbox(PipitStore *store, PipitDirectory *directory)
{
	g_autoptr(PipitInbox) inbox = pipit_inbox_new(store, directory);
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(inbox, NULL);
	for (guint i = 0; unshown != NULL && i < unshown->len; i++)
		pipit_inbox_shown(inbox, unshown->pdata[i], NULL);
	g_autoptr(PipitInboxBatch) batch = pipit_inbox_batch_undecided(inbox, 0, NOW, NULL);
	if (batch == NULL)
		return;
	g_auto(GStrv) handles = pipit_inbox_prepare(inbox, batch);
	pipit_inbox_open(batch);
	g_autoptr(GPtrArray) shown = pipit_inbox_accept(inbox, batch, NULL);
}

static void
use_keys(PipitStore *store)
{
	g_autoptr(GPtrArray) prekeys = pipit_store_prekeys(store);
	pipit_store_prekey_due(store, NOW);
	fuzz_require(pipit_store_next_prekey_timestamp(store, NOW) >= (double)NOW / 1000);
	pipit_store_pending_prekey(store, NULL);
	PipitPrekeySecret *current = pipit_store_current_prekey(store);
	if (current != NULL)
		pipit_store_prekey_published(store, pipit_prekey_secret_key(current), NOW, NULL);
	pipit_store_expire_prekeys(store, NOW, NULL);
}

static void
use_store(PipitStore *store)
{
	const PipitStoreAccount *account = pipit_store_account(store);
	g_autofree char *server = g_strdup(account->server);
	pipit_store_handle_is_own(store, ALICE);
	use_keys(store);
	if (pipit_store_device(store) == NULL)
		return;
	g_autoptr(PipitDirectory) directory = pipit_directory_new(store);
	g_autoptr(GPtrArray) devices = pipit_directory_devices(directory, BOB, NOW);
	pipit_directory_unusable(directory, BOB, NOW);
	use_outbox(store, directory);
	use_inbox(store, directory);
	pipit_store_set_epoch(store, "2", NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	char *folder = pipit_test_folder_new();
	fuzz_random_reset();
	make_store(folder, &input);
	g_autoptr(GError) error = NULL;
	PipitStore *store = pipit_store_open(folder, ALICE, &error);
	fuzz_require((store == NULL) == (error != NULL && error->domain == PIPIT_STORE_ERROR));
	if (store != NULL)
		use_store(store);
	pipit_store_free(store);
	pipit_test_folder_free(folder);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device's store on a system that fails. */
#include <glib.h>
#include <string.h>

#include "crypto/pair_ec.h"
#include "crypto/secret.h"
#include "protocol/inbox.h"
#include "protocol/json_reader.h"
#include "protocol/limits.h"
#include "protocol/message.h"
#include "protocol/outbox.h"
#include "protocol/store_keys.h"
#include "protocol/store_private.h"
#include "protocol/uuid.h"
#include "tests/support/actor.h"
#include "tests/support/test_folder.h"
#include "tests/torture/fault.h"
#include "tests/torture/lives.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define NOW G_GINT64_CONSTANT(1764000000000)
#define PREKEY_TIME 1764000000.0
#define EPOCH "6f1c"
#define MAX_STEPS 8

/* What was reported as done. */
typedef struct {
	gboolean device;
	gboolean token;
	gboolean registered;
	gboolean epoch;
	char written[PIPIT_UUID_LEN + 1];
	gboolean answered; /* by the relay, which has it then */
	gboolean sent;
	guint request; /* a hash of what was sealed for good */
	gboolean received;
	gboolean shown;
	guint8 current[PIPIT_COMPACT_KEY_LEN];
	gboolean published; /* that it is the current one */
	gboolean expiring;
	gboolean expired;
} Ledger;

typedef struct {
	Life base;
	PipitStore *store;
	PipitDirectory *directory;
	PipitOutbox *outbox;
	PipitInbox *inbox;
	Ledger ledger;
} DeviceLife;

/* Keys take long to make, so all lives share them. */
static PipitActor *alice;
static PipitActor *bob;
static PipitEnvelope *from_bob;

/* ---- Living ---- */

static gboolean
open_store(gpointer memory, GError **error)
{
	DeviceLife *life = memory;
	life->store = pipit_store_open(life->base.folder, ALICE, error);
	if (life->store == NULL)
		return FALSE;
	life->directory = pipit_directory_new(life->store);
	if (pipit_store_device(life->store) == NULL)
		return TRUE;
	life->outbox = pipit_outbox_new(life->store, life->directory);
	life->inbox = pipit_inbox_new(life->store, life->directory);
	return TRUE;
}

static void
close_store(gpointer memory)
{
	DeviceLife *life = memory;
	g_clear_pointer(&life->outbox, pipit_outbox_free);
	g_clear_pointer(&life->inbox, pipit_inbox_free);
	g_clear_pointer(&life->directory, pipit_directory_free);
	g_clear_pointer(&life->store, pipit_store_free);
}

static gboolean
publish(DeviceLife *life, PipitPrekeySecret *prekey, GError **error)
{
	const guint8 *key = pipit_prekey_secret_key(prekey);
	if (!pipit_store_prekey_published(life->store, key, NOW, error))
		return FALSE;
	memcpy(life->ledger.current, key, PIPIT_COMPACT_KEY_LEN);
	life->ledger.published = TRUE;
	return TRUE;
}

static gboolean
has_prekey(const DeviceLife *life, const guint8 *key)
{
	g_autoptr(GPtrArray) prekeys = pipit_store_prekeys(life->store);
	for (guint i = 0; i < prekeys->len; i++)
		if (memcmp(pipit_prekey_secret_key(prekeys->pdata[i]), key, PIPIT_COMPACT_KEY_LEN) == 0)
			return TRUE;
	return FALSE;
}

static gboolean
save_keys(DeviceLife *life, GError **error)
{
	g_autoptr(GBytes) record = pipit_prekey_record_new(alice->prekey, alice->secrets);
	g_autoptr(GBytes) token =
		pipit_secret_bytes(g_bytes_get_data(alice->push_token, NULL), PIPIT_TOKEN_LEN);
	if (pipit_store_device(life->store) == NULL &&
	    !pipit_store_save_device(life->store, alice->secrets, error))
		return FALSE;
	life->ledger.device = TRUE;
	if (!has_prekey(life, pipit_prekey_secret_key(alice->prekey)) &&
	    !pipit_store_add_prekey(life->store, alice->prekey, record, error))
		return FALSE;
	if (!pipit_store_save_auth_token(life->store, token, error))
		return FALSE;
	life->ledger.token = TRUE;
	return TRUE;
}

static gboolean
sign_in(gpointer memory, GError **error)
{
	DeviceLife *life = memory;
	const char *handles[] = {ALICE, NULL};
	if (!save_keys(life, error) ||
	    !pipit_store_set_registered(life->store, alice->push_token, handles, error))
		return FALSE;
	life->ledger.registered = TRUE;
	if (!publish(life, alice->prekey, error) || !pipit_store_set_epoch(life->store, EPOCH, error))
		return FALSE;
	life->ledger.epoch = TRUE;
	return TRUE;
}

static gboolean
write_message(gpointer memory, GError **error)
{
	DeviceLife *life = memory;
	g_autofree char *id = pipit_outbox_append(life->outbox, ALICE, BOB, "Hello Bob", NULL, NOW, error);
	if (id == NULL)
		return FALSE;
	g_strlcpy(life->ledger.written, id, sizeof life->ledger.written);
	return TRUE;
}

static gboolean
look_up(DeviceLife *life, GError **error)
{
	g_autoptr(PipitLookupAnswer) of_bob = pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, 0), NULL);
	g_autoptr(PipitLookupAnswer) own = pipit_actor_answer(NOW, ALICE, pipit_actor_record(alice, 0), NULL);
	return pipit_directory_digest(life->directory, of_bob, NOW, error) &&
	       pipit_directory_digest(life->directory, own, NOW, error);
}

static GBytes *
accept_all(void)
{
	static const char answer[] = "{\"time\":1,\"results\":[{\"to\":\"" BOB "\",\"status\":\"accepted\"},"
				     "{\"to\":\"" ALICE "\",\"status\":\"accepted\"}]}";
	static const char other_order[] =
		"{\"time\":1,\"results\":[{\"to\":\"" ALICE "\",\"status\":\"accepted\"},"
		"{\"to\":\"" BOB "\",\"status\":\"accepted\"}]}";
	/* Recipients come in the order of their names. */
	return strcmp(ALICE, BOB) < 0 ? g_bytes_new_static(other_order, strlen(other_order))
				      : g_bytes_new_static(answer, strlen(answer));
}

/* What was sealed once is sent in these very bytes ever after. */
static void
note_request(DeviceLife *life, const PipitOutboxItem *item)
{
	guint hash = g_bytes_hash(pipit_outbox_request(item));
	g_assert_true(life->ledger.request == 0 || life->ledger.request == hash);
	life->ledger.request = hash;
}

static PipitOutboxStep
take_step(DeviceLife *life, PipitOutboxItem *item, PipitOutboxStep step, GError **error)
{
	g_autoptr(GBytes) answer = NULL;
	switch (step) {
	case PIPIT_OUTBOX_LOOK_UP:
		if (!look_up(life, error)) {
			pipit_outbox_postpone(life->outbox, item, NOW, 0);
			return PIPIT_OUTBOX_LATER;
		}
		return pipit_outbox_prepare(life->outbox, item, NOW, error);
	case PIPIT_OUTBOX_SEAL:
		pipit_outbox_seal(item);
		return pipit_outbox_sealed(life->outbox, item, NOW, error);
	case PIPIT_OUTBOX_SEND:
		pipit_outbox_compose(item);
		return pipit_outbox_composed(life->outbox, item, NOW, error);
	case PIPIT_OUTBOX_POST:
		note_request(life, item);
		answer = accept_all();
		life->ledger.answered = TRUE;
		return pipit_outbox_answered(life->outbox, item, answer, NOW, error);
	default:
		g_assert_not_reached();
	}
}

static gboolean
is_over(PipitOutboxStep step)
{
	return step == PIPIT_OUTBOX_DONE || step == PIPIT_OUTBOX_FAILED || step == PIPIT_OUTBOX_LATER;
}

static gboolean
send_message(gpointer memory, GError **error)
{
	DeviceLife *life = memory;
	gint64 due;
	pipit_outbox_wake(life->outbox);
	g_autoptr(PipitOutboxItem) item = pipit_outbox_next(life->outbox, NOW, &due, error);
	if (item == NULL)
		return life->ledger.answered && *error == NULL;
	PipitOutboxStep step = pipit_outbox_prepare(life->outbox, item, NOW, error);
	for (guint i = 0; !is_over(step); i++) {
		g_assert_cmpuint(i, <, MAX_STEPS);
		step = take_step(life, item, step, error);
	}
	g_assert_cmpint(step, !=, PIPIT_OUTBOX_FAILED);
	life->ledger.sent = step == PIPIT_OUTBOX_DONE;
	return life->ledger.sent;
}

/* Returns what is to be shown, or NULL. */
static GPtrArray *
accept_envelope(DeviceLife *life, GError **error)
{
	g_autoptr(GPtrArray) envelopes = g_ptr_array_new();
	g_ptr_array_add(envelopes, from_bob);
	g_autoptr(PipitInboxBatch) batch = pipit_inbox_batch_new(envelopes);
	g_auto(GStrv) handles = pipit_inbox_prepare(life->inbox, batch);
	if (handles[0] != NULL) {
		if (!look_up(life, error))
			return NULL;
		g_auto(GStrv) none = pipit_inbox_prepare(life->inbox, batch);
	}
	pipit_inbox_open(batch);
	return pipit_inbox_accept(life->inbox, batch, error);
}

static gboolean
receive_message(gpointer memory, GError **error)
{
	DeviceLife *life = memory;
	if (!life->ledger.received) {
		g_autoptr(GPtrArray) accepted = accept_envelope(life, error);
		if (accepted == NULL)
			return FALSE;
		life->ledger.received = TRUE;
	}
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(life->inbox, error);
	if (unshown == NULL)
		return FALSE;
	for (guint i = 0; i < unshown->len; i++)
		if (!pipit_inbox_shown(life->inbox, unshown->pdata[i], error))
			return FALSE;
	life->ledger.shown = TRUE;
	return TRUE;
}

static gboolean
new_prekey(gpointer memory, GError **error)
{
	DeviceLife *life = memory;
	PipitPrekeySecret *pending = pipit_store_pending_prekey(life->store, NULL);
	if (pending != NULL)
		return publish(life, pending, error);
	double timestamp = pipit_store_next_prekey_timestamp(life->store, NOW);
	g_autoptr(PipitPrekeySecret) prekey = pipit_prekey_secret_generate(timestamp);
	g_autoptr(GBytes) record = pipit_prekey_record_new(prekey, alice->secrets);
	return pipit_store_add_prekey(life->store, prekey, record, error) && publish(life, prekey, error);
}

static gboolean
expire_prekeys(gpointer memory, GError **error)
{
	DeviceLife *life = memory;
	life->ledger.expiring = TRUE;
	life->ledger.expired = pipit_store_expire_prekeys(life->store, NOW + 50 * PIPIT_DAY_MS, error);
	return life->ledger.expired;
}

/* "open" begins with nothing, "load" with all that there is. */
static const Chapter chapters[] = {
	{"open", open_store},   {"sign-in", sign_in},         {"write", write_message},
	{"send", send_message}, {"receive", receive_message}, {"prekey", new_prekey},
	{"load", open_store},   {"expire", expire_prekeys},   {NULL, NULL},
};

/* ---- Looking at what is left ---- */

static void
check_keys(const DeviceLife *life)
{
	const Ledger *ledger = &life->ledger;
	const PipitStoreAccount *account = pipit_store_account(life->store);
	if (ledger->device)
		g_assert_true(memcmp(pipit_device_secrets_device_key(pipit_store_device(life->store)),
				     pipit_device_secrets_device_key(alice->secrets),
				     PIPIT_COMPACT_KEY_LEN) == 0);
	if (ledger->token)
		g_assert_true(g_bytes_equal(pipit_store_auth_token(life->store), alice->push_token));
	if (ledger->registered) {
		g_assert_true(g_bytes_equal(account->push_token, alice->push_token));
		g_assert_true(pipit_store_handle_is_own(life->store, ALICE));
	}
	if (ledger->epoch)
		g_assert_cmpstr(account->epoch, ==, EPOCH);
	if (ledger->published)
		g_assert_true(has_prekey(life, ledger->current));
	if (ledger->published && !ledger->expiring)
		g_assert_true(has_prekey(life, pipit_prekey_secret_key(alice->prekey)));
	if (ledger->expired)
		g_assert_false(has_prekey(life, pipit_prekey_secret_key(alice->prekey)));
}

static void
check_outbox(DeviceLife *life)
{
	g_autoptr(GError) error = NULL;
	gint64 due;
	if (life->outbox == NULL)
		return;
	g_autoptr(PipitOutboxItem) item = pipit_outbox_next(life->outbox, NOW, &due, &error);
	g_assert_no_error(error);
	if (life->ledger.sent)
		g_assert_null(item);
	if (life->ledger.written[0] != '\0' && !life->ledger.answered)
		g_assert_nonnull(item);
	if (item != NULL && life->ledger.written[0] != '\0')
		g_assert_cmpstr(pipit_outbox_item_id(item), ==, life->ledger.written);
	if (item != NULL)
		pipit_outbox_postpone(life->outbox, item, NOW, 0);
}

/* Once its prekey is wiped, what comes again is told to be unreadable. */
static guint
count_readable(const GPtrArray *received)
{
	guint count = 0;
	for (guint i = 0; i < received->len; i++)
		count += ((const PipitReceived *)received->pdata[i])->text != NULL;
	return count;
}

static void
check_inbox(DeviceLife *life)
{
	g_autoptr(GError) error = NULL;
	if (!life->ledger.received)
		return;
	g_autoptr(GPtrArray) again = accept_envelope(life, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(count_readable(again), ==, 0);
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(life->inbox, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(count_readable(unshown), ==, life->ledger.shown ? 0 : 1);
}

static void
check_left(gpointer life)
{
	check_keys(life);
	check_outbox(life);
	check_inbox(life);
}

/* ---- What the relay has from Bob ---- */

static PipitEnvelope *
bob_writes(void)
{
	g_autofree char *id = pipit_uuid_new();
	char *to[] = {(char *)ALICE, NULL};
	const PipitMessage message = {
		.id = id, .from = (char *)BOB, .to = to, .sent_at = NOW, .text = (char *)"Hello Alice"};
	g_autoptr(PipitDevicePublic) recipient = pipit_device_public_of(alice->secrets, alice->prekey);
	g_autoptr(GBytes) plaintext = pipit_message_pack(&message);
	g_autoptr(GBytes) payload = pipit_pair_ec_seal(bob->secrets, recipient, 1, plaintext, NULL);
	g_autoptr(GBytes) prekey = g_bytes_new(pipit_prekey_secret_key(alice->prekey), PIPIT_COMPACT_KEY_LEN);
	const PipitEnvelope written = {
		.seq = 1,
		.id = id,
		.from = (char *)BOB,
		.to = (char *)ALICE,
		.push_token = bob->push_token,
		.suite = PIPIT_SUITE_PAIR_EC,
		.prekey = prekey,
		.payload = payload,
		.received_at = NOW,
	};
	g_autoptr(GBytes) printed = pipit_envelope_print(&written);
	return pipit_envelope_parse(printed, NULL);
}

/* ---- what does not wait for the disk ---- */

static gboolean
make_table(PipitStore *store, gpointer name, GError **error)
{
	g_autofree char *sql = g_strdup_printf("CREATE TABLE %s(x)", (const char *)name);
	return pipit_store_run(store, error, sql, "");
}

static gint
read_number(PipitStore *store, const char *sql)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(sqlite3_stmt) row = pipit_store_query(store, &error, sql, "");
	g_assert_no_error(error);
	g_assert_cmpint(pipit_store_step(store, row, &error), ==, SQLITE_ROW);
	return sqlite3_column_int(row, 0);
}

/* What was reported as failed is not done: whoever tries again does not find it done behind their back. And what follows waits
 * for the disk again. */
static void
test_lazy(void)
{
	g_autofree char *folder = pipit_test_folder_new();
	PipitStore *store = pipit_store_open(folder, ALICE, NULL);
	const char *failed;
	guint nth = 0;
	do {
		g_autoptr(GError) error = NULL;
		g_autofree char *name = g_strdup_printf("test_%u", ++nth);
		g_autofree char *count =
			g_strdup_printf("SELECT count(*) FROM sqlite_master WHERE name = '%s'", name);
		fault_begin(FAULT_MEMORY_ONCE, nth);
		gboolean done = pipit_store_transaction_lazily(store, make_table, name, &error);
		failed = fault_end();
		g_assert_cmpint(read_number(store, count), ==, done ? 1 : 0);
		g_assert_true(pipit_store_transaction(store, make_table, (gpointer) "another", NULL));
		g_assert_cmpint(read_number(store, "PRAGMA synchronous"), ==, 2);
		g_assert_true(pipit_store_run(store, NULL, "DROP TABLE another", ""));
	} while (failed != NULL);
	g_assert_cmpuint(nth, >, 10);
	pipit_store_free(store);
	pipit_test_folder_free(g_steal_pointer(&folder));
}

static const Story story = {
	.name = "client-store",
	.size = sizeof(DeviceLife),
	.chapters = chapters,
	.open = open_store,
	.close = close_store,
	.check = check_left,
	.domain = pipit_store_error_quark,
};

int
main(int argc, char **argv)
{
	fault_init();
	g_test_init(&argc, &argv, NULL);
	alice = pipit_actor_new(1, PREKEY_TIME);
	bob = pipit_actor_new(2, PREKEY_TIME);
	from_bob = bob_writes();
	lives_add_tests(&story);
	g_test_add_func("/client-store/lazy", test_lazy);
	int status = g_test_run();
	pipit_envelope_unref(from_bob);
	pipit_actor_free(alice);
	pipit_actor_free(bob);
	return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device's store on a system that fails. A life has a few chapters; each is lived again and again on a copy of what the
 * chapters before it left, with the first call failing, then the second … What was reported as done is there afterwards,
 * what was not may be; the same program can try again, and the next one finds a store that it can use. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "crypto/pair_ec.h"
#include "crypto/secret.h"
#include "protocol/inbox.h"
#include "protocol/json_reader.h"
#include "protocol/limits.h"
#include "protocol/message.h"
#include "protocol/outbox.h"
#include "protocol/store_keys.h"
#include "protocol/uuid.h"
#include "tests/support/actor.h"
#include "tests/support/test_folder.h"
#include "tests/torture/fault.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define NOW G_GINT64_CONSTANT(1764000000000)
#define PREKEY_TIME 1764000000.0
#define EPOCH "6f1c"
#define MAX_STEPS 8
#define MEMORY_STRIDE 17

/* What was reported as done. */
typedef struct {
	gboolean device;
	gboolean token;
	gboolean registered;
	gboolean epoch;
	char written[PIPIT_UUID_LEN + 1];
	gboolean answered; /* by the relay, which has it then */
	gboolean sent;
	GBytes *request; /* what was sealed for good */
	gboolean received;
	gboolean shown;
	guint8 current[PIPIT_COMPACT_KEY_LEN];
	gboolean published; /* that it is the current one */
	gboolean expiring;
	gboolean expired;
} Ledger;

typedef struct {
	char *folder;
	PipitStore *store;
	PipitDirectory *directory;
	PipitOutbox *outbox;
	PipitInbox *inbox;
	Ledger ledger;
} Life;

/* Keys take long to make, so all lives share them. */
static PipitActor *alice;
static PipitActor *bob;
static PipitEnvelope *from_bob;

/* ---- Living ---- */

static gboolean
open_store(Life *life, GError **error)
{
	life->store = pipit_store_open(life->folder, ALICE, error);
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
close_store(Life *life)
{
	g_clear_pointer(&life->outbox, pipit_outbox_free);
	g_clear_pointer(&life->inbox, pipit_inbox_free);
	g_clear_pointer(&life->directory, pipit_directory_free);
	g_clear_pointer(&life->store, pipit_store_free);
}

static gboolean
publish(Life *life, PipitPrekeySecret *prekey, GError **error)
{
	const guint8 *key = pipit_prekey_secret_key(prekey);
	if (!pipit_store_prekey_published(life->store, key, NOW, error))
		return FALSE;
	memcpy(life->ledger.current, key, PIPIT_COMPACT_KEY_LEN);
	life->ledger.published = TRUE;
	return TRUE;
}

static gboolean
has_prekey(const Life *life, const guint8 *key)
{
	g_autoptr(GPtrArray) prekeys = pipit_store_prekeys(life->store);
	for (guint i = 0; i < prekeys->len; i++)
		if (memcmp(pipit_prekey_secret_key(prekeys->pdata[i]), key, PIPIT_COMPACT_KEY_LEN) == 0)
			return TRUE;
	return FALSE;
}

static gboolean
save_keys(Life *life, GError **error)
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
sign_in(Life *life, GError **error)
{
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
write_message(Life *life, GError **error)
{
	g_autofree char *id = pipit_outbox_append(life->outbox, ALICE, BOB, "Hello Bob", NULL, NOW, error);
	if (id == NULL)
		return FALSE;
	g_strlcpy(life->ledger.written, id, sizeof life->ledger.written);
	return TRUE;
}

static gboolean
look_up(Life *life, GError **error)
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
note_request(Life *life, PipitOutboxItem *item)
{
	GBytes *request = pipit_outbox_request(item);
	if (life->ledger.request != NULL)
		g_assert_true(g_bytes_equal(life->ledger.request, request));
	g_clear_pointer(&life->ledger.request, g_bytes_unref);
	life->ledger.request = request;
}

static PipitOutboxStep
take_step(Life *life, PipitOutboxItem *item, PipitOutboxStep step, GError **error)
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
send_message(Life *life, GError **error)
{
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
accept_envelope(Life *life, GError **error)
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
receive_message(Life *life, GError **error)
{
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
new_prekey(Life *life, GError **error)
{
	PipitPrekeySecret *pending = pipit_store_pending_prekey(life->store, NULL);
	if (pending != NULL)
		return publish(life, pending, error);
	double timestamp = pipit_store_next_prekey_timestamp(life->store, NOW);
	g_autoptr(PipitPrekeySecret) prekey = pipit_prekey_secret_generate(timestamp);
	g_autoptr(GBytes) record = pipit_prekey_record_new(prekey, alice->secrets);
	return pipit_store_add_prekey(life->store, prekey, record, error) && publish(life, prekey, error);
}

static gboolean
expire_prekeys(Life *life, GError **error)
{
	life->ledger.expiring = TRUE;
	life->ledger.expired = pipit_store_expire_prekeys(life->store, NOW + 50 * PIPIT_DAY_MS, error);
	return life->ledger.expired;
}

typedef struct {
	const char *name;
	gboolean (*live)(Life *life, GError **error);
} Chapter;

/* "open" begins with nothing, "load" with all that there is. */
static const Chapter chapters[] = {
	{"open", open_store},   {"sign-in", sign_in},         {"write", write_message},
	{"send", send_message}, {"receive", receive_message}, {"prekey", new_prekey},
	{"load", open_store},   {"expire", expire_prekeys},
};

/* ---- Looking at what is left ---- */

static void
check_keys(const Life *life)
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
check_outbox(Life *life)
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
check_inbox(Life *life)
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
check_left(Life *life)
{
	g_autoptr(GError) error = NULL;
	open_store(life, &error);
	g_assert_no_error(error);
	check_keys(life);
	check_outbox(life);
	check_inbox(life);
	close_store(life);
}

/* ---- Again and again ---- */

static void
copy_folder(const char *from, const char *to)
{
	g_autoptr(GDir) folder = g_dir_open(from, 0, NULL);
	const char *name;
	g_assert_cmpint(g_mkdir_with_parents(to, 0700), ==, 0);
	while ((name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *source = g_build_filename(from, name, NULL);
		g_autofree char *copy = g_build_filename(to, name, NULL);
		g_autofree char *contents = NULL;
		gsize size = 0;
		if (g_file_test(source, G_FILE_TEST_IS_DIR)) {
			copy_folder(source, copy);
			continue;
		}
		g_assert_true(g_file_get_contents(source, &contents, &size, NULL));
		g_assert_true(g_file_set_contents_full(copy, contents, (gssize)size, G_FILE_SET_CONTENTS_NONE,
						       0600, NULL));
	}
}

static Life
copy_of(const Life *before)
{
	Life life = {.folder = pipit_test_folder_new(), .ledger = before->ledger};
	copy_folder(before->folder, life.folder);
	if (life.ledger.request != NULL)
		g_bytes_ref(life.ledger.request);
	return life;
}

static void
end_life(Life *life)
{
	close_store(life);
	pipit_test_folder_free(life->folder);
	g_clear_pointer(&life->ledger.request, g_bytes_unref);
}

static gboolean
opens_by_itself(const Chapter *chapter)
{
	return chapter->live == open_store;
}

static void
live_well(Life *life, const Chapter *chapter)
{
	g_autoptr(GError) error = NULL;
	if (life->store == NULL && !opens_by_itself(chapter))
		open_store(life, &error);
	g_assert_no_error(error);
	gboolean lived = chapter->live(life, &error);
	g_assert_no_error(error);
	g_assert_true(lived);
}

/* What a person is told has words, and is about the store. */
static void
check_error(const GError *error)
{
	g_assert_nonnull(error);
	g_assert_cmpstr(g_quark_to_string(error->domain), ==, g_quark_to_string(PIPIT_STORE_ERROR));
	g_assert_cmpint(error->code, !=, PIPIT_STORE_ERROR_NEWER);
	g_assert_cmpstr(error->message, !=, "");
}

/* Lives a chapter with the @nth call failing, closing included. Returns FALSE if there were fewer calls. */
static gboolean
live_badly(const Life *before, const Chapter *chapter, FaultKind kind, guint nth)
{
	Life life = copy_of(before);
	g_autoptr(GError) error = NULL;
	if (!opens_by_itself(chapter))
		g_assert_true(open_store(&life, NULL));
	fault_begin(kind, nth);
	gboolean lived = chapter->live(&life, &error);
	if (lived || kind == FAULT_CALLS_ON)
		close_store(&life);
	const char *struck = fault_end();
	if (struck != NULL && g_test_verbose())
		g_test_message("%u: %s: %s", nth, struck, lived ? "lived" : error->message);
	if (lived)
		g_assert_no_error(error);
	else
		check_error(error);
	/* It passed, and the same program tries again. */
	if (!lived && kind != FAULT_CALLS_ON)
		live_well(&life, chapter);
	close_store(&life);
	check_left(&life);
	if (!lived && kind == FAULT_CALLS_ON)
		live_well(&life, chapter);
	end_life(&life);
	return struck != NULL;
}

static void
live_until(Life *life, const Chapter *chapter)
{
	for (const Chapter *earlier = chapters; earlier < chapter; earlier++) {
		live_well(life, earlier);
		close_store(life);
	}
}

typedef struct {
	const Chapter *chapter;
	FaultKind kind;
} Try;

static void
test_chapter(gconstpointer data)
{
	const Try *try = data;
	Life before = {.folder = pipit_test_folder_new()};
	live_until(&before, try->chapter);
	/* SQLite asks for memory some thousand times a chapter. */
	guint stride = try->kind == FAULT_MEMORY_ONCE && g_getenv("PIPIT_LONG") == NULL ? MEMORY_STRIDE : 1;
	guint nth = 1;
	while (live_badly(&before, try->chapter, try->kind, nth))
		nth += stride;
	g_test_message("up to call %u", nth);
	g_assert_cmpuint(nth, >, 1);
	end_life(&before);
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

int
main(int argc, char **argv)
{
	static const char *const kinds[] = {"one-call", "all-calls", "memory"};
	static Try tries[G_N_ELEMENTS(chapters)][G_N_ELEMENTS(kinds)];
	fault_init();
	g_test_init(&argc, &argv, NULL);
	alice = pipit_actor_new(1, PREKEY_TIME);
	bob = pipit_actor_new(2, PREKEY_TIME);
	from_bob = bob_writes();
	for (guint i = 0; i < G_N_ELEMENTS(chapters); i++)
		for (guint kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
			g_autofree char *name =
				g_strdup_printf("/client-store/%s/%s", chapters[i].name, kinds[kind]);
			tries[i][kind] = (Try){&chapters[i], (FaultKind)kind};
			g_test_add_data_func(name, &tries[i][kind], test_chapter);
		}
	int status = g_test_run();
	pipit_envelope_unref(from_bob);
	pipit_actor_free(alice);
	pipit_actor_free(bob);
	return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device's groups on a system that fails: a change that was reported as made is in force and on its way to the others, neither
 * without the other; and what others changed is taken once. */
#include <glib.h>
#include <string.h>

#include "crypto/pair_ec.h"
#include "protocol/client_private.h"
#include "protocol/host_glib.h"
#include "protocol/peer.h"
#include "protocol/store_groups.h"
#include "protocol/store_keys.h"
#include "protocol/store_outbox.h"
#include "protocol/uuid.h"
#include "tests/support/actor.h"
#include "tests/torture/fault.h"
#include "tests/torture/lives.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define CAROL "mailto:carol@example.org"
#define DAVE "mailto:dave@example.org"
#define NONCE "7b0c1111-2222-4333-8444-555566667777"
#define NOW G_GINT64_CONSTANT(1764000000000)
#define PREKEY_TIME 1764000000.0
#define N_LETTERS 4

/* What was reported as done. */
typedef struct {
	gboolean signed_in;
	char group[64]; /* hers: its peer, or "" */
	gboolean renamed;
	gboolean added;
	gboolean removed;
	guint received; /* of Bob's letters */
	gboolean showing;
	gboolean shown;
	gboolean leaving;
	gboolean left;
} Ledger;

typedef struct {
	Life base;
	PipitClient *client;
	Ledger ledger;
} GroupLife;

/* Keys take long to make, so all lives share them. */
static PipitActor *alice;
static PipitActor *bob;
static PipitEnvelope *letters[N_LETTERS]; /* of Bob's, about a group of his */
static char *bobs;                        /* its peer */

/* ---- living ---- */

static gboolean
open_client(gpointer memory, GError **error)
{
	GroupLife *life = memory;
	const PipitClientEvents events = {0};
	const PipitClientOptions options = {
		.handle = ALICE, .storage_dir = life->base.folder, .device_name = "Host"};
	life->client = pipit_client_new(pipit_loop_glib(), &events, life, &options, error);
	return life->client != NULL;
}

static void
close_client(gpointer memory)
{
	GroupLife *life = memory;
	g_clear_pointer(&life->client, pipit_client_free);
}

static gboolean
save_keys(PipitStore *store, GError **error)
{
	g_autoptr(GBytes) record = pipit_prekey_record_new(alice->prekey, alice->secrets);
	g_autoptr(GPtrArray) prekeys = pipit_store_device(store) != NULL ? pipit_store_prekeys(store) : NULL;
	if (pipit_store_device(store) == NULL && !pipit_store_save_device(store, alice->secrets, error))
		return FALSE;
	return (prekeys != NULL && prekeys->len > 0) ||
	       pipit_store_add_prekey(store, alice->prekey, record, error);
}

static gboolean
sign_in(gpointer memory, GError **error)
{
	GroupLife *life = memory;
	PipitStore *store = life->client->store;
	const char *handles[] = {ALICE, NULL};
	if (!save_keys(store, error) || !pipit_store_set_registered(store, alice->push_token, handles, error))
		return FALSE;
	pipit_client_open_boxes(life->client);
	life->ledger.signed_in = TRUE;
	return TRUE;
}

static gboolean
create_group(gpointer memory, GError **error)
{
	GroupLife *life = memory;
	const char *const members[] = {BOB, CAROL, NULL};
	g_autofree char *peer = pipit_client_group_create(life->client, "Friends", members, error);
	if (peer == NULL)
		return FALSE;
	g_strlcpy(life->ledger.group, peer, sizeof life->ledger.group);
	return TRUE;
}

static gboolean
change_group(gpointer memory, GError **error)
{
	GroupLife *life = memory;
	Ledger *ledger = &life->ledger;
	const char *const newcomers[] = {DAVE, NULL};
	ledger->renamed =
		ledger->renamed || pipit_client_group_rename(life->client, ledger->group, "Renamed", error);
	if (!ledger->renamed)
		return FALSE;
	ledger->added =
		ledger->added || pipit_client_group_add(life->client, ledger->group, newcomers, error);
	if (!ledger->added)
		return FALSE;
	/* Who is out already was put out by the try that could not tell. */
	g_autoptr(PipitGroup) group = pipit_client_group(life->client, ledger->group);
	ledger->removed = (group != NULL && !g_strv_contains((const char *const *)group->members, CAROL)) ||
			  pipit_client_group_remove(life->client, ledger->group, CAROL, error);
	return ledger->removed;
}

static gboolean
look_up(const GroupLife *life, GError **error)
{
	g_autoptr(PipitLookupAnswer) of_bob = pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, 0), NULL);
	return pipit_directory_digest(life->client->directory, of_bob, NOW, error);
}

/* Returns what is to be shown, or NULL. */
static GPtrArray *
accept_letter(const GroupLife *life, guint i, GError **error)
{
	PipitInbox *inbox = life->client->inbox;
	g_autoptr(GPtrArray) envelopes = g_ptr_array_new();
	g_ptr_array_add(envelopes, letters[i]);
	g_autoptr(PipitInboxBatch) batch = pipit_inbox_batch_new(envelopes);
	g_auto(GStrv) unknown = pipit_inbox_prepare(inbox, batch);
	if (unknown[0] != NULL) {
		if (!look_up(life, error))
			return NULL;
		g_auto(GStrv) none = pipit_inbox_prepare(inbox, batch);
	}
	pipit_inbox_open(batch);
	return pipit_inbox_accept(inbox, batch, error);
}

static gboolean
receive_letters(gpointer memory, GError **error)
{
	GroupLife *life = memory;
	for (; life->ledger.received < N_LETTERS; life->ledger.received++) {
		g_autoptr(GPtrArray) accepted = accept_letter(life, life->ledger.received, error);
		if (accepted == NULL)
			return FALSE;
	}
	life->ledger.showing = TRUE;
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(life->client->inbox, error);
	for (guint i = 0; unshown != NULL && i < unshown->len; i++)
		if (!pipit_inbox_shown(life->client->inbox, unshown->pdata[i], error))
			return FALSE;
	life->ledger.shown = unshown != NULL;
	return life->ledger.shown;
}

static gboolean
leave_group(gpointer memory, GError **error)
{
	GroupLife *life = memory;
	g_autoptr(PipitGroup) group = pipit_client_group(life->client, bobs);
	life->ledger.leaving = TRUE;
	life->ledger.left = (group != NULL && group->state == PIPIT_GROUP_LEFT) ||
			    pipit_client_group_leave(life->client, bobs, error);
	return life->ledger.left;
}

/* "load" begins with all that there is. */
static const Chapter chapters[] = {
	{"sign-in", sign_in},
	{"create", create_group},
	{"change", change_group},
	{"receive", receive_letters},
	{"leave", leave_group},
	{"load", open_client},
	{NULL, NULL},
};

/* ---- looking at what is left ---- */

/* Returns: (transfer full) the first message that waits to go to @peer, or NULL. */
static PipitMessage *
first_unsent(const GroupLife *life, const char *peer)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) unsent = pipit_store_read_unsent(life->client->store, &error);
	g_assert_no_error(error);
	for (guint i = 0; i < unsent->len; i++) {
		const PipitUnsent *first = unsent->pdata[i];
		PipitMessage *message = g_str_equal(first->peer, peer)
						? pipit_message_unpack(first->plaintext, &error)
						: NULL;
		g_assert_no_error(error);
		if (message != NULL)
			return message;
	}
	return NULL;
}

/* Of each group that she made, the others hear, and of no other. */
static void
check_spread(const GroupLife *life, const PipitGroup *group)
{
	g_autoptr(PipitMessage) first = first_unsent(life, group->peer);
	g_assert_nonnull(first);
	g_assert_cmpint(first->type, ==, PIPIT_MESSAGE_GROUP);
	const PipitGroupChange *change = first->group.changes->pdata[0];
	g_assert_cmpint(change->kind, ==, PIPIT_GROUP_CREATE);
	g_assert_cmpstr(change->author, ==, ALICE);
}

static void
check_groups(const GroupLife *life)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) groups = pipit_client_groups(life->client, &error);
	g_assert_no_error(error);
	for (guint i = 0; i < groups->len; i++)
		if (!g_str_equal(((const PipitGroup *)groups->pdata[i])->peer, bobs))
			check_spread(life, groups->pdata[i]);
	g_autoptr(GPtrArray) unsent = pipit_store_read_unsent(life->client->store, &error);
	g_assert_no_error(error);
	for (guint i = 0; i < unsent->len; i++) {
		const PipitUnsent *message = unsent->pdata[i];
		g_autoptr(PipitGroup) group = pipit_client_group(life->client, message->peer);
		g_assert_true(group != NULL || !pipit_peer_is_group(message->peer));
	}
}

static void
check_own_group(const GroupLife *life)
{
	const Ledger *ledger = &life->ledger;
	if (ledger->group[0] == '\0')
		return;
	g_autoptr(PipitGroup) group = pipit_client_group(life->client, ledger->group);
	g_assert_nonnull(group);
	const char *const *members = (const char *const *)group->members;
	g_assert_cmpint(group->state, ==, PIPIT_GROUP_IN);
	g_assert_true(g_strv_contains(members, ALICE) && g_strv_contains(members, BOB));
	g_assert_true(g_str_equal(group->name, "Renamed") ||
		      (!ledger->renamed && g_str_equal(group->name, "Friends")));
	g_assert_true(!ledger->added || g_strv_contains(members, DAVE));
	g_assert_true(!ledger->removed || !g_strv_contains(members, CAROL));
}

static guint
count_texts(const GPtrArray *received)
{
	guint count = 0;
	for (guint i = 0; i < received->len; i++)
		count += ((const PipitReceived *)received->pdata[i])->type == PIPIT_MESSAGE_TEXT;
	return count;
}

static void
check_bobs_group(const GroupLife *life)
{
	const Ledger *ledger = &life->ledger;
	g_autoptr(GError) error = NULL;
	for (guint i = 0; i < ledger->received; i++) {
		g_autoptr(GPtrArray) again = accept_letter(life, i, &error);
		g_assert_no_error(error);
		g_assert_cmpuint(again->len, ==, 0);
	}
	if (ledger->received < N_LETTERS)
		return;
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(life->client->inbox, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(count_texts(unshown), <=, ledger->shown ? 0 : 1);
	g_assert_cmpuint(count_texts(unshown), >=, ledger->showing ? 0 : 1);
	g_autoptr(PipitGroup) group = pipit_client_group(life->client, bobs);
	g_assert_cmpstr(group->name, ==, "new");
	g_assert_true(g_strv_contains((const char *const *)group->members, DAVE));
	g_assert_true(!ledger->left || group->state == PIPIT_GROUP_LEFT);
	g_assert_true(ledger->leaving || group->state == PIPIT_GROUP_IN);
}

static void
check_left(gpointer memory)
{
	const GroupLife *life = memory;
	if (!life->ledger.signed_in)
		return;
	check_groups(life);
	check_own_group(life);
	check_bobs_group(life);
}

/* ---- what the relay has from Bob ---- */

static PipitEnvelope *
seal(PipitMessage *message, guint32 counter)
{
	g_autofree char *id = pipit_uuid_new();
	message->id = id;
	g_autoptr(PipitDevicePublic) recipient = pipit_device_public_of(alice->secrets, alice->prekey);
	g_autoptr(GBytes) plaintext = pipit_message_pack(message);
	g_autoptr(GBytes) payload = pipit_pair_ec_seal(bob->secrets, recipient, counter, plaintext, NULL);
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

/* Bob's next change in his group. Returns: (transfer full) */
static PipitGroupChange *
change_by_bob(PipitGroupHistory *history, PipitGroupChange given)
{
	g_auto(GStrv) heads = pipit_group_history_heads(history);
	given.author = (char *)BOB;
	given.builds_on = heads;
	given.version = pipit_group_history_version_of(history, (const char *const *)heads) + 1;
	given.at = NOW;
	PipitGroupChange *change = pipit_group_change_new(&given);
	g_assert_nonnull(change);
	pipit_group_history_take(history, change, NOW);
	g_assert_true(pipit_group_history_advance(history) == change);
	return change;
}

/* @change: NULL for a text. */
static PipitEnvelope *
letter_by_bob(PipitGroupHistory *history, PipitGroupChange *change, guint32 counter)
{
	char *nobody[] = {NULL};
	g_autoptr(GPtrArray) changes = g_ptr_array_new();
	g_auto(GStrv) heads = pipit_group_history_heads(history);
	PipitMessage message = {.type = change != NULL ? PIPIT_MESSAGE_GROUP : PIPIT_MESSAGE_TEXT,
				.from = (char *)BOB,
				.to = nobody,
				.sent_at = NOW,
				.group = {.gid = (char *)pipit_peer_gid(bobs), .state = heads}};
	message.group.version = pipit_group_history_version_of(history, (const char *const *)heads);
	if (change != NULL) {
		g_ptr_array_add(changes, change);
		message.group.changes = changes;
	} else {
		message.text = (char *)"Hello all";
	}
	return seal(&message, counter);
}

/* He makes a group, names it, puts Dave in and writes a text; of the changes, the last comes first, and behind the text. */
static void
bob_writes(void)
{
	char *nobody[] = {NULL};
	char *members[] = {(char *)BOB, (char *)ALICE, (char *)CAROL, NULL};
	char *newcomers[] = {(char *)DAVE, NULL};
	const PipitGroupChange first = {.kind = PIPIT_GROUP_CREATE,
					.author = (char *)BOB,
					.version = 1,
					.nonce = (char *)NONCE,
					.builds_on = nobody,
					.at = NOW,
					.handles = members};
	g_autoptr(PipitGroupChange) beginning = pipit_group_change_new(&first);
	char *gid = beginning->gid;
	bobs = pipit_peer_of_group(gid);
	g_autoptr(PipitGroupHistory) history = pipit_group_history_new(gid);
	pipit_group_history_take(history, beginning, NOW);
	g_assert_nonnull(pipit_group_history_advance(history));
	letters[0] = letter_by_bob(history, beginning, 1);
	g_autoptr(PipitGroupChange) named = change_by_bob(
		history,
		(PipitGroupChange){
			.kind = PIPIT_GROUP_NAME, .gid = gid, .handles = nobody, .name = (char *)"new"});
	letters[3] = letter_by_bob(history, named, 2);
	g_autoptr(PipitGroupChange) added = change_by_bob(
		history, (PipitGroupChange){.kind = PIPIT_GROUP_ADD, .gid = gid, .handles = newcomers});
	letters[2] = letter_by_bob(history, added, 3);
	letters[1] = letter_by_bob(history, NULL, 4);
}

static const Story story = {
	.name = "client-groups",
	.size = sizeof(GroupLife),
	.chapters = chapters,
	.open = open_client,
	.close = close_client,
	.check = check_left,
};

int
main(int argc, char **argv)
{
	fault_init();
	g_test_init(&argc, &argv, NULL);
	alice = pipit_actor_new(1, PREKEY_TIME);
	bob = pipit_actor_new(2, PREKEY_TIME);
	bob_writes();
	lives_add_tests(&story);
	int status = g_test_run();
	for (guint i = 0; i < N_LETTERS; i++)
		pipit_envelope_unref(letters[i]);
	g_free(bobs);
	pipit_actor_free(alice);
	pipit_actor_free(bob);
	return status;
}

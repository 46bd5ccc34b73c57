/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sender who seals differently from us and uses up what must be used once: all else about the second message is new. */
#include <string.h>

#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "crypto/random.h"
#include "protocol/inbox.h"
#include "protocol/limits.h"
#include "protocol/message.h"
#include "protocol/store_inbox.h"
#include "protocol/store_keys.h"
#include "tests/support/actor.h"
#include "tests/support/test_folder.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define ID "7b0c1111-2222-4333-8444-555566667777"
#define OTHER_ID "00000000-2222-4333-8444-555566667777"
#define NOW 1764000000000
#define PREKEY_TIME (1764000000.0 - 86400)

/* These two stand in for crypto/random.c: what was drawn since restart_random() is drawn again after it. */
static GRand *drawn;

static void
restart_random(void)
{
	g_rand_set_seed(drawn, 1);
}

void
pipit_random(gpointer buffer, gsize size)
{
	guint8 *bytes = buffer;
	if (drawn == NULL)
		drawn = g_rand_new();
	for (gsize i = 0; i < size; i++)
		bytes[i] = (guint8)g_rand_int(drawn);
}

void
pipit_random_nettle(G_GNUC_UNUSED void *context, size_t size, uint8_t *buffer)
{
	pipit_random(buffer, size);
}

typedef struct {
	char *folder;
	PipitStore *store;
	PipitDirectory *directory;
	PipitInbox *inbox;
	PipitActor *alice;
	PipitActor *bob;
} Fixture;

static void
set_up(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	f->alice = pipit_actor_new(1, PREKEY_TIME);
	f->bob = pipit_actor_new(2, PREKEY_TIME);
	f->folder = pipit_test_folder_new();
	f->store = pipit_store_open(f->folder, ALICE, &error);
	g_assert_no_error(error);
	g_autoptr(GBytes) record = pipit_prekey_record_new(f->alice->prekey, f->alice->secrets);
	g_assert_true(pipit_store_save_device(f->store, f->alice->secrets, &error) &&
		      pipit_store_add_prekey(f->store, f->alice->prekey, record, &error) &&
		      pipit_store_prekey_published(f->store, pipit_prekey_secret_key(f->alice->prekey), NOW,
						   &error));
	const char *const handles[] = {ALICE, NULL};
	g_assert_true(pipit_store_set_registered(f->store, f->alice->push_token, handles, &error));
	f->directory = pipit_directory_new(f->store);
	f->inbox = pipit_inbox_new(f->store, f->directory);
	g_autoptr(PipitLookupAnswer) answer =
		pipit_actor_answer(NOW, BOB, pipit_actor_record(f->bob, 0), NULL);
	g_assert_true(pipit_directory_digest(f->directory, answer, NOW, &error));
}

static void
tear_down(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_inbox_free(f->inbox);
	pipit_directory_free(f->directory);
	pipit_store_free(f->store);
	pipit_test_folder_free(f->folder);
	pipit_actor_free(f->alice);
	pipit_actor_free(f->bob);
}

static GBytes *
plaintext_of(const char *id, const char *text)
{
	char *to[] = {(char *)ALICE, NULL};
	const PipitMessage message = {
		.id = (char *)id, .from = (char *)BOB, .to = to, .sent_at = NOW, .text = (char *)text};
	return pipit_message_pack(&message);
}

static GPtrArray *
receive(Fixture *f, PipitSuite suite, const char *id, GBytes *payload)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) prekey =
		g_bytes_new(pipit_prekey_secret_key(f->alice->prekey), PIPIT_COMPACT_KEY_LEN);
	const PipitEnvelope written = {
		.seq = 1,
		.id = (char *)id,
		.from = (char *)BOB,
		.to = (char *)ALICE,
		.push_token = f->bob->push_token,
		.class_ = PIPIT_CLASS_STORED,
		.suite = suite,
		.prekey = suite == PIPIT_SUITE_PAIR ? NULL : prekey,
		.payload = payload,
		.received_at = NOW,
	};
	g_autoptr(GBytes) bytes = pipit_envelope_print(&written);
	g_autoptr(PipitEnvelope) envelope = pipit_envelope_parse(bytes, &error);
	g_assert_no_error(error);
	g_autoptr(GPtrArray) envelopes = g_ptr_array_new();
	g_ptr_array_add(envelopes, envelope);
	g_autoptr(PipitInboxBatch) batch = pipit_inbox_batch_new(envelopes);
	g_auto(GStrv) handles = pipit_inbox_prepare(f->inbox, batch);
	g_assert_null(handles[0]);
	pipit_inbox_open(batch);
	GPtrArray *shown = pipit_inbox_accept(f->inbox, batch, &error);
	g_assert_no_error(error);
	return shown;
}

static guint
count_shown(Fixture *f, PipitSuite suite, const char *id, GBytes *payload)
{
	g_autoptr(GPtrArray) shown = receive(f, suite, id, payload);
	return shown->len;
}

static GBytes *
seal_pair_ec(const Fixture *f, guint32 counter, GBytes *plaintext)
{
	g_autoptr(PipitDevicePublic) recipient = pipit_device_public_of(f->alice->secrets, f->alice->prekey);
	restart_random();
	GBytes *payload = pipit_pair_ec_seal(f->bob->secrets, recipient, counter, plaintext, NULL);
	g_assert_nonnull(payload);
	return payload;
}

static void
test_an_ephemeral_key(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GBytes) one = plaintext_of(ID, "one");
	g_autoptr(GBytes) two = plaintext_of(OTHER_ID, "two");
	g_autoptr(GBytes) first = seal_pair_ec(f, 1, one);
	g_autoptr(GBytes) second = seal_pair_ec(f, 2, two);
	PipitPairEcOpened opened[2];
	g_autoptr(PipitDevicePublic) sender = pipit_device_public_of(f->bob->secrets, NULL);
	g_autoptr(GBytes) opens =
		pipit_pair_ec_open(f->alice->secrets, &f->alice->prekey, 1, sender, first, &opened[0], NULL);
	g_autoptr(GBytes) opens_too =
		pipit_pair_ec_open(f->alice->secrets, &f->alice->prekey, 1, sender, second, &opened[1], NULL);
	/* Each is good in itself, and they have the ephemeral key in common. */
	g_assert_true(opens != NULL && opens_too != NULL);
	g_assert_cmpint(memcmp(opened[0].replay, opened[1].replay, sizeof opened[0].replay), ==, 0);

	g_assert_cmpuint(count_shown(f, PIPIT_SUITE_PAIR_EC, ID, first), ==, 1);
	g_assert_cmpuint(count_shown(f, PIPIT_SUITE_PAIR_EC, OTHER_ID, second), ==, 0);
}

/* The ids are forgotten after a while, and a signature can be made anew. The block is remembered. */
static void
test_an_rsa_block(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(PipitDevicePublic) recipient = pipit_device_public_of(f->alice->secrets, NULL);
	g_autoptr(GBytes) plaintext = plaintext_of(ID, "one");
	g_autoptr(GBytes) payload = pipit_pair_seal(f->bob->secrets, recipient, plaintext, NULL);
	g_autoptr(GBytes) sealed_anew = pipit_pair_seal(f->bob->secrets, recipient, plaintext, NULL);
	g_assert_cmpuint(count_shown(f, PIPIT_SUITE_PAIR, ID, payload), ==, 1);
	g_assert_true(pipit_store_forget_received(f->store, NOW + 3000 * PIPIT_DAY_MS, NULL));
	g_assert_cmpuint(count_shown(f, PIPIT_SUITE_PAIR, ID, payload), ==, 0);
	/* It was the block: with another, the same message is shown again. */
	g_assert_cmpuint(count_shown(f, PIPIT_SUITE_PAIR, ID, sealed_anew), ==, 1);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/replay/an-ephemeral-key-used-twice", Fixture, NULL, set_up, test_an_ephemeral_key,
		   tear_down);
	g_test_add("/replay/an-rsa-block-used-twice", Fixture, NULL, set_up, test_an_rsa_block, tear_down);
	int result = g_test_run();
	g_clear_pointer(&drawn, g_rand_free);
	return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was taken is remembered, for exactly as long as it must be. */
#include <glib.h>
#include <string.h>

#include "protocol/limits.h"
#include "protocol/store_inbox.h"
#include "tests/support/test_folder.h"

#define ID "7b0c1111-2222-4333-8444-555566667777"
#define NOW 1764000000000

typedef struct {
	char *folder;
	PipitStore *store;
} Fixture;

static guint8 bob[PIPIT_COMPACT_KEY_LEN] = {1};
static guint8 carol[PIPIT_COMPACT_KEY_LEN] = {2};
static guint8 prekey[PIPIT_COMPACT_KEY_LEN] = {3};
static guint8 next_prekey[PIPIT_COMPACT_KEY_LEN] = {4};

static void
open_store(Fixture *f)
{
	g_autoptr(GError) error = NULL;
	f->store = pipit_store_open(f->folder, "mailto:alice@example.org", &error);
	g_assert_no_error(error);
}

static void
set_up(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	f->folder = pipit_test_folder_new();
	open_store(f);
}

static void
tear_down(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	pipit_store_free(f->store);
	pipit_test_folder_free(f->folder);
}

static gboolean
id_is_fresh(Fixture *f, const guint8 *sender, const char *id)
{
	gboolean fresh = FALSE;
	g_assert_true(pipit_store_remember_id(f->store, sender, id, NOW, &fresh, NULL));
	return fresh;
}

static void
test_ids(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_assert_true(id_is_fresh(f, bob, ID));
	g_assert_false(id_is_fresh(f, bob, ID));
	g_assert_true(id_is_fresh(f, carol, ID));
	g_assert_true(pipit_store_forget_received(f->store, NOW + 90 * PIPIT_DAY_MS, NULL));
	g_assert_false(id_is_fresh(f, bob, ID));
	g_assert_true(pipit_store_forget_received(f->store, NOW + 90 * PIPIT_DAY_MS + 1, NULL));
	g_assert_true(id_is_fresh(f, bob, ID));
}

static gboolean
counter_is_fresh(Fixture *f, const guint8 *for_prekey, const guint8 *sender, guint32 counter)
{
	gboolean fresh = FALSE;
	g_assert_true(pipit_store_remember_counter(f->store, for_prekey, sender, counter, &fresh, NULL));
	return fresh;
}

static void
test_counters(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_assert_true(counter_is_fresh(f, prekey, bob, G_MAXUINT32));
	g_assert_true(counter_is_fresh(f, prekey, bob, 0));
	g_assert_false(counter_is_fresh(f, prekey, bob, G_MAXUINT32));
	g_assert_true(counter_is_fresh(f, next_prekey, bob, 0));
	g_assert_true(counter_is_fresh(f, prekey, carol, 0));
	pipit_store_free(f->store);
	open_store(f);
	g_assert_false(counter_is_fresh(f, prekey, bob, 0));
}

static PipitEnvelope *
envelope(const char *payload)
{
	static const guint8 token[PIPIT_TOKEN_LEN];
	g_autoptr(GBytes) push_token = g_bytes_new_static(token, sizeof token);
	g_autoptr(GBytes) payload_bytes = g_bytes_new(payload, strlen(payload));
	const PipitEnvelope written = {
		.seq = 1,
		.id = (char *)ID,
		.from = (char *)"mailto:b@x",
		.to = (char *)"mailto:a@x",
		.push_token = push_token,
		.suite = PIPIT_SUITE_PAIR,
		.payload = payload_bytes,
		.received_at = NOW,
	};
	g_autoptr(GBytes) bytes = pipit_envelope_print(&written);
	return pipit_envelope_parse(bytes, NULL);
}

static void
add_undecided(Fixture *f, const char *payload)
{
	g_autoptr(PipitEnvelope) undecided = envelope(payload);
	g_autoptr(GError) error = NULL;
	g_assert_true(pipit_store_add_undecided(f->store, undecided->payload, undecided, &error));
	g_assert_no_error(error);
}

static guint
count_undecided(Fixture *f)
{
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GPtrArray) envelopes = pipit_store_read_undecided(f->store, 0, 100, rows, NULL);
	g_assert_cmpuint(envelopes->len, ==, rows->len);
	return envelopes->len;
}

static void
test_undecided(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	add_undecided(f, "one");
	add_undecided(f, "two");
	add_undecided(f, "one");
	g_assert_cmpuint(count_undecided(f), ==, 2);
	g_assert_true(pipit_store_forget_received(f->store, NOW + 35 * PIPIT_DAY_MS, NULL));
	g_assert_cmpuint(count_undecided(f), ==, 2);
	g_assert_true(pipit_store_forget_received(f->store, NOW + 35 * PIPIT_DAY_MS + 1, NULL));
	g_assert_cmpuint(count_undecided(f), ==, 0);
}

#define ADD(name, test) g_test_add(name, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("/store-inbox/ids", test_ids);
	ADD("/store-inbox/counters", test_counters);
	ADD("/store-inbox/undecided", test_undecided);
	return g_test_run();
}

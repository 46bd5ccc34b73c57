/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A group as large as one may be, with four devices each: what is sent there reaches all of them, in as few requests as may be, and
 * the loop is free meanwhile. PIPIT_LONG=1 has 256 members; by day there are a few. */
#include <glib.h>
#include <string.h>

#include "protocol/limits.h"
#include "tests/support/crowd.h"
#include "tests/support/forwarder.h"
#include "tests/support/loop_watch.h"
#include "tests/support/person.h"
#include "tests/support/wait.h"

#define ALICE "mailto:alice@example.org"
#define ALICES_PASSWORD "correct horse battery staple" /* person.c */
#define DEVICES_EACH 4
#define MEMBERS 24
#define MEMBERS_LONG PIPIT_GROUP_MAX_MEMBERS
#define LONG_TEXT 15000 /* characters that don't get much shorter; it still fits into a payload */
#define SEND "/v1/push/messages"

/* Of the thread's own time; the sanitizers slow it down. */
#if defined(__SANITIZE_ADDRESS__)
#define HELD_US 150000
#else
#define HELD_US 35000
#endif

typedef struct {
	PipitOwnServer *own;
	PipitForwarder *forwarder;
	PipitCrowd *crowd;
	PipitPerson *alice;
	guint members;
	guint told; /* messages that each of the crowd has been sent */
} Fixture;

static void
set_up(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_loop_watch_begin();
	f->members = g_getenv("PIPIT_LONG") != NULL ? MEMBERS_LONG : MEMBERS;
	f->own = pipit_own_server_prepare();
	f->crowd = pipit_crowd_new(f->own, DEVICES_EACH);
	pipit_own_server_start(f->own);
	f->forwarder = pipit_forwarder_new(f->own->origin);
	f->alice = pipit_person_new(ALICE, pipit_forwarder_origin(f->forwarder), NULL);
	pipit_person_go_online(f->alice);
	pipit_crowd_grow(f->crowd, f->members - 1);
	for (guint i = 1; i < DEVICES_EACH; i++)
		pipit_crowd_add_device(f->crowd, ALICE, ALICES_PASSWORD);
}

static void
tear_down(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_person_free(f->alice);
	pipit_crowd_free(f->crowd);
	/* With it, the poll that the forwarder passed on. */
	pipit_own_server_free(f->own);
	pipit_forwarder_free(f->forwarder);
}

/* ---- what all get ---- */

static void
assert_has(PipitRelayPeer *peer, guint count)
{
	g_autoptr(PipitReply) reply = pipit_relay_peer_poll(peer, "", 0, 0);
	pipit_assert_status(reply, 200);
	/* Her own devices also heard that hers is new. */
	if (g_str_equal(peer->handle, ALICE))
		g_assert_cmpuint(pipit_poll_count(reply), >=, count);
	else
		g_assert_cmpuint(pipit_poll_count(reply), ==, count);
}

/* Alice writes a text; once it is out, each device has it, and all that was sent before it. Returns how many requests it took. */
static guint
write_to_all(Fixture *f, const char *peer, const char *text, guint messages)
{
	g_autoptr(GError) error = NULL;
	guint before = pipit_forwarder_asked(f->forwarder, SEND);
	guint sent = f->alice->sent->len;
	gint64 start = g_get_monotonic_time();
	/* What this program did itself since the last turn does not count. */
	g_main_context_iteration(NULL, FALSE);
	pipit_loop_watch_take();
	g_autofree char *id = pipit_client_send(f->alice->client, peer, text, NULL, &error);
	g_assert_no_error(error);
	pipit_wait_until(f->alice->sent->len > sent);
	gint64 took = g_get_monotonic_time() - start;
	/* The turn that told of it counts as well. */
	g_main_context_iteration(NULL, FALSE);
	PipitHeld held = pipit_loop_watch_take();
	g_assert_no_error(pipit_person_sent(f->alice, sent)->error);
	guint requests = pipit_forwarder_asked(f->forwarder, SEND) - before;
	g_test_message("%u devices: %.0f ms, %u requests; the loop was held for %.1f ms of its own time, "
		       "%.1f by the "
		       "clock",
		       f->crowd->peers->len, (double)took / 1000, requests, (double)held.cpu / 1000,
		       (double)held.clock / 1000);
	g_assert_cmpint(held.cpu, <=, HELD_US);
	f->told += messages;
	for (guint i = 0; i < f->crowd->peers->len; i++)
		assert_has(f->crowd->peers->pdata[i], f->told);
	return requests;
}

static char *
long_text(void)
{
	g_autoptr(GRand) chance = g_rand_new_with_seed(1);
	GString *text = g_string_new(NULL);
	while (text->len < LONG_TEXT)
		g_string_append_c(text, (char)g_rand_int_range(chance, '!', '~'));
	return g_string_free(text, FALSE);
}

static void
test_all_get_it(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) handles = pipit_crowd_handles(f->crowd, f->members - 1);
	g_autofree char *peer =
		pipit_client_group_create(f->alice->client, "Many", (const char *const *)handles, &error);
	g_assert_no_error(error);
	/* The beginning for them, and for her other devices, who hear that this one is new as well; then the text. */
	g_assert_cmpuint(write_to_all(f, peer, "Hello all", 2), <=, 4);
	g_assert_cmpuint(write_to_all(f, peer, "And again", 1), ==, 1);
	/* Each request has 8 MiB at most. */
	g_autofree char *text = long_text();
	guint requests = write_to_all(f, peer, text, 1);
	g_assert_cmpuint(requests, ==, f->members == MEMBERS_LONG ? 3 : 1);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/client-crowd/all-get-it", Fixture, NULL, set_up, test_all_get_it, tear_down);
	return g_test_run();
}

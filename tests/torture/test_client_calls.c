/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A running client whose calls fail, files and sockets alike: it may go offline, and says why; once it is online again,
 * what was written arrives, once. */
#include <glib.h>
#include <string.h>

#include "tests/support/own_server.h"
#include "tests/support/person.h"
#include "tests/support/test_folder.h"
#include "tests/support/wait.h"
#include "tests/torture/fault.h"

#define ALICE "alice@example.org"
#define BOB "bob@example.org"

static gboolean
is_online(const PipitPerson *person)
{
	return pipit_client_state(person->client) == PIPIT_CLIENT_ONLINE;
}

/* As a host does: whoever went offline connects again. */
static void
keep_online(PipitPerson *person)
{
	if (pipit_client_state(person->client) != PIPIT_CLIENT_OFFLINE)
		return;
	g_assert_nonnull(person->error);
	g_assert_cmpstr(person->error->message, !=, "");
	pipit_client_connect(person->client);
}

static gboolean
both_are_done(PipitPerson *alice, PipitPerson *bob, guint count)
{
	if (alice->sent->len == count && bob->shown->len == count)
		return TRUE;
	keep_online(alice);
	keep_online(bob);
	return FALSE;
}

/* Both programs are in this thread: it is the one or the other that the call fails under. */
static void
write_badly(PipitPerson *alice, FaultKind kind, guint nth, guint *written)
{
	g_autofree char *text = g_strdup_printf("message %u", nth);
	g_autoptr(GError) error = NULL;
	fault_begin(kind, nth);
	g_autofree char *id = pipit_client_send(alice->client, BOB, text, NULL, &error);
	g_assert_true((id == NULL) == (error != NULL));
	*written += id != NULL;
	/* So that the loop gets a turn or two with the failing call. */
	for (guint i = 0; i < 4; i++)
		g_main_context_iteration(NULL, FALSE);
}

static void
check_order(const PipitPerson *bob)
{
	guint64 last = 0;
	for (guint i = 0; i < bob->shown->len; i++) {
		guint64 number =
			g_ascii_strtoull(pipit_person_shown(bob, i)->text + strlen("message "), NULL, 10);
		g_assert_cmpuint(number, >, last);
		last = number;
	}
}

static void
test_talk(gconstpointer data)
{
	FaultKind kind = (FaultKind)GPOINTER_TO_UINT(data);
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitPerson) alice = pipit_person_new(ALICE, own->origin, NULL);
	g_autoptr(PipitPerson) bob = pipit_person_new(BOB, own->origin, NULL);
	guint written = 0;
	guint nth = 1;
	const char *failed;
	pipit_person_go_online(alice);
	pipit_person_go_online(bob);
	do {
		write_badly(alice, kind, nth, &written);
		pipit_wait_until(both_are_done(alice, bob, written));
		failed = fault_end();
		g_test_message("%u: %s", nth, failed != NULL ? failed : "none");
		pipit_wait_until(both_are_done(alice, bob, written));
		nth += fault_stride(kind);
	} while (failed != NULL);
	g_assert_cmpuint(nth, >, 10);
	g_assert_true(is_online(alice) && is_online(bob));
	check_order(bob);
}

static gboolean
both_know(PipitPerson *alice, PipitPerson *bob, guint count)
{
	if (alice->group_news->len == count && bob->group_news->len == count &&
	    pipit_client_state(alice->client) == PIPIT_CLIENT_ONLINE)
		return TRUE;
	keep_online(alice);
	keep_online(bob);
	return FALSE;
}

static void
rename_badly(PipitPerson *alice, const char *peer, FaultKind kind, guint nth, guint *renamed)
{
	g_autofree char *name = g_strdup_printf("name %u", nth);
	g_autoptr(GError) error = NULL;
	fault_begin(kind, nth);
	gboolean done = pipit_client_group_rename(alice->client, peer, name, &error);
	g_assert_true(done == (error == NULL));
	*renamed += done ? 1 : 0;
	for (guint i = 0; i < 4; i++)
		g_main_context_iteration(NULL, FALSE);
}

static void
assert_same_name(PipitPerson *alice, PipitPerson *bob, const char *peer)
{
	g_autofree char *at_alice = pipit_person_group(alice, peer);
	g_autofree char *at_bob = pipit_person_group(bob, peer);
	g_assert_cmpstr(at_alice, ==, at_bob);
}

/* Each change is told once at both, and both have the same name in the end. */
static void
test_group(gconstpointer data)
{
	FaultKind kind = (FaultKind)GPOINTER_TO_UINT(data);
	const char *const members[] = {BOB, NULL};
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitPerson) alice = pipit_person_new(ALICE, own->origin, NULL);
	g_autoptr(PipitPerson) bob = pipit_person_new(BOB, own->origin, NULL);
	guint told = 1;
	guint nth = 1;
	const char *failed;
	pipit_person_go_online(alice);
	pipit_person_go_online(bob);
	g_autofree char *peer = pipit_client_group_create(alice->client, "Friends", members, NULL);
	pipit_wait_until(both_know(alice, bob, told));
	do {
		rename_badly(alice, peer, kind, nth, &told);
		pipit_wait_until(both_know(alice, bob, told));
		failed = fault_end();
		g_test_message("%u: %s", nth, failed != NULL ? failed : "none");
		pipit_wait_until(both_know(alice, bob, told));
		assert_same_name(alice, bob, peer);
		nth += fault_stride(kind);
	} while (failed != NULL);
	g_assert_cmpuint(nth, >, 10);
}

int
main(int argc, char **argv)
{
	fault_init();
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/client-calls/talk/one-call", GUINT_TO_POINTER(FAULT_CALL_ONCE), test_talk);
	g_test_add_data_func("/client-calls/talk/memory", GUINT_TO_POINTER(FAULT_MEMORY_ONCE), test_talk);
	g_test_add_data_func("/client-calls/group/one-call", GUINT_TO_POINTER(FAULT_CALL_ONCE), test_group);
	g_test_add_data_func("/client-calls/group/memory", GUINT_TO_POINTER(FAULT_MEMORY_ONCE), test_group);
	return g_test_run();
}

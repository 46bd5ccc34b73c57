/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prekeys in a running client: an old one is wiped only when nothing for it waits any more, and a directory that lies makes
 * nobody send under an older one, or under none. */
#include <string.h>

#include "tests/support/forged.h"
#include "tests/support/forwarder.h"
#include "tests/support/own_server.h"
#include "tests/support/person.h"
#include "tests/support/wait.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define MALLORY "mailto:mallory@example.org"
#define DAY_S G_GINT64_CONSTANT(86400)
#define LOOK_AGAIN_MS 20

static gboolean
look_again(gpointer user_data G_GNUC_UNUSED)
{
	return G_SOURCE_CONTINUE;
}

/* Returns: (transfer full) the path of a prekey that is kept. */
static char *
find_prekey(const PipitPerson *person)
{
	g_autofree char *account = g_uri_escape_string(pipit_client_handle(person->client), NULL, FALSE);
	g_autofree char *folder = g_build_filename(person->folder, "pipit", account, "keys", NULL);
	g_autoptr(GDir) keys = g_dir_open(folder, 0, NULL);

	for (const char *name; (name = g_dir_read_name(keys)) != NULL;)
		if (g_str_has_prefix(name, "prekey-"))
			return g_build_filename(folder, name, NULL);
	return NULL;
}

static gboolean
is_there(const char *path)
{
	return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* Her device comes back after so many days. */
static void
go_online_on_day(PipitOwnServer *own, PipitPerson *person, int day)
{
	own->options->clock_offset = (int)(day * DAY_S);
	pipit_own_server_start(own);
	g_free((char *)person->options.server);
	person->options.server = g_strdup(own->origin);
	pipit_person_restart(person);
	pipit_person_go_online(person);
}

static gboolean
is_replaced(const PipitOwnServer *own, const PipitDevicePublic *keys)
{
	g_autoptr(PipitRelayPeer) anybody = pipit_relay_peer_register(own->origin, MALLORY, 0);
	g_autoptr(GBytes) token = NULL;
	g_autoptr(PipitDevicePublic) shown = pipit_forged_look_up(anybody, ALICE, &token);
	return memcmp(pipit_device_public_prekey(shown), pipit_device_public_prekey(keys),
		      PIPIT_COMPACT_KEY_LEN) != 0;
}

static void
test_wiped_when_nothing_waits_for_it(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitPerson) alice = pipit_person_new(ALICE, own->origin, NULL);
	g_autoptr(PipitRelayPeer) mallory = pipit_relay_peer_register(own->origin, MALLORY, 0);
	g_autoptr(GBytes) token = NULL;
	guint again = g_timeout_add(LOOK_AGAIN_MS, look_again, NULL);
	pipit_person_go_online(alice);
	g_autoptr(PipitDevicePublic) keys = pipit_forged_look_up(mallory, ALICE, &token);
	g_autofree char *first = find_prekey(alice);
	pipit_person_end(alice);
	pipit_own_server_stop(own);
	go_online_on_day(own, alice, 8);
	g_assert_true(is_there(first));
	pipit_wait_until(is_replaced(own, keys));
	/* She has heard of that once this has gone out. */
	g_free(pipit_person_write(alice, MALLORY, "hello"));
	pipit_person_wait_sent(alice, 1);

	/* What is for the first one waits, as long as no relay would keep it. */
	pipit_person_end(alice);
	PipitdMessage *message = pipit_forged_message(mallory, keys, ALICE, PIPIT_SUITE_PAIR_EC, 1);
	message->received_at += 50 * DAY_S * 1000;
	pipit_own_server_queue(own, ALICE, message);
	pipitd_message_free(message);
	pipit_own_server_stop(own);
	go_online_on_day(own, alice, 50);
	pipit_person_wait_shown(alice, 1);
	g_assert_cmpuint(alice->notices->len, ==, 0);
	pipit_wait_until(!is_there(first));
	g_source_remove(again);
}

static void
run(const char *program, const char *option, const char *a, const char *b)
{
	const char *const command[] = {program, option, a, b, NULL};
	g_autoptr(GError) error = NULL;
	int status = -1;

	g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
		     &error);
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, 0);
}

/* Her folder comes back from a copy that was made before she renewed her prekey: it can't open what is sealed for that one. */
static void
test_a_lost_one_is_replaced_at_once(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitPerson) alice = pipit_person_new(ALICE, own->origin, NULL);
	g_autoptr(PipitRelayPeer) mallory = pipit_relay_peer_register(own->origin, MALLORY, 0);
	g_autoptr(GBytes) token = NULL;
	guint again = g_timeout_add(LOOK_AGAIN_MS, look_again, NULL);
	pipit_person_go_online(alice);
	g_autoptr(PipitDevicePublic) first = pipit_forged_look_up(mallory, ALICE, &token);
	pipit_person_end(alice);
	g_autofree char *store = g_build_filename(alice->folder, "pipit", NULL);
	g_autofree char *copy = g_build_filename(alice->folder, "copy", NULL);
	run("cp", "-a", store, copy);
	pipit_own_server_stop(own);
	go_online_on_day(own, alice, 8);
	pipit_wait_until(is_replaced(own, first));
	g_autoptr(PipitPerson) bob = pipit_person_new(BOB, own->origin, NULL);
	pipit_person_go_online(bob);
	g_free(pipit_person_write(bob, ALICE, "for the second"));
	pipit_person_wait_shown(alice, 1);
	g_autoptr(PipitRelayPeer) anybody = pipit_relay_peer_register(own->origin, MALLORY, 1);
	g_autoptr(GBytes) same_token = NULL;
	g_autoptr(PipitDevicePublic) second = pipit_forged_look_up(anybody, ALICE, &same_token);

	pipit_person_end(alice);
	run("rm", "-r", store, NULL);
	run("mv", "-T", copy, store);
	pipit_person_restart(alice);
	pipit_person_go_online(alice);
	pipit_wait_until(is_replaced(own, second));
	/* Bob still knows the second one, and has no reason to ask. */
	g_free(pipit_person_write(bob, ALICE, "for the third"));
	pipit_person_wait_shown(alice, 2);
	g_assert_cmpstr(pipit_person_shown(alice, 1)->text, ==, "for the third");
	g_source_remove(again);
}

/* The directory shows Mallory's first device as it is; then it lies. */
typedef struct {
	PipitOwnServer *own;
	PipitForwarder *line; /* from Alice */
	PipitPerson *alice;
	PipitRelayPeer *mallory;
	char *record; /* the truth */
} Scene;

static void
set_up(Scene *scene, gconstpointer unused G_GNUC_UNUSED)
{
	scene->own = pipit_own_server_new();
	scene->line = pipit_forwarder_new(scene->own->origin);
	scene->alice = pipit_person_new(ALICE, pipit_forwarder_origin(scene->line), NULL);
	scene->mallory = pipit_relay_peer_register(scene->own->origin, MALLORY, 0);
	g_autoptr(PipitReply) reply = pipit_http_peer_ask(scene->mallory->http, "POST", "/v1/ids/lookup",
							  "{\"handles\":[\"" MALLORY "\"]}", NULL);
	JsonArray *results = json_object_get_array_member(reply->body, "results");
	JsonArray *devices =
		json_object_get_array_member(json_array_get_object_element(results, 0), "devices");
	scene->record = g_strdup(
		json_object_get_string_member(json_array_get_object_element(devices, 0), "prekey_record"));
	pipit_person_go_online(scene->alice);
}

static void
tear_down(Scene *scene, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_person_free(scene->alice);
	pipit_own_server_stop(scene->own); /* it holds Alice's last poll, which the line waits for */
	pipit_forwarder_free(scene->line);
	pipit_own_server_free(scene->own);
	pipit_relay_peer_free(scene->mallory);
	g_free(scene->record);
}

static void
write_to_mallory(PipitPerson *alice)
{
	guint count = alice->sent->len + 1;
	g_free(pipit_person_write(alice, MALLORY, "hello"));
	pipit_person_wait_sent(alice, count);
	g_assert_no_error(pipit_person_sent(alice, count - 1)->error);
}

/* @lie: a member of JSON. */
static void
check_sent_in_spite_of(Scene *scene, const char *lie)
{
	g_autofree char *key = g_base64_encode(pipit_prekey_secret_key(scene->mallory->prekey), 32);
	g_autofree char *truth = g_strdup_printf("\"prekey_record\":\"%s\"", scene->record);
	write_to_mallory(scene->alice);
	pipit_forwarder_rewrite(scene->line, truth, lie);
	/* Another device has the relay send her to the directory. */
	g_autoptr(PipitRelayPeer) another = pipit_relay_peer_register(scene->own->origin, MALLORY, 1);
	guint asked = pipit_forwarder_asked(scene->line, "/v1/ids/lookup");
	write_to_mallory(scene->alice);
	g_assert_cmpuint(pipit_forwarder_asked(scene->line, "/v1/ids/lookup"), >, asked);
	g_assert_cmpuint(pipit_forwarder_damage(scene->line), >, 0);
	write_to_mallory(
		scene->alice); /* the last one was sealed for Mallory's first device before she asked */
	g_autoptr(PipitReply) reply = pipit_relay_peer_poll(scene->mallory, "", 0, 0);
	g_assert_cmpuint(pipit_poll_count(reply), ==, 3);
	for (guint i = 0; i < 3; i++) {
		JsonObject *message = pipit_poll_message(reply, i);
		g_assert_cmpstr(json_object_get_string_member(message, "suite"), ==, "pair-ec");
		g_assert_cmpstr(json_object_get_string_member(message, "prekey"), ==, key);
	}
}

static void
test_never_stripped(Scene *scene, gconstpointer unused G_GNUC_UNUSED)
{
	check_sent_in_spite_of(scene, "\"anything\":0");
}

/* One that Mallory's device did sign, once. */
static void
test_never_rolled_back(Scene *scene, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(PipitPrekeySecret) older = pipit_prekey_secret_generate(1764000000);
	g_autoptr(GBytes) record = pipit_prekey_record_new(older, scene->mallory->secrets);
	g_autofree char *text = g_base64_encode(g_bytes_get_data(record, NULL), g_bytes_get_size(record));
	g_autofree char *lie = g_strdup_printf("\"prekey_record\":\"%s\"", text);
	check_sent_in_spite_of(scene, lie);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/client-prekeys/wiped-when-nothing-waits-for-it",
			test_wiped_when_nothing_waits_for_it);
	g_test_add_func("/client-prekeys/a-lost-one-is-replaced-at-once",
			test_a_lost_one_is_replaced_at_once);
	g_test_add("/client-prekeys/never-stripped", Scene, NULL, set_up, test_never_stripped, tear_down);
	g_test_add("/client-prekeys/never-rolled-back", Scene, NULL, set_up, test_never_rolled_back,
		   tear_down);
	return g_test_run();
}

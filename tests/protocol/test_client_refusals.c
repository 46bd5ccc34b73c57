/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever a running client refuses, it acknowledges as it does what it accepts, and nobody hears of it: it is not shown, not
 * receipted, and nothing is fetched for it. What an honest relay would not deliver comes from one that lies. */
#include <string.h>

#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "protocol/message.h"
#include "protocol/uuid.h"
#include "tests/support/forged.h"
#include "tests/support/forwarder.h"
#include "tests/support/own_server.h"
#include "tests/support/person.h"
#include "tests/support/relay_peer.h"
#include "tests/support/wait.h"

#define ALICE "mailto:alice@example.org"
#define CAROL "mailto:carol@example.org"
#define MALLORY "mailto:mallory@example.org"
#define POLL "/v1/push/poll"
#define LOOK_AGAIN_MS 20
#define SAMPLES 12 /* truncations and flipped bits of each format; tests/crypto/ tries each */
#define RSA_SIZE 256

/* Alice has a client; the two others are devices in the test's hand. Mallory is a member like any other. */
typedef struct {
	PipitOwnServer *own;
	PipitForwarder *line; /* Alice's, to the server */
	PipitPerson *alice;
	PipitRelayPeer *mallory;
	PipitRelayPeer *carol;
	PipitDevicePublic *keys; /* Alice's */
	GBytes *token;
	guint32 counter;
	PipitdMessage *accepted[2]; /* what Mallory sent first, by suite */
	GPtrArray *ids;             /* of what Mallory sent and Alice accepted */
	GHashTable *delivered;      /* ids that Mallory has a receipt for */
	GHashTable *read;
} Scene;

static gboolean
look_again(gpointer user_data G_GNUC_UNUSED)
{
	return G_SOURCE_CONTINUE;
}

/* For conditions that no event of the main loop tells of. */
#define WAIT_LOOKING(condition)                                                                              \
	G_STMT_START                                                                                         \
	{                                                                                                    \
		guint again = g_timeout_add(LOOK_AGAIN_MS, look_again, NULL);                                \
		pipit_wait_until(condition);                                                                 \
		g_source_remove(again);                                                                      \
	}                                                                                                    \
	G_STMT_END

static GBytes *
member_bytes(JsonObject *object, const char *name)
{
	gsize size = 0;
	guchar *bytes = g_base64_decode(json_object_get_string_member(object, name), &size);
	return g_bytes_new_take(bytes, size);
}

static void
set_up(Scene *scene, gconstpointer unused G_GNUC_UNUSED)
{
	scene->own = pipit_own_server_new();
	scene->line = pipit_forwarder_new(scene->own->origin);
	scene->alice = pipit_person_new(ALICE, pipit_forwarder_origin(scene->line), NULL);
	scene->mallory = pipit_relay_peer_register(scene->own->origin, MALLORY, 0);
	scene->carol = pipit_relay_peer_register(scene->own->origin, CAROL, 1);
	scene->counter = 1;
	scene->ids = g_ptr_array_new_with_free_func(g_free);
	scene->delivered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	scene->read = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	pipit_person_go_online(scene->alice);
	scene->keys = pipit_forged_look_up(scene->mallory, ALICE, &scene->token);
}

static void
tear_down(Scene *scene, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_person_free(scene->alice);
	pipit_relay_peer_free(scene->mallory);
	pipit_relay_peer_free(scene->carol);
	pipit_device_public_unref(scene->keys);
	g_bytes_unref(scene->token);
	for (guint i = 0; i < G_N_ELEMENTS(scene->accepted); i++)
		pipitd_message_free(scene->accepted[i]);
	g_ptr_array_unref(scene->ids);
	g_hash_table_unref(scene->delivered);
	g_hash_table_unref(scene->read);
	pipit_own_server_stop(scene->own); /* it holds Alice's last poll, which the line waits for */
	pipit_forwarder_free(scene->line);
	pipit_own_server_free(scene->own);
}

/* What Mallory makes */

static GBytes *
seal(Scene *scene, const PipitRelayPeer *sender, PipitSuite suite, guint32 counter, GBytes *plaintext)
{
	return pipit_forged_seal(sender, scene->keys, suite, counter, plaintext);
}

static void
put_payload(PipitdMessage *message, GBytes *payload)
{
	g_bytes_unref(message->payload);
	message->payload = payload;
}

static void
put_plaintext(Scene *scene, PipitdMessage *message, GBytes *taken)
{
	g_autoptr(GBytes) plaintext = taken;
	put_payload(message, seal(scene, scene->mallory, message->suite, scene->counter++, plaintext));
}

static void
put_token(PipitdMessage *message, GBytes *taken)
{
	g_bytes_unref(message->sender_token);
	message->sender_token = taken;
}

static GBytes *
token_of(const PipitRelayPeer *peer)
{
	gsize size;
	guchar *token = g_base64_decode(peer->push_token, &size);
	return g_bytes_new_take(token, size);
}

/* A message with which nothing is wrong. */
static PipitdMessage *
message_from(Scene *scene, const PipitRelayPeer *sender, PipitSuite suite)
{
	return pipit_forged_message(sender, scene->keys, ALICE, suite, scene->counter++);
}

static void
replace(char **member, const char *by)
{
	g_free(*member);
	*member = g_strdup(by);
}

static GByteArray *
bytes_of(const PipitdMessage *message)
{
	gsize size;
	const guint8 *bytes = g_bytes_get_data(message->payload, &size);
	return g_byte_array_append(g_byte_array_new(), bytes, (guint)size);
}

static void
put_bytes(PipitdMessage *message, GByteArray *bytes)
{
	put_payload(message, g_byte_array_free_to_bytes(bytes));
}

/* What may be wrong. Each makes it of a message with which nothing is. */

static void
wrong_tag(Scene *scene, PipitdMessage *message)
{
	GByteArray *payload = bytes_of(message);
	g_assert_cmpuint((guint)payload->data[1] << 8 | payload->data[2], >, RSA_SIZE);
	payload->data[3 + RSA_SIZE] ^= 1;
	put_payload(message, pipit_forged_pair_signature(scene->mallory->secrets, payload));
}

static void
sealed_by_carol(Scene *scene, PipitdMessage *message)
{
	g_autoptr(GBytes) plaintext = pipit_forged_plaintext(PIPIT_MESSAGE_TEXT, message->id, MALLORY, ALICE);
	put_payload(message, seal(scene, scene->carol, message->suite, scene->counter++, plaintext));
}

static void
signed_anew(Scene *scene, PipitdMessage *message)
{
	sealed_by_carol(scene, message);
	put_payload(message, pipit_forged_pair_signature(scene->mallory->secrets, bytes_of(message)));
}

static void
sealed_for_carol(Scene *scene, PipitdMessage *message)
{
	g_autoptr(GBytes) plaintext = pipit_forged_plaintext(PIPIT_MESSAGE_TEXT, message->id, MALLORY, ALICE);
	g_autoptr(PipitDevicePublic) carol =
		pipit_device_public_of(scene->carol->secrets, scene->carol->prekey);
	put_payload(message,
		    message->suite == PIPIT_SUITE_PAIR
			    ? pipit_pair_seal(scene->mallory->secrets, carol, plaintext, NULL)
			    : pipit_pair_ec_seal(scene->mallory->secrets, carol, 1, plaintext, NULL));
}

static void
wrong_validator(Scene *scene G_GNUC_UNUSED, PipitdMessage *message)
{
	GByteArray *payload = bytes_of(message);
	payload->data[payload->len - 1] ^= 1;
	put_bytes(message, payload);
}

static void
the_same_again(Scene *scene, PipitdMessage *message)
{
	put_payload(message, g_bytes_ref(scene->accepted[message->suite]->payload));
	replace(&message->id, scene->accepted[message->suite]->id);
}

static void
the_same_payload(Scene *scene, PipitdMessage *message)
{
	put_payload(message, g_bytes_ref(scene->accepted[message->suite]->payload));
}

/* The message that was accepted first has the first counter. */
static void
used_counter(Scene *scene, PipitdMessage *message)
{
	g_autoptr(GBytes) plaintext = pipit_forged_plaintext(PIPIT_MESSAGE_TEXT, message->id, MALLORY, ALICE);
	put_payload(message, seal(scene, scene->mallory, message->suite, 1, plaintext));
}

static void
used_id(Scene *scene, PipitdMessage *message)
{
	replace(&message->id, scene->accepted[message->suite]->id);
	put_plaintext(scene, message,
		      pipit_forged_plaintext(PIPIT_MESSAGE_TEXT, message->id, MALLORY, ALICE));
}

static void
from_this_very_device(Scene *scene, PipitdMessage *message)
{
	put_token(message, g_bytes_ref(scene->token));
}

/* The same, as the relay would name her. */
static void
reflected(Scene *scene, PipitdMessage *message)
{
	from_this_very_device(scene, message);
	replace(&message->from, ALICE);
}

static void
other_id(Scene *scene G_GNUC_UNUSED, PipitdMessage *message)
{
	g_free(message->id);
	message->id = pipit_uuid_new();
}

static void
other_sender(Scene *scene G_GNUC_UNUSED, PipitdMessage *message)
{
	replace(&message->from, CAROL);
}

static void
in_the_name_of_carol(Scene *scene, PipitdMessage *message)
{
	put_plaintext(scene, message, pipit_forged_plaintext(PIPIT_MESSAGE_TEXT, message->id, CAROL, ALICE));
}

static void
relabelled(Scene *scene, PipitdMessage *message)
{
	put_token(message, token_of(scene->carol));
	replace(&message->from, CAROL);
}

static void
for_carol(Scene *scene, PipitdMessage *message)
{
	put_plaintext(scene, message,
		      pipit_forged_plaintext(PIPIT_MESSAGE_TEXT, message->id, MALLORY, CAROL));
}

static void
delivered_for_carol(Scene *scene G_GNUC_UNUSED, PipitdMessage *message)
{
	replace(&message->to, CAROL);
}

static void
another_class(Scene *scene, PipitdMessage *message)
{
	put_plaintext(scene, message,
		      pipit_forged_plaintext(PIPIT_MESSAGE_TYPING, message->id, MALLORY, ALICE));
}

static void
no_message(Scene *scene, PipitdMessage *message)
{
	put_plaintext(scene, message, g_bytes_new_static("no gzip", 7));
}

static void
trailing_byte(Scene *scene G_GNUC_UNUSED, PipitdMessage *message)
{
	put_bytes(message, g_byte_array_append(bytes_of(message), (const guint8 *)"", 1));
}

static void
rubbish(Scene *scene G_GNUC_UNUSED, PipitdMessage *message)
{
	put_payload(message, g_bytes_new_static("rubbish", 7));
}

typedef struct {
	const char *what;
	void (*make)(Scene *scene, PipitdMessage *message);
	PipitSuite suite;
	guint look_ups; /* the directory did not name that device for that handle, so it is asked, as for whoever is new */
} Wrong;

#define BOTH_ASK(what, make, look_ups)                                                                       \
	{what, make, PIPIT_SUITE_PAIR, look_ups},                                                            \
	{                                                                                                    \
		what, make, PIPIT_SUITE_PAIR_EC, look_ups                                                    \
	}
#define BOTH(what, make) BOTH_ASK(what, make, 0)

static const Wrong wrong[] = {
	{"wrong tag", wrong_tag, PIPIT_SUITE_PAIR, 0},
	{"swapped identities: signed anew", signed_anew, PIPIT_SUITE_PAIR, 0},
	BOTH("swapped identities: sealed by another", sealed_by_carol),
	BOTH("swapped identities: sealed for another", sealed_for_carol),
	{"wrong validator", wrong_validator, PIPIT_SUITE_PAIR_EC, 0},
	BOTH("used ephemeral key or RSA block", the_same_again),
	BOTH("used ephemeral key or RSA block, under another id", the_same_payload),
	{"used counter", used_counter, PIPIT_SUITE_PAIR_EC, 0},
	BOTH("used id", used_id),
	BOTH("reflected", reflected),
	BOTH_ASK("from this very device", from_this_very_device, 1),
	BOTH("context: another id", other_id),
	BOTH_ASK("context: from another", other_sender, 1),
	BOTH("context: in the name of another", in_the_name_of_carol),
	BOTH("context: relabelled as another's", relabelled),
	BOTH("context: to another", for_carol),
	BOTH("context: delivered for another", delivered_for_carol),
	BOTH("context: another class", another_class),
	BOTH("no message in it", no_message),
	BOTH("trailing byte", trailing_byte),
	BOTH("rubbish", rubbish),
};

/* How it goes */

static gboolean
queue_is_empty(const Scene *scene)
{
	g_autofree char *status = pipit_own_server_control(scene->own, "status\n");
	return strstr(status, "\nqueued: 0\n") != NULL;
}

/* Has the relay deliver it. */
static void
deliver(Scene *scene, PipitdMessage *message)
{
	pipit_own_server_queue(scene->own, ALICE, message);
	pipitd_message_free(message);
}

static guint
requests_but_polls(const Scene *scene)
{
	return pipit_forwarder_count(scene->line) - pipit_forwarder_asked(scene->line, POLL);
}

static void
acknowledge(PipitRelayPeer *peer, const PipitReply *fetched)
{
	g_autoptr(GString) numbers = g_string_new(NULL);
	for (guint i = 0; i < pipit_poll_count(fetched); i++)
		g_string_append_printf(numbers, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "",
				       pipit_poll_seq(fetched, i));
	pipit_reply_free(pipit_relay_peer_poll(peer, numbers->str, 0, 0));
}

static void
add_receipt(Scene *scene, GBytes *payload)
{
	g_autoptr(GError) error = NULL;
	PipitPairEcOpened opened;
	g_autoptr(GBytes) plaintext = pipit_pair_ec_open(scene->mallory->secrets, &scene->mallory->prekey, 1,
							 scene->keys, payload, &opened, &error);
	g_assert_no_error(error);
	g_autoptr(PipitMessage) message = pipit_message_unpack(plaintext, &error);
	g_assert_no_error(error);
	g_assert_true(message->type == PIPIT_MESSAGE_DELIVERED || message->type == PIPIT_MESSAGE_READ);
	GHashTable *ids = message->type == PIPIT_MESSAGE_READ ? scene->read : scene->delivered;
	for (char **id = message->ids; *id != NULL; id++)
		g_assert_true(g_hash_table_add(ids, g_strdup(*id)));
}

/* Whatever Alice sends to Mallory is a receipt. */
static void
fetch_receipts(Scene *scene)
{
	g_autoptr(PipitReply) reply = pipit_relay_peer_poll(scene->mallory, "", 0, 0);
	for (guint i = 0; i < pipit_poll_count(reply); i++) {
		g_autoptr(GBytes) payload = member_bytes(pipit_poll_message(reply, i), "payload");
		add_receipt(scene, payload);
	}
	acknowledge(scene->mallory, reply);
}

/* TRUE once Mallory has receipts for all that was accepted; there must be none for anything else. */
static gboolean
has_receipts(Scene *scene, GHashTable *receipts)
{
	fetch_receipts(scene);
	guint count = 0;
	for (guint i = 0; i < scene->ids->len; i++)
		count += g_hash_table_contains(receipts, scene->ids->pdata[i]) ? 1 : 0;
	g_assert_cmpuint(g_hash_table_size(receipts), ==, count);
	return count == scene->ids->len;
}

/* Mallory writes as everybody does, and is told that it came. */
static void
accept_from_mallory(Scene *scene, PipitSuite suite)
{
	guint shown = scene->alice->shown->len;
	PipitdMessage *message = message_from(scene, scene->mallory, suite);
	g_ptr_array_add(scene->ids, g_strdup(message->id));
	if (scene->accepted[suite] == NULL)
		scene->accepted[suite] = pipitd_message_copy(message);
	deliver(scene, message);
	pipit_person_wait_shown(scene->alice, shown + 1);
	WAIT_LOOKING(has_receipts(scene, scene->delivered));
}

static guint
fetch_carols(const Scene *scene)
{
	g_autoptr(PipitReply) reply = pipit_relay_peer_poll(scene->carol, "", 0, 0);
	acknowledge(scene->carol, reply);
	return pipit_poll_count(reply);
}

/* Afterwards Alice knows both, so that she has nobody to ask about any more. */
static void
get_to_know(Scene *scene)
{
	accept_from_mallory(scene, PIPIT_SUITE_PAIR_EC);
	accept_from_mallory(scene, PIPIT_SUITE_PAIR);
	deliver(scene, message_from(scene, scene->carol, PIPIT_SUITE_PAIR_EC));
	pipit_person_wait_shown(scene->alice, 3);
	WAIT_LOOKING(fetch_carols(scene) > 0);
}

static void
deliver_wrong(Scene *scene, const Wrong *how)
{
	PipitdMessage *message = message_from(scene, scene->mallory, how->suite);
	how->make(scene, message);
	deliver(scene, message);
}

static void
deliver_samples(Scene *scene, PipitSuite suite)
{
	for (guint i = 0; i < SAMPLES; i++) {
		PipitdMessage *cut = message_from(scene, scene->mallory, suite);
		gsize size = g_bytes_get_size(cut->payload);
		put_payload(cut, g_bytes_new_from_bytes(cut->payload, 0, 1 + (size - 2) * i / (SAMPLES - 1)));
		deliver(scene, cut);
		PipitdMessage *flipped = message_from(scene, scene->mallory, suite);
		GByteArray *payload = bytes_of(flipped);
		payload->data[(payload->len - 1) * i / (SAMPLES - 1)] ^= (guint8)(1 << i % 8);
		put_bytes(flipped, payload);
		deliver(scene, flipped);
	}
}

static void
test_acknowledged_and_nothing_else(Scene *scene, gconstpointer unused G_GNUC_UNUSED)
{
	get_to_know(scene);
	guint shown = scene->alice->shown->len;
	guint requests = requests_but_polls(scene) + 1; /* one more receipt at the end */
	for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
		deliver_wrong(scene, &wrong[i]);
		WAIT_LOOKING(queue_is_empty(scene));
		if (scene->alice->shown->len != shown)
			g_error("shown: %s", wrong[i].what);
		requests += wrong[i].look_ups;
	}
	deliver_samples(scene, PIPIT_SUITE_PAIR);
	deliver_samples(scene, PIPIT_SUITE_PAIR_EC);
	WAIT_LOOKING(queue_is_empty(scene));
	accept_from_mallory(scene, PIPIT_SUITE_PAIR_EC);
	g_assert_cmpuint(requests_but_polls(scene), ==, requests);
	pipit_client_read(scene->alice->client, MALLORY, TRUE);
	WAIT_LOOKING(has_receipts(scene, scene->read));

	pipit_person_restart(scene->alice);
	pipit_person_go_online(scene->alice);
	accept_from_mallory(scene, PIPIT_SUITE_PAIR);
	g_assert_cmpuint(scene->alice->shown->len, ==, shown + 2);
	g_assert_cmpuint(scene->alice->notices->len, ==, 0);
	g_assert_cmpuint(scene->alice->account_notices->len, ==, 0);
	g_assert_cmpuint(scene->alice->new_devices->len, ==, 0);
	g_assert_cmpuint(scene->alice->typing->len, ==, 0);
	g_assert_cmpuint(scene->alice->receipts->len, ==, 0);
	g_assert_cmpuint(scene->alice->went_offline, ==, 0);
}

/* The exception: she is told, and nobody else is. */
static void
test_a_wiped_prekey_is_told_to_the_user_alone(Scene *scene, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(PipitPrekeySecret) wiped = pipit_prekey_secret_generate(1);
	get_to_know(scene);
	guint before = requests_but_polls(scene);
	PipitdMessage *message = message_from(scene, scene->mallory, PIPIT_SUITE_PAIR_EC);
	sealed_for_carol(scene, message);
	g_bytes_unref(message->prekey);
	message->prekey = g_bytes_new(pipit_prekey_secret_key(wiped), PIPIT_COMPACT_KEY_LEN);
	deliver(scene, message);
	pipit_wait_until(scene->alice->notices->len > 0);
	g_assert_nonnull(strstr(scene->alice->notices->pdata[0], "mallory@example.org"));
	WAIT_LOOKING(queue_is_empty(scene));
	accept_from_mallory(scene, PIPIT_SUITE_PAIR_EC);
	g_assert_cmpuint(requests_but_polls(scene), ==, before + 1);
	g_assert_cmpuint(scene->alice->notices->len, ==, 1);
}

#define ADD(name, test) g_test_add("/client-refusals/" name, Scene, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("acknowledged-and-nothing-else", test_acknowledged_and_nothing_else);
	ADD("a-wiped-prekey-is-told-to-the-user-alone", test_a_wiped_prekey_is_told_to_the_user_alone);
	return g_test_run();
}

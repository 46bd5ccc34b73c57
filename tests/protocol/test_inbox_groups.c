/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes to Alice in a group of hers, from those who are in it, from those who are not, and in an order that nobody wished for;
 * and what her device writes to the others for it. */
#include <glib.h>
#include <string.h>

#include "crypto/pair_ec.h"
#include "protocol/group_letter.h"
#include "protocol/group_update.h"
#include "protocol/inbox.h"
#include "protocol/limits.h"
#include "protocol/peer.h"
#include "protocol/store_groups.h"
#include "protocol/store_keys.h"
#include "protocol/store_outbox.h"
#include "protocol/uuid.h"
#include "tests/support/actor.h"
#include "tests/support/test_folder.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define CAROL "mailto:carol@example.org"
#define DAVE "mailto:dave@example.org"
#define MALLORY "mailto:mallory@example.org"
#define NONCE "7b0c1111-2222-4333-8444-555566667777"
#define NOW 1764000000000
#define MINUTE G_GINT64_CONSTANT(60000)
#define AT_BEGINNING ALICE " " BOB " " CAROL
#define PREKEY_TIME (1764000000.0 - 86400)

typedef struct {
	char *folder;
	PipitStore *store;
	PipitDirectory *directory;
	PipitInbox *inbox;
	guint32 counter;
	gboolean knows_nobody;
	const char *stranger;       /* is no contact; NULL: all are */
	PipitGroupHistory *history; /* as those know it who know all */
	char *gid;
	char *peer;
} Fixture;

/* Keys take long to make, so all tests share them. */
static PipitActor *alice;
static PipitActor *others[4];
static const char *const handles[4] = {BOB, CAROL, DAVE, MALLORY};

static gboolean
is_contact(gpointer user_data, const char *handle)
{
	const Fixture *f = user_data;
	return !f->knows_nobody && g_strcmp0(handle, f->stranger) != 0;
}

static void
set_up(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	f->folder = pipit_test_folder_new();
	f->counter = 1;
	f->store = pipit_store_open(f->folder, ALICE, &error);
	g_assert_no_error(error);
	f->directory = pipit_directory_new(f->store);
	f->inbox = pipit_inbox_new(f->store, f->directory);
	pipit_inbox_set_contacts(f->inbox, is_contact, f);
	g_assert_true(pipit_store_save_device(f->store, alice->secrets, NULL));
	g_assert_true(pipit_store_set_registered(f->store, alice->push_token,
						 (const char *const[]){ALICE, NULL}, NULL));
	g_autoptr(GBytes) record = pipit_prekey_record_new(alice->prekey, alice->secrets);
	g_assert_true(pipit_store_add_prekey(f->store, alice->prekey, record, NULL));
	for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
		g_autoptr(PipitLookupAnswer) answer =
			pipit_actor_answer(NOW, handles[i], pipit_actor_record(others[i], 0), NULL);
		g_assert_true(pipit_directory_digest(f->directory, answer, NOW, NULL));
	}
}

static void
tear_down(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_inbox_free(f->inbox);
	pipit_directory_free(f->directory);
	pipit_store_free(f->store);
	pipit_test_folder_free(f->folder);
	pipit_group_history_free(f->history);
	g_free(f->gid);
	g_free(f->peer);
}

/* ---- what the others do ---- */

static const PipitActor *
actor_of(const char *handle)
{
	for (guint i = 0; i < G_N_ELEMENTS(handles); i++)
		if (g_str_equal(handles[i], handle))
			return others[i];
	g_assert_not_reached();
}

/* Takes the state of @message over. Returns what is to be shown. */
static GPtrArray *
receive(Fixture *f, PipitMessage *message, gint64 received_at)
{
	g_autofree char *id = pipit_uuid_new();
	g_autoptr(GError) error = NULL;
	const PipitActor *sender = actor_of(message->from);
	message->id = id;
	message->sent_at = received_at;
	g_autoptr(GBytes) plaintext = pipit_message_pack(message);
	g_autoptr(PipitDevicePublic) recipient = pipit_device_public_of(alice->secrets, alice->prekey);
	g_autoptr(GBytes) payload =
		pipit_pair_ec_seal(sender->secrets, recipient, f->counter++, plaintext, &error);
	g_assert_no_error(error);
	g_autoptr(GBytes) prekey = g_bytes_new(pipit_prekey_secret_key(alice->prekey), PIPIT_COMPACT_KEY_LEN);
	const PipitEnvelope written = {
		.seq = 1,
		.id = id,
		.from = message->from,
		.to = (char *)ALICE,
		.push_token = sender->push_token,
		.class_ = PIPIT_CLASS_STORED,
		.suite = PIPIT_SUITE_PAIR_EC,
		.prekey = prekey,
		.payload = payload,
		.received_at = received_at,
	};
	g_autoptr(GBytes) bytes = pipit_envelope_print(&written);
	g_autoptr(PipitEnvelope) envelope = pipit_envelope_parse(bytes, &error);
	g_assert_no_error(error);
	g_autoptr(GPtrArray) envelopes = g_ptr_array_new();
	g_ptr_array_add(envelopes, envelope);
	g_autoptr(PipitInboxBatch) batch = pipit_inbox_batch_new(envelopes);
	g_auto(GStrv) unknown = pipit_inbox_prepare(f->inbox, batch);
	g_assert_null(unknown[0]);
	pipit_inbox_open(batch);
	g_strfreev(message->group.state);
	GPtrArray *shown = pipit_inbox_accept(f->inbox, batch, &error);
	g_assert_no_error(error);
	return shown;
}

/* What waited and may be decided now. */
static GPtrArray *
receive_released(Fixture *f)
{
	g_autoptr(GError) error = NULL;
	g_assert_true(pipit_inbox_take_released(f->inbox));
	g_autoptr(PipitInboxBatch) batch = pipit_inbox_batch_undecided(f->inbox, 0, NOW, &error);
	g_assert_no_error(error);
	g_auto(GStrv) unknown = pipit_inbox_prepare(f->inbox, batch);
	pipit_inbox_open(batch);
	GPtrArray *shown = pipit_inbox_accept(f->inbox, batch, &error);
	g_assert_no_error(error);
	return shown;
}

/* Somebody who knows @history makes a change in it. */
static PipitGroupChange *
change_in(PipitGroupHistory *history, const char *gid, PipitGroupChangeKind kind, const char *author,
	  const char *handle, const char *name)
{
	char *some[] = {(char *)handle, NULL};
	g_auto(GStrv) heads = pipit_group_history_heads(history);
	PipitGroupChange *change = pipit_group_change_new(&(PipitGroupChange){
		.kind = kind,
		.gid = (char *)gid,
		.author = (char *)author,
		.version = pipit_group_history_version_of(history, (const char *const *)heads) + 1,
		.builds_on = heads,
		.at = NOW,
		.handles = some,
		.name = (char *)name,
	});
	g_assert_nonnull(change);
	pipit_group_history_take(history, change, NOW);
	g_assert_true(pipit_group_history_advance(history) == change);
	return change;
}

static PipitGroupChange *
change(Fixture *f, PipitGroupChangeKind kind, const char *author, const char *handle, const char *name)
{
	return change_in(f->history, f->gid, kind, author, handle, name);
}

static GPtrArray *
all_of(PipitGroupHistory *history)
{
	const char *const nothing[] = {NULL};
	return pipit_group_history_since(history, nothing);
}

static PipitMessage
message_in(const char *gid, PipitMessageType type, const char *from, PipitGroupHistory *history)
{
	static char *nobody[] = {NULL};
	PipitMessage message = {
		.type = type, .from = (char *)from, .to = nobody, .group = {.gid = (char *)gid}};
	message.group.state = pipit_group_history_heads(history);
	message.group.version =
		pipit_group_history_version_of(history, (const char *const *)message.group.state);
	return message;
}

/* @taken: (transfer full) */
static GPtrArray *
tell_at(Fixture *f, const char *from, GPtrArray *taken, gint64 received_at)
{
	g_autoptr(GPtrArray) changes = taken;
	PipitMessage message = message_in(f->gid, PIPIT_MESSAGE_GROUP, from, f->history);
	message.group.changes = changes;
	return receive(f, &message, received_at);
}

static GPtrArray *
tell(Fixture *f, const char *from, GPtrArray *taken)
{
	return tell_at(f, from, taken, NOW);
}

/* @taken: (transfer full) */
static GPtrArray *
just(PipitGroupChange *taken)
{
	GPtrArray *changes = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_group_change_unref);
	g_ptr_array_add(changes, taken);
	return changes;
}

static GPtrArray *
say_at(Fixture *f, const char *from, PipitGroupHistory *history, const char *text, gint64 received_at)
{
	PipitMessage message = message_in(f->gid, PIPIT_MESSAGE_TEXT, from, history);
	message.text = (char *)text;
	return receive(f, &message, received_at);
}

static GPtrArray *
say(Fixture *f, const char *from, const char *text)
{
	return say_at(f, from, f->history, text, NOW);
}

static GPtrArray *
ask(Fixture *f, const char *from, PipitGroupHistory *history)
{
	PipitMessage message = message_in(f->gid, PIPIT_MESSAGE_GROUP_ASK, from, history);
	return receive(f, &message, NOW);
}

/* ---- what Alice sees ---- */

static void
assert_nothing(GPtrArray *taken)
{
	g_autoptr(GPtrArray) shown = taken;
	g_assert_cmpuint(shown->len, ==, 0);
}

static void
assert_text(GPtrArray *taken, const char *from, const char *text)
{
	g_autoptr(GPtrArray) shown = taken;
	g_assert_cmpuint(shown->len, ==, 1);
	const PipitReceived *received = shown->pdata[0];
	g_assert_cmpint(received->type, ==, PIPIT_MESSAGE_TEXT);
	g_assert_cmpstr(received->from, ==, from);
	g_assert_cmpstr(received->text, ==, text);
}

static void
assert_news(GPtrArray *taken, PipitGroupNewsKind kind, const char *by)
{
	g_autoptr(GPtrArray) shown = taken;
	g_assert_cmpuint(shown->len, ==, 1);
	const PipitReceived *received = shown->pdata[0];
	g_assert_cmpint(received->type, ==, PIPIT_MESSAGE_GROUP);
	g_assert_cmpstr(received->from, ==, by);
	g_autoptr(PipitGroupTold) told = pipit_group_told_parse(received->text);
	g_assert_cmpint(told->kind, ==, kind);
}

static void
assert_members(Fixture *f, const char *expected)
{
	PipitGroupHistory *history = pipit_store_group_history(f->store, f->gid, NULL);
	g_autofree char *members = g_strjoinv(" ", (char **)pipit_group_history_members(history));
	g_assert_cmpstr(members, ==, expected);
}

/* What her device has written: "group-ask mailto:bob@example.org\n" for each message, and takes it away. */
static char *
take_written(Fixture *f)
{
	g_autoptr(GString) lines = g_string_new(NULL);
	for (;;) {
		g_autoptr(GPtrArray) unsent = pipit_store_read_unsent(f->store, NULL);
		if (unsent->len == 0)
			return g_strdup(lines->str);
		const PipitUnsent *first = unsent->pdata[0];
		g_autoptr(PipitMessage) message = pipit_message_unpack(first->plaintext, NULL);
		g_string_append_printf(lines, "%s %s",
				       message->type == PIPIT_MESSAGE_GROUP ? "changes" : "ask", first->peer);
		if (message->group.changes != NULL)
			g_string_append_printf(lines, " %u", message->group.changes->len);
		g_string_append_c(lines, '\n');
		const char *const handles_of_it[] = {first->peer, NULL};
		gboolean done = FALSE;
		g_assert_true(pipit_store_write_accepted(f->store, first->row, handles_of_it, &done, NULL));
		g_assert_true(done);
	}
}

static void
assert_written(Fixture *f, const char *expected)
{
	g_autofree char *written = take_written(f);
	g_assert_cmpstr(written, ==, expected);
}

/* Bob makes a group with Alice and Carol, and she hears of it. */
static void
begin(Fixture *f)
{
	char *nobody[] = {NULL};
	char *members[] = {(char *)BOB, (char *)ALICE, (char *)CAROL, NULL};
	g_autoptr(PipitGroupChange) beginning =
		pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_CREATE,
							   .author = (char *)BOB,
							   .version = 1,
							   .nonce = (char *)NONCE,
							   .builds_on = nobody,
							   .at = NOW,
							   .handles = members,
							   .name = (char *)"<b>us</b>"});
	f->gid = g_strdup(beginning->gid);
	f->peer = pipit_peer_of_group(f->gid);
	f->history = pipit_group_history_new(f->gid);
	pipit_group_history_take(f->history, beginning, NOW);
	g_assert_nonnull(pipit_group_history_advance(f->history));
}

static void
begin_and_tell(Fixture *f)
{
	begin(f);
	assert_news(tell(f, BOB, all_of(f->history)), PIPIT_GROUP_NEWS_JOINED, BOB);
	assert_members(f, AT_BEGINNING);
	assert_written(f, "");
}

static void
test_members_talk(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	g_autoptr(PipitGroup) group = NULL;
	g_assert_true(pipit_store_read_group(f->store, f->gid, &group, NULL));
	/* Text, whatever it looks like. */
	g_assert_cmpstr(group->name, ==, "<b>us</b>");
	assert_text(say(f, BOB, "Hello"), BOB, "Hello");
	assert_text(say(f, CAROL, "Hi"), CAROL, "Hi");
	assert_nothing(say(f, MALLORY, "Me too"));
	assert_written(f, "");
}

/* Who is no member changes nothing, under whatever name. */
static void
test_a_change_by_a_stranger(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	assert_nothing(
		tell(f, MALLORY, just(change_in(theirs, f->gid, PIPIT_GROUP_ADD, MALLORY, MALLORY, NULL))));
	assert_nothing(
		tell(f, MALLORY, just(change_in(theirs, f->gid, PIPIT_GROUP_ADD, BOB, MALLORY, NULL))));
	assert_nothing(
		tell(f, MALLORY, just(change_in(theirs, f->gid, PIPIT_GROUP_NAME, BOB, NULL, "mine"))));
	assert_members(f, AT_BEGINNING);
	/* Nor does a member in somebody else's name before it counts that that one is in it. */
	g_autoptr(PipitGroupHistory) forged = pipit_group_history_copy(f->history);
	assert_nothing(
		tell(f, CAROL, just(change_in(forged, f->gid, PIPIT_GROUP_ADD, MALLORY, MALLORY, NULL))));
	assert_members(f, AT_BEGINNING);
}

/* Who invites is in the group that they invite to. */
static void
test_an_invitation_to_others_group(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin(f);
	assert_nothing(tell(f, MALLORY, all_of(f->history)));
	assert_members(f, "");
	g_autoptr(PipitGroupChange) removal = change(f, PIPIT_GROUP_REMOVE, BOB, ALICE, NULL);
	assert_nothing(tell(f, BOB, all_of(f->history)));
	assert_members(f, "");
}

static void
test_asked(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin(f);
	f->knows_nobody = TRUE;
	assert_news(tell(f, BOB, all_of(f->history)), PIPIT_GROUP_NEWS_ASKED, BOB);
	assert_nothing(say(f, BOB, "Hello"));
	assert_nothing(tell(f, CAROL, just(change(f, PIPIT_GROUP_NAME, CAROL, NULL, "all"))));
	assert_nothing(ask(f, CAROL, f->history));
	assert_written(f, "");
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(unshown->len, ==, 1);
	g_assert_true(((const PipitReceived *)unshown->pdata[0])->asks);
}

/* A text before the change that puts its writer in: it is kept, somebody is asked, and then it is shown. */
static void
test_a_text_before_the_change(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	GPtrArray *addition = just(change(f, PIPIT_GROUP_ADD, CAROL, DAVE, NULL));
	assert_nothing(say(f, DAVE, "I am new"));
	assert_written(f, "ask " BOB "\n");
	assert_news(tell(f, CAROL, addition), PIPIT_GROUP_NEWS_ADDED, CAROL);
	assert_text(receive_released(f), DAVE, "I am new");
}

/* What somebody else changes beside may come before that which puts one in. */
static void
test_an_overtaken_invitation(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	assert_nothing(
		tell(f, CAROL, just(change_in(theirs, f->gid, PIPIT_GROUP_NAME, CAROL, NULL, "beside"))));
	assert_news(tell(f, BOB, all_of(f->history)), PIPIT_GROUP_NEWS_JOINED, BOB);
	assert_news(receive_released(f), PIPIT_GROUP_NEWS_NAMED, CAROL);
	assert_written(f, "");
}

/* A change that builds on one that is not there waits for it. */
static void
test_changes_in_the_wrong_order(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	GPtrArray *first = just(change(f, PIPIT_GROUP_ADD, CAROL, DAVE, NULL));
	GPtrArray *second = just(change(f, PIPIT_GROUP_NAME, CAROL, NULL, "more"));
	assert_nothing(tell(f, CAROL, second));
	assert_written(f, "ask " CAROL "\n");
	g_autoptr(GPtrArray) shown = tell(f, CAROL, first);
	g_assert_cmpuint(shown->len, ==, 2);
	assert_members(f, AT_BEGINNING " " DAVE);
	PipitGroupHistory *history = pipit_store_group_history(f->store, f->gid, NULL);
	g_assert_cmpstr(pipit_group_history_name(history), ==, "more");
}

/* A member's text shows that something was lost; they are asked, and what they answer counts. */
static void
test_a_lost_change(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	g_autoptr(PipitGroupChange) lost = change(f, PIPIT_GROUP_ADD, CAROL, DAVE, NULL);
	assert_text(say(f, BOB, "Hello"), BOB, "Hello");
	assert_text(say(f, BOB, "again"), BOB, "again");
	assert_written(f, "ask " BOB "\n");
	g_autoptr(GPtrArray) shown = tell(f, BOB, just(pipit_group_change_ref(lost)));
	g_assert_cmpuint(shown->len, ==, 1);
	const PipitReceived *received = shown->pdata[0];
	g_autoptr(PipitGroupTold) told = pipit_group_told_parse(received->text);
	g_assert_cmpstr(received->from, ==, CAROL);
	g_assert_cmpstr(told->told_by, ==, BOB);
	assert_members(f, AT_BEGINNING " " DAVE);
}

/* Who asks gets what they lack; a stranger nothing. */
static void
test_answers(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	g_autoptr(PipitGroupHistory) before = pipit_group_history_copy(f->history);
	g_autoptr(PipitGroupHistory) nothing = pipit_group_history_new(f->gid);
	assert_news(tell(f, BOB, just(change(f, PIPIT_GROUP_NAME, BOB, NULL, "new"))), PIPIT_GROUP_NEWS_NAMED,
		    BOB);
	assert_nothing(ask(f, CAROL, before));
	assert_written(f, "changes " CAROL " 1\n");
	assert_nothing(ask(f, CAROL, nothing));
	assert_written(f, "changes " CAROL " 2\n");
	assert_nothing(ask(f, MALLORY, nothing));
	assert_written(f, "");
	/* Who knows what she does not is asked in turn. */
	g_autoptr(PipitGroupChange) hers = change(f, PIPIT_GROUP_NAME, CAROL, NULL, "newer");
	assert_nothing(ask(f, CAROL, f->history));
	assert_written(f, "changes " CAROL " 2\nask " CAROL "\n");
}

/* Who still writes without a change that the relay had ten minutes before did not get it: they are sent it. */
static void
test_a_member_who_lags_behind(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	g_autoptr(PipitGroupHistory) before = pipit_group_history_copy(f->history);
	assert_news(tell(f, BOB, just(change(f, PIPIT_GROUP_NAME, BOB, NULL, "new"))), PIPIT_GROUP_NEWS_NAMED,
		    BOB);
	assert_text(say_at(f, CAROL, before, "It may come", NOW + 10 * MINUTE - 1), CAROL, "It may come");
	assert_text(say_at(f, BOB, f->history, "I know", NOW + 10 * MINUTE), BOB, "I know");
	assert_written(f, "");
	assert_text(say_at(f, CAROL, before, "It is lost", NOW + 10 * MINUTE), CAROL, "It is lost");
	assert_written(f, "changes " CAROL " 1\n");
}

/* What somebody did before the relay had their removal counts where it can; what comes later is refused, and they are told. */
static void
test_the_removed(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	g_autoptr(PipitGroupHistory) before = pipit_group_history_copy(f->history);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	assert_news(tell(f, BOB, just(change(f, PIPIT_GROUP_REMOVE, BOB, CAROL, NULL))),
		    PIPIT_GROUP_NEWS_REMOVED, BOB);
	assert_text(say_at(f, CAROL, before, "Oh, and", NOW - MINUTE), CAROL, "Oh, and");
	assert_nothing(say_at(f, CAROL, before, "I stay", NOW + MINUTE));
	assert_written(f, "changes " CAROL " 1\n");
	assert_nothing(say(f, CAROL, "I know, and stay"));
	assert_nothing(tell_at(f, CAROL,
			       just(change_in(theirs, f->gid, PIPIT_GROUP_REMOVE, CAROL, BOB, NULL)),
			       NOW + MINUTE));
	assert_members(f, ALICE " " BOB);
	assert_written(f, "");
}

/* Two who put each other out at the same moment are both out. */
static void
test_both_out(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	assert_news(tell_at(f, BOB, just(change(f, PIPIT_GROUP_REMOVE, BOB, CAROL, NULL)), NOW),
		    PIPIT_GROUP_NEWS_REMOVED, BOB);
	assert_news(tell(f, CAROL, just(change_in(theirs, f->gid, PIPIT_GROUP_REMOVE, CAROL, BOB, NULL))),
		    PIPIT_GROUP_NEWS_REMOVED, CAROL);
	assert_members(f, ALICE);
}

static void
test_out_oneself(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	assert_news(tell(f, CAROL, just(change(f, PIPIT_GROUP_REMOVE, CAROL, ALICE, NULL))),
		    PIPIT_GROUP_NEWS_REMOVED, CAROL);
	assert_nothing(say(f, BOB, "About Alice"));
	assert_nothing(tell(f, BOB, just(change(f, PIPIT_GROUP_NAME, BOB, NULL, "without"))));
	PipitGroupStanding standing = PIPIT_GROUP_UNKNOWN;
	g_assert_true(pipit_store_read_standing(f->store, f->gid, &standing, NULL));
	g_assert_cmpint(standing, ==, PIPIT_GROUP_REMOVED);
	/* And in again. */
	g_autoptr(PipitGroupChange) back = change(f, PIPIT_GROUP_ADD, BOB, ALICE, NULL);
	assert_news(tell(f, BOB, all_of(f->history)), PIPIT_GROUP_NEWS_JOINED, BOB);
}

/* Somebody who floods her with what can't be told yet fills a little, and no more. */
static void
test_a_flood(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	g_autoptr(PipitGroupChange) fake = change_in(theirs, f->gid, PIPIT_GROUP_ADD, BOB, MALLORY, NULL);
	for (guint i = 0; i < 300; i++)
		assert_nothing(say_at(f, MALLORY, theirs, "x", NOW));
	guint count = 0;
	guint all = 0;
	g_assert_true(pipit_store_count_waiting(f->store, f->gid, &count, &all, NULL));
	g_assert_cmpuint(count, ==, 256);
	assert_written(f, "ask " BOB "\nask " CAROL "\n");
}

/* Who pretends to have something else each time is not answered each time. */
static void
test_a_flood_of_questions(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	for (guint i = 0; i < 20; i++) {
		g_autofree char *hash = pipit_group_hash(&i, sizeof i);
		PipitMessage message = {.type = PIPIT_MESSAGE_GROUP_ASK,
					.from = (char *)BOB,
					.to = (char *[]){NULL},
					.group = {.gid = f->gid, .version = 7}};
		message.group.state = g_strdupv((char *[]){hash, NULL});
		assert_nothing(receive(f, &message, NOW));
	}
	g_autofree char *written = take_written(f);
	g_auto(GStrv) answers = g_strsplit(written, "changes", -1);
	g_assert_cmpuint(g_strv_length(answers) - 1, ==, 4);
}

/* Who comes in hears what she changed beside; who has been in it for long does not hear it again, whatever comes. */
static void
test_newcomers(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	g_autoptr(PipitGroupChange) hers = change(f, PIPIT_GROUP_NAME, ALICE, NULL, "hers");
	g_autoptr(GPtrArray) quiet = tell(f, BOB, just(pipit_group_change_ref(hers)));
	PipitGroupChange *addition = change_in(theirs, f->gid, PIPIT_GROUP_ADD, CAROL, DAVE, NULL);
	g_autofree char *before = take_written(f);
	g_autoptr(GPtrArray) changes = just(addition);
	assert_news(tell(f, CAROL, g_ptr_array_ref(changes)), PIPIT_GROUP_NEWS_ADDED, CAROL);
	assert_written(f, "changes " DAVE " 1\n");
	g_ptr_array_add(changes, change_in(theirs, f->gid, PIPIT_GROUP_NAME, CAROL, NULL, "theirs"));
	g_autoptr(GPtrArray) named = tell(f, CAROL, g_ptr_array_ref(changes));
	assert_written(f, "");
}

/* Mallory makes one group after the other with Alice in it. Returns how many she is asked about. */
static guint
invite_often(Fixture *f, guint times)
{
	char *nobody[] = {NULL};
	char *members[] = {(char *)ALICE, NULL};
	guint asked = 0;
	for (guint i = 0; i < times; i++) {
		g_autofree char *nonce = pipit_uuid_new();
		g_autoptr(GPtrArray) changes =
			just(pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_CREATE,
									.author = (char *)MALLORY,
									.version = 1,
									.nonce = nonce,
									.builds_on = nobody,
									.at = NOW,
									.handles = members}));
		const PipitGroupChange *beginning = changes->pdata[0];
		PipitMessage message = {.type = PIPIT_MESSAGE_GROUP,
					.from = (char *)MALLORY,
					.to = nobody,
					.group = {.gid = beginning->gid, .version = 1, .changes = changes}};
		message.group.state = g_strdupv((char *[]){beginning->hash, NULL});
		g_autoptr(GPtrArray) shown = receive(f, &message, NOW);
		asked += shown->len;
	}
	return asked;
}

static void
test_too_many_invitations(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	f->knows_nobody = TRUE;
	g_assert_cmpuint(invite_often(f, 20), ==, 16);
	assert_written(f, "");
	f->knows_nobody = FALSE;
	g_assert_cmpuint(invite_often(f, 1), ==, 1);
}

/* It is a stranger's invitation, though a friend who is in the group too passes it on. */
static void
test_an_invitation_passed_on(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin(f);
	g_autoptr(PipitGroupChange) out = change(f, PIPIT_GROUP_REMOVE, BOB, ALICE, NULL);
	g_autoptr(PipitGroupChange) in = change(f, PIPIT_GROUP_ADD, CAROL, ALICE, NULL);
	f->stranger = CAROL;
	assert_news(tell(f, BOB, all_of(f->history)), PIPIT_GROUP_NEWS_ASKED, CAROL);
}

/* A stranger who speaks of a group that nobody knows gets no answer, and does not take all the places. */
static void
test_out_of_the_blue(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	guint count = 0;
	guint all = 0;
	begin(f);
	f->stranger = MALLORY;
	g_autofree char *known = g_steal_pointer(&f->gid);
	for (guint i = 0; i < 520; i++) {
		f->gid = pipit_uuid_new();
		assert_nothing(say(f, MALLORY, "Psst"));
		g_free(g_steal_pointer(&f->gid));
	}
	f->gid = g_steal_pointer(&known);
	g_assert_true(pipit_store_count_waiting(f->store, f->gid, &count, &all, NULL));
	g_assert_cmpuint(all, ==, 512);
	assert_written(f, "");
	assert_nothing(say(f, BOB, "Did you hear?"));
	g_assert_true(pipit_store_count_waiting(f->store, f->gid, &count, &all, NULL));
	g_assert_cmpuint(count, ==, 1);
	assert_written(f, "ask " BOB "\n");
}

/* Who names as many heads as can be named may have more: they are not taken for behind. */
static void
test_as_many_heads_as_can_be(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	g_auto(GStrv) heads = pipit_group_history_heads(f->history);
	g_autoptr(GPtrArray) names = just(change(f, PIPIT_GROUP_NAME, CAROL, NULL, "0"));
	char *nobody[] = {NULL};
	for (guint i = 1; i <= PIPIT_GROUP_MAX_HEADS; i++) {
		g_autofree char *name = g_strdup_printf("%u", i);
		PipitGroupChange *one = pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_NAME,
										   .gid = f->gid,
										   .author = (char *)CAROL,
										   .version = 2,
										   .builds_on = heads,
										   .at = NOW,
										   .handles = nobody,
										   .name = name});
		g_ptr_array_add(names, one);
		pipit_group_history_take(f->history, one, NOW);
		g_assert_nonnull(pipit_group_history_advance(f->history));
	}
	g_autoptr(GPtrArray) shown = tell(f, CAROL, g_ptr_array_ref(names));
	assert_text(say_at(f, BOB, f->history, "Hello", NOW + 10 * MINUTE), BOB, "Hello");
	assert_written(f, "");
}

/* Another own device brings that one of one's handles leaves. */
static void
leave_elsewhere(Fixture *f, const char *handle, PipitGroupState expected)
{
	g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_received_free);
	PipitGroupUpdate update = {
		.gid = f->gid, .from = handle, .at = NOW, .known_at = NOW, .own = TRUE, .told = told};
	g_autoptr(GPtrArray) changes = just(change(f, PIPIT_GROUP_LEAVE, handle, NULL, NULL));
	g_assert_true(pipit_group_update(f->store, &update, changes, NULL, NULL));
	PipitGroupStanding standing = PIPIT_GROUP_UNKNOWN;
	g_assert_true(pipit_store_read_standing(f->store, f->gid, &standing, NULL));
	g_assert_cmpint(standing, ==, expected);
}

/* With two handles in it, a no comes in two messages, of which the first is no yes. */
static void
test_declined_elsewhere(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const own[] = {ALICE, DAVE, NULL};
	g_assert_true(pipit_store_set_registered(f->store, alice->push_token, own, NULL));
	begin(f);
	g_autoptr(PipitGroupChange) addition = change(f, PIPIT_GROUP_ADD, BOB, DAVE, NULL);
	f->knows_nobody = TRUE;
	assert_news(tell(f, BOB, all_of(f->history)), PIPIT_GROUP_NEWS_ASKED, BOB);
	leave_elsewhere(f, ALICE, PIPIT_GROUP_ASKED);
	leave_elsewhere(f, DAVE, PIPIT_GROUP_LEFT);
}

/* A letter that fits in no message is not written, and that undoes nothing. */
static void
test_a_letter_that_does_not_fit(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	begin_and_tell(f);
	g_autofree char *rest = g_strnfill(60000, 'x');
	g_autofree char *text = g_strdup_printf("{\"kind\":\"later\",\"author\":\"" BOB
						"\",\"version\":2,\"at\":0,\"gid\":\"%s\","
						"\"builds_on\":[\"%s\"],\"rest\":\"%s\"}",
						f->gid, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", rest);
	g_autoptr(GPtrArray) much = just(pipit_group_change_parse(text));
	for (guint i = 0; i < 20; i++)
		g_ptr_array_add(much, pipit_group_change_ref(much->pdata[0]));
	const PipitGroupLetter letter = {f->gid, ALICE, NOW};
	g_assert_true(pipit_group_letter_tell(f->store, &letter, BOB, much, NULL));
	assert_written(f, "");
}

#define ADD(name, test) g_test_add("/inbox-groups/" name, Fixture, NULL, set_up, test, tear_down)
int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	alice = pipit_actor_new(1, PREKEY_TIME);
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		others[i] = pipit_actor_new((guint8)(i + 2), PREKEY_TIME);
	ADD("members-talk", test_members_talk);
	ADD("a-change-by-a-stranger", test_a_change_by_a_stranger);
	ADD("an-invitation-to-others-group", test_an_invitation_to_others_group);
	ADD("asked", test_asked);
	ADD("a-text-before-the-change", test_a_text_before_the_change);
	ADD("an-overtaken-invitation", test_an_overtaken_invitation);
	ADD("changes-in-the-wrong-order", test_changes_in_the_wrong_order);
	ADD("a-lost-change", test_a_lost_change);
	ADD("answers", test_answers);
	ADD("a-member-who-lags-behind", test_a_member_who_lags_behind);
	ADD("the-removed", test_the_removed);
	ADD("both-out", test_both_out);
	ADD("out-oneself", test_out_oneself);
	ADD("a-flood", test_a_flood);
	ADD("a-flood-of-questions", test_a_flood_of_questions);
	ADD("newcomers", test_newcomers);
	ADD("too-many-invitations", test_too_many_invitations);
	ADD("an-invitation-passed-on", test_an_invitation_passed_on);
	ADD("out-of-the-blue", test_out_of_the_blue);
	ADD("as-many-heads-as-can-be", test_as_many_heads_as_can_be);
	ADD("declined-elsewhere", test_declined_elsewhere);
	ADD("a-letter-that-does-not-fit", test_a_letter_that_does_not_fit);
	int status = g_test_run();
	pipit_actor_free(alice);
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		pipit_actor_free(others[i]);
	return status;
}

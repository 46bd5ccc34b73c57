/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/support/group_scene.h"

#include <glib.h>
#include <string.h>

#include "crypto/pair_ec.h"
#include "protocol/group_letter.h"
#include "protocol/group_telling.h"
#include "protocol/inbox.h"
#include "protocol/limits.h"
#include "protocol/peer.h"
#include "protocol/store_groups.h"
#include "protocol/store_keys.h"
#include "protocol/store_outbox.h"
#include "protocol/uuid.h"
#include "tests/support/actor.h"
#include "tests/support/test_folder.h"

#define NONCE "7b0c1111-2222-4333-8444-555566667777"
#define PREKEY_TIME (1764000000.0 - 86400)

/* Keys take long to make, so all tests share them. */
static PipitActor *alice;
static PipitActor *others[4];
static const char *const handles[4] = {BOB, CAROL, DAVE, MALLORY};

static gboolean
is_contact(gpointer user_data, const char *handle)
{
	const PipitGroupScene *f = user_data;
	return !f->knows_nobody && g_strcmp0(handle, f->stranger) != 0;
}

void
pipit_group_scene_set_up(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
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

void
pipit_group_scene_tear_down(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
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

PipitEnvelope *
pipit_group_scene_seal(PipitGroupScene *f, PipitMessage *message, gint64 received_at)
{
	g_autofree char *id = pipit_uuid_new();
	g_autoptr(GError) error = NULL;
	const PipitActor *sender = actor_of(message->from);
	message->id = id;
	message->sent_at = received_at;
	g_autoptr(GBytes) plaintext = pipit_message_pack(message);
	g_strfreev(message->group.state);
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
	PipitEnvelope *envelope = pipit_envelope_parse(bytes, &error);
	g_assert_no_error(error);
	return envelope;
}

GPtrArray *
pipit_group_scene_receive_all(PipitGroupScene *f, GPtrArray *envelopes)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitInboxBatch) batch = pipit_inbox_batch_new(envelopes);
	g_auto(GStrv) unknown = pipit_inbox_prepare(f->inbox, batch);
	g_assert_null(unknown[0]);
	pipit_inbox_open(batch);
	GPtrArray *shown = pipit_inbox_accept(f->inbox, batch, &error);
	g_assert_no_error(error);
	return shown;
}

/* Takes the state of @message over. Returns what is to be shown. */
GPtrArray *
pipit_group_scene_receive(PipitGroupScene *f, PipitMessage *message, gint64 received_at)
{
	g_autoptr(PipitEnvelope) envelope = pipit_group_scene_seal(f, message, received_at);
	g_autoptr(GPtrArray) envelopes = g_ptr_array_new();
	g_ptr_array_add(envelopes, envelope);
	return pipit_group_scene_receive_all(f, envelopes);
}

/* What waited and may be decided now. */
GPtrArray *
pipit_group_scene_receive_released(PipitGroupScene *f)
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
PipitGroupChange *
pipit_group_scene_change_in(PipitGroupHistory *history, const char *gid, PipitGroupChangeKind kind,
			    const char *author, const char *handle, const char *name)
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

PipitGroupChange *
pipit_group_scene_change(PipitGroupScene *f, PipitGroupChangeKind kind, const char *author,
			 const char *handle, const char *name)
{
	return pipit_group_scene_change_in(f->history, f->gid, kind, author, handle, name);
}

GPtrArray *
pipit_group_scene_all_of(PipitGroupHistory *history)
{
	const char *const nothing[] = {NULL};
	return pipit_group_history_since(history, nothing);
}

PipitMessage
pipit_group_scene_message_in(const char *gid, PipitMessageType type, const char *from,
			     PipitGroupHistory *history)
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
GPtrArray *
pipit_group_scene_tell_at(PipitGroupScene *f, const char *from, GPtrArray *taken, gint64 received_at)
{
	g_autoptr(GPtrArray) changes = taken;
	PipitMessage message = pipit_group_scene_message_in(f->gid, PIPIT_MESSAGE_GROUP, from, f->history);
	message.group.changes = changes;
	return pipit_group_scene_receive(f, &message, received_at);
}

GPtrArray *
pipit_group_scene_tell(PipitGroupScene *f, const char *from, GPtrArray *taken)
{
	return pipit_group_scene_tell_at(f, from, taken, NOW);
}

/* @taken: (transfer full) */
GPtrArray *
pipit_group_scene_just(PipitGroupChange *taken)
{
	GPtrArray *changes = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_group_change_unref);
	g_ptr_array_add(changes, taken);
	return changes;
}

GPtrArray *
pipit_group_scene_say_at(PipitGroupScene *f, const char *from, PipitGroupHistory *history, const char *text,
			 gint64 received_at)
{
	PipitMessage message = pipit_group_scene_message_in(f->gid, PIPIT_MESSAGE_TEXT, from, history);
	message.text = (char *)text;
	return pipit_group_scene_receive(f, &message, received_at);
}

GPtrArray *
pipit_group_scene_say(PipitGroupScene *f, const char *from, const char *text)
{
	return pipit_group_scene_say_at(f, from, f->history, text, NOW);
}

GPtrArray *
pipit_group_scene_ask(PipitGroupScene *f, const char *from, PipitGroupHistory *history)
{
	PipitMessage message = pipit_group_scene_message_in(f->gid, PIPIT_MESSAGE_GROUP_ASK, from, history);
	return pipit_group_scene_receive(f, &message, NOW);
}

/* ---- what Alice sees ---- */

void
pipit_group_scene_assert_nothing(GPtrArray *taken)
{
	g_autoptr(GPtrArray) shown = taken;
	g_assert_cmpuint(shown->len, ==, 0);
}

void
pipit_group_scene_assert_text(GPtrArray *taken, const char *from, const char *text)
{
	g_autoptr(GPtrArray) shown = taken;
	g_assert_cmpuint(shown->len, ==, 1);
	const PipitReceived *received = shown->pdata[0];
	g_assert_cmpint(received->type, ==, PIPIT_MESSAGE_TEXT);
	g_assert_cmpstr(received->from, ==, from);
	g_assert_cmpstr(received->text, ==, text);
}

void
pipit_group_scene_assert_news(GPtrArray *taken, PipitGroupNewsKind kind, const char *by)
{
	g_autoptr(GPtrArray) shown = taken;
	g_assert_cmpuint(shown->len, ==, 1);
	const PipitReceived *received = shown->pdata[0];
	g_assert_cmpint(received->type, ==, PIPIT_MESSAGE_GROUP);
	g_assert_cmpstr(received->from, ==, by);
	g_autoptr(PipitGroupTold) told = pipit_group_told_parse(received->text);
	g_assert_cmpint(told->kind, ==, kind);
}

void
pipit_group_scene_assert_members(PipitGroupScene *f, const char *expected)
{
	PipitGroupHistory *history = pipit_store_group_history(f->store, f->gid, NULL);
	g_autofree char *members = g_strjoinv(" ", (char **)pipit_group_history_members(history));
	g_assert_cmpstr(members, ==, expected);
}

/* What her device has written: "group-ask mailto:bob@example.org\n" for each message, and takes it away. */
char *
pipit_group_scene_take_written(PipitGroupScene *f)
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

void
pipit_group_scene_assert_written(PipitGroupScene *f, const char *expected)
{
	g_autofree char *written = pipit_group_scene_take_written(f);
	g_assert_cmpstr(written, ==, expected);
}

/* Bob makes a group with Alice and Carol, and she hears of it. */
void
pipit_group_scene_begin(PipitGroupScene *f)
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

void
pipit_group_scene_begin_and_tell(PipitGroupScene *f)
{
	pipit_group_scene_begin(f);
	pipit_group_scene_assert_news(pipit_group_scene_tell(f, BOB, pipit_group_scene_all_of(f->history)),
				      PIPIT_GROUP_NEWS_JOINED, BOB);
	pipit_group_scene_assert_members(f, AT_BEGINNING);
	pipit_group_scene_assert_written(f, "");
}

int
pipit_group_scene_run(void)
{
	alice = pipit_actor_new(1, PREKEY_TIME);
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		others[i] = pipit_actor_new((guint8)(i + 2), PREKEY_TIME);
	int status = g_test_run();
	pipit_actor_free(alice);
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		pipit_actor_free(others[i]);
	return status;
}

const PipitActor *
pipit_group_scene_alice(void)
{
	return alice;
}

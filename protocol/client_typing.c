/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is writing, both ways: never stored, never waited for, and never more than a little of it. */
#include "protocol/client_private.h"

#include <string.h>

#include "protocol/limits.h"
#include "protocol/peer.h"
#include "protocol/sealing.h"
#include "protocol/store_keys.h"
#include "protocol/uuid.h"

#define SEND_EVERY_US (G_GINT64_CONSTANT(5) * G_USEC_PER_SEC)
#define TELL_EVERY_US G_USEC_PER_SEC

/* The last word that went to somebody, or came from them. */
typedef struct {
	gint64 begun_at; /* µs, monotonic: when it last said that writing has begun */
	gint64 sent_at;  /* ms, as the message says */
	gboolean typing;
} Typed;

/* One word on its way, in a worker and then over the network. */
typedef struct {
	PipitSession *session; /* held once it goes over the network */
	char *id;
	char *from;
	PipitDeviceSecrets *device;
	GBytes *plaintext;
	GPtrArray *sealings;   /* of PipitSealing */
	GPtrArray *recipients; /* of PipitRecipient */
} Word;

static void
word_free(gpointer memory)
{
	Word *word = memory;

	g_free(word->id);
	g_free(word->from);
	g_clear_pointer(&word->device, pipit_device_secrets_unref);
	g_clear_pointer(&word->plaintext, g_bytes_unref);
	g_ptr_array_unref(word->sealings);
	g_ptr_array_unref(word->recipients);
	if (word->session != NULL)
		pipit_session_unref(word->session);
	g_free(word);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Word, word_free)

static Typed *
typed_of(GHashTable **table, const char *peer)
{
	if (*table == NULL)
		*table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	Typed *typed = g_hash_table_lookup(*table, peer);
	if (typed == NULL) {
		typed = g_new0(Typed, 1);
		g_hash_table_insert(*table, g_strdup(peer), typed);
	}
	return typed;
}

/* Whether @typing is worth saying now: that it began, and every now and then that it goes on; that it stopped, once. */
static gboolean
is_due(Typed *typed, gboolean typing, gint64 every)
{
	gint64 now = g_get_monotonic_time();
	/* Who sent a message and begins with the next is not going on. */
	gint64 pause = typed->typing ? every : every / 4;

	if (!typing) {
		gboolean was_typing = typed->typing;
		typed->typing = FALSE;
		return was_typing;
	}
	if (typed->begun_at != 0 && now - typed->begun_at < pause)
		return FALSE;
	typed->begun_at = now;
	typed->typing = TRUE;
	return TRUE;
}

/* Sending. */

static void
on_answer(gpointer user_data, GBytes *body, const PipitFailure *failure)
{
	g_autoptr(Word) word = user_data;

	if (word->session->closed || failure != NULL)
		return;
	g_auto(GStrv) handles = pipit_recipients_handles(word->recipients);
	g_autoptr(GPtrArray) results =
		pipit_send_answer_parse(body, (const char *const *)handles, NULL, NULL);
	/* The next message will look up, and then the next word fits. */
	for (guint i = 0; results != NULL && i < results->len; i++) {
		const PipitSendResult *result = results->pdata[i];
		if (result->status == PIPIT_SEND_STALE)
			pipit_directory_outdated(word->session->client->directory, result->to);
	}
}

static void
run_seal_job(gpointer job)
{
	const Word *word = *(Word **)job;

	pipit_sealing_run_all(word->sealings, word->device, word->plaintext);
}

static void
free_seal_job(gpointer job)
{
	g_clear_pointer((Word **)job, word_free);
	g_free(job);
}

/* The copies for one person stand together. */
static PipitRecipient *
recipient_of(const Word *word, const char *handle)
{
	PipitRecipient *last =
		word->recipients->len > 0 ? word->recipients->pdata[word->recipients->len - 1] : NULL;

	if (last == NULL || strcmp(last->to, handle) != 0) {
		last = pipit_recipient_new(handle);
		g_ptr_array_add(word->recipients, last);
	}
	return last;
}

static void
on_sealed(gpointer job, gpointer user_data)
{
	g_autoptr(Word) word = g_steal_pointer((Word **)job);
	PipitSession *session = user_data;

	for (guint i = 0; i < word->sealings->len; i++) {
		const PipitSealing *sealing = word->sealings->pdata[i];
		if (sealing->payload == NULL)
			return;
		g_ptr_array_add(recipient_of(word, sealing->to)->copies, pipit_sealing_copy(sealing));
	}
	g_autoptr(GBytes) request =
		pipit_send_request(word->id, word->from, PIPIT_CLASS_EPHEMERAL, word->recipients);
	word->session = pipit_session_ref(session);
	pipit_api_send(session->api, request, on_answer, g_steal_pointer(&word));
}

static GBytes *
pack(const PipitClient *client, const char *id, const PipitPeerAddress *address, gboolean typing)
{
	const PipitMessage message = {
		.type = PIPIT_MESSAGE_TYPING,
		.id = (char *)id,
		.from = address->from,
		.to = address->to,
		.sent_at = pipit_client_server_now(client),
		.typing = typing,
		.group = address->group,
	};
	return pipit_message_pack(&message);
}

static Word *
word_new(const PipitClient *client, const PipitPeerAddress *address, gboolean typing)
{
	Word *word = g_new0(Word, 1);

	word->id = pipit_uuid_new();
	word->from = g_strdup(address->from);
	word->device = pipit_device_secrets_ref(pipit_store_device(client->store));
	word->plaintext = pack(client, word->id, address, typing);
	word->sealings = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_sealing_free);
	word->recipients = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_recipient_free);
	return word;
}

/* For all whose devices are known, but for oneself. */
static void
plan(const PipitClient *client, Word *word, char **recipients)
{
	for (guint i = 0; recipients[i] != NULL; i++) {
		if (pipit_store_handle_is_own(client->store, recipients[i]))
			continue;
		g_autoptr(GPtrArray) devices = pipit_directory_devices_for_ephemera(
			client->directory, recipients[i], pipit_client_now());
		for (guint j = 0; devices != NULL && j < devices->len; j++)
			g_ptr_array_add(word->sealings, pipit_sealing_new(recipients[i], devices->pdata[j]));
	}
}

/* FALSE where nobody is told. */
static gboolean
find_address(PipitClient *client, const char *peer, PipitPeerAddress *address)
{
	gboolean found = FALSE;

	return pipit_peer_find_address(client->store, peer, client->handle, address, &found, NULL) && found &&
	       g_strv_length(address->recipients) <= PIPIT_GROUP_SMALL;
}

void
pipit_client_typing(PipitClient *client, const char *peer, gboolean typing)
{
	PipitSession *session = client->session;
	g_autofree char *parsed = pipit_peer_parse(peer);
	g_auto(PipitPeerAddress) address = {0};

	if (parsed == NULL || session == NULL || client->state != PIPIT_CLIENT_ONLINE ||
	    !find_address(client, parsed, &address))
		return;
	g_autoptr(Word) word = word_new(client, &address, typing);
	plan(client, word, address.recipients);
	if (word->sealings->len == 0 || !is_due(typed_of(&session->typed, parsed), typing, SEND_EVERY_US) ||
	    !pipit_sealings_take_counters(client->store, word->sealings, pipit_client_now(), NULL))
		return;
	Word **job = g_new(Word *, 1);
	*job = g_steal_pointer(&word);
	pipit_workers_push(session->workers, job, run_seal_job, on_sealed, session, free_seal_job);
}

/* Receiving. */

static void
tell(const PipitClient *client, const PipitReceived *received)
{
	if (!pipit_peer_is_group(received->peer)) {
		if (client->events.typing != NULL)
			client->events.typing(client->host, received->peer, received->typing);
	} else if (client->events.group_typing != NULL) {
		client->events.group_typing(client->host, received->peer, received->from, received->typing);
	}
}

void
pipit_session_take_typing(PipitSession *session, const PipitReceived *received)
{
	gint64 age = pipit_session_server_now(session) - received->sent_at;

	if (ABS(age) > PIPIT_EPHEMERAL_LIFE_MS)
		return;
	g_autofree char *who = g_strjoin(" ", received->peer, received->from, NULL);
	Typed *typed = typed_of(&session->typing, who);
	/* Words may overtake each other. */
	if (received->sent_at < typed->sent_at)
		return;
	typed->sent_at = received->sent_at;
	if (is_due(typed, received->typing, TELL_EVERY_US))
		tell(session->client, received);
}

void
pipit_session_stop_typing(PipitSession *session)
{
	g_clear_pointer(&session->typed, g_hash_table_unref);
	g_clear_pointer(&session->typing, g_hash_table_unref);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client without loop, threads and network: each step of the engine is a call. */
#include "tests/fuzz/client.h"

#include <string.h>

#include "crypto/secret.h"
#include "protocol/limits.h"
#include "protocol/store_keys.h"
#include "tests/crypto/kept.h"
#include "tests/fuzz/fuzz.h"

#define MAX_LOOK_UPS 4

static void
shown_free(gpointer memory)
{
	FuzzShown *shown = memory;
	g_free(shown->id);
	g_free(shown->peer);
	g_free(shown->from);
	g_free(shown->text);
	g_free(shown);
}

/* All have one RSA key, since making one takes long; the other keys are as different as their numbers. */
static PipitDeviceSecrets *
secrets_of(guint number)
{
	static PipitDeviceSecrets *made[FUZZ_CLIENTS];
	guint8 pair_signing[PIPIT_P256_SCALAR_LEN];
	guint8 device[PIPIT_P256_SCALAR_LEN];
	g_autoptr(GError) error = NULL;
	fuzz_require(number < FUZZ_CLIENTS);
	if (made[number] != NULL)
		return made[number];
	memset(pair_signing, (int)(2 * number + 1), sizeof pair_signing);
	memset(device, (int)(2 * number + 2), sizeof device);
	g_autofree char *pem = kept_private_string("rsa1280", "pair_rsa");
	made[number] = pipit_device_secrets_new(pair_signing, device, pem, &error);
	g_assert_no_error(error);
	return made[number];
}

static void
open_all(FuzzClient *client)
{
	g_autoptr(GError) error = NULL;
	client->store = pipit_store_open(client->folder, client->handle, &error);
	g_assert_no_error(error);
	client->directory = pipit_directory_new(client->store);
}

static void
open_boxes(FuzzClient *client)
{
	client->inbox = pipit_inbox_new(client->store, client->directory);
	client->outbox = pipit_outbox_new(client->store, client->directory);
}

static void
close_all(FuzzClient *client)
{
	g_clear_pointer(&client->outbox, pipit_outbox_free);
	g_clear_pointer(&client->inbox, pipit_inbox_free);
	g_clear_pointer(&client->directory, pipit_directory_free);
	g_clear_pointer(&client->store, pipit_store_free);
}

static PipitPrekeySecret *
add_prekey(FuzzClient *client)
{
	g_autoptr(GError) error = NULL;
	double timestamp = pipit_store_next_prekey_timestamp(client->store, client->relay->now);
	g_autoptr(PipitPrekeySecret) prekey = pipit_prekey_secret_generate(timestamp);
	g_autoptr(GBytes) record = pipit_prekey_record_new(prekey, pipit_store_device(client->store));
	pipit_store_add_prekey(client->store, prekey, record, &error);
	g_assert_no_error(error);
	return g_steal_pointer(&prekey);
}

static void
prekey_published(FuzzClient *client, const PipitPrekeySecret *prekey)
{
	g_autoptr(GError) error = NULL;
	pipit_store_prekey_published(client->store, pipit_prekey_secret_key(prekey), client->relay->now,
				     &error);
	g_assert_no_error(error);
}

static void
sign_in(FuzzClient *client)
{
	g_autoptr(GError) error = NULL;
	guint8 token[PIPIT_TOKEN_LEN];
	memset(token, (int)client->number + 1, sizeof token);
	g_autoptr(GBytes) push_token = g_bytes_new(token, sizeof token);
	g_autoptr(GBytes) auth_token = pipit_secret_bytes(token, sizeof token);
	pipit_store_save_device(client->store, secrets_of(client->number), &error);
	g_assert_no_error(error);
	g_autoptr(PipitPrekeySecret) prekey = add_prekey(client);
	client->at_relay = fuzz_relay_register(client->relay, client->handle, push_token,
					       secrets_of(client->number), prekey);
	pipit_store_save_auth_token(client->store, auth_token, &error);
	g_assert_no_error(error);
	pipit_store_set_registered(client->store, push_token, (const char *const[]){client->handle, NULL},
				   &error);
	g_assert_no_error(error);
	prekey_published(client, prekey);
}

FuzzClient *
fuzz_client_new(FuzzRelay *relay, const char *handle, guint number, const char *folder)
{
	FuzzClient *client = g_new0(FuzzClient, 1);
	client->relay = relay;
	client->handle = handle;
	client->number = number;
	client->folder = g_strdup_printf("%s/%u", folder, number);
	client->acks = g_array_new(FALSE, FALSE, sizeof(gint64));
	client->shown = g_ptr_array_new_with_free_func(shown_free);
	client->repeated = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	client->done = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	client->overheard = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	open_all(client);
	sign_in(client);
	open_boxes(client);
	return client;
}

void
fuzz_client_free(FuzzClient *client)
{
	close_all(client);
	g_array_unref(client->acks);
	g_ptr_array_unref(client->shown);
	g_hash_table_unref(client->repeated);
	g_hash_table_unref(client->done);
	g_ptr_array_unref(client->overheard);
	g_free(client->folder);
	g_free(client);
}

void
fuzz_client_restart(FuzzClient *client)
{
	close_all(client);
	open_all(client);
	open_boxes(client);
	client->online = FALSE;
	client->after = 0;
	g_array_set_size(client->acks, 0);
}

void
fuzz_client_remove(FuzzClient *client)
{
	fuzz_relay_remove(client->relay, client->at_relay);
	close_all(client);
}

char *
fuzz_client_write(FuzzClient *client, const char *peer, const char *text)
{
	g_autoptr(GError) error = NULL;
	char *id = pipit_outbox_append(client->outbox, client->handle, peer, text, NULL, client->relay->now,
				       &error);
	g_assert_no_error(error);
	return id;
}

static void
look_up(FuzzClient *client, const char *const *handles)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitLookupAnswer) answer = fuzz_relay_look_up(client->relay, handles);
	pipit_directory_digest(client->directory, answer, client->relay->now, &error);
	g_assert_no_error(error);
}

/* Sending */

/* Up to the request. Returns: POST; another step if the outbox let go of the item; LOOK_UP or SEAL where a fault struck. */
static PipitOutboxStep
get_ready(FuzzClient *client, PipitOutboxItem *item, FuzzFault fault)
{
	g_autoptr(GError) error = NULL;
	const gint64 *now = &client->relay->now;
	PipitOutboxStep step = pipit_outbox_prepare(client->outbox, item, *now, &error);
	for (guint i = 0; step == PIPIT_OUTBOX_LOOK_UP && fault != FUZZ_LOOK_UP_FAILS; i++) {
		fuzz_require(i < MAX_LOOK_UPS);
		look_up(client, pipit_outbox_item_handles(item));
		step = pipit_outbox_prepare(client->outbox, item, *now, &error);
	}
	if (step == PIPIT_OUTBOX_SEAL && fault != FUZZ_DIES_EARLY) {
		pipit_outbox_seal(item);
		step = pipit_outbox_sealed(client->outbox, item, *now, &error);
	}
	if (step == PIPIT_OUTBOX_SEND) {
		pipit_outbox_compose(item);
		step = pipit_outbox_composed(client->outbox, item, *now, &error);
	}
	g_assert_no_error(error);
	return step;
}

/* Returns: as the outbox says; POST where a fault struck. */
static PipitOutboxStep
hand_over(FuzzClient *client, PipitOutboxItem *item, FuzzFault fault)
{
	g_autoptr(GError) error = NULL;
	GBytes *request = pipit_outbox_request(item);
	if (fault == FUZZ_REQUEST_LOST || fault == FUZZ_DIES_LATE)
		return PIPIT_OUTBOX_POST;
	g_ptr_array_add(client->overheard, g_bytes_ref(request));
	g_autoptr(GBytes) answer = fuzz_relay_send(client->relay, client->at_relay, request);
	if (fault == FUZZ_ANSWER_LOST || fault == FUZZ_DIES_LAST)
		return PIPIT_OUTBOX_POST;
	PipitOutboxStep step =
		pipit_outbox_answered(client->outbox, item, answer, client->relay->now, &error);
	g_assert_no_error(error);
	return step;
}

static void
struck(FuzzClient *client, PipitOutboxItem *item, FuzzFault fault)
{
	if (fault == FUZZ_DIES_EARLY || fault == FUZZ_DIES_LATE || fault == FUZZ_DIES_LAST)
		fuzz_client_restart(client);
	else
		pipit_outbox_postpone(client->outbox, item, client->relay->now, 0);
}

gboolean
fuzz_client_send(FuzzClient *client, FuzzFault fault)
{
	g_autoptr(GError) error = NULL;
	gint64 due;
	g_autoptr(PipitOutboxItem) item = pipit_outbox_next(client->outbox, client->relay->now, &due, &error);
	g_assert_no_error(error);
	if (item == NULL)
		return FALSE;
	PipitOutboxStep step;
	do {
		step = get_ready(client, item, fault);
		if (step == PIPIT_OUTBOX_POST)
			step = hand_over(client, item, fault);
		else
			break;
	} while (step == PIPIT_OUTBOX_LOOK_UP);
	fuzz_require(step != PIPIT_OUTBOX_FAILED);
	if (step == PIPIT_OUTBOX_DONE)
		g_hash_table_add(client->done, g_strdup(pipit_outbox_item_id(item)));
	else if (step != PIPIT_OUTBOX_LATER)
		struck(client, item, fault);
	return TRUE;
}

/* Receiving */

static void
note_shown(FuzzClient *client, const PipitReceived *received)
{
	FuzzShown *shown = g_new(FuzzShown, 1);
	*shown = (FuzzShown){
		.id = g_strdup(received->id),
		.peer = g_strdup(received->peer),
		.from = g_strdup(received->from),
		.text = g_strdup(received->text),
	};
	g_ptr_array_add(client->shown, shown);
}

/* FALSE if it died. */
static gboolean
show_all(FuzzClient *client, GPtrArray *to_show, FuzzFault fault)
{
	g_autoptr(GError) error = NULL;
	if (fault == FUZZ_DIES_EARLY) {
		fuzz_client_restart(client);
		return FALSE;
	}
	for (guint i = 0; i < to_show->len; i++) {
		const PipitReceived *received = to_show->pdata[i];
		note_shown(client, received);
		if (fault == FUZZ_DIES_LATE) {
			g_hash_table_add(client->repeated, g_strdup(received->id));
			fuzz_client_restart(client);
			return FALSE;
		}
		pipit_inbox_shown(client->inbox, received, &error);
		g_assert_no_error(error);
	}
	return TRUE;
}

static gboolean
take_batch(FuzzClient *client, PipitInboxBatch *batch, FuzzFault fault)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) handles = pipit_inbox_prepare(client->inbox, batch);
	for (guint i = 0; handles[0] != NULL && fault != FUZZ_LOOK_UP_FAILS && i < MAX_LOOK_UPS; i++) {
		look_up(client, (const char *const *)handles);
		g_strfreev(handles);
		handles = pipit_inbox_prepare(client->inbox, batch);
	}
	pipit_inbox_open(batch);
	g_autoptr(GPtrArray) to_show = pipit_inbox_accept(client->inbox, batch, &error);
	g_assert_no_error(error);
	return show_all(client, to_show, fault);
}

gboolean
fuzz_client_try_undecided(FuzzClient *client, FuzzFault fault)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitInboxBatch) batch =
		pipit_inbox_batch_undecided(client->inbox, 0, client->relay->now, &error);
	g_assert_no_error(error);
	if (batch != NULL)
		take_batch(client, batch, fault);
	return batch != NULL;
}

/* FALSE if it died. */
static gboolean
come_online(FuzzClient *client)
{
	g_autoptr(GError) error = NULL;
	if (client->online)
		return TRUE;
	client->online = TRUE;
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(client->inbox, &error);
	g_assert_no_error(error);
	if (!show_all(client, unshown, FUZZ_NO_FAULT))
		return FALSE;
	fuzz_client_try_undecided(client, FUZZ_NO_FAULT);
	return client->online;
}

static void
note_sequence_numbers(FuzzClient *client, const PipitPollAnswer *answer)
{
	fuzz_require(answer->malformed->len == 0);
	for (guint i = 0; i < answer->envelopes->len; i++) {
		const PipitEnvelope *envelope = answer->envelopes->pdata[i];
		client->after = MAX(client->after, envelope->seq);
		g_array_append_val(client->acks, envelope->seq);
	}
}

gboolean
fuzz_client_receive(FuzzClient *client, FuzzFault fault)
{
	if (!come_online(client) || fault == FUZZ_REQUEST_LOST)
		return TRUE;
	g_autoptr(PipitPollAnswer) answer =
		fuzz_relay_poll(client->relay, client->at_relay, client->acks, client->after);
	if (fault == FUZZ_ANSWER_LOST)
		return TRUE;
	g_array_set_size(client->acks, 0);
	if (answer->envelopes->len == 0)
		return FALSE;
	g_autoptr(PipitInboxBatch) batch = pipit_inbox_batch_new(answer->envelopes);
	if (!take_batch(client, batch, fault))
		return TRUE;
	note_sequence_numbers(client, answer);
	if (fault == FUZZ_DIES_LAST)
		fuzz_client_restart(client);
	return TRUE;
}

/* Prekeys */

void
fuzz_client_new_prekey(FuzzClient *client, FuzzFault fault)
{
	if (pipit_store_pending_prekey(client->store, NULL) == NULL)
		pipit_prekey_secret_unref(add_prekey(client));
	GBytes *record = NULL;
	g_autoptr(PipitPrekeySecret) prekey =
		pipit_prekey_secret_ref(pipit_store_pending_prekey(client->store, &record));
	if (fault == FUZZ_DIES_EARLY)
		fuzz_client_restart(client);
	if (fault == FUZZ_DIES_EARLY || fault == FUZZ_REQUEST_LOST)
		return;
	fuzz_relay_put_prekey(client->relay, client->at_relay, record, pipit_prekey_secret_key(prekey));
	if (fault == FUZZ_DIES_LAST)
		fuzz_client_restart(client);
	else if (fault != FUZZ_ANSWER_LOST)
		prekey_published(client, prekey);
}

void
fuzz_client_expire(FuzzClient *client)
{
	g_autoptr(GError) error = NULL;
	pipit_store_expire_prekeys(client->store, client->relay->now, &error);
	g_assert_no_error(error);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plays a device against a server. */
#include "tests/support/relay_peer.h"

#include <nettle/sha2.h>
#include <string.h>

#include "protocol/base64.h"
#include "protocol/uuid.h"

#define KEYS_MAX 80

static PipitDeviceSecrets *
secrets_of(guint number)
{
	static GMutex lock;
	static PipitDeviceSecrets *made[KEYS_MAX];

	g_assert_cmpuint(number, <, KEYS_MAX);
	g_mutex_lock(&lock);
	if (made[number] == NULL)
		made[number] = pipit_device_secrets_generate();
	PipitDeviceSecrets *secrets = pipit_device_secrets_ref(made[number]);
	g_mutex_unlock(&lock);
	return secrets;
}

void
pipit_relay_peer_new_prekey(PipitRelayPeer *peer, double timestamp)
{
	g_clear_pointer(&peer->prekey, pipit_prekey_secret_unref);
	peer->prekey = pipit_prekey_secret_generate(timestamp);
}

PipitRelayPeer *
pipit_relay_peer_new(const char *origin, const char *handle, guint number)
{
	PipitRelayPeer *peer = g_new0(PipitRelayPeer, 1);

	peer->http = pipit_http_peer_new(origin);
	peer->secrets = secrets_of(number);
	peer->handle = g_strdup(handle);
	pipit_relay_peer_new_prekey(peer, (double)g_get_real_time() / G_USEC_PER_SEC);
	return peer;
}

PipitRelayPeer *
pipit_relay_peer_register(const char *origin, const char *handle, guint number)
{
	PipitRelayPeer *peer = pipit_relay_peer_new(origin, handle, number);
	g_autofree char *body =
		g_strdup_printf("{\"handle\":\"%s\",\"password\":\"%s\"}", handle, PIPIT_TEST_PASSWORD);
	g_autoptr(PipitReply) account =
		pipit_http_peer_ask(peer->http, "POST", "/v1/ids/accounts", body, NULL);

	if (account->status != 201)
		pipit_assert_problem(account, 409, "handle-taken");
	g_autoptr(PipitReply) device = pipit_relay_peer_sign_in(peer, PIPIT_TEST_PASSWORD);
	pipit_assert_status(device, 201);
	return peer;
}

void
pipit_relay_peer_free(PipitRelayPeer *peer)
{
	if (peer == NULL)
		return;
	pipit_http_peer_free(peer->http);
	pipit_device_secrets_unref(peer->secrets);
	pipit_prekey_secret_unref(peer->prekey);
	g_free(peer->handle);
	g_free(peer->push_token);
	g_free(peer->auth_token);
	g_free(peer);
}

char *
pipit_relay_peer_prekey_record(const PipitRelayPeer *peer)
{
	g_autoptr(GBytes) record = pipit_prekey_record_new(peer->prekey, peer->secrets);

	return pipit_base64_encode(record);
}

char *
pipit_relay_peer_sign(const PipitRelayPeer *peer, const char *method, const char *path, const char *body)
{
	g_autoptr(GByteArray) text = g_byte_array_new();
	struct sha256_ctx context;
	guint8 digest[SHA256_DIGEST_SIZE];
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];

	sha256_init(&context);
	sha256_update(&context, strlen(body), (const guint8 *)body);
	sha256_digest(&context, sizeof digest, digest);
	g_byte_array_append(text, (const guint8 *)"PipitRequest1", 14);
	g_byte_array_append(text, (const guint8 *)method, (guint)strlen(method));
	g_byte_array_append(text, (const guint8 *)" ", 1);
	g_byte_array_append(text, (const guint8 *)path, (guint)strlen(path) + 1);
	g_byte_array_append(text, digest, sizeof digest);
	pipit_device_secrets_sign(peer->secrets, text->data, text->len, signature);
	return g_base64_encode(signature, sizeof signature);
}

PipitReply *
pipit_relay_peer_ask_signed(PipitRelayPeer *peer, const char *method, const char *path, const char *body)
{
	g_autofree char *signature = pipit_relay_peer_sign(peer, method, path, body);

	return pipit_http_peer_ask(peer->http, method, path, body, signature);
}

char *
pipit_relay_peer_registration(const PipitRelayPeer *peer, const char *password)
{
	g_autoptr(GBytes) identity = pipit_device_secrets_pair_identity(peer->secrets);
	g_autofree char *identity_text = pipit_base64_encode(identity);
	g_autofree char *key = g_base64_encode(pipit_device_secrets_device_key(peer->secrets), 32);
	g_autofree char *prekey = pipit_relay_peer_prekey_record(peer);

	return g_strdup_printf("{\"handle\":\"%s\",\"password\":\"%s\",\"name\":\"test\",\"pair_identity\":"
			       "\"%s\",\"device_key\":\"%s\",\"prekey_record\":\"%s\"}",
			       peer->handle, password, identity_text, key, prekey);
}

PipitReply *
pipit_relay_peer_sign_in(PipitRelayPeer *peer, const char *password)
{
	g_autofree char *body = pipit_relay_peer_registration(peer, password);
	PipitReply *reply = pipit_relay_peer_ask_signed(peer, "POST", "/v1/ids/devices", body);

	if (reply->status != 201)
		return reply;
	g_free(peer->push_token);
	g_free(peer->auth_token);
	peer->push_token = g_strdup(json_object_get_string_member(reply->body, "push_token"));
	peer->auth_token = g_strdup(json_object_get_string_member(reply->body, "auth_token"));
	pipit_http_peer_set_token(peer->http, peer->auth_token);
	return reply;
}

char *
pipit_relay_peer_copy(const PipitRelayPeer *receiver, const char *payload)
{
	g_autofree char *text = g_base64_encode((const guint8 *)payload, strlen(payload));
	g_autofree char *prekey = g_base64_encode(pipit_prekey_secret_key(receiver->prekey), 32);

	return g_strdup_printf("{\"push_token\":\"%s\",\"suite\":\"pair-ec\",\"prekey\":\"%s\",\"payload\":"
			       "\"%s\"}",
			       receiver->push_token, prekey, text);
}

char *
pipit_test_recipient(const char *to, const char *copies)
{
	return g_strdup_printf("{\"to\":\"%s\",\"copies\":[%s]}", to, copies);
}

PipitReply *
pipit_relay_peer_send(PipitRelayPeer *peer, const char *class_, const char *recipients)
{
	g_autofree char *id = pipit_uuid_new();
	g_autofree char *body =
		g_strdup_printf("{\"id\":\"%s\",\"from\":\"%s\",\"class\":\"%s\",\"recipients\":[%s]}", id,
				peer->handle, class_, recipients);

	return pipit_http_peer_ask(peer->http, "POST", "/v1/push/messages", body, NULL);
}

PipitReply *
pipit_relay_peer_send_text(PipitRelayPeer *peer, const PipitRelayPeer *receiver, const char *payload)
{
	g_autofree char *copy = pipit_relay_peer_copy(receiver, payload);
	g_autofree char *recipient = pipit_test_recipient(receiver->handle, copy);

	return pipit_relay_peer_send(peer, "stored", recipient);
}

const char *
pipit_send_outcome(const PipitReply *reply, guint i)
{
	pipit_assert_status(reply, 200);
	JsonArray *results = json_object_get_array_member(reply->body, "results");
	JsonObject *result = json_array_get_object_element(results, i);
	const char *status = json_object_get_string_member(result, "status");

	return strcmp(status, "refused") == 0 ? json_object_get_string_member(result, "code") : status;
}

PipitReply *
pipit_relay_peer_poll(PipitRelayPeer *peer, const char *acks, gint64 after, guint wait)
{
	g_autofree char *body = g_strdup_printf("{\"ack\":[%s],\"after\":%" G_GINT64_FORMAT ",\"wait\":%u}",
						acks, after, wait);

	return pipit_http_peer_ask(peer->http, "POST", "/v1/push/poll", body, NULL);
}

static JsonArray *
messages_of(const PipitReply *reply)
{
	pipit_assert_status(reply, 200);
	return json_object_get_array_member(reply->body, "messages");
}

guint
pipit_poll_count(const PipitReply *reply)
{
	return json_array_get_length(messages_of(reply));
}

JsonObject *
pipit_poll_message(const PipitReply *reply, guint i)
{
	g_assert_cmpuint(i, <, pipit_poll_count(reply));
	return json_array_get_object_element(messages_of(reply), i);
}

char *
pipit_poll_text(const PipitReply *reply, guint i)
{
	gsize size;
	g_autofree guchar *bytes = g_base64_decode(
		json_object_get_string_member(pipit_poll_message(reply, i), "payload"), &size);

	return g_strndup((const char *)bytes, size);
}

gint64
pipit_poll_seq(const PipitReply *reply, guint i)
{
	return json_object_get_int_member(pipit_poll_message(reply, i), "seq");
}

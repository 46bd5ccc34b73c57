/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests in which somebody cheats. */
#include "tests/support/forged.h"

#include "crypto/ecdsa_der.h"
#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "crypto/random.h"
#include "protocol/uuid.h"

/* Something to say that no gzip makes small: more than fits into the RSA block. */
static char *
long_text(void)
{
	guint8 random[150];
	pipit_random(random, sizeof random);
	return g_base64_encode(random, sizeof random);
}

GBytes *
pipit_forged_plaintext(PipitMessageType type, const char *id, const char *from, const char *to)
{
	g_autofree char *text = long_text();
	char *recipients[] = {(char *)to, NULL};
	const PipitMessage message = {
		.type = type,
		.id = (char *)id,
		.from = (char *)from,
		.to = recipients,
		.sent_at = g_get_real_time() / 1000,
		.text = type == PIPIT_MESSAGE_TEXT ? text : NULL,
		.typing = TRUE,
	};
	return pipit_message_pack(&message);
}

GBytes *
pipit_forged_pair_signature(const PipitDeviceSecrets *signer, GByteArray *payload)
{
	guint size = (guint)payload->data[1] << 8 | payload->data[2];
	guint8 digest[20];
	guint8 raw[PIPIT_P256_SIGNATURE_LEN];
	guint8 der[PIPIT_ECDSA_DER_MAX];
	gsize digest_size = sizeof digest;
	g_autoptr(GChecksum) sha1 = g_checksum_new(G_CHECKSUM_SHA1);
	g_checksum_update(sha1, payload->data + 3, (gssize)size);
	g_checksum_get_digest(sha1, digest, &digest_size);
	pipit_device_secrets_pair_sign_digest(signer, digest, raw);
	guint8 der_size = (guint8)pipit_ecdsa_to_der(raw, der);
	g_byte_array_set_size(payload, 3 + size);
	g_byte_array_append(payload, &der_size, 1);
	g_byte_array_append(payload, der, der_size);
	return g_byte_array_free_to_bytes(payload);
}

static GBytes *
member_bytes(JsonObject *object, const char *name)
{
	gsize size = 0;
	guchar *bytes = g_base64_decode(json_object_get_string_member(object, name), &size);
	return g_bytes_new_take(bytes, size);
}

PipitDevicePublic *
pipit_forged_look_up(const PipitRelayPeer *peer, const char *handle, GBytes **token)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *body = g_strdup_printf("{\"handles\":[\"%s\"]}", handle);
	g_autoptr(PipitReply) reply = pipit_http_peer_ask(peer->http, "POST", "/v1/ids/lookup", body, NULL);
	pipit_assert_status(reply, 200);
	JsonArray *results = json_object_get_array_member(reply->body, "results");
	JsonArray *devices =
		json_object_get_array_member(json_array_get_object_element(results, 0), "devices");
	JsonObject *device = json_array_get_object_element(devices, 0);
	g_autoptr(GBytes) identity = member_bytes(device, "pair_identity");
	g_autoptr(GBytes) device_key = member_bytes(device, "device_key");
	g_autoptr(GBytes) record = member_bytes(device, "prekey_record");
	PipitDevicePublic *keys = pipit_device_public_new(identity, device_key, record, &error);
	g_assert_no_error(error);
	*token = member_bytes(device, "push_token");
	return keys;
}

GBytes *
pipit_forged_seal(const PipitRelayPeer *sender, const PipitDevicePublic *recipient, PipitSuite suite,
		  guint32 counter, GBytes *plaintext)
{
	g_autoptr(GError) error = NULL;
	GBytes *payload =
		suite == PIPIT_SUITE_PAIR
			? pipit_pair_seal(sender->secrets, recipient, plaintext, &error)
			: pipit_pair_ec_seal(sender->secrets, recipient, counter, plaintext, &error);
	g_assert_no_error(error);
	return payload;
}

PipitdMessage *
pipit_forged_message(const PipitRelayPeer *sender, const PipitDevicePublic *recipient, const char *to,
		     PipitSuite suite, guint32 counter)
{
	g_autofree char *id = pipit_uuid_new();
	g_autoptr(GBytes) plaintext = pipit_forged_plaintext(PIPIT_MESSAGE_TEXT, id, sender->handle, to);
	gsize size;
	guchar *token = g_base64_decode(sender->push_token, &size);
	PipitdMessage *message = g_new0(PipitdMessage, 1);
	message->id = g_steal_pointer(&id);
	message->from = g_strdup(sender->handle);
	message->to = g_strdup(to);
	message->sender_token = g_bytes_new_take(token, size);
	message->suite = suite;
	if (suite == PIPIT_SUITE_PAIR_EC)
		message->prekey = g_bytes_new(pipit_device_public_prekey(recipient), PIPIT_COMPACT_KEY_LEN);
	message->payload = pipit_forged_seal(sender, recipient, suite, counter, plaintext);
	message->received_at = g_get_real_time() / 1000;
	return message;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks auth tokens and request signatures. */
#include "server/auth.h"

#include <nettle/sha2.h>

#include "crypto/compact_key.h"
#include "protocol/base64.h"

static GBytes *
bearer_token(PipitdRequest *request)
{
	const char *header = pipitd_request_header(request, MHD_HTTP_HEADER_AUTHORIZATION);
	if (header == NULL || g_ascii_strncasecmp(header, "Bearer ", strlen("Bearer ")) != 0)
		return NULL;
	return pipit_base64_decode(header + strlen("Bearer "), PIPIT_TOKEN_LEN, PIPIT_TOKEN_LEN);
}

void
pipitd_auth_device(PipitdRequest *request)
{
	g_autoptr(GBytes) token = bearer_token(request);
	if (token == NULL) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_TOKEN_UNKNOWN, "there is no auth token");
		return;
	}
	guint8 hash[PIPITD_TOKEN_HASH_LEN];
	pipitd_token_hash(g_bytes_get_data(token, NULL), PIPIT_TOKEN_LEN, hash);
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitdSession) session = pipitd_store_reader(request->server->store, &error);
	if (session != NULL)
		request->device = pipitd_store_device_by_auth(session, hash, &error);
	if (error != NULL)
		pipitd_request_refuse_store(request, error);
	else if (request->device == NULL)
		pipitd_request_refuse(request, PIPIT_PROBLEM_TOKEN_UNKNOWN,
				      "this device was removed, or never registered here");
}

/* "PipitRequest1" || 00 || METHOD || 20 || PATH || 00 || SHA-256(body), hashed as ECDSA takes it. */
static void
request_digest(PipitdRequest *request, guint8 digest[static SHA256_DIGEST_SIZE])
{
	static const char tag[] = "PipitRequest1";
	struct sha256_ctx body;
	struct sha256_ctx whole;
	guint8 body_digest[SHA256_DIGEST_SIZE];
	sha256_init(&body);
	sha256_update(&body, request->body->len, request->body->data);
	sha256_digest(&body, sizeof body_digest, body_digest);
	sha256_init(&whole);
	sha256_update(&whole, sizeof tag, (const guint8 *)tag);
	sha256_update(&whole, strlen(request->method), (const guint8 *)request->method);
	sha256_update(&whole, 1, (const guint8 *)" ");
	sha256_update(&whole, strlen(request->path) + 1, (const guint8 *)request->path);
	sha256_update(&whole, sizeof body_digest, body_digest);
	sha256_digest(&whole, SHA256_DIGEST_SIZE, digest);
}

gboolean
pipitd_auth_signed(PipitdRequest *request, GBytes *device_key)
{
	const char *header = pipitd_request_header(request, "Pipit-Signature");
	g_autoptr(GBytes) signature = header == NULL ? NULL
						     : pipit_base64_decode(header, PIPIT_P256_SIGNATURE_LEN,
									   PIPIT_P256_SIGNATURE_LEN);
	guint8 digest[SHA256_DIGEST_SIZE];
	guint8 point[PIPIT_P256_POINT_LEN];
	request_digest(request, digest);
	if (signature != NULL && g_bytes_get_size(device_key) == PIPIT_COMPACT_KEY_LEN &&
	    pipit_p256_decompress(g_bytes_get_data(device_key, NULL), point) &&
	    pipit_p256_verify(point, digest, sizeof digest, g_bytes_get_data(signature, NULL)))
		return TRUE;
	pipitd_request_refuse(request, PIPIT_PROBLEM_SIGNATURE_INVALID,
			      "Pipit-Signature must be the device key's, over this request");
	return FALSE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a request goes, who it comes from and how it is signed: docs/protocol.md as functions. */
#include "protocol/api_private.h"

#include <string.h>

#include "crypto/secret.h"
#include "protocol/account_forms.h"
#include "protocol/base64.h"
#include "protocol/limits.h"

#define SMALL_ANSWER_MAX PIPIT_REQUEST_MAX
#define SEND_TIMEOUT_S 30
#define POLL_GRACE_S 10
#define SHA256_LEN 32

typedef struct {
	char *origin;
	PipitApiDone done;
	gpointer user_data;
} Pending;

static void
pending_free(Pending *pending)
{
	g_free(pending->origin);
	g_free(pending);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pending, pending_free)

PipitApi *
pipit_api_new(PipitHttp *http, const char *origin)
{
	PipitApi *api = g_new0(PipitApi, 1);

	api->http = http;
	api->origin = g_strdup(origin);
	return api;
}

void
pipit_api_free(PipitApi *api)
{
	if (api == NULL)
		return;
	g_free(api->origin);
	g_clear_pointer(&api->device, pipit_device_secrets_unref);
	pipit_secret_string_free(api->bearer);
	g_free(api);
}

const char *
pipit_api_origin(const PipitApi *api)
{
	return api->origin;
}

void
pipit_api_set_device(PipitApi *api, PipitDeviceSecrets *device)
{
	g_clear_pointer(&api->device, pipit_device_secrets_unref);
	api->device = pipit_device_secrets_ref(device);
}

void
pipit_api_set_auth_token(PipitApi *api, GBytes *auth_token)
{
	pipit_secret_string_free(api->bearer);
	api->bearer = pipit_base64_encode(auth_token);
}

/* docs/protocol.md, "Signed requests". */
static char *
sign(const PipitApi *api, const PipitApiCall *call, GBytes *body)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autoptr(GByteArray) text = g_byte_array_new();
	guint8 digest[SHA256_LEN];
	gsize digest_size = sizeof digest;
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	gsize size;
	const guint8 *bytes = g_bytes_get_data(body, &size);

	g_checksum_update(checksum, bytes, (gssize)size);
	g_checksum_get_digest(checksum, digest, &digest_size);
	g_byte_array_append(text, (const guint8 *)"PipitRequest1", sizeof "PipitRequest1"); /* with its 00 */
	g_byte_array_append(text, (const guint8 *)call->method, (guint)strlen(call->method));
	g_byte_array_append(text, (const guint8 *)" ", 1);
	g_byte_array_append(text, (const guint8 *)call->path, (guint)strlen(call->path) + 1);
	g_byte_array_append(text, digest, sizeof digest);
	pipit_device_secrets_sign(api->device, text->data, text->len, signature);
	return g_base64_encode(signature, sizeof signature);
}

static void
on_response(gpointer user_data, const PipitHttpResponse *response, const GError *error)
{
	g_autoptr(Pending) pending = user_data;
	g_auto(PipitFailure) failure = {0};

	if (error != NULL)
		pipit_failure_from_http(&failure, pending->origin, error);
	else if (response->status < 200 || response->status > 299)
		pipit_failure_from_response(&failure, pending->origin, response);
	if (failure.error != NULL)
		pending->done(pending->user_data, NULL, &failure);
	else
		pending->done(pending->user_data, response->body, NULL);
}

typedef struct {
	char *url;
	char *signature;
	PipitHttpRequest http; /* its strings are these, and the api's */
} Request;

static void
request_clear(Request *request)
{
	g_free(request->url);
	g_free(request->signature);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Request, request_clear)

static void
request_set(Request *request, const PipitApi *api, const PipitApiCall *call, GBytes *body)
{
	request->url = g_strconcat(api->origin, call->path, NULL);
	request->signature = call->is_signed ? sign(api, call, body) : NULL;
	request->http = (PipitHttpRequest){
		.method = call->method,
		.url = request->url,
		.bearer = call->as_device ? api->bearer : NULL,
		.signature = request->signature,
		.body = body,
		.range_from = call->range_from,
		.upload_offset = call->upload_offset,
		.max_size = call->max_size > 0 ? call->max_size : SMALL_ANSWER_MAX,
		.timeout = call->timeout,
		.fresh = call->fresh,
	};
}

static Pending *
pending_new(const PipitApi *api, PipitApiDone done, gpointer user_data)
{
	Pending *pending = g_new(Pending, 1);

	*pending = (Pending){.origin = g_strdup(api->origin), .done = done, .user_data = user_data};
	return pending;
}

void
pipit_api_call(PipitApi *api, const PipitApiCall *call, GBytes *body, PipitApiDone done, gpointer user_data)
{
	g_auto(Request) request = {0};

	request_set(&request, api, call, body);
	pipit_http_send(api->http, &request.http, on_response, pending_new(api, done, user_data));
}

PipitHttpTransfer *
pipit_api_stream(PipitApi *api, const PipitApiCall *call, const PipitHttpStream *stream,
		 gpointer stream_user_data, PipitApiDone done, gpointer user_data)
{
	g_auto(Request) request = {0};

	request_set(&request, api, call, NULL);
	return pipit_http_stream(api->http, &request.http, stream, stream_user_data, on_response,
				 pending_new(api, done, user_data));
}

void
pipit_api_server(PipitApi *api, PipitApiDone done, gpointer user_data)
{
	const PipitApiCall call = {
		.method = "GET",
		.path = "/v1",
	};

	pipit_api_call(api, &call, NULL, done, user_data);
}

void
pipit_api_create_account(PipitApi *api, const char *handle, const char *password, const char *invite,
			 PipitApiDone done, gpointer user_data)
{
	const PipitApiCall call = {
		.method = "POST",
		.path = "/v1/ids/accounts",
	};
	g_autoptr(GBytes) body = pipit_account_request(handle, password, invite);

	pipit_api_call(api, &call, body, done, user_data);
}

void
pipit_api_register_device(PipitApi *api, const char *handle, const char *password, const char *name,
			  GBytes *prekey_record, PipitApiDone done, gpointer user_data)
{
	const PipitApiCall call = {
		.method = "POST",
		.path = "/v1/ids/devices",
		.is_signed = TRUE,
	};
	g_autoptr(GBytes) body =
		pipit_registration_request(handle, password, name, api->device, prekey_record);

	pipit_api_call(api, &call, body, done, user_data);
}

void
pipit_api_login(PipitApi *api, const char *handle, const char *password, PipitApiDone done,
		gpointer user_data)
{
	const PipitApiCall call = {
		.method = "POST",
		.path = "/v1/ids/login",
		.as_device = TRUE,
	};
	g_autoptr(GBytes) body = pipit_account_request(handle, password, NULL);

	pipit_api_call(api, &call, body, done, user_data);
}

void
pipit_api_devices(PipitApi *api, PipitApiDone done, gpointer user_data)
{
	const PipitApiCall call = {
		.method = "GET",
		.path = "/v1/ids/devices",
		.as_device = TRUE,
	};

	pipit_api_call(api, &call, NULL, done, user_data);
}

void
pipit_api_remove_device(PipitApi *api, const char *push_token, PipitApiDone done, gpointer user_data)
{
	const PipitApiCall call = {
		.method = "POST",
		.path = "/v1/ids/devices/remove",
		.as_device = TRUE,
		.is_signed = TRUE,
	};
	g_autoptr(GBytes) body = pipit_removal_request(push_token);

	pipit_api_call(api, &call, body, done, user_data);
}

void
pipit_api_put_prekey(PipitApi *api, GBytes *prekey_record, gboolean lost, PipitApiDone done,
		     gpointer user_data)
{
	const PipitApiCall call = {
		.method = "PUT",
		.path = "/v1/ids/prekey",
		.as_device = TRUE,
		.is_signed = TRUE,
	};
	g_autoptr(GBytes) body = pipit_prekey_request(prekey_record, lost);

	pipit_api_call(api, &call, body, done, user_data);
}

void
pipit_api_look_up(PipitApi *api, GBytes *request, PipitApiDone done, gpointer user_data)
{
	const PipitApiCall call = {
		.method = "POST",
		.path = "/v1/ids/lookup",
		.as_device = TRUE,
		.max_size = PIPIT_ANSWER_MAX,
	};

	pipit_api_call(api, &call, request, done, user_data);
}

void
pipit_api_send(PipitApi *api, GBytes *request, PipitApiDone done, gpointer user_data)
{
	const PipitApiCall call = {
		.method = "POST",
		.path = "/v1/push/messages",
		.as_device = TRUE,
		.max_size = PIPIT_ANSWER_MAX,
		.timeout = SEND_TIMEOUT_S,
	};

	pipit_api_call(api, &call, request, done, user_data);
}

void
pipit_api_poll(PipitApi *api, GBytes *request, guint wait, gboolean fresh, PipitApiDone done,
	       gpointer user_data)
{
	const PipitApiCall call = {
		.method = "POST",
		.path = "/v1/push/poll",
		.as_device = TRUE,
		.max_size = PIPIT_ANSWER_MAX,
		.timeout = wait + POLL_GRACE_S,
		.fresh = fresh,
	};

	pipit_api_call(api, &call, request, done, user_data);
}

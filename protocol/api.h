/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The requests of docs/protocol.md, one function each. Each is answered by exactly one callback from the loop (see
 * http.h); bodies come as bytes, since reading the large ones is work for a worker thread. */
#pragma once

#include "crypto/device_keys.h"
#include "protocol/failure.h"

/* One server, and what one proves there to be. */
typedef struct PipitApi PipitApi;

/** @body is NULL on failure; both are valid during the call. */
typedef void (*PipitApiDone)(gpointer user_data, GBytes *body, const PipitFailure *failure);

/** @http must outlive the api; requests on their way may outlive it. @origin: the server's. Returns: (transfer full) */
PipitApi *pipit_api_new(PipitHttp *http, const char *origin);
void pipit_api_free(PipitApi *api);

const char *pipit_api_origin(const PipitApi *api);

/** @device signs what must be signed. */
void pipit_api_set_device(PipitApi *api, PipitDeviceSecrets *device);
/** @auth_token: 32 bytes. */
void pipit_api_set_auth_token(PipitApi *api, GBytes *auth_token);

/** GET /v1: what the server is (pipit_server_parse()). */
void pipit_api_server(PipitApi *api, PipitApiDone done, gpointer user_data);

/** POST /v1/ids/accounts. @invite: or NULL. */
void pipit_api_create_account(PipitApi *api, const char *handle, const char *password, const char *invite,
			      PipitApiDone done, gpointer user_data);

/** POST /v1/ids/devices, signed by the device that was set (pipit_registration_parse()). @name: 1 to 64 characters. */
void pipit_api_register_device(PipitApi *api, const char *handle, const char *password, const char *name,
			       GBytes *prekey_record, PipitApiDone done, gpointer user_data);

/** POST /v1/ids/login (pipit_login_parse()). */
void pipit_api_login(PipitApi *api, const char *handle, const char *password, PipitApiDone done,
		     gpointer user_data);

/** GET /v1/ids/devices (pipit_own_devices_parse()). */
void pipit_api_devices(PipitApi *api, PipitApiDone done, gpointer user_data);

/** POST /v1/ids/devices/remove, signed. @push_token: base64, as the list has it. */
void pipit_api_remove_device(PipitApi *api, const char *push_token, PipitApiDone done, gpointer user_data);

/** PUT /v1/ids/prekey, signed. @lost: see pipit_prekey_request(). */
void pipit_api_put_prekey(PipitApi *api, GBytes *prekey_record, gboolean lost, PipitApiDone done,
			  gpointer user_data);

/** POST /v1/ids/lookup (pipit_lookup_request(), pipit_lookup_answer_parse()). */
void pipit_api_look_up(PipitApi *api, GBytes *request, PipitApiDone done, gpointer user_data);

/** POST /v1/push/messages (pipit_send_request(), pipit_send_answer_parse()). */
void pipit_api_send(PipitApi *api, GBytes *request, PipitApiDone done, gpointer user_data);

/** POST /v1/push/poll (pipit_poll_request(), pipit_poll_answer_parse()). @wait: seconds, as the request says.
 * @fresh: on a new connection. */
void pipit_api_poll(PipitApi *api, GBytes *request, guint wait, gboolean fresh, PipitApiDone done,
		    gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitApi, pipit_api_free)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client and the server tell each other about accounts and devices (docs/protocol.md, "Accounts and devices"). */
#pragma once

#include "crypto/device_keys.h"
#include "protocol/client.h"

/** Returns: (transfer full) the body for an account (@invite may be NULL) or a login; in memory that is wiped. */
GBytes *pipit_account_request(const char *handle, const char *password, const char *invite);

/** Returns: (transfer full) the body that registers @device; in memory that is wiped. */
GBytes *pipit_registration_request(const char *handle, const char *password, const char *name,
				   const PipitDeviceSecrets *device, GBytes *prekey_record);

/** Returns: (transfer full) the body that publishes a prekey. @lost: nothing that was sealed for a former one can be opened. */
GBytes *pipit_prekey_request(GBytes *prekey_record, gboolean lost);

/** Returns: (transfer full) the body that removes a device. @push_token: base64. */
GBytes *pipit_removal_request(const char *push_token);

/* Answers. Each parse returns NULL with PIPIT_JSON_ERROR if the body is no such answer. */

typedef struct {
	gint64 time; /* ms */
	gsize relay_cap;
	gint64 blob_max; /* bytes; 0: it takes no files */
	char *epoch;
} PipitServer;

void pipit_server_free(PipitServer *server);
/** NULL also where the server speaks another version of the protocol. */
PipitServer *pipit_server_parse(GBytes *body, GError **error);

typedef struct {
	GBytes *push_token;
	GBytes *auth_token; /* in memory that is wiped */
	char **handles;
	gint64 time; /* ms */
} PipitRegistration;

void pipit_registration_free(PipitRegistration *registration);
PipitRegistration *pipit_registration_parse(GBytes *body, GError **error);

/** Returns: (transfer full) the account's handles. @time: out, ms. */
char **pipit_login_parse(GBytes *body, gint64 *time, GError **error);

/** Returns: (transfer full) of PipitOwnDevice, whose strings belong to it; free with g_array_unref(). */
GArray *pipit_own_devices_parse(GBytes *body, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitServer, pipit_server_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitRegistration, pipit_registration_free)

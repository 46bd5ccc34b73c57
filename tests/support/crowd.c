/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs many devices in. */
#include "tests/support/crowd.h"

#include "crypto/random.h"

PipitCrowd *
pipit_crowd_new(PipitOwnServer *own, guint devices_each)
{
	PipitCrowd *crowd = g_new0(PipitCrowd, 1);
	own->options->registrations_per_address = 10000;
	own->options->lookups_per_account = 100000;
	crowd->own = own;
	crowd->devices_each = devices_each;
	crowd->rsa = pipit_device_secrets_generate();
	crowd->peers = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_relay_peer_free);
	return crowd;
}

void
pipit_crowd_free(PipitCrowd *crowd)
{
	if (crowd == NULL)
		return;
	g_ptr_array_unref(crowd->peers);
	pipit_device_secrets_unref(crowd->rsa);
	g_free(crowd);
}

static PipitDeviceSecrets *
other_secrets(const PipitCrowd *crowd)
{
	guint8 signing[PIPIT_P256_SCALAR_LEN];
	guint8 device[PIPIT_P256_SCALAR_LEN];
	g_autofree char *pem = pipit_device_secrets_rsa_pem(crowd->rsa);
	PipitDeviceSecrets *secrets = NULL;
	while (secrets == NULL) {
		pipit_random(signing, sizeof signing);
		pipit_random(device, sizeof device);
		secrets = pipit_device_secrets_new(signing, device, pem, NULL);
	}
	return secrets;
}

static void
make_account(PipitRelayPeer *peer)
{
	g_autofree char *account =
		g_strdup_printf("{\"handle\":\"%s\",\"password\":\"%s\"}", peer->handle, PIPIT_TEST_PASSWORD);
	g_autoptr(PipitReply) made =
		pipit_http_peer_ask(peer->http, "POST", "/v1/ids/accounts", account, NULL);
	pipit_assert_status(made, 201);
}

static PipitRelayPeer *
peer_new(const PipitCrowd *crowd, const char *handle)
{
	PipitRelayPeer *peer = pipit_relay_peer_new(crowd->own->origin, handle, 0);
	pipit_device_secrets_unref(peer->secrets);
	peer->secrets = other_secrets(crowd);
	return peer;
}

static void
sign_in(PipitCrowd *crowd, PipitRelayPeer *peer, const char *password)
{
	g_autoptr(PipitReply) reply = pipit_relay_peer_sign_in(peer, password);
	pipit_assert_status(reply, 201);
	g_ptr_array_add(crowd->peers, peer);
}

void
pipit_crowd_grow(PipitCrowd *crowd, guint n)
{
	for (guint i = crowd->peers->len; i < n * crowd->devices_each; i++) {
		g_autofree char *handle = g_strdup_printf("mailto:p%u@example.org", i / crowd->devices_each);
		PipitRelayPeer *peer = peer_new(crowd, handle);
		if (i % crowd->devices_each == 0)
			make_account(peer);
		sign_in(crowd, peer, PIPIT_TEST_PASSWORD);
	}
}

void
pipit_crowd_add_device(PipitCrowd *crowd, const char *handle, const char *password)
{
	sign_in(crowd, peer_new(crowd, handle), password);
}

char **
pipit_crowd_handles(const PipitCrowd *crowd, guint n)
{
	g_autoptr(GStrvBuilder) handles = g_strv_builder_new();
	for (guint i = 0; i < n; i++) {
		const PipitRelayPeer *peer = crowd->peers->pdata[(gsize)i * crowd->devices_each];
		g_strv_builder_add(handles, peer->handle);
	}
	return g_strv_builder_end(handles);
}

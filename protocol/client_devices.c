/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling the person of devices that are news: who adds a device to an account reads along, so nobody may do it unseen. */
#include "protocol/client_private.h"

#include <string.h>

#include "crypto/fingerprint.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "protocol/store_directory.h"

/* Returns (transfer full) what to say of a device of @handle. */
static char *
describe(const PipitClient *client, const char *handle, GBytes *device_key)
{
	g_autofree char *name = pipit_client_name_of(client, handle);
	g_autofree char *fingerprint = pipit_fingerprint(g_bytes_get_data(device_key, NULL));

	return g_strdup_printf(
		_("%s has a new device, with the fingerprint %s. It gets what you write from now on."), name,
		fingerprint);
}

static gboolean
show(const PipitClient *client, const char *handle, GBytes *device_key)
{
	g_autofree char *text = describe(client, handle, device_key);

	return client->events.new_device == NULL || client->events.new_device(client->host, handle, text);
}

/* Offers those of other people. @handle: or NULL for all. Returns TRUE if there are some of one's own. */
static gboolean
offer(PipitClient *client, const char *handle)
{
	g_autoptr(GPtrArray) handles = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) keys = pipit_store_read_new_devices(client->store, handle, handles, NULL);
	gboolean own = FALSE;

	/* If it can't be read or noted now, it will be offered again. */
	for (guint i = 0; keys != NULL && i < keys->len && !client->freed; i++) {
		if (pipit_store_handle_is_own(client->store, handles->pdata[i]))
			own = TRUE;
		else if (show(client, handles->pdata[i], keys->pdata[i]))
			pipit_store_remove_new_device(client->store, handles->pdata[i], keys->pdata[i], NULL);
	}
	return own;
}

void
pipit_client_show_new_devices(PipitClient *client, const char *peer)
{
	g_autofree char *handle = pipit_handle_parse(peer);

	if (handle == NULL)
		return;
	client->refs++;
	offer(client, handle);
	pipit_client_unref(client);
}

/* One's own: with the name that only the account itself gets to see. */

static const PipitOwnDevice *
find_by_key(const GArray *devices, GBytes *device_key)
{
	g_autofree char *fingerprint = pipit_fingerprint(g_bytes_get_data(device_key, NULL));

	for (guint i = 0; i < devices->len; i++) {
		const PipitOwnDevice *device = &g_array_index(devices, PipitOwnDevice, i);
		if (strcmp(device->fingerprint, fingerprint) == 0)
			return device;
	}
	return NULL;
}

static void
tell_own(const PipitClient *client, const PipitOwnDevice *device)
{
	if (client->events.account_notice == NULL)
		return;
	g_autofree char *text =
		g_strdup_printf(_("A new device was added to your account %s: “%s”, with the fingerprint %s. "
				  "If it is not yours, somebody knows your password: remove that device."),
				pipit_handle_display(client->handle), device->name, device->fingerprint);
	client->events.account_notice(client->host, text);
}

/* Each device once, though every handle of the account has it. */
static void
tell_all_own(PipitClient *client, const GArray *devices)
{
	g_autoptr(GPtrArray) handles = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) keys = pipit_store_read_new_devices(client->store, NULL, handles, NULL);
	g_autoptr(GHashTable) told = g_hash_table_new(g_bytes_hash, g_bytes_equal);

	for (guint i = 0; keys != NULL && i < keys->len && !client->freed; i++) {
		if (!pipit_store_handle_is_own(client->store, handles->pdata[i]))
			continue;
		const PipitOwnDevice *device = find_by_key(devices, keys->pdata[i]);
		pipit_store_remove_new_device(client->store, handles->pdata[i], keys->pdata[i], NULL);
		/* One that is not listed was removed meanwhile. */
		if (device != NULL && !device->this_one && g_hash_table_add(told, keys->pdata[i]))
			tell_own(client, device);
	}
}

static void
on_own_devices(gpointer user_data, GBytes *body, const PipitFailure *failure)
{
	g_autoptr(PipitSession) session = user_data;

	session->naming_devices = FALSE;
	if (session->closed || failure != NULL)
		return; /* they are offered again */
	g_autoptr(GArray) devices = pipit_own_devices_parse(body, NULL);
	if (devices != NULL)
		tell_all_own(session->client, devices);
}

void
pipit_session_tell_new_devices(PipitSession *telling)
{
	g_autoptr(PipitSession) session = pipit_session_ref(telling);
	gboolean own = offer(session->client, NULL);

	if (!own || session->closed || session->naming_devices)
		return;
	session->naming_devices = TRUE;
	pipit_api_devices(session->api, on_own_devices, pipit_session_ref(session));
}

static void
on_looked_up(gpointer user_data, const PipitFailure *failure G_GNUC_UNUSED)
{
	g_autoptr(PipitSession) session = user_data;

	if (!session->closed)
		pipit_session_look_after_prekey(session);
}

void
pipit_session_look_after_devices(PipitSession *session)
{
	const char *const handles[] = {session->client->handle, NULL};

	/* What is news is told as after every look-up; a failure is made good in an hour. */
	pipit_lookups_add(session->lookups, handles, on_looked_up, pipit_session_ref(session));
}

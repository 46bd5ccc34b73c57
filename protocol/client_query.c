/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host asks of the server while it is online: which addresses can be written to, which devices one has. */
#include "protocol/client_private.h"

#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"

/* One question; one of @found, @listed and @removed is set. */
typedef struct {
	PipitClient *client;
	PipitSession *session; /* once it has begun */
	guint timer;           /* until then */
	char **handles;
	PipitClientReachable found;
	PipitClientDevices listed;
	PipitClientDone removed;
	char *fingerprint; /* the digits that the one to remove begins with */
	gpointer user_data;
} Query;

static void
query_free(Query *query)
{
	g_strfreev(query->handles);
	g_free(query->fingerprint);
	if (query->session != NULL)
		pipit_session_unref(query->session);
	pipit_client_unref(query->client);
	g_free(query);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Query, query_free)

static void
fail(Query *failed, const GError *error)
{
	g_autoptr(Query) query = failed;

	if (query->found != NULL)
		query->found(query->user_data, NULL, error);
	else if (query->removed != NULL)
		query->removed(query->user_data, error);
	else
		query->listed(query->user_data, NULL, 0, error);
}

static char *
digits_of(const char *fingerprint)
{
	GString *digits = g_string_new(NULL);

	for (const char *c = fingerprint; *c != '\0'; c++)
		if (!g_ascii_isspace(*c))
			g_string_append_c(digits, *c);
	return g_string_free(digits, FALSE);
}

/* Returns the one device with that fingerprint; NULL after saying why there is none. */
static const PipitOwnDevice *
find_device(const GArray *devices, const char *prefix, GError **error)
{
	const PipitOwnDevice *found = NULL;

	for (guint i = 0; i < devices->len; i++) {
		const PipitOwnDevice *device = &g_array_index(devices, PipitOwnDevice, i);
		g_autofree char *digits = digits_of(device->fingerprint);
		if (prefix[0] == '\0' || !g_str_has_prefix(digits, prefix))
			continue;
		if (found != NULL) {
			g_set_error(
				error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
				_("Several of your devices have a fingerprint that begins with %s. Give more "
				  "of it."),
				prefix);
			return NULL;
		}
		found = device;
	}
	if (found == NULL)
		g_set_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
			    _("None of your devices has a fingerprint that begins with “%s”."), prefix);
	return found;
}

static void
on_removed(gpointer user_data, GBytes *body G_GNUC_UNUSED, const PipitFailure *failure)
{
	if (failure != NULL) {
		fail(user_data, failure->error);
		return;
	}
	g_autoptr(Query) query = user_data;
	/* What is sealed from now on leaves it out. */
	pipit_directory_outdated(query->client->directory, query->client->handle);
	query->removed(query->user_data, NULL);
}

static void
remove_among(Query *query, const GArray *devices)
{
	g_autoptr(GError) error = NULL;
	const PipitOwnDevice *device = find_device(devices, query->fingerprint, &error);

	if (device != NULL && device->this_one)
		g_set_error_literal(
			&error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
			_("That is the device that you are using now. Remove it from another one."));
	if (device == NULL || device->this_one)
		fail(query, error);
	else
		pipit_api_remove_device(query->session->api, device->push_token, on_removed, query);
}

static void
on_devices(gpointer user_data, GBytes *body, const PipitFailure *failure)
{
	g_autoptr(GError) bad = NULL;
	g_auto(PipitFailure) malformed = {0};

	if (failure != NULL) {
		fail(user_data, failure->error);
		return;
	}
	Query *asked = user_data;
	g_autoptr(GArray) devices = pipit_own_devices_parse(body, &bad);
	if (devices == NULL) {
		pipit_failure_malformed(&malformed, pipit_api_origin(asked->session->api), bad->message);
		fail(asked, malformed.error);
		return;
	}
	if (asked->removed != NULL) {
		remove_among(asked, devices);
		return;
	}
	g_autoptr(Query) query = asked;
	query->listed(query->user_data, (const PipitOwnDevice *)(gpointer)devices->data, devices->len, NULL);
}

static gboolean
has_devices(const PipitClient *client, const char *handle)
{
	g_autoptr(GPtrArray) devices = pipit_directory_devices(client->directory, handle, pipit_client_now());

	return devices != NULL && devices->len > 0;
}

static void
on_looked_up(gpointer user_data, const PipitFailure *failure)
{
	if (failure != NULL) {
		fail(user_data, failure->error);
		return;
	}
	g_autoptr(Query) query = user_data;
	g_autoptr(GPtrArray) reachable = g_ptr_array_new();
	for (guint i = 0; query->handles[i] != NULL; i++)
		if (has_devices(query->client, query->handles[i]))
			g_ptr_array_add(reachable, query->handles[i]);
	g_ptr_array_add(reachable, NULL);
	query->found(query->user_data, (const char *const *)reachable->pdata, NULL);
}

static gboolean
on_begin(gpointer user_data)
{
	Query *query = user_data;
	PipitClient *client = query->client;

	query->timer = 0;
	client->queries = g_list_remove(client->queries, query);
	if (client->state != PIPIT_CLIENT_ONLINE) {
		g_autoptr(GError) error =
			g_error_new_literal(PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_TRANSIENT,
					    _("The account is offline. Connect it first."));
		fail(query, error);
		return G_SOURCE_REMOVE;
	}
	query->session = pipit_session_ref(client->session);
	if (query->found == NULL)
		pipit_api_devices(query->session->api, on_devices, query);
	else if (query->handles[0] == NULL)
		on_looked_up(query, NULL); /* none of them is an address: nothing to ask */
	else
		pipit_lookups_add(query->session->lookups, (const char *const *)query->handles, on_looked_up,
				  query);
	return G_SOURCE_REMOVE;
}

static void
begin_soon(Query *query)
{
	PipitClient *client = query->client;

	client->refs++;
	client->queries = g_list_append(client->queries, query);
	query->timer = client->loop->timeout_add(0, on_begin, query);
}

/* Those that are handles, each once, in the order given, as many as one look-up takes. */
static char **
normal_handles(const char *const *typed)
{
	g_autoptr(GPtrArray) handles = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; typed[i] != NULL && handles->len < PIPIT_LOOKUP_MAX_HANDLES; i++) {
		g_autofree char *handle = pipit_handle_parse(typed[i]);
		if (handle != NULL && !g_ptr_array_find_with_equal_func(handles, handle, g_str_equal, NULL))
			g_ptr_array_add(handles, g_steal_pointer(&handle));
	}
	g_ptr_array_add(handles, NULL);
	return (char **)g_ptr_array_steal(handles, NULL);
}

void
pipit_client_find(PipitClient *client, const char *const *handles, PipitClientReachable done,
		  gpointer user_data)
{
	Query *query = g_new0(Query, 1);

	query->client = client;
	query->handles = normal_handles(handles);
	query->found = done;
	query->user_data = user_data;
	begin_soon(query);
}

void
pipit_client_devices(PipitClient *client, PipitClientDevices done, gpointer user_data)
{
	Query *query = g_new0(Query, 1);

	query->client = client;
	query->listed = done;
	query->user_data = user_data;
	begin_soon(query);
}

void
pipit_client_remove_device(PipitClient *client, const char *fingerprint, PipitClientDone done,
			   gpointer user_data)
{
	Query *query = g_new0(Query, 1);

	query->client = client;
	query->fingerprint = digits_of(fingerprint);
	query->removed = done;
	query->user_data = user_data;
	begin_soon(query);
}

void
pipit_client_abort_queries(PipitClient *client)
{
	g_auto(PipitFailure) aborted = {0};

	pipit_failure_aborted(&aborted);
	while (client->queries != NULL) {
		Query *query = client->queries->data;
		client->queries = g_list_delete_link(client->queries, client->queries);
		client->loop->timeout_remove(query->timer);
		fail(query, aborted.error);
	}
}

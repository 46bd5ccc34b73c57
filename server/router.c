/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of routes: docs/protocol.md in one place. */
#include "server/router.h"

#include "server/about.h"
#include "server/accounts.h"
#include "server/auth.h"
#include "server/blob_upload.h"
#include "server/blobs.h"
#include "server/devices.h"
#include "server/directory.h"
#include "server/poll.h"
#include "server/relay.h"

#define SMALL PIPIT_REQUEST_MAX

#define ROUTE(path, method, max_body, device, handler)                                                       \
	{                                                                                                    \
		path, method, max_body, device, handler, NULL, NULL                                          \
	}
#define UPLOAD(path, method, name)                                                                           \
	{                                                                                                    \
		path, method, 0, TRUE, name##_finish, name##_begin, name##_receive                           \
	}

static const PipitdRoute routes[] = {
	ROUTE("/.well-known/pipit", MHD_HTTP_METHOD_GET, 0, FALSE, pipitd_about_well_known),
	ROUTE("/v1", MHD_HTTP_METHOD_GET, 0, FALSE, pipitd_about_server),
	ROUTE("/v1/ids/accounts", MHD_HTTP_METHOD_POST, SMALL, FALSE, pipitd_accounts_create),
	ROUTE("/v1/ids/handles", MHD_HTTP_METHOD_POST, SMALL, TRUE, pipitd_accounts_add_handle),
	ROUTE("/v1/ids/login", MHD_HTTP_METHOD_POST, SMALL, TRUE, pipitd_accounts_login),
	ROUTE("/v1/ids/devices", MHD_HTTP_METHOD_POST, SMALL, FALSE, pipitd_devices_register),
	ROUTE("/v1/ids/devices", MHD_HTTP_METHOD_GET, 0, TRUE, pipitd_devices_list),
	ROUTE("/v1/ids/devices/remove", MHD_HTTP_METHOD_POST, SMALL, TRUE, pipitd_devices_remove),
	ROUTE("/v1/ids/prekey", MHD_HTTP_METHOD_PUT, SMALL, TRUE, pipitd_devices_put_prekey),
	ROUTE("/v1/ids/lookup", MHD_HTTP_METHOD_POST, SMALL, TRUE, pipitd_directory_lookup),
	ROUTE("/v1/push/messages", MHD_HTTP_METHOD_POST, PIPIT_SEND_REQUEST_MAX, TRUE, pipitd_relay_send),
	ROUTE("/v1/push/poll", MHD_HTTP_METHOD_POST, SMALL, TRUE, pipitd_poll),
	ROUTE("/v1/blobs", MHD_HTTP_METHOD_POST, SMALL, TRUE, pipitd_blobs_create),
	ROUTE("/v1/blobs/*", MHD_HTTP_METHOD_GET, 0, TRUE, pipitd_blobs_fetch),
	UPLOAD("/v1/blobs/*", MHD_HTTP_METHOD_PATCH, pipitd_blob_upload),
	ROUTE("/v1/blobs/*", MHD_HTTP_METHOD_DELETE, 0, TRUE, pipitd_blobs_delete),
	ROUTE("/v1/blobs/*/upload", MHD_HTTP_METHOD_GET, 0, TRUE, pipitd_blobs_show_upload),
	ROUTE("/v1/blobs/*/done", MHD_HTTP_METHOD_POST, SMALL, TRUE, pipitd_blobs_done),
};

/* Compares a path with a route's. @segment: out, (transfer full), what stands where the route has "*"; NULL without. */
static gboolean
path_fits(const char *route, const char *path, char **segment)
{
	*segment = NULL;
	gsize before = strcspn(route, "*");
	if (route[before] == '\0')
		return g_str_equal(route, path);
	if (strncmp(route, path, before) != 0)
		return FALSE;
	gsize length = strcspn(path + before, "/");
	if (length == 0 || !g_str_equal(route + before + 1, path + before + length))
		return FALSE;
	*segment = g_strndup(path + before, length);
	return TRUE;
}

static const PipitdRoute *
find_route(PipitdRequest *request, gboolean *path_known)
{
	*path_known = FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(routes); i++) {
		g_autofree char *segment = NULL;
		if (!path_fits(routes[i].path, request->path, &segment))
			continue;
		*path_known = TRUE;
		if (!g_str_equal(routes[i].method, request->method))
			continue;
		request->parameter = g_steal_pointer(&segment);
		return &routes[i];
	}
	return NULL;
}

/* FALSE if the body is announced as too large; what is not announced is counted as it comes. */
static gboolean
body_fits(PipitdRequest *request)
{
	const char *length = pipitd_request_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
	return request->route->receive != NULL || length == NULL ||
	       g_ascii_strtoull(length, NULL, 10) <= request->route->max_body;
}

/* Returns: the type that the body must have; NULL where there is none. */
static const char *
body_type(const PipitdRoute *route)
{
	if (route->receive != NULL)
		return "application/octet-stream";
	return route->max_body > 0 ? "application/json" : NULL;
}

static gboolean
body_is(PipitdRequest *request, const char *wanted)
{
	const char *type = pipitd_request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
	if (wanted == NULL || type == NULL)
		return wanted == NULL;
	gsize length = strcspn(type, "; \t");
	return length == strlen(wanted) && g_ascii_strncasecmp(type, wanted, length) == 0;
}

static void
refuse_type(PipitdRequest *request, const char *wanted)
{
	g_autofree char *detail = g_strconcat("the body must be ", wanted, NULL);
	pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST, detail);
}

void
pipitd_router_admit(PipitdRequest *request)
{
	gboolean path_known;
	request->route = find_route(request, &path_known);
	if (!path_known)
		pipitd_request_refuse(request, PIPIT_PROBLEM_NOT_FOUND, "there is nothing at this path");
	else if (request->route == NULL)
		pipitd_request_refuse(request, PIPIT_PROBLEM_METHOD_NOT_ALLOWED, NULL);
	else if (!body_fits(request))
		pipitd_request_refuse(request, PIPIT_PROBLEM_TOO_LARGE, NULL);
	else if (!body_is(request, body_type(request->route)))
		refuse_type(request, body_type(request->route));
	else if (request->route->device)
		pipitd_auth_device(request);
}

void
pipitd_router_dispatch(PipitdRequest *request)
{
	request->route->handler(request);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of routes: docs/protocol.md in one place. */
#include "server/router.h"

#include "server/about.h"
#include "server/accounts.h"
#include "server/auth.h"
#include "server/devices.h"
#include "server/directory.h"
#include "server/poll.h"
#include "server/relay.h"

#define SMALL PIPIT_REQUEST_MAX

static const PipitdRoute routes[] = {
	{"/.well-known/pipit", MHD_HTTP_METHOD_GET, 0, FALSE, pipitd_about_well_known},
	{"/v1", MHD_HTTP_METHOD_GET, 0, FALSE, pipitd_about_server},
	{"/v1/ids/accounts", MHD_HTTP_METHOD_POST, SMALL, FALSE, pipitd_accounts_create},
	{"/v1/ids/handles", MHD_HTTP_METHOD_POST, SMALL, TRUE, pipitd_accounts_add_handle},
	{"/v1/ids/login", MHD_HTTP_METHOD_POST, SMALL, TRUE, pipitd_accounts_login},
	{"/v1/ids/devices", MHD_HTTP_METHOD_POST, SMALL, FALSE, pipitd_devices_register},
	{"/v1/ids/devices", MHD_HTTP_METHOD_GET, 0, TRUE, pipitd_devices_list},
	{"/v1/ids/devices/remove", MHD_HTTP_METHOD_POST, SMALL, TRUE, pipitd_devices_remove},
	{"/v1/ids/prekey", MHD_HTTP_METHOD_PUT, SMALL, TRUE, pipitd_devices_put_prekey},
	{"/v1/ids/lookup", MHD_HTTP_METHOD_POST, SMALL, TRUE, pipitd_directory_lookup},
	{"/v1/push/messages", MHD_HTTP_METHOD_POST, PIPIT_SEND_REQUEST_MAX, TRUE, pipitd_relay_send},
	{"/v1/push/poll", MHD_HTTP_METHOD_POST, SMALL, TRUE, pipitd_poll},
};

static const PipitdRoute *
find_route(const PipitdRequest *request, gboolean *path_known)
{
	*path_known = FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(routes); i++) {
		if (!g_str_equal(routes[i].path, request->path))
			continue;
		*path_known = TRUE;
		if (g_str_equal(routes[i].method, request->method))
			return &routes[i];
	}
	return NULL;
}

/* FALSE if the body is announced as too large; what is not announced is counted as it comes. */
static gboolean
body_fits(PipitdRequest *request)
{
	const char *length = pipitd_request_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
	return length == NULL || g_ascii_strtoull(length, NULL, 10) <= request->route->max_body;
}

static gboolean
is_json(PipitdRequest *request)
{
	const char *type = pipitd_request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
	if (type == NULL)
		return FALSE;
	gsize length = strcspn(type, "; \t");
	return length == strlen("application/json") &&
	       g_ascii_strncasecmp(type, "application/json", length) == 0;
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
	else if (request->route->max_body > 0 && !is_json(request))
		pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST,
				      "the body must be application/json");
	else if (request->route->device)
		pipitd_auth_device(request);
}

void
pipitd_router_dispatch(PipitdRequest *request)
{
	request->route->handler(request);
}

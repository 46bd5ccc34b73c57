/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers what the server is and where. */
#include "server/about.h"

static JsonArray *
handles_taken(const PipitdOptions *options)
{
	JsonArray *handles = json_array_new();
	for (gsize i = 0; options->domains != NULL && options->domains[i] != NULL; i++) {
		g_autofree char *domain = g_strconcat("@", options->domains[i], NULL);
		json_array_add_string_element(handles, domain);
	}
	if (options->any_address)
		json_array_add_string_element(handles, "@*");
	if (options->phone_numbers)
		json_array_add_string_element(handles, "tel");
	return handles;
}

void
pipitd_about_server(PipitdRequest *request)
{
	const PipitdOptions *options = request->server->options;
	JsonObject *about = json_object_new();
	json_object_set_int_member(about, "pipit", 1);
	json_object_set_string_member(about, "software", "pipitd " PIPIT_VERSION);
	json_object_set_int_member(about, "time", pipitd_request_now(request));
	json_object_set_int_member(about, "relay_cap", options->relay_cap);
	json_object_set_int_member(about, "blob_max", options->blob_max);
	json_object_set_string_member(about, "registration", options->registration_name);
	json_object_set_array_member(about, "handles", handles_taken(options));
	json_object_set_string_member(about, "epoch", pipitd_store_epoch(request->server->store));
	pipitd_request_answer(request, MHD_HTTP_OK, about);
}

void
pipitd_about_well_known(PipitdRequest *request)
{
	const char *url = request->server->options->url;
	if (url == NULL) {
		/* A client then tries this very domain, which is right for a server that does not say otherwise. */
		pipitd_request_refuse(request, PIPIT_PROBLEM_NOT_FOUND, "this server has no --url");
		return;
	}
	JsonObject *object = json_object_new();
	json_object_set_string_member(object, "server", url);
	pipitd_request_answer(request, MHD_HTTP_OK, object);
}

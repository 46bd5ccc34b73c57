/* SPDX-License-Identifier: GPL-2.0-or-later */
/* People type an address and nothing else; this finds out where its server is. */
#include "protocol/discovery.h"

#include "protocol/json_reader.h"
#include "protocol/origin.h"

#define DOCUMENT_MAX 4096
#define SERVER_MAX 512
#define TIMEOUT_S 20

typedef struct {
	char *domain;
	PipitDiscovered done;
	gpointer user_data;
} Discovery;

static void
discovery_free(Discovery *discovery)
{
	g_free(discovery->domain);
	g_free(discovery);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Discovery, discovery_free)

/* Returns NULL where the document names no server that may be used. */
static char *
server_of(GBytes *document)
{
	g_autoptr(GError) bad = NULL;
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(document, DOCUMENT_MAX, &bad);
	const char *server = object != NULL ? pipit_json_string(object, "server", SERVER_MAX, &bad) : NULL;
	/* A domain elsewhere has no say over what listens on this machine: https alone, unlike for the option. */
	if (server == NULL || !g_str_has_prefix(server, "https://"))
		return NULL;
	return pipit_origin_parse(server);
}

/* The domain answered, though not with a document: a redirect to plain http, say. */
static gboolean
is_no_document(const GError *error)
{
	return error->code == PIPIT_HTTP_ERROR_NOT_HTTP || error->code == PIPIT_HTTP_ERROR_URL ||
	       error->code == PIPIT_HTTP_ERROR_TOO_LARGE;
}

static void
fall_back(Discovery *discovery)
{
	g_autofree char *origin = g_strconcat("https://", discovery->domain, NULL);

	discovery->done(discovery->user_data, origin, NULL);
}

static void
on_document(gpointer user_data, const PipitHttpResponse *response, const GError *error)
{
	g_autoptr(Discovery) discovery = user_data;
	g_auto(PipitFailure) failure = {0};

	if (error != NULL && !is_no_document(error)) {
		pipit_failure_from_http(&failure, discovery->domain, error);
		discovery->done(discovery->user_data, NULL, &failure);
		return;
	}
	/* An outage must not send the client to another server than the one that it belongs to. */
	if (response != NULL && (response->status >= 500 || response->status == 429)) {
		pipit_failure_from_response(&failure, discovery->domain, response);
		discovery->done(discovery->user_data, NULL, &failure);
		return;
	}
	g_autofree char *origin =
		response != NULL && response->status == 200 ? server_of(response->body) : NULL;
	if (origin != NULL)
		discovery->done(discovery->user_data, origin, NULL);
	else
		fall_back(discovery);
}

void
pipit_discover(PipitHttp *http, const char *domain, PipitDiscovered done, gpointer user_data)
{
	Discovery *discovery = g_new(Discovery, 1);
	g_autofree char *url = g_strdup_printf("https://%s/.well-known/pipit", domain);

	*discovery = (Discovery){.domain = g_strdup(domain), .done = done, .user_data = user_data};
	const PipitHttpRequest request = {
		.method = "GET",
		.url = url,
		.max_size = DOCUMENT_MAX,
		.timeout = TIMEOUT_S,
		.follow_redirects = TRUE,
	};
	pipit_http_send(http, &request, on_document, discovery);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks a server by libcurl, and waits. */
#include "tests/support/http_peer.h"

#include <curl/curl.h>
#include <string.h>

#define TIMEOUT_SECONDS 120L

struct PipitHttpPeer {
	CURL *curl;
	char *origin;
	char *token;
};

PipitHttpPeer *
pipit_http_peer_new(const char *origin)
{
	PipitHttpPeer *peer = g_new0(PipitHttpPeer, 1);

	peer->curl = curl_easy_init();
	peer->origin = g_strdup(origin);
	curl_easy_setopt(peer->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(peer->curl, CURLOPT_TIMEOUT, TIMEOUT_SECONDS);
	curl_easy_setopt(peer->curl, CURLOPT_PROXY, "");
	return peer;
}

void
pipit_http_peer_free(PipitHttpPeer *peer)
{
	if (peer == NULL)
		return;
	curl_easy_cleanup(peer->curl);
	g_free(peer->origin);
	g_free(peer->token);
	g_free(peer);
}

void
pipit_http_peer_set_token(PipitHttpPeer *peer, const char *auth_token)
{
	g_free(peer->token);
	peer->token = g_strdup(auth_token);
}

void
pipit_http_peer_set_ca(PipitHttpPeer *peer, const char *path)
{
	curl_easy_setopt(peer->curl, CURLOPT_CAINFO, path);
	curl_easy_setopt(peer->curl, CURLOPT_CAPATH, NULL);
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *user_data)
{
	g_string_append_len(user_data, bytes, (gssize)(size * count));
	return size * count;
}

static struct curl_slist *
headers_of(const PipitHttpPeer *peer, const char *signature)
{
	/* Without "Expect", the body of a large request goes out at once, as from most clients. */
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");

	headers = curl_slist_append(headers, "Content-Type: application/json");
	if (peer->token != NULL) {
		g_autofree char *line = g_strconcat("Authorization: Bearer ", peer->token, NULL);
		headers = curl_slist_append(headers, line);
	}
	if (signature != NULL) {
		g_autofree char *line = g_strconcat("Pipit-Signature: ", signature, NULL);
		headers = curl_slist_append(headers, line);
	}
	return headers;
}

static JsonObject *
parse(const char *text)
{
	g_autoptr(JsonParser) parser = json_parser_new();

	if (!json_parser_load_from_data(parser, text, -1, NULL))
		return NULL;
	JsonNode *root = json_parser_get_root(parser);
	return root != NULL && JSON_NODE_HOLDS_OBJECT(root) ? json_node_dup_object(root) : NULL;
}

static void
read_reply(PipitHttpPeer *peer, const char *text, PipitReply *reply)
{
	long status = 0;
	long connections = 0;
	curl_off_t retry_after = 0;
	char *type = NULL;

	curl_easy_getinfo(peer->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(peer->curl, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(peer->curl, CURLINFO_RETRY_AFTER, &retry_after);
	curl_easy_getinfo(peer->curl, CURLINFO_NUM_CONNECTS, &connections);
	reply->status = (guint)status;
	reply->content_type = g_strdup(type);
	reply->retry_after = (guint)retry_after;
	reply->connections = (guint)connections;
	reply->body = parse(text);
}

PipitReply *
pipit_http_peer_ask(PipitHttpPeer *peer, const char *method, const char *path, const char *body,
		    const char *signature)
{
	PipitReply *reply = g_new0(PipitReply, 1);
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *url = g_strconcat(peer->origin, path, NULL);
	struct curl_slist *headers = headers_of(peer, signature);

	curl_easy_setopt(peer->curl, CURLOPT_URL, url);
	curl_easy_setopt(peer->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(peer->curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(peer->curl, CURLOPT_WRITEDATA, text);
	if (body != NULL) {
		curl_easy_setopt(peer->curl, CURLOPT_POST, 1L);
		curl_easy_setopt(peer->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
		curl_easy_setopt(peer->curl, CURLOPT_POSTFIELDS, body);
	} else {
		curl_easy_setopt(peer->curl, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(peer->curl, CURLOPT_CUSTOMREQUEST, method);
	reply->failure = (int)curl_easy_perform(peer->curl);
	if (reply->failure == CURLE_OK)
		read_reply(peer, text->str, reply);
	curl_slist_free_all(headers);
	return reply;
}

void
pipit_reply_free(PipitReply *reply)
{
	if (reply == NULL)
		return;
	g_clear_pointer(&reply->body, json_object_unref);
	g_free(reply->content_type);
	g_free(reply);
}

const char *
pipit_reply_code(const PipitReply *reply)
{
	if (reply->body == NULL || !json_object_has_member(reply->body, "code"))
		return "";
	return json_object_get_string_member(reply->body, "code");
}

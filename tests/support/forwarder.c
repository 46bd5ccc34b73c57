/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worst moment for a connection to break is after the work and before the answer; this makes it happen on demand. */
#include "tests/support/forwarder.h"

#include <string.h>

#include <curl/curl.h>

struct PipitForwarder {
	char *target;
	char *origin;
	PipitResponder *responder;
	GMutex lock; /* guards what follows */
	char *lost_path;
	guint to_lose;
	char *spoilt_path;
	guint spoilt_status;
	guint damage;
};

static size_t
collect(char *bytes, size_t size, size_t count, void *user_data)
{
	g_byte_array_append(user_data, (const guint8 *)bytes, (guint)(size * count));
	return size * count;
}

static struct curl_slist *
forwarded_headers(const char *head)
{
	const char *const kept[] = {"Authorization:", "Pipit-Signature:", "Content-Type:"};
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
	g_auto(GStrv) lines = g_strsplit(head, "\r\n", 0);

	for (gsize i = 0; lines[i] != NULL; i++)
		for (gsize j = 0; j < G_N_ELEMENTS(kept); j++)
			if (g_str_has_prefix(lines[i], kept[j]))
				headers = curl_slist_append(headers, lines[i]);
	return headers;
}

static GBytes *
whole_answer(long status, const char *type, const GByteArray *body)
{
	GByteArray *answer = g_byte_array_new();
	g_autofree char *head =
		g_strdup_printf("HTTP/1.1 %ld X\r\nContent-Type: %s\r\nContent-Length: %u\r\n\r\n", status,
				type != NULL ? type : "text/plain", body->len);

	g_byte_array_append(answer, (const guint8 *)head, (guint)strlen(head));
	g_byte_array_append(answer, body->data, body->len);
	return g_byte_array_free_to_bytes(answer);
}

/* Returns: what the server answers; empty if it does not. */
static GBytes *
ask_server(const PipitForwarder *forwarder, const PipitAsked *asked)
{
	CURL *easy = curl_easy_init();
	g_autofree char *url = g_strconcat(forwarder->target, asked->path, NULL);
	struct curl_slist *headers = forwarded_headers(asked->head);
	g_autoptr(GByteArray) body = g_byte_array_new();
	char *type = NULL;
	long status = 0;
	GBytes *answer = NULL;

	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
	if (strcmp(asked->method, "GET") != 0) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, asked->body);
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, asked->method);
	}
	if (curl_easy_perform(easy) == CURLE_OK) {
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
		answer = whole_answer(status, type, body);
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(easy);
	return answer != NULL ? answer : g_bytes_new_static("", 0);
}

/* Returns: the status, or 0. */
static guint
is_spoilt(PipitForwarder *forwarder, const char *path)
{
	g_mutex_lock(&forwarder->lock);
	guint status = g_strcmp0(forwarder->spoilt_path, path) == 0 ? forwarder->spoilt_status : 0;
	if (status != 0)
		forwarder->damage++;
	g_mutex_unlock(&forwarder->lock);
	return status;
}

static gboolean
is_lost(PipitForwarder *forwarder, const char *path)
{
	g_mutex_lock(&forwarder->lock);
	gboolean lost = forwarder->to_lose > 0 && g_strcmp0(forwarder->lost_path, path) == 0;
	if (lost) {
		forwarder->to_lose--;
		forwarder->damage++;
	}
	g_mutex_unlock(&forwarder->lock);
	return lost;
}

static GBytes *
forward(const PipitAsked *asked, gpointer user_data)
{
	PipitForwarder *forwarder = user_data;

	guint status = is_spoilt(forwarder, asked->path);
	if (status != 0)
		return pipit_responder_json(status, "<html>Please sign in to the network</html>");
	g_autoptr(GBytes) answer = ask_server(forwarder, asked);
	if (is_lost(forwarder, asked->path))
		return g_bytes_new_static("", 0);
	return g_steal_pointer(&answer);
}

PipitForwarder *
pipit_forwarder_new(const char *origin)
{
	PipitForwarder *forwarder = g_new0(PipitForwarder, 1);

	forwarder->target = g_strdup(origin);
	g_mutex_init(&forwarder->lock);
	forwarder->responder = pipit_responder_new(forward, forwarder, NULL);
	forwarder->origin = pipit_responder_origin(forwarder->responder);
	return forwarder;
}

void
pipit_forwarder_free(PipitForwarder *forwarder)
{
	pipit_responder_free(forwarder->responder);
	g_mutex_clear(&forwarder->lock);
	g_free(forwarder->target);
	g_free(forwarder->origin);
	g_free(forwarder->lost_path);
	g_free(forwarder->spoilt_path);
	g_free(forwarder);
}

const char *
pipit_forwarder_origin(const PipitForwarder *forwarder)
{
	return forwarder->origin;
}

void
pipit_forwarder_lose(PipitForwarder *forwarder, const char *path, guint count)
{
	g_mutex_lock(&forwarder->lock);
	g_free(forwarder->lost_path);
	forwarder->lost_path = g_strdup(path);
	forwarder->to_lose = count;
	g_mutex_unlock(&forwarder->lock);
}

void
pipit_forwarder_spoil(PipitForwarder *forwarder, const char *path, guint status)
{
	g_mutex_lock(&forwarder->lock);
	g_free(forwarder->spoilt_path);
	forwarder->spoilt_path = g_strdup(path);
	forwarder->spoilt_status = status;
	g_mutex_unlock(&forwarder->lock);
}

guint
pipit_forwarder_damage(PipitForwarder *forwarder)
{
	g_mutex_lock(&forwarder->lock);
	guint damage = forwarder->damage;
	g_mutex_unlock(&forwarder->lock);
	return damage;
}

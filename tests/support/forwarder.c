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
	const char *refusal; /* or NULL: the problem's code, in place of no sense */
	guint damage;
	GHashTable *asked; /* path -> how often */
	char *rewritten;   /* NULL for none */
	char *rewriting;
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

/* Returns: (transfer full) the answer in place of the server's; NULL if it is to be asked. */
static GBytes *
spoilt_answer(PipitForwarder *forwarder, const char *path)
{
	g_mutex_lock(&forwarder->lock);
	guint status = g_strcmp0(forwarder->spoilt_path, path) == 0 ? forwarder->spoilt_status : 0;
	const char *refusal = forwarder->refusal;
	if (status != 0)
		forwarder->damage++;
	g_mutex_unlock(&forwarder->lock);
	if (status == 0)
		return NULL;
	return refusal != NULL ? pipit_responder_problem(status, refusal)
			       : pipit_responder_json(status, "<html>Please sign in to the network</html>");
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

static void
count(PipitForwarder *forwarder, const char *path)
{
	g_mutex_lock(&forwarder->lock);
	guint before = GPOINTER_TO_UINT(g_hash_table_lookup(forwarder->asked, path));
	g_hash_table_insert(forwarder->asked, g_strdup(path), GUINT_TO_POINTER(before + 1));
	g_mutex_unlock(&forwarder->lock);
}

/* Takes @answer over. */
static GBytes *
rewrite(PipitForwarder *forwarder, GBytes *answer)
{
	g_mutex_lock(&forwarder->lock);
	g_autofree char *from = g_strdup(forwarder->rewritten);
	g_autofree char *to = g_strdup(forwarder->rewriting);
	g_mutex_unlock(&forwarder->lock);
	gsize size;
	const char *bytes = g_bytes_get_data(answer, &size);
	g_autofree char *text = g_strndup(bytes, size);
	const char *body = strstr(text, "\r\n\r\n");
	if (from == NULL || body == NULL || strstr(body, from) == NULL)
		return answer;
	g_mutex_lock(&forwarder->lock);
	forwarder->damage++;
	g_mutex_unlock(&forwarder->lock);
	g_autoptr(GString) other = g_string_new(body + 4);
	g_string_replace(other, from, to, 0);
	g_bytes_unref(answer);
	return pipit_responder_json(200, other->str);
}

static GBytes *
forward(const PipitAsked *asked, gpointer user_data)
{
	PipitForwarder *forwarder = user_data;

	count(forwarder, asked->path);
	GBytes *spoilt = spoilt_answer(forwarder, asked->path);
	if (spoilt != NULL)
		return spoilt;
	g_autoptr(GBytes) answer = ask_server(forwarder, asked);
	if (is_lost(forwarder, asked->path))
		return g_bytes_new_static("", 0);
	return rewrite(forwarder, g_steal_pointer(&answer));
}

PipitForwarder *
pipit_forwarder_new(const char *origin)
{
	PipitForwarder *forwarder = g_new0(PipitForwarder, 1);

	forwarder->target = g_strdup(origin);
	g_mutex_init(&forwarder->lock);
	forwarder->asked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
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
	g_hash_table_unref(forwarder->asked);
	g_free(forwarder->rewritten);
	g_free(forwarder->rewriting);
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
pipit_forwarder_refuse(PipitForwarder *forwarder, const char *path, guint status, const char *code)
{
	g_mutex_lock(&forwarder->lock);
	g_free(forwarder->spoilt_path);
	forwarder->spoilt_path = g_strdup(path);
	forwarder->spoilt_status = status;
	forwarder->refusal = code;
	g_mutex_unlock(&forwarder->lock);
}

void
pipit_forwarder_spoil(PipitForwarder *forwarder, const char *path, guint status)
{
	pipit_forwarder_refuse(forwarder, path, status, NULL);
}

guint
pipit_forwarder_damage(PipitForwarder *forwarder)
{
	g_mutex_lock(&forwarder->lock);
	guint damage = forwarder->damage;
	g_mutex_unlock(&forwarder->lock);
	return damage;
}

guint
pipit_forwarder_asked(PipitForwarder *forwarder, const char *path)
{
	g_mutex_lock(&forwarder->lock);
	guint asked = GPOINTER_TO_UINT(g_hash_table_lookup(forwarder->asked, path));
	g_mutex_unlock(&forwarder->lock);
	return asked;
}

guint
pipit_forwarder_count(PipitForwarder *forwarder)
{
	return pipit_responder_count(forwarder->responder);
}

void
pipit_forwarder_rewrite(PipitForwarder *forwarder, const char *from, const char *to)
{
	g_mutex_lock(&forwarder->lock);
	g_free(forwarder->rewritten);
	g_free(forwarder->rewriting);
	forwarder->rewritten = g_strdup(from);
	forwarder->rewriting = g_strdup(to);
	g_mutex_unlock(&forwarder->lock);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes bytes up, and carries them to a server and back by libcurl. */
#include "tests/support/blob_peer.h"

#include <curl/curl.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/support/raw_http.h"

#define PERIOD 65521 /* a prime: no mistake of a power of two goes unseen */
#define TIMEOUT_SECONDS 600L
#define TEXT_MAX 4096
#define PIECE 65536

static const guint8 *
pattern(void)
{
	static gsize made;
	static guint8 bytes[PERIOD];
	if (g_once_init_enter(&made)) {
		guint32 state = 1;
		for (gsize i = 0; i < PERIOD; i++) {
			state = state * 1664525 + 1013904223;
			bytes[i] = (guint8)(state >> 24);
		}
		g_once_init_leave(&made, 1);
	}
	return bytes;
}

void
pipit_blob_make(guint64 first, guint8 *bytes, gsize count)
{
	gsize at = (gsize)(first % PERIOD);
	while (count > 0) {
		gsize run = MIN(count, PERIOD - at);
		memcpy(bytes, pattern() + at, run);
		bytes += run;
		count -= run;
		at = 0;
	}
}

static gboolean
is_made(guint64 first, const guint8 *bytes, gsize count)
{
	gsize at = (gsize)(first % PERIOD);
	while (count > 0) {
		gsize run = MIN(count, PERIOD - at);
		if (memcmp(bytes, pattern() + at, run) != 0)
			return FALSE;
		bytes += run;
		count -= run;
		at = 0;
	}
	return TRUE;
}

/* One transfer. */
typedef struct {
	PipitBlobReply *reply;
	guint64 next;  /* of the bytes that go out, or that must come in */
	guint64 left;  /* to go out */
	GString *text; /* the start of what came */
} Transfer;

static size_t
on_upload(char *buffer, size_t size, size_t count, void *user_data)
{
	Transfer *transfer = user_data;
	gsize run = MIN(size * count, transfer->left);
	pipit_blob_make(transfer->next, (guint8 *)buffer, run);
	transfer->next += run;
	transfer->left -= run;
	return run;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *user_data)
{
	Transfer *transfer = user_data;
	gsize run = size * count;
	transfer->reply->as_made &= is_made(transfer->next, (const guint8 *)bytes, run);
	transfer->reply->count += run;
	transfer->next += run;
	if (transfer->text->len < TEXT_MAX)
		g_string_append_len(transfer->text, bytes, (gssize)MIN(run, TEXT_MAX));
	return run;
}

static size_t
on_header(char *line, size_t size, size_t count, void *user_data)
{
	static const char name[] = "Content-Range: ";
	Transfer *transfer = user_data;
	if (size * count > strlen(name) && g_ascii_strncasecmp(line, name, strlen(name)) == 0) {
		g_free(transfer->reply->range);
		transfer->reply->range =
			g_strchomp(g_strndup(line + strlen(name), size * count - strlen(name)));
	}
	return size * count;
}

static CURL *
handle_for(const char *origin, const char *path, Transfer *transfer)
{
	CURL *curl = curl_easy_init();
	g_autofree char *url = g_strconcat(origin, path, NULL);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L); /* test_tls.c has that */
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
	return curl;
}

static struct curl_slist *
add_header(struct curl_slist *headers, const char *name, const char *value)
{
	g_autofree char *line = g_strdup_printf("%s: %s", name, value);
	return curl_slist_append(headers, line);
}

static struct curl_slist *
authorization(const PipitRelayPeer *peer)
{
	g_autofree char *value = g_strconcat("Bearer ", peer->auth_token, NULL);
	return add_header(NULL, "Authorization", value);
}

static void
read_text(PipitBlobReply *reply, const char *text)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	reply->offset = -1;
	reply->code = g_strdup("");
	if (!json_parser_load_from_data(parser, text, -1, NULL) || json_parser_get_root(parser) == NULL)
		return;
	JsonObject *object = json_node_get_object(json_parser_get_root(parser));
	reply->offset = json_object_get_int_member_with_default(object, "offset", -1);
	g_free(reply->code);
	reply->code = g_strdup(json_object_get_string_member_with_default(object, "code", ""));
}

/* Takes @curl and @headers. */
static PipitBlobReply *
perform(CURL *curl, struct curl_slist *headers, Transfer *transfer, gboolean has_text)
{
	long status = 0;
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	transfer->reply->status = (guint)status;
	read_text(transfer->reply, has_text || status >= 400 ? transfer->text->str : "");
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	g_string_free(transfer->text, TRUE);
	return transfer->reply;
}

static Transfer
transfer_new(guint64 first, guint64 count)
{
	PipitBlobReply *reply = g_new0(PipitBlobReply, 1);
	reply->as_made = TRUE;
	return (Transfer){.reply = reply, .next = first, .left = count, .text = g_string_new(NULL)};
}

PipitBlobReply *
pipit_blob_send(const PipitRelayPeer *peer, const char *origin, const char *path, guint64 first,
		guint64 count)
{
	Transfer transfer = transfer_new(first, count);
	CURL *curl = handle_for(origin, path, &transfer);
	g_autofree char *offset = g_strdup_printf("%" G_GUINT64_FORMAT, first);
	struct curl_slist *headers = authorization(peer);
	headers = add_header(headers, "Content-Type", "application/octet-stream");
	headers = add_header(headers, "Upload-Offset", offset);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PATCH");
	curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)count);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_upload);
	curl_easy_setopt(curl, CURLOPT_READDATA, &transfer);
	return perform(curl, headers, &transfer, TRUE);
}

PipitBlobReply *
pipit_blob_fetch(const PipitRelayPeer *peer, const char *origin, const char *path, const char *range,
		 guint64 first)
{
	Transfer transfer = transfer_new(first, 0);
	CURL *curl = handle_for(origin, path, &transfer);
	struct curl_slist *headers = authorization(peer);
	if (range != NULL)
		headers = add_header(headers, "Range", range);
	return perform(curl, headers, &transfer, FALSE);
}

PipitReply *
pipit_blob_ask_create(PipitRelayPeer *peer, guint64 size, const char *to)
{
	g_autofree char *body =
		g_strdup_printf("{\"size\": %" G_GUINT64_FORMAT ", \"recipients\": [\"%s\"]}", size, to);
	return pipit_http_peer_ask(peer->http, "POST", "/v1/blobs", body, NULL);
}

char *
pipit_blob_create(PipitRelayPeer *peer, guint64 size, const char *to)
{
	g_autoptr(PipitReply) reply = pipit_blob_ask_create(peer, size, to);
	pipit_assert_status(reply, 201);
	g_assert_cmpint(json_object_get_int_member(reply->body, "offset"), ==, 0);
	return g_strdup(json_object_get_string_member(reply->body, "uri"));
}

char *
pipit_blob_upload(PipitRelayPeer *peer, const char *origin, guint64 size, const char *to)
{
	char *path = pipit_blob_create(peer, size, to);
	g_autoptr(PipitBlobReply) reply = pipit_blob_send(peer, origin, path, 0, size);
	g_assert_cmpuint(reply->status, ==, 201);
	g_assert_cmpint(reply->offset, ==, (gint64)size);
	return path;
}

gint64
pipit_blob_offset(PipitRelayPeer *peer, const char *path)
{
	g_autofree char *upload = g_strconcat(path, "/upload", NULL);
	g_autoptr(PipitReply) reply = pipit_http_peer_ask(peer->http, "GET", upload, NULL, NULL);
	pipit_assert_status(reply, 200);
	g_assert_cmpstr(json_object_get_string_member(reply->body, "uri"), ==, path);
	return json_object_get_int_member(reply->body, "offset");
}

guint
pipit_blob_done(PipitRelayPeer *peer, const char *path)
{
	g_autofree char *done = g_strconcat(path, "/done", NULL);
	g_autoptr(PipitReply) reply = pipit_http_peer_ask(peer->http, "POST", done, "{}", NULL);
	return reply->status;
}

guint
pipit_blob_delete(PipitRelayPeer *peer, const char *path)
{
	g_autoptr(PipitReply) reply = pipit_http_peer_ask(peer->http, "DELETE", path, NULL, NULL);
	return reply->status;
}

static void
send_all(int fd, gconstpointer bytes, gsize size)
{
	g_assert_cmpint(send(fd, bytes, size, MSG_NOSIGNAL), ==, (gssize)size);
}

void
pipit_blob_go_on(int fd, guint64 first, guint64 count)
{
	guint8 bytes[PIECE];
	while (count > 0) {
		gsize run = MIN(count, sizeof bytes);
		pipit_blob_make(first, bytes, run);
		send_all(fd, bytes, run);
		first += run;
		count -= run;
	}
}

int
pipit_blob_begin(const PipitRelayPeer *peer, const char *origin, const char *path, guint64 first,
		 guint64 count, guint64 announced)
{
	guint8 bytes[PIPIT_BLOB_WITH_HEAD];
	gsize with_head = MIN(count, sizeof bytes);
	g_autoptr(GString) start = g_string_new(NULL);
	g_string_printf(start,
			"PATCH %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
			"Content-Type: application/octet-stream\r\nUpload-Offset: %" G_GUINT64_FORMAT
			"\r\nContent-Length: %" G_GUINT64_FORMAT "\r\n\r\n",
			path, peer->auth_token, first, announced);
	pipit_blob_make(first, bytes, with_head);
	g_string_append_len(start, (const char *)bytes, (gssize)with_head);
	int fd = pipit_raw_connect(origin);
	send_all(fd, start->str, start->len);
	pipit_blob_go_on(fd, first + with_head, count - with_head);
	return fd;
}

void
pipit_blob_reply_free(PipitBlobReply *reply)
{
	if (reply == NULL)
		return;
	g_free(reply->code);
	g_free(reply->range);
	g_free(reply);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request, from its first byte to its callback: bodies that are kept, and bodies that pass by in pieces. */
#include "protocol/http_private.h"

#include <string.h>

#include "crypto/secret.h"
#include "protocol/http_error.h"

#define DEFAULT_TIMEOUT_S 60
#define FIRST_SIZE 4096
#define STREAM_BUFFER_SIZE (512L * 1024) /* the most that libcurl takes of both kinds */

PipitHttpTransfer *
pipit_http_transfer_new(PipitHttp *http, const PipitHttpRequest *request, PipitHttpDone done,
			gpointer user_data)
{
	PipitHttpTransfer *transfer = g_new0(PipitHttpTransfer, 1);

	transfer->http = http;
	transfer->easy = curl_easy_init();
	transfer->body = g_byte_array_sized_new(FIRST_SIZE);
	transfer->max_size = request->max_size;
	transfer->patience = (request->timeout > 0 ? request->timeout : DEFAULT_TIMEOUT_S) * 1000;
	transfer->done = done;
	transfer->user_data = user_data;
	return transfer;
}

static void
transfer_free(PipitHttpTransfer *transfer)
{
	curl_easy_cleanup(transfer->easy);
	for (struct curl_slist *header = transfer->headers; header != NULL; header = header->next)
		pipit_wipe(header->data, strlen(header->data));
	curl_slist_free_all(transfer->headers);
	g_clear_pointer(&transfer->request_body, g_bytes_unref);
	if (transfer->body != NULL) {
		pipit_wipe(transfer->body->data, transfer->body->len);
		g_byte_array_unref(transfer->body);
	}
	g_clear_error(&transfer->error);
	g_free(transfer);
}

static guint
retry_after_of(CURL *easy)
{
	curl_off_t seconds = 0;

	curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
	return (guint)CLAMP(seconds, 0, G_MAXINT32);
}

static void
free_wiped(gpointer array)
{
	GByteArray *bytes = array;

	pipit_wipe(bytes->data, bytes->len);
	g_byte_array_unref(bytes);
}

static void
deliver_response(PipitHttpTransfer *transfer)
{
	long status = 0;
	char *content_type = NULL;
	GByteArray *body = g_steal_pointer(&transfer->body);
	g_autoptr(GBytes) bytes = g_bytes_new_with_free_func(body->data, body->len, free_wiped, body);

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &content_type);
	PipitHttpResponse response = {
		.status = (guint)status,
		.content_type = content_type,
		.body = bytes,
		.retry_after = retry_after_of(transfer->easy),
	};
	transfer->done(transfer->user_data, &response, NULL);
}

void
pipit_http_transfer_deliver(PipitHttpTransfer *transfer)
{
	if (transfer->error != NULL)
		transfer->done(transfer->user_data, NULL, transfer->error);
	else
		deliver_response(transfer);
	transfer_free(transfer);
}

void
pipit_http_transfer_abort(PipitHttpTransfer *transfer)
{
	g_clear_error(&transfer->error);
	g_set_error_literal(&transfer->error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_ABORTED, "closed");
	pipit_http_transfer_deliver(transfer);
}

void
pipit_http_transfer_ended(PipitHttpTransfer *transfer, CURLcode code)
{
	if (transfer->stopped)
		g_set_error_literal(&transfer->error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_ABORTED, "stopped");
	else if (transfer->too_large)
		g_set_error_literal(&transfer->error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_TOO_LARGE,
				    "the answer is longer than expected");
	else if (code != CURLE_OK)
		transfer->error = pipit_http_error_from_curl(transfer->easy, code, transfer->reason,
							     pipit_http_has_own_proxy(transfer->http));
}

static curl_off_t
bytes_so_far(CURL *easy)
{
	curl_off_t up = 0;
	curl_off_t down = 0;
	long head = 0;

	curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &up);
	curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
	curl_easy_getinfo(easy, CURLINFO_HEADER_SIZE, &head);
	return up + down + head;
}

gboolean
pipit_http_transfer_moves(PipitHttpTransfer *transfer)
{
	curl_off_t bytes = bytes_so_far(transfer->easy);
	gboolean moved = bytes != transfer->seen;

	transfer->seen = bytes;
	return moved || transfer->giving_paused || transfer->taking_paused;
}

static gboolean
is_success(guint status)
{
	return status >= 200 && status <= 299;
}

static PipitHttpHead
head_of(const PipitHttpTransfer *transfer)
{
	struct curl_header *range = NULL;
	PipitHttpHead head = {.length = -1};
	long status = 0;
	curl_off_t length = -1;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	head.status = (guint)status;
	head.length = length;
	if (curl_easy_header(transfer->easy, "Content-Range", 0, CURLH_HEADER, -1, &range) == CURLHE_OK)
		head.content_range = range->value;
	return head;
}

static size_t
hand_on(PipitHttpTransfer *transfer, const PipitHttpHead *head, const char *bytes, gsize size)
{
	switch (transfer->stream.take(transfer->stream_user_data, head, (const guint8 *)bytes, size)) {
	case PIPIT_HTTP_TAKEN:
		return size;
	case PIPIT_HTTP_LATER:
		transfer->taking_paused = TRUE;
		return CURL_WRITEFUNC_PAUSE;
	case PIPIT_HTTP_STOP:
		break;
	}
	transfer->stopped = TRUE;
	return 0;
}

static size_t
keep(PipitHttpTransfer *transfer, const char *bytes, gsize size)
{
	if (size > transfer->max_size - transfer->body->len) {
		transfer->too_large = TRUE;
		return 0;
	}
	g_byte_array_append(transfer->body, (const guint8 *)bytes, (guint)size);
	return size;
}

/* libcurl's CURLOPT_WRITEFUNCTION. */
static size_t
receive(char *bytes, size_t size, size_t count, void *user_data)
{
	PipitHttpTransfer *transfer = user_data;

	if (transfer->stream.take == NULL)
		return keep(transfer, bytes, size * count);
	/* What a refusal says is kept. */
	PipitHttpHead head = head_of(transfer);
	return is_success(head.status) ? hand_on(transfer, &head, bytes, size * count)
				       : keep(transfer, bytes, size * count);
}

/* libcurl's CURLOPT_READFUNCTION. */
static size_t
give(char *room, size_t size, size_t count, void *user_data)
{
	PipitHttpTransfer *transfer = user_data;
	gsize given = transfer->stream.give(transfer->stream_user_data, (guint8 *)room, size * count);

	if (given > 0)
		return given;
	transfer->giving_paused = TRUE;
	return CURL_READFUNC_PAUSE;
}

void
pipit_http_transfer_set_bodies(PipitHttpTransfer *transfer)
{
	CURL *easy = transfer->easy;

	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->reason);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	if (transfer->stream.take != NULL)
		curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, STREAM_BUFFER_SIZE);
	if (transfer->stream.give == NULL)
		return;
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, STREAM_BUFFER_SIZE);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)transfer->stream.size);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
}

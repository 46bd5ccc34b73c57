/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bodies that pass by in pieces: at the speed of the slower side, all of them, in order; each request is answered once. */
#include "protocol/http.h"

#include <string.h>

#include "protocol/host_glib.h"
#include "tests/support/responder.h"
#include "tests/support/wait.h"

#define SIZE 3000000
#define TURN 100000 /* so much is given, or taken, before a pause */

static const PipitProxy no_proxy = {.type = PIPIT_PROXY_NONE};

typedef struct {
	PipitResponder *responder;
	PipitHttp *http;
	PipitHttpTransfer *transfer;
	char *text;  /* SIZE letters */
	gsize at;    /* given, or taken, so far */
	gsize until; /* before the next pause */
	guint pauses;
	guint timer;
	gboolean stops;      /* takes no more after the first piece */
	gboolean cancels;    /* at the first pause */
	gboolean same;       /* what the server was sent is what was given */
	gint64 offset;       /* that it was told */
	const char *refusal; /* instead of a body */
	guint status;        /* of the answer */
	guint calls;
	char *body;
	GError *error;
} Fixture;

static GBytes *
answer(const PipitAsked *asked, gpointer user_data)
{
	Fixture *f = user_data;
	const char *offset = strstr(asked->head, "Upload-Offset: ");

	if (f->refusal != NULL)
		return pipit_responder_problem(409, f->refusal);
	if (strcmp(asked->method, "GET") == 0)
		return pipit_responder_json(200, f->text);
	f->offset = offset != NULL ? g_ascii_strtoll(offset + strlen("Upload-Offset: "), NULL, 10) : -1;
	f->same = strcmp(asked->body, f->text) == 0;
	return pipit_responder_json(201, "{}");
}

static void
set_up(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	f->responder = pipit_responder_new(answer, f, NULL);
	f->http = pipit_http_new(pipit_loop_glib(), &no_proxy, NULL);
	f->text = g_malloc(SIZE + 1);
	for (gsize i = 0; i < SIZE; i++)
		f->text[i] = (char)('a' + (i * 7 + i / 1000) % 26);
	f->text[SIZE] = '\0';
	f->until = TURN;
}

static void
tear_down(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_http_free(f->http);
	pipit_responder_free(f->responder);
	g_free(f->text);
	g_free(f->body);
	g_clear_error(&f->error);
}

static gboolean
on_go_on(gpointer user_data)
{
	Fixture *f = user_data;

	f->timer = 0;
	f->until += TURN;
	if (f->cancels)
		pipit_http_cancel(f->transfer);
	else
		pipit_http_go_on(f->transfer);
	return G_SOURCE_REMOVE;
}

static void
pause_a_turn(Fixture *f)
{
	f->pauses++;
	if (f->timer == 0)
		f->timer = g_timeout_add(0, on_go_on, f);
}

static gsize
give(gpointer user_data, guint8 *room, gsize size)
{
	Fixture *f = user_data;
	gsize given = MIN(MIN(size, SIZE - f->at), f->until - f->at);

	if (given == 0)
		pause_a_turn(f);
	memcpy(room, f->text + f->at, given);
	f->at += given;
	return given;
}

static PipitHttpTaking
take(gpointer user_data, const PipitHttpHead *head, const guint8 *bytes, gsize size)
{
	Fixture *f = user_data;

	g_assert_cmpuint(head->status, ==, 200);
	g_assert_cmpint(head->length, ==, SIZE);
	g_assert_null(head->content_range);
	if (f->stops && f->at > 0)
		return PIPIT_HTTP_STOP;
	if (f->at >= f->until) {
		pause_a_turn(f);
		return PIPIT_HTTP_LATER;
	}
	g_assert_cmpint(memcmp(bytes, f->text + f->at, size), ==, 0);
	f->at += size;
	return PIPIT_HTTP_TAKEN;
}

static void
on_done(gpointer user_data, const PipitHttpResponse *response, const GError *error)
{
	Fixture *f = user_data;

	f->calls++;
	f->transfer = NULL;
	if (f->timer != 0)
		g_source_remove(f->timer);
	f->timer = 0;
	if (error != NULL) {
		f->error = g_error_copy(error);
		return;
	}
	gsize size = 0;
	const char *bytes = g_bytes_get_data(response->body, &size);
	f->status = response->status;
	f->body = g_strndup(bytes != NULL ? bytes : "", size);
}

static void
begin(Fixture *f, const char *method, const PipitHttpStream *stream)
{
	g_autofree char *origin = pipit_responder_origin(f->responder);
	g_autofree char *url = g_strconcat(origin, "/blob", NULL);
	const PipitHttpRequest request = {
		.method = method, .url = url, .upload_offset = 17, .max_size = 4096, .timeout = 20};

	f->transfer = pipit_http_stream(f->http, &request, stream, f, on_done, f);
	g_assert_cmpuint(f->calls, ==, 0);
}

static void
run(Fixture *f, const char *method, const PipitHttpStream *stream)
{
	begin(f, method, stream);
	pipit_wait_until(f->calls > 0);
	g_assert_cmpuint(f->calls, ==, 1);
}

static const PipitHttpStream upload = {.give = give, .size = SIZE};
static const PipitHttpStream download = {.take = take};

static void
test_upload(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	run(f, "PATCH", &upload);
	g_assert_no_error(f->error);
	g_assert_cmpuint(f->status, ==, 201);
	g_assert_true(f->same);
	g_assert_cmpint(f->offset, ==, 17);
	g_assert_cmpuint(f->pauses, >=, SIZE / TURN - 1);
}

static void
test_empty_upload(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	const PipitHttpStream empty = {.give = give, .size = 0};

	f->text[0] = '\0';
	run(f, "PATCH", &empty);
	g_assert_no_error(f->error);
	g_assert_cmpuint(f->status, ==, 201);
	g_assert_true(f->same);
}

static void
test_download(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	run(f, "GET", &download);
	g_assert_no_error(f->error);
	g_assert_cmpuint(f->status, ==, 200);
	g_assert_cmpuint(f->at, ==, SIZE);
	g_assert_cmpuint(f->pauses, >, 0);
	g_assert_cmpstr(f->body, ==, "");
}

/* What a refusal says comes with the callback, as it does elsewhere. */
static void
test_refusals(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	f->refusal = "wrong-offset";
	run(f, "GET", &download);
	g_assert_no_error(f->error);
	g_assert_cmpuint(f->status, ==, 409);
	g_assert_nonnull(strstr(f->body, "wrong-offset"));
	g_assert_cmpuint(f->at, ==, 0);
}

static void
test_stopped(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	f->stops = TRUE;
	run(f, "GET", &download);
	g_assert_error(f->error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_ABORTED);
}

static void
test_cancelled(Fixture *f, gconstpointer method)
{
	f->cancels = TRUE;
	run(f, method, strcmp(method, "GET") == 0 ? &download : &upload);
	g_assert_error(f->error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_ABORTED);
	g_assert_cmpuint(f->at, <, SIZE);
}

static void
test_freed(Fixture *f, gconstpointer method)
{
	begin(f, method, strcmp(method, "GET") == 0 ? &download : &upload);
	while (f->pauses == 0 && f->calls == 0)
		g_main_context_iteration(NULL, TRUE);
	g_clear_pointer(&f->http, pipit_http_free);
	g_assert_cmpuint(f->calls, ==, 1);
	g_assert_error(f->error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_ABORTED);
}

#define ADD(path, data, test) g_test_add("/http-stream/" path, Fixture, data, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("upload", NULL, test_upload);
	ADD("empty-upload", NULL, test_empty_upload);
	ADD("download", NULL, test_download);
	ADD("refusals", NULL, test_refusals);
	ADD("stopped", NULL, test_stopped);
	ADD("cancelled-upload", "PATCH", test_cancelled);
	ADD("cancelled-download", "GET", test_cancelled);
	ADD("freed-in-an-upload", "PATCH", test_freed);
	ADD("freed-in-a-download", "GET", test_freed);
	return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blobs at a running server: the forms that it reads (Range, ids), heads of uploads byte by byte, and lists of steps, of which each
 * does what a client might, the server's answers being held against what it was sent. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/blob_id.h"
#include "server/byte_range.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/blob_peer.h"
#include "tests/support/own_server.h"
#include "tests/support/raw_http.h"

enum {
	RANGE,
	ID,
	HEAD,
	STEPS,
	WAYS
};

enum {
	SEND,
	SEND_ELSEWHERE,
	BREAK_OFF,
	LOOK,
	FETCH,
	DELETE,
	STEP_KINDS
};

#define ALICE "mailto:alice@example.org"
#define PATIENCE_US 20000
#define STEPS_MAX 12
#define SIZE_MAX_BYTES 4096
#define SCALE 97 /* so that a few inputs are of several pieces */

static PipitOwnServer *own;
static PipitRelayPeer *alice;

int
LLVMFuzzerInitialize(G_GNUC_UNUSED int *argc, G_GNUC_UNUSED char ***argv)
{
	own = pipit_own_server_new();
	alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	return 0;
}

/* ---- Forms ---- */

static void
read_range(FuzzInput *input)
{
	guint64 size = fuzz_u16(input);
	guint64 first;
	guint64 count;
	g_autofree char *header = fuzz_string(input);
	PipitdRange range = pipitd_range_parse(header, size, &first, &count);
	fuzz_require(first <= size && count <= size - first);
	fuzz_require(range != PIPITD_RANGE_PART || count > 0);
	fuzz_require(range == PIPITD_RANGE_PART || (first == 0 && count == size));
}

static void
read_id(FuzzInput *input)
{
	g_autofree char *text = fuzz_string(input);
	if (!pipitd_blob_id_valid(text))
		return;
	fuzz_require(strlen(text) == PIPIT_BLOB_ID_CHARS && strpbrk(text, "/.%") == NULL);
	g_autofree char *standard = g_strconcat(text, "=", NULL);
	g_strdelimit(standard, "-", '+');
	g_strdelimit(standard, "_", '/');
	gsize size;
	g_autofree guchar *bits = g_base64_decode(standard, &size);
	g_autofree char *again = g_base64_encode(bits, size);
	fuzz_require(size == 32 && strcmp(again, standard) == 0);
}

/* ---- Heads ---- */

/* What follows the line that names a blob of ours: anything may come back, or nothing while the server waits for more. */
static void
send_head(FuzzInput *input)
{
	struct timeval patience = {.tv_usec = PATIENCE_US};
	g_autofree char *path = pipit_blob_create(alice, SIZE_MAX_BYTES, ALICE);
	g_autofree char *start = g_strdup_printf(
		"PATCH %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n", path, alice->auth_token);
	g_autoptr(GBytes) rest = fuzz_rest(input);
	gsize size;
	gconstpointer bytes = g_bytes_get_data(rest, &size);
	int fd = pipit_raw_connect(own->origin);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	pipit_raw_send(fd, start);
	if (size > 0 && send(fd, bytes, size, MSG_NOSIGNAL) < 0)
		size = 0; /* it has closed */
	g_autofree char *answer = pipit_raw_read(fd);
	fuzz_require(!g_str_has_prefix(answer, "HTTP/1.1 500"));
	gint64 kept = pipit_blob_offset(alice, path);
	fuzz_require(kept >= 0 && kept <= SIZE_MAX_BYTES && (gsize)kept <= size);
	fuzz_require(pipit_blob_delete(alice, path) == 204);
}

/* ---- Steps ---- */

typedef struct {
	char *path;
	guint64 size;
	guint64 kept;
	gboolean complete;
} Model;

static void
begin_blob(FuzzInput *input, Model *model)
{
	*model = (Model){.size = (guint64)(fuzz_u16(input) % SIZE_MAX_BYTES) * SCALE};
	model->path = pipit_blob_create(alice, model->size, ALICE);
}

static void
end_blob(Model *model)
{
	fuzz_require(pipit_blob_delete(alice, model->path) == 204);
	g_free(model->path);
}

static void
send_part(Model *model, guint64 first, guint64 count)
{
	g_autoptr(PipitBlobReply) reply = pipit_blob_send(alice, own->origin, model->path, first, count);
	if (first != model->kept) {
		fuzz_require(reply->status == 409);
	} else if (count > model->size - first) {
		fuzz_require(reply->status == 413);
	} else {
		model->kept += count;
		model->complete = model->kept == model->size;
		fuzz_require(reply->status == (model->complete ? 201 : 200));
		fuzz_require(reply->offset == (gint64)model->kept);
	}
}

static void
look(Model *model, guint64 most)
{
	guint64 kept = (guint64)pipit_blob_offset(alice, model->path);
	fuzz_require(kept >= model->kept && kept <= most);
	model->kept = kept;
}

static void
break_off(Model *model, guint64 count)
{
	guint64 left = model->size - model->kept;
	if (left == 0)
		return;
	count = MIN(count, left - 1);
	int fd = pipit_blob_begin(alice, own->origin, model->path, model->kept, count, left);
	/* Else who looks may be earlier than what was sent before. */
	while (pipitd_blob_claims_count(own->server->blob_claims, 0) == 0)
		g_usleep(10);
	close(fd);
	look(model, model->kept + count);
}

static void
fetch(const Model *model, guint64 first, guint64 count)
{
	g_autofree char *range =
		g_strdup_printf("bytes=%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, first, first + count);
	g_autoptr(PipitBlobReply) reply = pipit_blob_fetch(alice, own->origin, model->path, range, first);
	if (!model->complete) {
		fuzz_require(reply->status == 404);
		return;
	}
	fuzz_require(reply->status == (first < model->size ? 206 : 416));
	fuzz_require(reply->status == 416 ||
		     (reply->as_made && reply->count == MIN(count + 1, model->size - first)));
}

static void
take_step(FuzzInput *input, Model *model)
{
	guint kind = fuzz_byte(input) % STEP_KINDS;
	guint64 number = (guint64)(fuzz_u16(input) % SIZE_MAX_BYTES) * SCALE;
	if (kind == SEND)
		send_part(model, model->kept, MIN(number, model->size - model->kept));
	else if (kind == SEND_ELSEWHERE)
		send_part(model, number, fuzz_byte(input));
	else if (kind == BREAK_OFF)
		break_off(model, number);
	else if (kind == LOOK)
		look(model, model->kept);
	else if (kind == FETCH)
		fetch(model, number, fuzz_u16(input));
	else {
		end_blob(model);
		begin_blob(input, model);
	}
}

static void
take_steps(FuzzInput *input)
{
	Model model;
	begin_blob(input, &model);
	for (guint i = 0; i < STEPS_MAX && input->left > 0; i++)
		take_step(input, &model);
	end_blob(&model);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const ways[WAYS])(FuzzInput * input) = {read_range, read_id, send_head, take_steps};
	FuzzInput input = fuzz_input(data, size);
	ways[fuzz_byte(&input) % WAYS](&input);
	return 0;
}

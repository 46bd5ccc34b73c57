/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was sealed: a message, or something that a sender who signs made in its place. */
#include "protocol/message.h"

#include <string.h>

#include "protocol/gzip.h"
#include "protocol/handle.h"
#include "protocol/limits.h"
#include "protocol/uuid.h"
#include "tests/fuzz/fuzz.h"

enum {
	PLAINTEXT,
	JSON,
	WAYS
};

static void
check_attachments(const PipitMessage *message)
{
	guint count = message->attachments != NULL ? message->attachments->len : 0;
	fuzz_require(message->attachments == NULL ||
		     (count > 0 && count <= PIPIT_MESSAGE_MAX_ATTACHMENTS && message->content == NULL));
	for (guint i = 0; i < count; i++) {
		const PipitMessageAttachment *attachment = message->attachments->pdata[i];
		fuzz_require(pipit_blob_uri_valid(attachment->blob.uri) && attachment->blob.size >= 0);
		fuzz_require(g_bytes_get_size(attachment->blob.key) == PIPIT_ATTACHMENT_KEY_LEN);
		fuzz_require(attachment->type == NULL || strchr(attachment->type, '/') != NULL);
	}
}

static gboolean
has_same_files(const PipitMessage *a, const PipitMessage *b)
{
	guint count = a->attachments != NULL ? a->attachments->len : 0;
	if (count != (b->attachments != NULL ? b->attachments->len : 0))
		return FALSE;
	for (guint i = 0; i < count; i++) {
		const PipitMessageAttachment *one = a->attachments->pdata[i];
		const PipitMessageAttachment *other = b->attachments->pdata[i];
		if (strcmp(one->blob.uri, other->blob.uri) != 0 ||
		    !g_bytes_equal(one->blob.key, other->blob.key) || g_strcmp0(one->name, other->name) != 0)
			return FALSE;
	}
	return TRUE;
}

static void
check_message(const PipitMessage *message)
{
	fuzz_require(pipit_uuid_valid(message->id) && pipit_handle_valid(message->from));
	fuzz_require(message->to[0] != NULL || message->group.gid != NULL);
	for (guint i = 0; message->to[i] != NULL; i++)
		fuzz_require(pipit_handle_valid(message->to[i]) &&
			     pipit_message_is_to(message, message->to[i]));
	fuzz_require((message->text != NULL) ==
		     (message->type == PIPIT_MESSAGE_TEXT && message->content == NULL));
	fuzz_require(message->content == NULL || pipit_blob_uri_valid(message->content->uri));
	check_attachments(message);
	fuzz_require(message->text == NULL || g_utf8_validate(message->text, -1, NULL));
	fuzz_require(message->html == NULL || g_utf8_validate(message->html, -1, NULL));
}

static void
pack_and_unpack(const PipitMessage *message)
{
	g_autoptr(GBytes) packed = pipit_message_pack(message);
	/* JSON may be written in fewer bytes than we do. */
	if (packed == NULL)
		return;
	g_autoptr(PipitMessage) again = pipit_message_unpack(packed, NULL);
	fuzz_require(again != NULL && strcmp(again->id, message->id) == 0);
	fuzz_require(g_strv_equal((const char *const *)again->to, (const char *const *)message->to));
	fuzz_require(strcmp(again->from, message->from) == 0 && again->sent_at == message->sent_at);
	fuzz_require(g_strcmp0(again->text, message->text) == 0 &&
		     g_strcmp0(again->html, message->html) == 0);
	fuzz_require(has_same_files(again, message));
	fuzz_require((again->content != NULL) == (message->content != NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	guint way = fuzz_byte(&input) % WAYS;
	g_autoptr(GBytes) bytes = fuzz_rest(&input);
	g_autoptr(GBytes) plaintext = way == JSON ? pipit_gzip(bytes) : g_bytes_ref(bytes);
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitMessage) message = pipit_message_unpack(plaintext, &error);
	fuzz_require((message == NULL) == (error != NULL));
	if (message == NULL)
		return 0;
	check_message(message);
	pack_and_unpack(message);
	return 0;
}

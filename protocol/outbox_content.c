/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that do not fit into a payload: what is brought to the server, and what is sealed in its stead. */
#include "protocol/outbox_group.h"

#include "crypto/random.h"
#include "crypto/secret.h"
#include "protocol/message.h"
#include "protocol/store_contents.h"

gboolean
pipit_outbox_needs_content(const PipitOutbox *outbox, const PipitOutboxItem *item)
{
	return item->unsent->outer == NULL &&
	       g_bytes_get_size(item->unsent->plaintext) + PIPIT_SEAL_OVERHEAD > outbox->relay_cap;
}

gboolean
pipit_outbox_begin_content(PipitOutbox *outbox, PipitOutboxItem *item, GError **error)
{
	guint8 key[PIPIT_ATTACHMENT_KEY_LEN];
	if (item->unsent->content_key != NULL)
		return TRUE;
	pipit_random(key, sizeof key);
	item->unsent->content_key = pipit_secret_bytes(key, sizeof key);
	pipit_wipe(key, sizeof key);
	return pipit_store_begin_content(outbox->store, item->unsent->row, item->unsent->content_key, error);
}

GBytes *
pipit_outbox_item_plaintext(const PipitOutboxItem *item)
{
	return item->unsent->plaintext;
}

GBytes *
pipit_outbox_item_content_key(const PipitOutboxItem *item)
{
	return item->unsent->content_key;
}

const char *
pipit_outbox_item_content_uri(const PipitOutboxItem *item)
{
	return item->unsent->content_uri;
}

char **
pipit_outbox_item_recipients(const PipitOutboxItem *item)
{
	g_autoptr(GStrvBuilder) handles = g_strv_builder_new();
	for (guint i = 0; i < item->recipients->len; i++) {
		const PipitRecipient *recipient = item->recipients->pdata[i];
		if (!pipit_outbox_goes_without(item, recipient->to))
			g_strv_builder_add(handles, recipient->to);
	}
	return g_strv_builder_end(handles);
}

gboolean
pipit_outbox_upload_begun(PipitOutbox *outbox, PipitOutboxItem *item, const char *uri, GError **error)
{
	g_free(item->unsent->content_uri);
	item->unsent->content_uri = g_strdup(uri);
	return pipit_store_write_content_uri(outbox->store, item->unsent->row, uri, error);
}

/* What is sealed in its stead: the same but for what it says, and where that is. */
static GBytes *
outer_of(const PipitUnsent *unsent, const PipitAttachmentDigests *digests)
{
	g_autoptr(PipitMessage) message = pipit_message_unpack(unsent->plaintext, NULL);
	const PipitBlob content = {
		.uri = unsent->content_uri,
		.key = unsent->content_key,
		.size = (gint64)g_bytes_get_size(unsent->plaintext),
		.digests = *digests,
	};
	if (message == NULL)
		return NULL;
	message->content = g_new0(PipitBlob, 1);
	pipit_blob_copy(message->content, &content);
	return pipit_message_pack(message);
}

/* What was sealed when there was room for it is not sent beside it. */
static void
drop_all_copies(PipitOutboxItem *item)
{
	for (guint i = 0; i < item->recipients->len; i++) {
		PipitRecipient *recipient = item->recipients->pdata[i];
		g_ptr_array_set_size(recipient->copies, 0);
	}
}

gboolean
pipit_outbox_uploaded(PipitOutbox *outbox, PipitOutboxItem *item, const PipitAttachmentDigests *digests,
		      gint64 now, GError **error)
{
	PipitUnsent *unsent = item->unsent;
	unsent->outer = outer_of(unsent, digests);
	if (unsent->outer != NULL &&
	    pipit_store_write_content_outer(outbox->store, unsent->row, unsent->outer, error)) {
		drop_all_copies(item);
		return TRUE;
	}
	pipit_outbox_postpone(outbox, item, now, 0);
	return FALSE;
}

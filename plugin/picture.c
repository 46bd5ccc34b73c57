/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: a picture is to be seen where it is talked about; but not one that a stranger chose, and none that breaks the client. */
#include "plugin/picture.h"

#include <stdlib.h>
#include <string.h>

#include <purple.h>

#include "plugin/attachment.h"
#include "plugin/conversation.h"
#include "plugin/html_attribute.h"
#include "plugin/picture_limits.h"
#include "plugin/room.h"
#include "plugin/transfer.h"
#include "plugin/ui.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

#define TAG "<img"
/* As long as a conversation is open, its pictures are in memory. */
#define PIXELS_OF_A_CONVERSATION ((guint64)6 * PIPIT_SHOWN_MAX_PIXELS)
#define PIXELS "pipit-pixels"

/* ---- sending ---- */

GArray *
pipit_picture_ids(const char *markup)
{
	GArray *ids = g_array_new(FALSE, FALSE, sizeof(int));
	for (const char *p = strchr(markup, '<'); p != NULL; p = strchr(p + 1, '<')) {
		const char *end = strchr(p, '>');
		if (end == NULL || g_ascii_strncasecmp(p, TAG, strlen(TAG)) != 0)
			continue;
		g_autofree char *value = pipit_html_attribute(p + strlen(TAG), end, "id");
		int id = value != NULL ? atoi(value) : 0;
		if (id > 0)
			g_array_append_val(ids, id);
	}
	return ids;
}

/* Returns (transfer full) what to call a picture, whose path libpurple may know. */
static char *
name_of(PurpleStoredImage *image)
{
	const char *path = purple_imgstore_get_filename(image);
	if (path != NULL && *path != '\0')
		return g_path_get_basename(path);
	/* Translators: the name of a file, for a picture that has none; its ending follows. */
	return g_strdup_printf("%s.%s", _("picture"), purple_imgstore_get_extension(image));
}

/* What is to go out, and what it holds meanwhile. */
typedef struct {
	PipitOutgoingFile files[PIPIT_MESSAGE_MAX_FILES];
	guint n_files;
} Pictures;

static void
pictures_clear(Pictures *pictures)
{
	for (guint i = 0; i < pictures->n_files; i++) {
		g_bytes_unref(pictures->files[i].bytes);
		g_free((char *)pictures->files[i].name);
	}
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pictures, pictures_clear)

static gboolean
add_picture(Pictures *pictures, int id, gboolean keep_metadata, GError **error)
{
	PurpleStoredImage *image = purple_imgstore_find_by_id(id);
	if (image == NULL) {
		g_set_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
			    _("The client no longer has the picture. Insert it again."));
		return FALSE;
	}
	if (pictures->n_files == PIPIT_MESSAGE_MAX_FILES) {
		g_set_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
			    _("A message holds at most %d pictures. Send the others in another one."),
			    PIPIT_MESSAGE_MAX_FILES);
		return FALSE;
	}
	pictures->files[pictures->n_files++] = (PipitOutgoingFile){
		.bytes = g_bytes_new(purple_imgstore_get_data(image), purple_imgstore_get_size(image)),
		.name = name_of(image),
		.keep_metadata = keep_metadata,
	};
	return TRUE;
}

gboolean
pipit_picture_send(PipitAccount *account, const char *who, const GArray *ids, const char *text,
		   const char *html, GError **error)
{
	g_auto(Pictures) pictures = {0};
	gboolean keep = purple_account_get_bool(account->account, PIPIT_OPTION_KEEP_METADATA, FALSE);
	for (guint i = 0; i < ids->len; i++)
		if (!add_picture(&pictures, g_array_index(ids, int, i), keep, error))
			return FALSE;
	g_autofree char *peer = pipit_handle_parse(who);
	gint64 number = pipit_client_send_files(account->client, peer != NULL ? peer : who, pictures.files,
						pictures.n_files, text, html, error);
	if (number == 0)
		return FALSE;
	pipit_transfer_is_shown(account, number);
	return TRUE;
}

/* ---- receiving ---- */

static gboolean
is_called_a_picture(const PipitAttachment *attachment)
{
	static const char *const types[] = {"image/png", "image/jpeg", "image/gif", NULL};
	return attachment->type != NULL && g_strv_contains(types, attachment->type);
}

gboolean
pipit_picture_can_be_shown(const PipitAttachment *attachment)
{
	return pipit_ui_shows_pictures() && is_called_a_picture(attachment) &&
	       pipit_picture_size_fits(attachment->size, attachment->width, attachment->height);
}

/* A picture that is being fetched, and where it goes. */
typedef struct {
	PipitAccount *account;
	char *who;  /* an address, or a group */
	char *from; /* who sent it, as libpurple calls them there */
	char *name;
	char *offer; /* what to say if it can't be shown */
	gboolean own;
	time_t when;
} Coming;

static void
coming_free(Coming *coming)
{
	g_free(coming->who);
	g_free(coming->from);
	g_free(coming->name);
	g_free(coming->offer);
	g_free(coming);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Coming, coming_free)

/* TRUE if the conversation can hold so many more. */
static gboolean
take_pixels(PurpleConversation *conversation, guint64 pixels)
{
	guint64 before = GPOINTER_TO_SIZE(purple_conversation_get_data(conversation, PIXELS));
	if (before + pixels > PIXELS_OF_A_CONVERSATION)
		return FALSE;
	purple_conversation_set_data(conversation, PIXELS, GSIZE_TO_POINTER(before + pixels));
	return TRUE;
}

static gboolean
can_show(PurpleConversation *conversation, GBytes *bytes)
{
	gsize size = 0;
	guint64 pixels = 0;
	const guint8 *picture = g_bytes_get_data(bytes, &size);
	return picture != NULL && pipit_picture_is_harmless(picture, size, &pixels) &&
	       take_pixels(conversation, pixels);
}

static void
show(const Coming *coming, PurpleConversation *conversation, GBytes *bytes)
{
	gsize size = 0;
	gconstpointer picture = g_bytes_get_data(bytes, &size);
	int id = purple_imgstore_add_with_id(g_memdup2(picture, size), size, coming->name);
	/* Below the name of who sent it, where it has the whole width. */
	g_autofree char *html = g_strdup_printf("<br><img id=\"%d\">", id);
	PurpleMessageFlags flags =
		PURPLE_MESSAGE_IMAGES | PURPLE_MESSAGE_DELAYED |
		(coming->own ? PURPLE_MESSAGE_SEND | PURPLE_MESSAGE_REMOTE_SEND : PURPLE_MESSAGE_RECV);
	if (pipit_peer_is_group(coming->who))
		purple_conv_chat_write(purple_conversation_get_chat_data(conversation), coming->from, html,
				       flags, coming->when);
	else
		purple_conv_im_write(purple_conversation_get_im_data(conversation), coming->from, html, flags,
				     coming->when);
	/* The window has it now. */
	purple_imgstore_unref_by_id(id);
}

static void
say_why_not(const Coming *coming, const GError *error)
{
	/* Translators: a file and the command that saves it; a sentence. */
	g_autofree char *line =
		g_strdup_printf(_("%s. It can't be shown here: %s"), coming->offer,
				error != NULL ? error->message : _("it is too large, or no picture."));
	pipit_conversation_show_notice(coming->account->account, coming->who, line);
}

static void
on_fetched(gpointer user_data, GBytes *bytes, const GError *error)
{
	g_autoptr(Coming) coming = user_data;
	if (pipit_account_was_aborted(error))
		return;
	PurpleConversation *conversation =
		pipit_peer_is_group(coming->who)
			? pipit_room_open_for_message(coming->account, coming->who)
			: pipit_conversation_with(coming->account->account, coming->who);
	if (conversation == NULL)
		return;
	if (bytes != NULL && can_show(conversation, bytes))
		show(coming, conversation, bytes);
	else
		say_why_not(coming, error);
	if (pipit_peer_is_group(coming->who))
		pipit_room_written(coming->account, coming->who);
}

void
pipit_picture_fetch(PipitAccount *account, const PipitIncoming *incoming, const PipitAttachment *attachment)
{
	Coming *coming = g_new0(Coming, 1);
	coming->account = account;
	coming->who = g_strdup(pipit_conversation_who(incoming->peer));
	coming->from =
		g_strdup(incoming->own ? pipit_room_self(account) : pipit_handle_display(incoming->from));
	coming->name = g_strdup(attachment->name);
	coming->offer = pipit_attachment_offer(attachment);
	coming->own = incoming->own;
	coming->when = (time_t)(incoming->sent_at / 1000);
	pipit_client_fetch_bytes(account->client, attachment->number, PIPIT_SHOWN_MAX_BYTES, on_fetched,
				 coming);
}

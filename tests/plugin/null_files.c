/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: a transfer has many ends, and a person's answers decide which one it comes to. */
#include "tests/plugin/null_files.h"

#include <string.h>

#include "tests/plugin/null_tell.h"

/* ---- transfers ---- */

static void
tell_xfer(PurpleXfer *xfer, const char *state)
{
	g_autofree char *size = g_strdup_printf("%" G_GSIZE_FORMAT, purple_xfer_get_size(xfer));
	g_autofree char *moved = g_strdup_printf("%" G_GSIZE_FORMAT, purple_xfer_get_bytes_sent(xfer));
	null_tell("xfer", "state", state, "name", purple_xfer_get_filename(xfer), "with",
		  purple_xfer_get_remote_user(xfer), "size", size, "moved", moved, "path",
		  purple_xfer_get_local_filename(xfer), NULL);
}

static void
on_add(PurpleXfer *xfer)
{
	tell_xfer(xfer, "added");
}

static void
on_progress(PurpleXfer *xfer, double part)
{
	(void)part;
	tell_xfer(xfer, purple_xfer_is_completed(xfer) ? "done" : "moving");
}

static void
on_cancel_local(PurpleXfer *xfer)
{
	tell_xfer(xfer, "cancelled");
}

static void
on_cancel_remote(PurpleXfer *xfer)
{
	tell_xfer(xfer, "failed");
}

static PurpleXferUiOps xfer_ops = {
	.add_xfer = on_add,
	.update_progress = on_progress,
	.cancel_local = on_cancel_local,
	.cancel_remote = on_cancel_remote,
};

/* ---- questions ---- */

typedef struct {
	PurpleRequestType type;
	PurpleRequestActionCb accept;
	PurpleRequestActionCb refuse;
	PurpleRequestFileCb ok;
	PurpleRequestFileCb cancel;
	void *user_data;
	char *labels[2];
} Question;

static GQueue questions = G_QUEUE_INIT;

static void
question_free(Question *question)
{
	g_free(question->labels[0]);
	g_free(question->labels[1]);
	g_free(question);
}

static void *
on_action(const char *title, const char *primary, const char *secondary, int default_action,
	  PurpleAccount *account, const char *who, PurpleConversation *conversation, void *user_data,
	  size_t n_actions, va_list actions)
{
	(void)default_action;
	(void)account;
	(void)conversation;
	g_assert(n_actions == 2);
	Question *question = g_new0(Question, 1);
	question->type = PURPLE_REQUEST_ACTION;
	question->user_data = user_data;
	question->labels[0] = g_strdup(va_arg(actions, char *));
	question->accept = va_arg(actions, PurpleRequestActionCb);
	question->labels[1] = g_strdup(va_arg(actions, char *));
	question->refuse = va_arg(actions, PurpleRequestActionCb);
	g_queue_push_tail(&questions, question);
	null_tell("question", "with", who, "text", primary, "title", title, "secondary", secondary, NULL);
	return question;
}

static void *
on_file(const char *title, const char *filename, gboolean saving, GCallback ok, GCallback cancel,
	PurpleAccount *account, const char *who, PurpleConversation *conversation, void *user_data)
{
	(void)title;
	(void)account;
	(void)conversation;
	Question *question = g_new0(Question, 1);
	question->type = PURPLE_REQUEST_FILE;
	question->user_data = user_data;
	question->ok = (PurpleRequestFileCb)ok;
	question->cancel = (PurpleRequestFileCb)cancel;
	g_queue_push_tail(&questions, question);
	null_tell("choice", "with", who, "name", filename, "saving", saving ? "yes" : "no", NULL);
	return question;
}

static void
close_request(PurpleRequestType type, void *ui_handle)
{
	Question *question = ui_handle;
	if (!g_queue_remove(&questions, question))
		return;
	/* As Finch does. */
	if (type == PURPLE_REQUEST_FILE && purple_strequal(purple_core_get_ui(), "gnt-purple"))
		question->cancel(question->user_data, NULL);
	if (type == PURPLE_REQUEST_ACTION)
		null_tell("closed", NULL);
	question_free(question);
}

static Question *
oldest(PurpleRequestType type)
{
	for (GList *i = questions.head; i != NULL; i = i->next)
		if (((Question *)i->data)->type == type)
			return i->data;
	return NULL;
}

static Question *
labelled(const char *label)
{
	for (GList *i = questions.head; i != NULL; i = i->next) {
		Question *question = i->data;
		if (purple_strequal(question->labels[0], label) ||
		    purple_strequal(question->labels[1], label))
			return question;
	}
	return NULL;
}

static void
do_answer(JsonObject *command)
{
	const char *label = null_member(command, "label");
	Question *question = label != NULL ? labelled(label) : oldest(PURPLE_REQUEST_ACTION);
	g_assert(question != NULL);
	Question answered = *question;
	gboolean accept = label != NULL ? purple_strequal(label, question->labels[0])
					: json_object_get_boolean_member(command, "accept");
	/* As Pidgin does: the answer first, and then the window goes. */
	(accept ? answered.accept : answered.refuse)(answered.user_data, accept ? 0 : 1);
	if (g_queue_find(&questions, question) != NULL)
		purple_request_close(PURPLE_REQUEST_ACTION, question);
}

static void
do_choose(JsonObject *command)
{
	Question *question = oldest(PURPLE_REQUEST_FILE);
	g_assert(question != NULL);
	Question answered = *question;
	const char *path = null_member(command, "path");
	gboolean finch = purple_strequal(purple_core_get_ui(), "gnt-purple");
	g_queue_remove(&questions, question);
	/* Finch tells the name alone, writes down the folder, and then answers once more. */
	g_autofree char *name = path != NULL && finch ? g_path_get_basename(path) : g_strdup(path);
	(path != NULL ? answered.ok : answered.cancel)(answered.user_data, name);
	if (path != NULL && finch) {
		g_autofree char *folder = g_path_get_dirname(path);
		purple_prefs_add_none("/finch");
		purple_prefs_add_none("/finch/filelocations");
		purple_prefs_add_path("/finch/filelocations/last_save_folder", "");
		purple_prefs_set_path("/finch/filelocations/last_save_folder", folder);
		answered.cancel(answered.user_data, NULL);
	}
	purple_request_close(PURPLE_REQUEST_FILE, question);
	question_free(question);
}

/* ---- sending ---- */

static void
do_send_file(JsonObject *command)
{
	serv_send_file(purple_account_get_connection(null_account()), null_member(command, "to"),
		       null_member(command, "path"));
}

/* To a group, as Pidgin's menu does; with a path, as other clients may. */
static void
do_share(JsonObject *command)
{
	PurpleConvChat *chat =
		purple_conversation_get_chat_data(null_conversation(null_member(command, "to")));
	serv_chat_send_file(purple_account_get_connection(null_account()), purple_conv_chat_get_id(chat),
			    null_member(command, "path"));
}

static void
do_cancel(JsonObject *command)
{
	for (GList *i = purple_xfers_get_all(); i != NULL; i = i->next) {
		PurpleXfer *xfer = i->data;
		if (purple_strequal(purple_xfer_get_filename(xfer), null_member(command, "name")) &&
		    !purple_xfer_is_canceled(xfer) && !purple_xfer_is_completed(xfer)) {
			purple_xfer_cancel_local(xfer);
			return;
		}
	}
	null_tell("notify", "type", "error", "title", "nothing to cancel", NULL);
}

static void
do_picture(JsonObject *command)
{
	g_auto(GStrv) paths = g_strsplit(null_member(command, "path"), ":", -1);
	g_autoptr(GString) markup = g_string_new(null_member(command, "text"));
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int));
	for (guint i = 0; paths[i] != NULL; i++) {
		char *contents = NULL;
		gsize size = 0;
		gboolean read = g_file_get_contents(paths[i], &contents, &size, NULL);
		g_assert(read);
		int id = purple_imgstore_add_with_id(contents, size, paths[i]);
		g_string_append_printf(markup, "<IMG ID=\"%d\">", id);
		g_array_append_val(ids, id);
	}
	PurpleConversation *conversation = null_conversation(null_member(command, "to"));
	if (purple_conversation_get_type(conversation) == PURPLE_CONV_TYPE_CHAT)
		purple_conv_chat_send_with_flags(purple_conversation_get_chat_data(conversation), markup->str,
						 PURPLE_MESSAGE_IMAGES);
	else
		purple_conv_im_send_with_flags(purple_conversation_get_im_data(conversation), markup->str,
					       PURPLE_MESSAGE_IMAGES);
	for (guint i = 0; i < ids->len; i++)
		purple_imgstore_unref_by_id(g_array_index(ids, int, i));
}

/* ---- pictures ---- */

void
null_files_tell_pictures(PurpleConversation *conversation, const char *html)
{
	const char *start = NULL;
	const char *end = NULL;
	GData *attributes = NULL;
	while (purple_markup_find_tag("img", html, &start, &end, &attributes)) {
		const char *id = g_datalist_get_data(&attributes, "id");
		PurpleStoredImage *image = id != NULL ? purple_imgstore_find_by_id(atoi(id)) : NULL;
		g_autofree char *sum = image == NULL
					       ? NULL
					       : g_compute_checksum_for_data(G_CHECKSUM_SHA256,
									     purple_imgstore_get_data(image),
									     purple_imgstore_get_size(image));
		null_tell("picture", "with", purple_conversation_get_name(conversation), "sha256", sum,
			  "name", image != NULL ? purple_imgstore_get_filename(image) : NULL, NULL);
		g_datalist_clear(&attributes);
		html = end + 1;
	}
}

/* ---- all ---- */

void
null_files_set_ops(PurpleRequestUiOps *requests)
{
	requests->request_action = on_action;
	requests->request_file = on_file;
	requests->close_request = close_request;
	purple_xfers_set_ui_ops(&xfer_ops);
	/* libpurple's logger never frees what it reads of a picture's tag. */
	purple_prefs_set_bool("/purple/logging/log_ims", FALSE);
	purple_prefs_set_bool("/purple/logging/log_chats", FALSE);
}

gboolean
null_files_run(JsonObject *command)
{
	static const struct {
		const char *name;
		void (*run)(JsonObject *command);
	} commands[] = {
		{"send-file", do_send_file}, {"answer", do_answer},   {"choose", do_choose},
		{"cancel", do_cancel},       {"picture", do_picture}, {"share", do_share},
	};
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		if (purple_strequal(commands[i].name, null_member(command, "do"))) {
			commands[i].run(command);
			return TRUE;
		}
	return FALSE;
}

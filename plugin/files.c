/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: where there is neither menu nor window for files, and where a question was answered with "no" too early, words do. */
#include "plugin/files.h"

#include <string.h>

#include <purple.h>

#include "plugin/attachment.h"
#include "plugin/command.h"
#include "plugin/conversation.h"
#include "plugin/path.h"
#include "plugin/transfer.h"
#include "plugin/xfer.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

static void
say(PipitAccount *account, const char *who, const char *text)
{
	pipit_conversation_show_notice(account->account, who, text);
}

/* ---- sending ---- */

void
pipit_files_send(PipitAccount *account, const char *who, const char *argument)
{
	g_autofree char *caption = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *path = pipit_path_with_words(argument, &caption, &error);
	if (path == NULL) {
		say(account, who, error->message);
		return;
	}
	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
		g_autofree char *line = g_strdup_printf(_("There is no file %s."), path);
		say(account, who, line);
		return;
	}
	pipit_conversation_written(account->account, who);
	pipit_xfer_send_file(account, who, path, caption);
}

/* ---- what a number stands for ---- */

typedef struct {
	gint64 number;
	char *peer;
	PipitAttachment attachment; /* its name is ours */
} Found;

static void
found_clear(Found *found)
{
	g_free(found->peer);
	g_free((char *)found->attachment.name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Found, found_clear)

static void
compare_attachment(gpointer user_data, const char *peer, const PipitAttachment *attachment)
{
	Found *found = user_data;
	if (found->peer != NULL || attachment->number != found->number)
		return;
	found->peer = g_strdup(peer);
	found->attachment = *attachment;
	found->attachment.name = g_strdup(attachment->name);
	found->attachment.type = NULL;
}

static gboolean
find_attachment(PipitAccount *account, gint64 number, Found *found)
{
	found->number = number;
	pipit_client_attachments(account->client, NULL, compare_attachment, found);
	return found->peer != NULL;
}

static void
compare_transfer(gpointer user_data, const PipitTransfer *transfer)
{
	Found *found = user_data;
	if (found->peer != NULL || transfer->number != found->number)
		return;
	found->peer = g_strdup(transfer->peer);
	found->attachment.name = g_strdup(transfer->name);
}

static gboolean
find_transfer(PipitAccount *account, gint64 number, Found *found)
{
	found->number = number;
	pipit_client_transfers(account->client, compare_transfer, found);
	return found->peer != NULL;
}

/* Returns the number at the beginning of @argument, 0 if there is none. @rest: out: what follows. */
static gint64
read_number(const char *argument, const char **rest)
{
	char *end = NULL;
	gint64 number = g_ascii_strtoll(argument, &end, 10);
	gboolean is_number = end != argument && (*end == '\0' || *end == ' ') && number > 0;
	*rest = is_number ? end + strspn(end, " ") : argument;
	return is_number ? number : 0;
}

static void
say_no_such(PipitAccount *account, const char *who)
{
	g_autofree char *list = pipit_command_spelling("files");
	/* Translators: a command. */
	g_autofree char *line = g_strdup_printf(_("There is no file with this number: %s lists them."), list);
	say(account, who, line);
}

/* ---- saving ---- */

/* Returns (transfer full) where to save what is called @name; NULL with an error. */
static char *
destination(const char *typed, const char *name, GError **error)
{
	g_autofree char *place = *typed != '\0' ? pipit_path_typed(typed, error) : pipit_path_folder();
	if (place == NULL)
		return NULL;
	if (g_file_test(place, G_FILE_TEST_IS_DIR))
		return g_build_filename(place, name, NULL);
	return g_steal_pointer(&place);
}

void
pipit_files_save(PipitAccount *account, const char *who, const char *argument)
{
	const char *typed = NULL;
	g_auto(Found) found = {0};
	gint64 number = read_number(argument, &typed);
	if (number == 0 || !find_attachment(account, number, &found)) {
		say_no_such(account, who);
		return;
	}
	g_autoptr(GError) error = NULL;
	g_autofree char *path = destination(typed, found.attachment.name, &error);
	if (error != NULL) {
		say(account, who, error->message);
		return;
	}
	pipit_xfer_save(account, pipit_conversation_who(found.peer), &found.attachment, path);
}

void
pipit_files_offer(PipitAccount *account, const char *who, const char *argument)
{
	const char *rest = NULL;
	g_auto(Found) found = {0};
	gint64 number = read_number(argument, &rest);
	if (number == 0 || !find_attachment(account, number, &found)) {
		say_no_such(account, who);
		return;
	}
	if (pipit_xfer_offer(account, pipit_conversation_who(found.peer), &found.attachment))
		return;
	g_autofree char *line = pipit_attachment_offer(&found.attachment);
	say(account, who, line);
}

/* ---- the list ---- */

typedef struct {
	GString *text;
	const char *peer;
} List;

static void
list_attachment(gpointer user_data, const char *peer, const PipitAttachment *attachment)
{
	(void)peer;
	List *list = user_data;
	g_autofree char *what = pipit_attachment_describe(attachment);
	g_string_append_printf(list->text, "\n%" G_GINT64_FORMAT "  %s", attachment->number, what);
}

/* Returns (transfer full) how far it is. */
static char *
state_of(const PipitTransfer *transfer)
{
	if (transfer->state == PIPIT_TRANSFER_FAILED)
		return g_strdup(transfer->upload ? _("not sent") : _("not fetched"));
	if (transfer->state == PIPIT_TRANSFER_WAITING)
		return g_strdup(_("waiting"));
	g_autofree char *moved = pipit_attachment_size(transfer->moved);
	/* Translators: so much of a file. */
	return g_strdup_printf(transfer->upload ? _("sending, %s so far") : _("fetching, %s so far"), moved);
}

static void
list_transfer(gpointer user_data, const PipitTransfer *transfer)
{
	List *list = user_data;
	if (!g_str_equal(transfer->peer, list->peer))
		return;
	g_autofree char *what = pipit_attachment_describe_transfer(transfer);
	g_autofree char *state = state_of(transfer);
	g_string_append_printf(list->text, "\n%" G_GINT64_FORMAT "  %s: %s", transfer->number, what, state);
}

void
pipit_files_list(PipitAccount *account, const char *who, const char *argument)
{
	(void)argument;
	g_autofree char *peer = pipit_handle_parse(who);
	g_autoptr(GString) text = g_string_new(NULL);
	List list = {.text = text, .peer = peer != NULL ? peer : who};
	pipit_client_attachments(account->client, list.peer, list_attachment, &list);
	pipit_client_transfers(account->client, list_transfer, &list);
	if (text->len == 0) {
		say(account, who, _("There are no files in this conversation."));
		return;
	}
	g_autofree char *save = pipit_command_spelling("save");
	g_autofree char *drop = pipit_command_spelling("drop");
	/* Translators: two commands. A list follows. */
	g_autofree char *heading = g_strdup_printf(
		_("The files of this conversation (%s NUMBER saves one, %s NUMBER gives one up):"), save,
		drop);
	g_string_prepend(text, heading);
	say(account, who, text->str);
}

/* ---- giving up ---- */

void
pipit_files_drop(PipitAccount *account, const char *who, const char *argument)
{
	const char *rest = NULL;
	gint64 number = read_number(argument, &rest);
	g_auto(Found) transfer = {0};
	g_auto(Found) attachment = {0};
	if (number != 0 && find_transfer(account, number, &transfer)) {
		pipit_client_cancel_transfer(account->client, number);
		pipit_transfer_given_up(account, who, transfer.attachment.name);
	} else if (number != 0 && find_attachment(account, number, &attachment)) {
		pipit_client_drop_attachment(account->client, number);
		g_autofree char *line = g_strdup_printf(_("%s is forgotten."), attachment.attachment.name);
		say(account, who, line);
	} else {
		say_no_such(account, who);
	}
}

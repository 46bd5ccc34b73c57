/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit send`: one text or some files to a person or a group; ends when the relay has it. */
#include <string.h>
#include <unistd.h>

#include "protocol/i18n.h"
#include "tools/pipit/command.h"
#include "tools/pipit/progress.h"
#include "tools/pipit/pure_io.h"
#include "tools/pipit/session.h"

#define TIMEOUT_S 60

typedef struct {
	int timeout;
	char **files; /* or NULL */
	gboolean keep_metadata;
	char *id;      /* of the message, once there is one */
	gint64 number; /* of the files */
} Send;

static void
send_clear(Send *send)
{
	g_strfreev(send->files);
	g_free(send->id);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Send, send_clear)

static void
on_sent(PipitToolSession *session, gpointer command, const char *id, const GError *error)
{
	const Send *ours = command;

	/* Others, from before, may go out first. */
	if (g_strcmp0(id, ours->id) != 0)
		return;
	if (error != NULL)
		pipit_tool_session_fail(session, error);
	else
		pipit_tool_session_end(session, PIPIT_EXIT_OK);
}

static void
on_transfer(PipitToolSession *session, gpointer command, const PipitTransfer *transfer)
{
	Send *ours = command;

	if (transfer->number != ours->number)
		return;
	pipit_progress_show(transfer);
	if (transfer->state == PIPIT_TRANSFER_DONE)
		ours->id = g_strdup(transfer->id);
	else if (transfer->state == PIPIT_TRANSFER_FAILED)
		pipit_tool_session_fail(session, transfer->error);
}

static char *
read_text(const PipitAccountOptions *options, gboolean with_files, GError **error)
{
	if (options->arguments[1] != NULL)
		return g_strdup(options->arguments[1]);
	if (with_files)
		return g_strdup("");
	g_autoptr(GBytes) bytes = pipit_stdin_read(error);
	if (bytes == NULL)
		return NULL;
	gsize size;
	const char *text = g_bytes_get_data(bytes, &size);
	if (size > 0 && text[size - 1] == '\n')
		size--;
	if (!g_utf8_validate_len(text != NULL ? text : "", size, NULL)) {
		g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
				    _("the text is not in UTF-8"));
		return NULL;
	}
	return g_strndup(text != NULL ? text : "", size);
}

static gboolean
check_arguments(const PipitAccountOptions *options, GError **error)
{
	guint count = options->arguments != NULL ? g_strv_length(options->arguments) : 0;

	if (count == 1 || count == 2)
		return TRUE;
	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    _("send needs the recipient's address and at most one text"));
	return FALSE;
}

/* One message with all of them. */
static gboolean
write_files(PipitClient *client, const char *to, Send *send, const char *text, GError **error)
{
	g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(PipitOutgoingFile));
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; send->files[i] != NULL; i++) {
		char *path = g_canonicalize_filename(send->files[i], NULL);
		const PipitOutgoingFile file = {.path = path, .keep_metadata = send->keep_metadata};
		g_ptr_array_add(paths, path);
		g_array_append_val(files, file);
	}
	send->number =
		pipit_client_send_files(client, to, (const PipitOutgoingFile *)(gconstpointer)files->data,
					files->len, text, NULL, error);
	return send->number != 0;
}

static gboolean
write_down(PipitClient *client, const char *to, Send *send, const char *text, GError **error)
{
	if (send->files != NULL)
		return write_files(client, to, send, text, error);
	send->id = pipit_client_send(client, to, text, NULL, error);
	return send->id != NULL;
}

static int
send_it(const PipitAccountOptions *options, const char *text, Send *send, GError **error)
{
	const PipitToolEvents events = {.sent = on_sent, .transfer = on_transfer};
	g_autoptr(PipitToolSession) session = pipit_tool_session_new(
		options, NULL, FALSE, TRUE, (guint)MAX(send->timeout, 0), &events, send, error);
	if (session == NULL)
		return PIPIT_EXIT_FAILED;
	if (!write_down(pipit_tool_session_client(session), options->arguments[0], send, text, error))
		return PIPIT_EXIT_FAILED;
	int status = pipit_tool_session_run(session);
	if (status == PIPIT_EXIT_NOT_YET)
		g_printerr("pipit: %s\n", _("not sent yet: it waits, and goes with the next command"));
	return status;
}

int
pipit_command_send(int argc, char **argv)
{
	g_auto(PipitAccountOptions) options = {0};
	g_auto(Send) send = {.timeout = -1};
	g_autoptr(GError) error = NULL;
	const GOptionEntry entries[] = {
		{"file", 'f', 0, G_OPTION_ARG_FILENAME_ARRAY, &send.files,
		 N_("A file to send; several times for several files in one message"), N_("PATH")},
		{"keep-metadata", 0, 0, G_OPTION_ARG_NONE, &send.keep_metadata,
		 N_("Leave in pictures what they tell of place, time and camera"), NULL},
		{"timeout", 't', 0, G_OPTION_ARG_INT, &send.timeout,
		 N_("How long to try (60, for files without end; 0: without end)"), N_("SECONDS")},
		G_OPTION_ENTRY_NULL,
	};

	if (!pipit_account_options_parse(
		    &options, _("TO [TEXT]"),
		    _("Sends a text (else: standard input) or files, and waits until the "
		      "server has it for every device of "
		      "the recipient."),
		    entries, argc, argv, &error) ||
	    !check_arguments(&options, &error) || !pipit_account_options_complete(&options, &error))
		return pipit_command_fail(error);
	g_autofree char *text = read_text(&options, send.files != NULL, &error);
	if (text == NULL)
		return pipit_command_fail(error);
	if (send.timeout < 0)
		send.timeout = send.files != NULL ? 0 : TIMEOUT_S;
	int status = send_it(&options, text, &send, &error);
	if (error != NULL)
		pipit_command_fail(error);
	return status;
}

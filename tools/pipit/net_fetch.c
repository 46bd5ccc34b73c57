/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit fetch`: a file that came with a message, into a folder; or which there are. */
#include <errno.h>

#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "tools/pipit/command.h"
#include "tools/pipit/progress.h"
#include "tools/pipit/session.h"

typedef struct {
	gint64 number;
	int timeout;
} Fetch;

static void
print_attachment(gpointer unused G_GNUC_UNUSED, const char *peer, const PipitAttachment *attachment)
{
	g_autofree char *size = g_format_size((guint64)attachment->size);

	g_print("%" G_GINT64_FORMAT "  %s  (%s, %s)\n", attachment->number, attachment->name, size,
		pipit_handle_display(peer));
}

static void
on_transfer(PipitToolSession *session, gpointer command, const PipitTransfer *transfer)
{
	const Fetch *fetch = command;

	if (transfer->number != fetch->number)
		return;
	pipit_progress_show(transfer);
	if (transfer->state == PIPIT_TRANSFER_DONE) {
		g_print("%s\n", transfer->path);
		pipit_tool_session_end(session, PIPIT_EXIT_OK);
	} else if (transfer->state == PIPIT_TRANSFER_FAILED) {
		pipit_tool_session_fail(session, transfer->error);
	}
}

static gboolean
read_number(const char *text, gint64 *number, GError **error)
{
	char *end = NULL;

	errno = 0;
	*number = g_ascii_strtoll(text, &end, 10);
	if (errno == 0 && *end == '\0' && *number > 0)
		return TRUE;
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("“%s” is no number of a file"), text);
	return FALSE;
}

static gboolean
begin(PipitClient *client, gint64 number, const char *to, GError **error)
{
	g_autofree char *path = g_canonicalize_filename(to, NULL);

	return g_file_test(path, G_FILE_TEST_IS_DIR) ? pipit_client_fetch_into(client, number, path, error)
						     : pipit_client_fetch(client, number, path, error);
}

static int
run(const PipitAccountOptions *options, Fetch *fetch, GError **error)
{
	const PipitToolEvents events = {.transfer = on_transfer};
	char *const *arguments = options->arguments;
	g_autoptr(PipitToolSession) session = pipit_tool_session_new(
		options, NULL, FALSE, TRUE, (guint)MAX(fetch->timeout, 0), &events, fetch, error);

	if (session == NULL)
		return PIPIT_EXIT_FAILED;
	PipitClient *client = pipit_tool_session_client(session);
	if (arguments == NULL) {
		pipit_client_attachments(client, NULL, print_attachment, NULL);
		return PIPIT_EXIT_OK;
	}
	if (!begin(client, fetch->number, arguments[1] != NULL ? arguments[1] : ".", error))
		return PIPIT_EXIT_FAILED;
	return pipit_tool_session_run(session);
}

static gboolean
check_arguments(const PipitAccountOptions *options, Fetch *fetch, GError **error)
{
	if (options->arguments == NULL)
		return TRUE;
	if (g_strv_length(options->arguments) <= 2)
		return read_number(options->arguments[0], &fetch->number, error);
	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    _("fetch needs the number of a file and at most one place for it"));
	return FALSE;
}

int
pipit_command_fetch(int argc, char **argv)
{
	g_auto(PipitAccountOptions) options = {0};
	g_autoptr(GError) error = NULL;
	Fetch fetch = {0};
	const GOptionEntry entries[] = {
		{"timeout", 't', 0, G_OPTION_ARG_INT, &fetch.timeout, N_("How long to try (without end)"),
		 N_("SECONDS")},
		G_OPTION_ENTRY_NULL,
	};

	if (!pipit_account_options_parse(
		    &options, _("[NUMBER [TO]]"),
		    _("Fetches a file into the current folder, or to TO, and says where it "
		      "is. Without NUMBER: lists what can be fetched."),
		    entries, argc, argv, &error) ||
	    !check_arguments(&options, &fetch, &error) || !pipit_account_options_complete(&options, &error))
		return pipit_command_fail(error);
	int status = run(&options, &fetch, &error);
	if (error != NULL)
		pipit_command_fail(error);
	return status;
}

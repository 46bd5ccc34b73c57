/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit drafts`: files that are not sent yet, and what to do about them. */
#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "tools/pipit/command.h"
#include "tools/pipit/progress.h"
#include "tools/pipit/session.h"

typedef struct {
	gint64 retry;
	gint64 cancel;
	int timeout;
	char *id; /* of the message that came of it */
} Drafts;

static void
print_draft(gpointer unused G_GNUC_UNUSED, const PipitTransfer *transfer)
{
	g_autofree char *more = transfer->n_files > 1
					? g_strdup_printf(_(" and %u more"), transfer->n_files - 1)
					: g_strdup("");

	g_print("%" G_GINT64_FORMAT "  %s%s  (%s)%s%s\n", transfer->number, transfer->name, more,
		pipit_handle_display(transfer->peer), transfer->error != NULL ? ": " : "",
		transfer->error != NULL ? transfer->error->message : "");
}

static void
on_transfer(PipitToolSession *session, gpointer command, const PipitTransfer *transfer)
{
	Drafts *drafts = command;

	if (transfer->number != drafts->retry)
		return;
	pipit_progress_show(transfer);
	if (transfer->state == PIPIT_TRANSFER_DONE)
		drafts->id = g_strdup(transfer->id);
	else if (transfer->state == PIPIT_TRANSFER_FAILED)
		pipit_tool_session_fail(session, transfer->error);
}

static void
on_sent(PipitToolSession *session, gpointer command, const char *id, const GError *error)
{
	const Drafts *drafts = command;

	if (g_strcmp0(id, drafts->id) != 0)
		return;
	if (error != NULL)
		pipit_tool_session_fail(session, error);
	else
		pipit_tool_session_end(session, PIPIT_EXIT_OK);
}

static int
run(const PipitAccountOptions *options, Drafts *drafts, GError **error)
{
	const PipitToolEvents events = {.transfer = on_transfer, .sent = on_sent};
	g_autoptr(PipitToolSession) session = pipit_tool_session_new(
		options, NULL, FALSE, TRUE, (guint)MAX(drafts->timeout, 0), &events, drafts, error);

	if (session == NULL)
		return PIPIT_EXIT_FAILED;
	PipitClient *client = pipit_tool_session_client(session);
	if (drafts->cancel != 0)
		pipit_client_cancel_transfer(client, drafts->cancel);
	if (drafts->retry == 0) {
		pipit_client_transfers(client, print_draft, NULL);
		return PIPIT_EXIT_OK;
	}
	if (!pipit_client_retry_transfer(client, drafts->retry, error))
		return PIPIT_EXIT_FAILED;
	return pipit_tool_session_run(session);
}

int
pipit_command_drafts(int argc, char **argv)
{
	g_auto(PipitAccountOptions) options = {0};
	g_autoptr(GError) error = NULL;
	Drafts drafts = {0};
	const GOptionEntry entries[] = {
		{"retry", 0, 0, G_OPTION_ARG_INT64, &drafts.retry,
		 N_("Send this one now, and wait until it is sent"), N_("NUMBER")},
		{"cancel", 0, 0, G_OPTION_ARG_INT64, &drafts.cancel, N_("Forget this one"), N_("NUMBER")},
		{"timeout", 't', 0, G_OPTION_ARG_INT, &drafts.timeout, N_("How long to try (without end)"),
		 N_("SECONDS")},
		G_OPTION_ENTRY_NULL,
	};

	if (!pipit_account_options_parse(&options, NULL, _("Lists the files that are not sent yet."), entries,
					 argc, argv, &error) ||
	    !pipit_account_options_complete(&options, &error))
		return pipit_command_fail(error);
	int status = run(&options, &drafts, &error);
	g_free(drafts.id);
	if (error != NULL)
		pipit_command_fail(error);
	return status;
}

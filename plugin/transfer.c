/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: whoever sends a file wants to see that it went, and whoever can't wants to know what to do, where they talk about it. */
#include "plugin/transfer.h"

#include <purple.h>

#include "plugin/attachment.h"
#include "plugin/command.h"
#include "plugin/contact.h"
#include "plugin/conversation.h"
#include "plugin/html.h"
#include "plugin/spool.h"
#include "plugin/ui.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

/* ---- sending ---- */

/* @caption NULL: nothing is to be written any more. */
static void
remember(PipitAccount *account, gint64 number, const char *caption)
{
	if (account->captions == NULL)
		account->captions = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	gint64 *key = g_new(gint64, 1);
	*key = number;
	g_hash_table_replace(account->captions, key, g_strdup(caption));
}

gint64
pipit_transfer_begin(PipitAccount *account, const char *who, const char *path, const char *caption,
		     GError **error)
{
	g_autofree char *peer = pipit_handle_parse(who);
	PipitOutgoingFile file = {
		.path = path,
		.keep_metadata = purple_account_get_bool(account->account, PIPIT_OPTION_KEEP_METADATA, FALSE),
	};
	gint64 number = pipit_client_send_files(account->client, peer != NULL ? peer : who, &file, 1, caption,
						NULL, error);
	if (number != 0)
		remember(account, number, caption != NULL ? caption : "");
	return number;
}

void
pipit_transfer_is_shown(PipitAccount *account, gint64 number)
{
	remember(account, number, NULL);
}

gboolean
pipit_transfer_stands_there(const PipitAccount *account, gint64 number)
{
	gpointer caption = NULL;
	return account->captions != NULL &&
	       g_hash_table_lookup_extended(account->captions, &number, NULL, &caption) && caption == NULL;
}

void
pipit_transfer_not_begun(PipitAccount *account, const char *who, const char *name, const GError *error)
{
	/* Translators: the name of a file, a sentence. */
	g_autofree char *line = g_strdup_printf(_("%s was not sent: %s"), name, error->message);
	pipit_conversation_show_error(account->account, who, line);
}

void
pipit_transfer_not_fetched(PipitAccount *account, const char *who, const char *name, const GError *error)
{
	g_autofree char *list = pipit_command_spelling("files");
	/* Translators: the name of a file, a sentence, a command. */
	g_autofree char *line = g_strdup_printf(_("%s was not fetched: %s (%s lists what can be fetched)"),
						name, error->message, list);
	pipit_conversation_show_error(account->account, who, line);
}

void
pipit_transfer_given_up(PipitAccount *account, const char *who, const char *name)
{
	g_autofree char *line = g_strdup_printf(_("%s is given up."), name);
	pipit_conversation_show_notice(account->account, who, line);
}

/* ---- what became of it ---- */

static void
write_own_line(PipitAccount *account, const char *who, const char *caption, const char *what)
{
	g_autofree char *text = *caption != '\0' ? g_strdup_printf("%s\n%s", caption, what) : g_strdup(what);
	pipit_conversation_show_sent(account, who, text);
}

static void
tell_sent(PipitAccount *account, const char *who, const PipitTransfer *transfer)
{
	gpointer caption = NULL;
	gboolean known = account->captions != NULL &&
			 g_hash_table_lookup_extended(account->captions, &transfer->number, NULL, &caption);
	g_autofree char *what = pipit_attachment_describe_transfer(transfer);
	if (pipit_ui_hides_system_messages()) {
		g_autofree char *line = g_strdup_printf(_("%s is sent."), what);
		pipit_conversation_show_notice(account->account, who, line);
	} else if (!known || caption != NULL) {
		write_own_line(account, who, caption != NULL ? caption : "", what);
	}
	if (known)
		g_hash_table_remove(account->captions, &transfer->number);
}

static void
tell_saved(PipitAccount *account, const char *who, const PipitTransfer *transfer)
{
	/* Translators: the name of a file, and where it is. */
	g_autofree char *line = g_strdup_printf(_("%s is saved as %s"), transfer->name, transfer->path);
	pipit_conversation_show_notice(account->account, who, line);
}

/* The disk may be full, or the server too busy; but what is gone or damaged stays so. */
static gboolean
may_work_later(const GError *error)
{
	return g_error_matches(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_TRANSIENT) ||
	       g_error_matches(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_STORE);
}

/* Returns (transfer full) what to do about a file that was not sent. */
static char *
advice_to_sender(const PipitTransfer *transfer)
{
	g_autofree char *again = pipit_command_spelling("resend");
	g_autofree char *drop = pipit_command_spelling("drop");
	if (!g_error_matches(transfer->error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_DAMAGED))
		/* Translators: a command, another one and its number. */
		return g_strdup_printf(_("%s tries again, %s %" G_GINT64_FORMAT " gives it up"), again, drop,
				       transfer->number);
	/* What is tried again was written down without that. */
	/* Translators: the name of an option, a command and its number. */
	return g_strdup_printf(
		_("For the latter there is “%s” among the account's options; then send it as a "
		  "new message. %s %" G_GINT64_FORMAT " gives this one up"),
		_(PIPIT_OPTION_KEEP_METADATA_LABEL), drop, transfer->number);
}

static void
tell_failed(PipitAccount *account, const char *who, const PipitTransfer *transfer)
{
	if (pipit_account_was_aborted(transfer->error))
		return;
	const char *why = transfer->error != NULL ? transfer->error->message : "";
	g_autofree char *line = NULL;
	if (transfer->upload) {
		g_autofree char *advice = advice_to_sender(transfer);
		/* Translators: the name of a file, a sentence, what to do about it. */
		line = g_strdup_printf(_("%s was not sent: %s (%s)"), transfer->name, why, advice);
	} else if (!may_work_later(transfer->error)) {
		/* Translators: the name of a file, a sentence. */
		line = g_strdup_printf(_("%s was not fetched: %s"), transfer->name, why);
	} else {
		g_autofree char *save = pipit_command_spelling("save");
		/* Translators: the name of a file, a sentence, a command and its number. */
		line = g_strdup_printf(_("%s was not fetched: %s (%s %" G_GINT64_FORMAT " tries again)"),
				       transfer->name, why, save, transfer->number);
	}
	pipit_conversation_show_error(account->account, who, line);
}

void
pipit_transfer_tell(PipitAccount *account, const PipitTransfer *transfer, gboolean by_client)
{
	const char *who = pipit_conversation_who(transfer->peer);
	switch (transfer->state) {
	case PIPIT_TRANSFER_WAITING:
	case PIPIT_TRANSFER_RUNNING:
		break;
	case PIPIT_TRANSFER_DONE:
		if (transfer->upload)
			tell_sent(account, who, transfer);
		else if (!by_client)
			tell_saved(account, who, transfer);
		break;
	case PIPIT_TRANSFER_FAILED:
		tell_failed(account, who, transfer);
		break;
	case PIPIT_TRANSFER_CANCELLED:
		break;
	}
	pipit_spool_sweep(account->client);
}

/* ---- trying again ---- */

typedef struct {
	const char *peer; /* or NULL for all */
	GArray *numbers;  /* of gint64 */
} Failed;

static void
collect_failed(gpointer user_data, const PipitTransfer *transfer)
{
	Failed *failed = user_data;
	if (transfer->upload && transfer->state == PIPIT_TRANSFER_FAILED &&
	    (failed->peer == NULL || g_str_equal(failed->peer, transfer->peer)))
		g_array_append_val(failed->numbers, transfer->number);
}

guint
pipit_transfer_retry(PipitAccount *account, const char *peer)
{
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
	Failed failed = {.peer = peer, .numbers = numbers};
	pipit_client_transfers(account->client, collect_failed, &failed);
	for (guint i = 0; i < numbers->len; i++)
		pipit_client_retry_transfer(account->client, g_array_index(numbers, gint64, i), NULL);
	return numbers->len;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: menus are out of reach in some clients, and a person who reads "not delivered" wants to act where it stands. */
#include "plugin/command.h"

#include <string.h>

#include <purple.h>

#include "plugin/command_group.h"
#include "plugin/contact.h"
#include "plugin/conversation.h"
#include "plugin/devices.h"
#include "plugin/files.h"
#include "plugin/im.h"
#include "plugin/receipt.h"
#include "plugin/room.h"
#include "plugin/roster.h"
#include "plugin/transfer.h"
#include "plugin/ui.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

#define PREFIX "!pipit"

/* Where an answer goes that comes later. */
typedef struct {
	PipitAccount *account;
	char *who;
} Place;

static Place *
place_new(PipitAccount *account, const char *who)
{
	Place *place = g_new(Place, 1);
	*place = (Place){.account = account, .who = g_strdup(who)};
	return place;
}

static void
place_free(Place *place)
{
	g_free(place->who);
	g_free(place);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Place, place_free)

static void
say(PipitAccount *account, const char *who, const char *text)
{
	pipit_conversation_show_notice(account->account, who, text);
}

/* ---- devices ---- */

static void
on_devices(gpointer user_data, const PipitOwnDevice *devices, guint n_devices, const GError *error)
{
	g_autoptr(Place) place = user_data;
	if (pipit_account_was_aborted(error))
		return;
	if (error != NULL) {
		say(place->account, place->who, error->message);
		return;
	}
	g_autoptr(GString) text = g_string_new(_("The devices of your account:"));
	for (guint i = 0; i < n_devices; i++) {
		g_autofree char *seen = pipit_devices_describe_time(devices[i].seen_at);
		g_string_append_printf(text, "\n%s  %s%s, ", devices[i].fingerprint, devices[i].name,
				       devices[i].this_one ? _(" (this one)") : "");
		/* Translators: a time. */
		g_string_append_printf(text, _("last seen %s"), seen);
	}
	say(place->account, place->who, text->str);
}

static void
run_devices(PipitAccount *account, const char *who, const char *argument)
{
	(void)argument;
	pipit_client_devices(account->client, on_devices, place_new(account, who));
}

static void
on_removed(gpointer user_data, const GError *error)
{
	g_autoptr(Place) place = user_data;
	if (!pipit_account_was_aborted(error))
		say(place->account, place->who,
		    error != NULL ? error->message : _("The device was removed."));
}

static void
run_remove_device(PipitAccount *account, const char *who, const char *argument)
{
	pipit_client_remove_device(account->client, argument, on_removed, place_new(account, who));
}

/* ---- messages ---- */

static void
run_resend(PipitAccount *account, const char *who, const char *argument)
{
	(void)argument;
	guint count = 0;
	g_autoptr(GError) error = NULL;
	g_autofree char *peer = pipit_handle_parse(who);
	guint files = pipit_transfer_retry(account, peer != NULL ? peer : who);
	pipit_im_tell_unreached_again(account, who);
	if (!pipit_client_resend_failed(account->client, who, &count, &error))
		say(account, who, error->message);
	else if (count + files == 0)
		say(account, who, _("Nothing that you wrote here failed."));
	else
		say(account, who, _("Sending again what was not delivered."));
}

static void
run_ask_again(PipitAccount *account, const char *who, const char *argument)
{
	(void)argument;
	const char *text = _("I could not open a message of yours. Please send it again.");
	g_autoptr(GError) error = NULL;
	g_autofree char *id = pipit_client_send(account->client, who, text, NULL, &error);
	if (id == NULL) {
		say(account, who, error->message);
		return;
	}
	pipit_conversation_show_sent(account, who, text);
}

/* ---- receipts ---- */

static void
say_who_knows(PipitAccount *account, const char *who, gboolean tells)
{
	g_autofree char *name = pipit_contact_name(account->account, who);
	g_autofree char *text = NULL;
	if (!purple_account_get_bool(account->account, PIPIT_OPTION_READ_RECEIPTS, TRUE))
		text = g_strdup(_("Nobody is told what you have read: the account's setting says so."));
	else
		text = g_strdup_printf(tells ? _("%s is told what you have read.")
					     : _("%s is not told what you have read."),
				       name);
	say(account, who, text);
}

static void
run_read_receipts(PipitAccount *account, const char *who, const char *argument)
{
	PurpleBuddy *buddy = purple_find_buddy(account->account, who);
	gboolean tells = g_str_equal(argument, "on");
	if (!tells && !g_str_equal(argument, "off")) {
		say_who_knows(account, who, buddy == NULL || pipit_receipt_tells(buddy));
		return;
	}
	if (buddy == NULL) {
		say(account, who, _("Only for somebody in your list: add this address first."));
		return;
	}
	pipit_receipt_set_tells(buddy, tells);
	pipit_roster_set_tells(account->account, who, tells);
	say_who_knows(account, who, tells);
}

/* ---- finding them ---- */

#define ANYWHERE (PURPLE_CMD_FLAG_IM | PURPLE_CMD_FLAG_CHAT)

static const PipitCommand commands[] = {
	{"devices", "", N_("devices:  Lists the devices of your account."), run_devices, ANYWHERE},
	{"remove-device", "s",
	 N_("remove-device FINGERPRINT:  Removes the device whose fingerprint begins so from your account."),
	 run_remove_device, ANYWHERE},
	{"read-receipts", "w",
	 N_("read-receipts on|off:  Whether the person here is told what you have read."), run_read_receipts,
	 PURPLE_CMD_FLAG_IM},
	{"resend", "", N_("resend:  Sends again what you wrote here and was not delivered."), run_resend,
	 ANYWHERE},
	{"ask-again", "", N_("ask-again:  Asks for a message again that could not be opened."), run_ask_again,
	 ANYWHERE},
	{"sendfile", "s", N_("sendfile PATH [CAPTION]:  Sends a file."), pipit_files_send, ANYWHERE},
	{"files", "", N_("files:  Lists the files of this conversation."), pipit_files_list, ANYWHERE},
	{"save", "s", N_("save NUMBER [PATH]:  Saves a file that came."), pipit_files_save, ANYWHERE},
	{"offer", "s", N_("offer NUMBER:  Asks again whether you want a file that came."), pipit_files_offer,
	 ANYWHERE},
	{"drop", "s", N_("drop NUMBER:  Gives up a file that is sent or fetched, or that you don't want."),
	 pipit_files_drop, ANYWHERE},
};

static GSList *ids;

static char *
who_of(const PipitAccount *account, PurpleConversation *conversation)
{
	if (purple_conversation_get_type(conversation) == PURPLE_CONV_TYPE_CHAT)
		return g_strdup(pipit_room_of(account, conversation));
	return pipit_contact_address(purple_conversation_get_name(conversation));
}

static PurpleCmdRet
on_command(PurpleConversation *conversation, const char *name, char **arguments, char **error, void *data)
{
	(void)name;
	const PipitCommand *command = data;
	PipitAccount *account = pipit_account_of(purple_conversation_get_gc(conversation));
	g_autofree char *who =
		account != NULL && account->client != NULL ? who_of(account, conversation) : NULL;
	if (who == NULL) {
		*error = g_strdup(
			_("This works only in the conversation with an address or a group, and online."));
		return PURPLE_CMD_RET_FAILED;
	}
	command->run(account, who, arguments[0] != NULL ? arguments[0] : "");
	return PURPLE_CMD_RET_OK;
}

typedef void (*ForEach)(const PipitCommand *command, gpointer user_data);

static void
for_each(ForEach func, gpointer user_data)
{
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		func(&commands[i], user_data);
	for (const PipitCommand *command = pipit_command_group; command->name != NULL; command++)
		func(command, user_data);
}

static void
register_one(const PipitCommand *command, gpointer unused)
{
	(void)unused;
	PurpleCmdFlag flags = command->where | PURPLE_CMD_FLAG_PRPL_ONLY | PURPLE_CMD_FLAG_ALLOW_WRONG_ARGS;
	PurpleCmdId id = purple_cmd_register(command->name, command->arguments, PURPLE_CMD_P_PRPL, flags,
					     "prpl-pipit", on_command, _(command->help), (void *)command);
	ids = g_slist_prepend(ids, GUINT_TO_POINTER(id));
}

void
pipit_command_register(void)
{
	for_each(register_one, NULL);
}

void
pipit_command_unregister(void)
{
	for (GSList *i = ids; i != NULL; i = i->next)
		purple_cmd_unregister(GPOINTER_TO_UINT(i->data));
	g_clear_pointer(&ids, g_slist_free);
}

/* ---- where a slash does not come to us ---- */

/* A line that somebody typed. */
typedef struct {
	PurpleCmdFlag where;
	const char *name; /* what stands first in it; NULL if nothing does */
	const PipitCommand *found;
	GString *help;
} Typed;

static void
match(const PipitCommand *command, gpointer user_data)
{
	Typed *typed = user_data;
	if ((command->where & typed->where) == 0)
		return;
	g_string_append_printf(typed->help, "\n" PREFIX " %s", _(command->help));
	if (g_strcmp0(typed->name, command->name) == 0)
		typed->found = command;
}

gboolean
pipit_command_try(PipitAccount *account, const char *who, const char *text)
{
	if (!pipit_ui_eats_slashes() || !g_str_has_prefix(text, PREFIX) ||
	    (text[strlen(PREFIX)] != '\0' && text[strlen(PREFIX)] != ' '))
		return FALSE;
	g_autofree char *line = g_strstrip(g_strdup(text + strlen(PREFIX)));
	g_auto(GStrv) words = g_strsplit(line, " ", 2);
	g_autoptr(GString) help = g_string_new(_("What you can type here:"));
	Typed typed = {.where = pipit_peer_is_group(who) ? PURPLE_CMD_FLAG_CHAT : PURPLE_CMD_FLAG_IM,
		       .name = words[0],
		       .help = help};
	for_each(match, &typed);
	if (typed.found != NULL)
		typed.found->run(account, who, words[1] != NULL ? words[1] : "");
	else
		say(account, who, help->str);
	return TRUE;
}

char *
pipit_command_spelling(const char *name)
{
	return g_strconcat(pipit_ui_eats_slashes() ? PREFIX " " : "/", name, NULL);
}

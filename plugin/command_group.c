/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: a menu for each of these is in no client, and who talks in a group has the hands on the keys. */
#include "plugin/command_group.h"

#include <string.h>

#include <purple.h>

#include "plugin/buddy.h"
#include "plugin/chat.h"
#include "plugin/contact.h"
#include "plugin/conversation.h"
#include "plugin/group_news.h"
#include "plugin/member.h"
#include "plugin/path.h"
#include "plugin/receipt.h"
#include "plugin/room.h"
#include "plugin/room_picture.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

static void
say(PipitAccount *account, const char *who, const char *text)
{
	pipit_conversation_show_notice(account->account, who, text);
}

static void
say_why(PipitAccount *account, const char *who, const char *why)
{
	pipit_conversation_show_error(account->account, who, why);
}

/* ---- starting ---- */

/* "NAME: people", or the people alone. */
static void
run_group(PipitAccount *account, const char *who, const char *argument)
{
	const char *colon = strchr(argument, ':');
	g_autofree char *name = colon != NULL ? g_strndup(argument, (gsize)(colon - argument)) : NULL;
	g_autofree char *why = NULL;
	if (!pipit_chat_create(account, name, colon != NULL ? colon + 1 : argument, &why))
		say_why(account, who, why);
}

/* ---- members ---- */

static void
run_add(PipitAccount *account, const char *who, const char *argument)
{
	g_autofree char *why = pipit_chat_add(account, who, argument);
	if (why != NULL)
		say_why(account, who, why);
}

static void
remove_one(PipitAccount *account, const char *who, const PipitGroup *group, const char *address)
{
	g_autoptr(GError) error = NULL;
	/* Of several, it must be told which one. */
	if (group != NULL && group->state == PIPIT_GROUP_IN && !pipit_chat_has(group, address)) {
		g_autofree char *name = pipit_contact_name(account->account, address);
		g_autofree char *line = g_strdup_printf(_("%s is not in this group."), name);
		say_why(account, who, line);
	} else if (!pipit_client_group_remove(account->client, who, address, &error)) {
		say_why(account, who, error->message);
	} else {
		pipit_group_news_made(account, who);
	}
}

/* Who is @typed, as those are called who are in @group (or NULL): as pipit_member_read(). */
static GStrv
read_members(const PipitAccount *account, const PipitGroup *group, const char *typed, char **why)
{
	return pipit_member_read(account->account, typed,
				 group != NULL ? (const char *const *)group->members : NULL, why);
}

static void
remove_each(PipitAccount *account, const char *who, const char *typed)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, who);
	g_autofree char *why = NULL;
	g_auto(GStrv) members = read_members(account, group, typed, &why);
	if (members == NULL) {
		say_why(account, who, why);
		return;
	}
	for (guint i = 0; members[i] != NULL; i++)
		remove_one(account, who, group, members[i]);
}

static void
run_remove(PipitAccount *account, const char *who, const char *argument)
{
	remove_each(account, who, argument);
}

static gboolean
means_somebody(PipitAccount *account, const char *who, const char *typed)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, who);
	g_autofree char *why = NULL;
	g_auto(GStrv) members = read_members(account, group, typed, &why);
	return members != NULL;
}

/* A reason may stand behind whom it is about: from bitlbee always, and as IRC users type it. */
static void
run_kick(PipitAccount *account, const char *who, const char *argument)
{
	g_autofree char *first = g_strndup(argument, strcspn(argument, " "));
	g_autofree char *address = pipit_contact_address(first);
	remove_each(account, who,
		    address == NULL && means_somebody(account, who, argument) ? argument : first);
}

static void
append_member(GString *text, const PipitAccount *account, const char *handle)
{
	const char *address = pipit_handle_display(handle);
	g_autofree char *name = pipit_contact_name(account->account, address);
	g_string_append_printf(text, "\n%s", name);
	if (!g_str_equal(name, address))
		g_string_append_printf(text, "  %s", address);
	if (g_str_equal(handle, pipit_client_handle(account->client)))
		g_string_append(text, _(" (you)"));
	PurpleBuddy *buddy = purple_find_buddy(account->account, address);
	if (buddy != NULL && pipit_buddy_reach(buddy) == PIPIT_REACH_NO)
		g_string_append(text, _(" (can't be reached with Pipit)"));
}

static void
run_members(PipitAccount *account, const char *who, const char *argument)
{
	(void)argument;
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, who);
	if (group == NULL)
		return;
	g_autoptr(GString) text = g_string_new(_("In this group are:"));
	for (guint i = 0; group->members[i] != NULL; i++)
		append_member(text, account, group->members[i]);
	g_autofree char *receipt = pipit_receipt_describe(account->account, who);
	if (receipt != NULL)
		g_string_append_printf(text, _("\nYour last message: %s"), receipt);
	say(account, who, text->str);
}

/* ---- the group itself ---- */

static gboolean
has_name(PipitAccount *account, const char *who, const char *typed)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, who);
	g_autofree char *name = g_strstrip(g_strdup(typed));
	return group != NULL && group->state == PIPIT_GROUP_IN &&
	       g_str_equal(name, group->name != NULL ? group->name : "");
}

static void
run_rename(PipitAccount *account, const char *who, const char *argument)
{
	if (has_name(account, who, argument)) {
		say(account, who,
		    *argument != '\0' ? _("That is its name already.")
				      : _("This group has no name. Type one behind the command."));
		return;
	}
	g_autofree char *why = pipit_chat_rename(account, who, argument);
	if (why != NULL)
		say_why(account, who, why);
}

static gboolean
has_no_picture(PipitAccount *account, const char *who)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, who);
	return group != NULL && group->state == PIPIT_GROUP_IN && group->picture == NULL;
}

static void
run_picture(PipitAccount *account, const char *who, const char *argument)
{
	g_autofree char *typed = g_strstrip(g_strdup(argument));
	g_autoptr(GError) error = NULL;
	if (*typed == '\0' && has_no_picture(account, who)) {
		say(account, who, _("This group has no picture. Name a file behind the command."));
		return;
	}
	g_autofree char *path = *typed != '\0' ? pipit_path_typed(typed, &error) : g_strdup("");
	g_autofree char *why =
		error == NULL ? pipit_room_picture_set(account, who, path) : g_strdup(error->message);
	if (why != NULL)
		say_why(account, who, why);
}

static void
run_leave(PipitAccount *account, const char *who, const char *argument)
{
	(void)argument;
	g_autofree char *why = pipit_chat_leave(account, who);
	if (why != NULL)
		say_why(account, who, why);
}

static void
run_quiet(PipitAccount *account, const char *who, const char *argument)
{
	(void)argument;
	gboolean quiet = !pipit_room_is_quiet(account, who);
	pipit_room_set_quiet(account, who, quiet);
	say(account, who,
	    quiet ? _("When you close this window, it stays closed until you open it. The same again, and "
		      "what is "
		      "written here opens it.")
		  : _("When you close this window, what is written here opens it again."));
}

const PipitCommand pipit_command_group[] = {
	{"group", "s", N_("group NAME: PEOPLE:  Starts a group of these contacts or addresses."), run_group,
	 PURPLE_CMD_FLAG_IM | PURPLE_CMD_FLAG_CHAT},
	{"members", "", N_("members:  Lists who is in this group."), run_members, PURPLE_CMD_FLAG_CHAT},
	{"add", "s", N_("add PEOPLE:  Puts these contacts or addresses into this group."), run_add,
	 PURPLE_CMD_FLAG_CHAT},
	{"invite", "s", N_("invite PEOPLE:  The same as add."), run_add, PURPLE_CMD_FLAG_CHAT},
	{"remove", "s", N_("remove PEOPLE:  Takes these members out of this group."), run_remove,
	 PURPLE_CMD_FLAG_CHAT},
	{"kick", "s", N_("kick MEMBER:  Takes this member out of this group."), run_kick,
	 PURPLE_CMD_FLAG_CHAT},
	{"rename", "s", N_("rename NAME:  Gives this group another name; without one, none."), run_rename,
	 PURPLE_CMD_FLAG_CHAT},
	{"topic", "s", N_("topic NAME:  The same as rename."), run_rename, PURPLE_CMD_FLAG_CHAT},
	{"picture", "s", N_("picture FILE:  Gives this group a picture; without a file, none."), run_picture,
	 PURPLE_CMD_FLAG_CHAT},
	{"quiet", "", N_("quiet:  Lets what is written here open no window, or open one again."), run_quiet,
	 PURPLE_CMD_FLAG_CHAT},
	{"leave", "", N_("leave:  Leaves this group for good. To close the window is not to leave."),
	 run_leave, PURPLE_CMD_FLAG_CHAT},
	{NULL, NULL, NULL, NULL, 0},
};

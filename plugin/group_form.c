/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: who does not know the commands looks into a menu, and needs a place to type names. */
#include "plugin/group_form.h"

#include <purple.h>

#include "plugin/chat.h"
#include "plugin/room_list.h"
#include "plugin/room_picture.h"
#include "plugin/ui.h"
#include "protocol/i18n.h"

#define NAME "name"
#define PEOPLE "people"

static void
tell_failure(PipitAccount *account, const char *primary, const char *why)
{
	purple_notify_error(account->gc, _("Group"), primary, why);
}

/* ---- starting one ---- */

static void ask_for_people(PipitAccount *account, const char *primary, const char *secondary,
			   const char *name, const char *people);

static void
on_start(PipitAccount *account, PurpleRequestFields *fields)
{
	const char *name = purple_request_fields_get_string(fields, NAME);
	const char *people = purple_request_fields_get_string(fields, PEOPLE);
	g_autofree char *why = NULL;
	/* Nobody wants to type it all again for one letter. */
	if (!pipit_chat_create(account, name, people != NULL ? people : "", &why))
		ask_for_people(account, _("The group was not started"), why, name, people);
}

static PurpleRequestFields *
fields_with(const char *name, const char *people)
{
	PurpleRequestFieldGroup *group = purple_request_field_group_new(NULL);
	purple_request_field_group_add_field(
		group, purple_request_field_string_new(NAME, pipit_ui_caption(_("_Name (may be empty)")),
						       name, FALSE));
	PurpleRequestField *field =
		purple_request_field_string_new(PEOPLE, pipit_ui_caption(_("_People")), people, FALSE);
	purple_request_field_set_required(field, TRUE);
	purple_request_field_group_add_field(group, field);
	PurpleRequestFields *fields = purple_request_fields_new();
	purple_request_fields_add_group(fields, group);
	return fields;
}

static void
ask_for_people(PipitAccount *account, const char *primary, const char *secondary, const char *name,
	       const char *people)
{
	purple_request_fields(account->gc, _("Start a group"), primary, secondary, fields_with(name, people),
			      pipit_ui_caption(_("_Start")), G_CALLBACK(on_start),
			      pipit_ui_caption(_("_Cancel")), NULL, account->account, NULL, NULL, account);
}

void
pipit_group_form_start(PipitAccount *account, const char *people)
{
	g_autofree char *why = NULL;
	if (pipit_ui_has_forms())
		ask_for_people(account, _("Who is to be in the group?"),
			       _("Type names of contacts or addresses, with commas between them."), NULL,
			       people);
	else if (!pipit_chat_create(account, NULL, people != NULL ? people : "", &why))
		tell_failure(account, _("The group was not started"), why);
}

static void
on_action(PurplePluginAction *action)
{
	PipitAccount *account = pipit_account_of(action->context);
	if (account != NULL && account->client != NULL)
		pipit_group_form_start(account, NULL);
}

PurplePluginAction *
pipit_group_form_action(void)
{
	return pipit_ui_has_forms() ? purple_plugin_action_new(_("Start a Group…"), on_action) : NULL;
}

/* ---- changing one ---- */

/* A question about one group. */
typedef struct {
	PipitAccount *account;
	char *peer;
} Question;

static void
question_free(Question *question)
{
	g_free(question->peer);
	g_free(question);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Question, question_free)

static Question *
question_new(PipitAccount *account, const char *peer)
{
	Question *question = g_new(Question, 1);
	*question = (Question){.account = account, .peer = g_strdup(peer)};
	return question;
}

static void
on_cancel(gpointer user_data, const char *typed)
{
	(void)typed;
	question_free(user_data);
}

static void
ask(Question *question, const char *primary, const char *secondary, const char *typed, const char *ok,
    void (*on_ok)(gpointer user_data, const char *typed))
{
	purple_request_input(question->account->gc, _("Group"), primary, secondary, typed, FALSE, FALSE, NULL,
			     pipit_ui_caption(ok), G_CALLBACK(on_ok), pipit_ui_caption(_("_Cancel")),
			     G_CALLBACK(on_cancel), question->account->account, NULL, NULL, question);
}

static void
on_rename(gpointer user_data, const char *typed)
{
	g_autoptr(Question) question = user_data;
	g_autofree char *why = pipit_chat_rename(question->account, question->peer, typed);
	if (why != NULL)
		ask(question_new(question->account, question->peer), _("The group keeps its name"), why,
		    typed, _("_Rename"), on_rename);
}

void
pipit_group_form_rename(PipitAccount *account, const char *peer)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, peer);
	if (group != NULL)
		ask(question_new(account, peer), _("What is the group to be called?"),
		    _("All its members see the name."), group->name, _("_Rename"), on_rename);
}

static void
on_add(gpointer user_data, const char *typed)
{
	g_autoptr(Question) question = user_data;
	g_autofree char *why = pipit_chat_add(question->account, question->peer, typed);
	if (why != NULL)
		ask(question_new(question->account, question->peer), _("Nobody was put into the group"), why,
		    typed, _("_Add"), on_add);
}

void
pipit_group_form_add(PipitAccount *account, const char *peer)
{
	ask(question_new(account, peer), _("Who is to be put into the group?"),
	    _("Type names of contacts or addresses, with commas between them. They see what is written from "
	      "then on."),
	    NULL, _("_Add"), on_add);
}

static void
on_picture(gpointer user_data, const char *path)
{
	g_autoptr(Question) question = user_data;
	g_autofree char *why = pipit_room_picture_set(question->account, question->peer, path);
	if (why != NULL)
		tell_failure(question->account, _("The group keeps its picture"), why);
}

void
pipit_group_form_picture(PipitAccount *account, const char *peer)
{
	purple_request_file(account->gc, _("A picture for the group"), NULL, FALSE, G_CALLBACK(on_picture),
			    G_CALLBACK(on_cancel), account->account, NULL, NULL, question_new(account, peer));
}

static void
on_leave(Question *asked, int action)
{
	(void)action;
	g_autoptr(Question) question = asked;
	g_autofree char *why = pipit_chat_leave(question->account, question->peer);
	if (why != NULL)
		tell_failure(question->account, _("You are still in the group"), why);
}

static void
on_stay(Question *question, int action)
{
	(void)action;
	question_free(question);
}

void
pipit_group_form_leave(PipitAccount *account, const char *peer)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, peer);
	if (group == NULL)
		return;
	g_autofree char *title = pipit_room_list_title(account, group);
	g_autofree char *primary = g_strdup_printf(_("Leave “%s”?"), title);
	purple_request_action(account->gc, _("Group"), primary,
			      _("You get nothing more of it. Only one of its members can put you in again."),
			      PURPLE_DEFAULT_ACTION_NONE, account->account, NULL, NULL,
			      question_new(account, peer), 2, pipit_ui_caption(_("_Leave")), on_leave,
			      pipit_ui_caption(_("_Cancel")), on_stay);
}

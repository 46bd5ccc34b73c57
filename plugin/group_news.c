/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: who comes, goes or changes a name is told once, by whose doing, and nobody is in a group of strangers unasked. */
#include "plugin/group_news.h"

#include <purple.h>

#include "plugin/contact.h"
#include "plugin/member.h"
#include "plugin/room.h"
#include "plugin/room_list.h"
#include "plugin/ui.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

/* ---- in words ---- */

static char *
name_of(const PipitAccount *account, const char *handle)
{
	return pipit_contact_name(account->account, pipit_handle_display(handle));
}

static gboolean
is_oneself(const PipitAccount *account, const char *handle)
{
	return g_strcmp0(handle, pipit_client_handle(account->client)) == 0;
}

static gboolean
names_oneself(const PipitAccount *account, const PipitGroupNews *news)
{
	return g_strv_contains(news->handles, pipit_client_handle(account->client));
}

/* Returns (transfer full) the members but oneself and @by, to whom they are told. */
static char *
others(const PipitAccount *account, const PipitGroup *group, const char *by)
{
	g_autoptr(GPtrArray) rest = g_ptr_array_new();
	for (guint i = 0; group->members[i] != NULL; i++)
		if (!is_oneself(account, group->members[i]) && g_strcmp0(group->members[i], by) != 0)
			g_ptr_array_add(rest, group->members[i]);
	g_ptr_array_add(rest, NULL);
	return pipit_member_list(account->account, (const char *const *)rest->pdata, NULL,
				 PIPIT_MEMBERS_IN_A_SENTENCE);
}

static char *
describe_joining(const PipitAccount *account, const PipitGroup *group)
{
	g_autofree char *rest = others(account, group, group->by);
	if (group->by == NULL || is_oneself(account, group->by))
		return *rest != '\0' ? g_strdup_printf(_("You started this group with %s."), rest)
				     : g_strdup(_("You started this group."));
	g_autofree char *by = name_of(account, group->by);
	return *rest != '\0' ? g_strdup_printf(_("%s put you into this group with %s."), by, rest)
			     : g_strdup_printf(_("%s put you into this group."), by);
}

static char *
describe_adding(const PipitAccount *account, const PipitGroupNews *news, const char *by)
{
	g_autofree char *whom =
		pipit_member_list(account->account, news->handles, NULL, PIPIT_MEMBERS_IN_A_SENTENCE);
	return news->own ? g_strdup_printf(_("You put %s into the group."), whom)
			 : g_strdup_printf(_("%s put %s into the group."), by, whom);
}

static char *
describe_removing(const PipitAccount *account, const PipitGroupNews *news, const char *by)
{
	if (names_oneself(account, news))
		return g_strdup_printf(_("%s removed you from this group. You get nothing more of it."), by);
	g_autofree char *whom =
		pipit_member_list(account->account, news->handles, NULL, PIPIT_MEMBERS_IN_A_SENTENCE);
	return news->own ? g_strdup_printf(_("You removed %s from the group."), whom)
			 : g_strdup_printf(_("%s removed %s from the group."), by, whom);
}

static char *
describe_naming(const PipitGroupNews *news, const char *by)
{
	if (news->name == NULL)
		return news->own ? g_strdup(_("You took the group's name away."))
				 : g_strdup_printf(_("%s took the group's name away."), by);
	return news->own ? g_strdup_printf(_("You called the group “%s”."), news->name)
			 : g_strdup_printf(_("%s called the group “%s”."), by, news->name);
}

/* Returns (transfer full) a sentence for the group's window. */
static char *
describe(const PipitAccount *account, const PipitGroupNews *news)
{
	g_autofree char *by = name_of(account, news->by);
	switch (news->kind) {
	case PIPIT_GROUP_NEWS_JOINED:
		return describe_joining(account, news->group);
	case PIPIT_GROUP_NEWS_ADDED:
		return describe_adding(account, news, by);
	case PIPIT_GROUP_NEWS_REMOVED:
		return describe_removing(account, news, by);
	case PIPIT_GROUP_NEWS_LEFT:
		return news->own ? g_strdup(_("You left this group."))
				 : g_strdup_printf(_("%s left the group."), by);
	case PIPIT_GROUP_NEWS_NAMED:
		return describe_naming(news, by);
	case PIPIT_GROUP_NEWS_PICTURED:
		return news->own ? g_strdup(_("You changed the group's picture."))
				 : g_strdup_printf(_("%s changed the group's picture."), by);
	case PIPIT_GROUP_NEWS_ASKED:
		break;
	}
	return NULL;
}

/* The same, with whose word it is where that is not the one who did it. */
static char *
describe_with_source(const PipitAccount *account, const PipitGroupNews *news)
{
	g_autofree char *line = describe(account, news);
	if (news->told_by == NULL || line == NULL)
		return g_steal_pointer(&line);
	g_autofree char *source = name_of(account, news->told_by);
	/* Translators: a sentence, and a name. */
	return g_strdup_printf(_("%s (%s says so.)"), line, source);
}

/* ---- being asked ---- */

/* A question that is open. */
typedef struct {
	PipitAccount *account;
	char *peer;
	void *shown; /* libpurple's; NULL once it was answered */
} Question;

static void
question_free(gpointer data)
{
	Question *question = data;
	g_free(question->peer);
	g_free(question);
}

static void
answer(Question *question, gboolean (*say)(PipitClient *client, const char *peer, GError **error))
{
	PipitAccount *account = question->account;
	g_autofree char *peer = g_strdup(question->peer);
	g_autoptr(GError) error = NULL;
	question->shown = NULL;
	g_hash_table_remove(account->invitations, peer);
	if (!say(account->client, peer, &error))
		purple_notify_error(account->gc, _("Group"), _("The answer was not taken"), error->message);
	else
		pipit_group_news_made(account, peer);
}

static void
on_accept(Question *question, int action)
{
	(void)action;
	answer(question, pipit_client_group_accept);
}

static void
on_reject(Question *question, int action)
{
	(void)action;
	answer(question, pipit_client_group_decline);
}

static char *
describe_question(const PipitAccount *account, const PipitGroup *group)
{
	g_autofree char *by = name_of(account, group->by);
	if (group->name == NULL)
		return g_strdup_printf(_("%s wants you in a group"), by);
	return g_strdup_printf(_("%s wants you in the group “%s”"), by, group->name);
}

static void
ask(PipitAccount *account, const PipitGroup *group)
{
	if (account->invitations == NULL)
		account->invitations = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, question_free);
	if (g_hash_table_contains(account->invitations, group->peer))
		return;
	Question *question = g_new0(Question, 1);
	question->account = account;
	question->peer = g_strdup(group->peer);
	g_hash_table_insert(account->invitations, question->peer, question);
	g_autofree char *primary = describe_question(account, group);
	g_autofree char *members =
		pipit_member_list(account->account, (const char *const *)group->members,
				  pipit_client_handle(account->client), PIPIT_MEMBERS_IN_A_SENTENCE);
	g_autofree char *secondary = g_strdup_printf(
		_("Its members: %s. You are shown nothing of it, and they nothing of you, until you accept."),
		members);
	gboolean untranslated = pipit_ui_reads_captions();
	const char *yes = untranslated ? "Accept" : pipit_ui_caption(_("_Accept"));
	const char *no = untranslated ? "Reject" : pipit_ui_caption(_("_Reject"));
	question->shown = purple_request_action(account->gc, _("Group"), primary, secondary,
						PURPLE_DEFAULT_ACTION_NONE, account->account, NULL, NULL,
						question, 2, yes, on_accept, no, on_reject);
}

/* It was answered on another device, or somebody took one out. */
static void
withdraw(PipitAccount *account, const char *peer)
{
	Question *question =
		account->invitations != NULL ? g_hash_table_lookup(account->invitations, peer) : NULL;
	if (question == NULL)
		return;
	if (question->shown != NULL)
		purple_request_close(PURPLE_REQUEST_ACTION, question->shown);
	g_hash_table_remove(account->invitations, peer);
}

/* ---- showing ---- */

static gboolean
opens_window(const PipitAccount *account, const PipitGroupNews *news)
{
	/* What one started on another device is in the list; there, it needs no window yet. In IRC the channel is the list. */
	return news->kind == PIPIT_GROUP_NEWS_JOINED && !pipit_room_is_quiet(account, news->peer) &&
	       (!news->own || pipit_ui_forgets_buddies());
}

/* Where no window is open that could say it: none will be any more. */
static void
tell_of_removal(PipitAccount *account, const PipitGroupNews *news, const char *line)
{
	g_autofree char *title = pipit_room_list_title(account, news->group);
	if (news->kind == PIPIT_GROUP_NEWS_REMOVED && pipit_room_find(account, news->peer) == NULL)
		purple_notify_info(account->gc, _("Group"), title, line);
}

static void
show(PipitAccount *account, const PipitGroupNews *news)
{
	gboolean in = news->group->state == PIPIT_GROUP_IN;
	if (in)
		pipit_room_update(account, news->group);
	if (opens_window(account, news))
		pipit_room_open(account, news->group);
	g_autofree char *line = describe_with_source(account, news);
	if (!in)
		tell_of_removal(account, news, line);
	if (!news->quiet)
		pipit_room_tell(account, news->group, line, (time_t)(news->at / 1000));
	if (!in)
		pipit_room_shut(account, news->group);
}

gboolean
pipit_group_news_got(gpointer host, const PipitGroupNews *news)
{
	PipitAccount *account = host;
	if (news->group->state == PIPIT_GROUP_ASKED) {
		/* Until there is an answer it is asked again at each connect. */
		ask(account, news->group);
		return FALSE;
	}
	withdraw(account, news->peer);
	if (news->kind != PIPIT_GROUP_NEWS_ASKED)
		show(account, news);
	return TRUE;
}

void
pipit_group_news_made(PipitAccount *account, const char *peer)
{
	if (pipit_client_state(account->client) == PIPIT_CLIENT_ONLINE)
		return;
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, peer);
	if (group == NULL)
		return;
	if (group->state == PIPIT_GROUP_IN)
		pipit_room_update(account, group);
	if (pipit_room_find(account, peer) != NULL)
		pipit_room_say(account, peer, _("The others hear of it when there is a connection again."),
			       PURPLE_MESSAGE_SYSTEM);
	if (group->state != PIPIT_GROUP_IN)
		pipit_room_shut(account, group);
}

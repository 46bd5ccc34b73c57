/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: there is no presence in Pipit, but whether somebody can be written to at all is worth seeing. */
#include "plugin/buddy.h"

#include <purple.h>

#include "plugin/contact.h"
#include "plugin/html.h"
#include "plugin/receipt.h"
#include "plugin/roster.h"
#include "plugin/status.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"

/* ---- who can be written to ---- */

PipitReach
pipit_buddy_reach(PurpleBuddy *buddy)
{
	/* libpurple clears this when the connection closes, which is what should happen to it. */
	return (PipitReach)GPOINTER_TO_INT(purple_buddy_get_protocol_data(buddy));
}

void
pipit_buddy_set_reach(PurpleAccount *account, const char *address, PipitReach reach)
{
	GSList *buddies = purple_find_buddies(account, address);
	for (GSList *i = buddies; i != NULL; i = i->next)
		purple_buddy_set_protocol_data(i->data, GINT_TO_POINTER(reach));
	g_slist_free(buddies);
	purple_prpl_got_user_status(account, address,
				    reach == PIPIT_REACH_YES ? PIPIT_STATUS_AVAILABLE : PIPIT_STATUS_OFFLINE,
				    NULL);
}

/* One look-up: which addresses were asked about, and for whom. */
typedef struct {
	PipitAccount *account;
	GStrv addresses;
} Question;

static void
question_free(Question *question)
{
	g_strfreev(question->addresses);
	g_free(question);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Question, question_free)

static gboolean
is_among(const char *address, const char *const *handles)
{
	for (guint i = 0; handles[i] != NULL; i++) {
		g_autofree char *other = pipit_contact_address(handles[i]);
		if (g_strcmp0(other, address) == 0)
			return TRUE;
	}
	return FALSE;
}

static void
on_found(gpointer user_data, const char *const *reachable, const GError *error)
{
	g_autoptr(Question) question = user_data;
	if (error != NULL)
		return;
	for (guint i = 0; question->addresses[i] != NULL; i++) {
		const char *address = question->addresses[i];
		gboolean found = is_among(address, reachable);
		pipit_buddy_set_reach(question->account->account, address,
				      found ? PIPIT_REACH_YES : PIPIT_REACH_NO);
	}
}

static Question *
question_new(PipitAccount *account, GStrv addresses)
{
	Question *question = g_new0(Question, 1);
	question->account = account;
	question->addresses = addresses;
	return question;
}

static void
ask(PipitAccount *account, GStrv addresses)
{
	pipit_client_find(account->client, (const char *const *)addresses, on_found,
			  question_new(account, addresses));
}

static GStrv
take_batch(GSList **buddies)
{
	GPtrArray *addresses = g_ptr_array_new();
	while (*buddies != NULL && addresses->len < PIPIT_LOOKUP_MAX_HANDLES) {
		char *address = pipit_contact_address(purple_buddy_get_name((*buddies)->data));
		if (address != NULL)
			g_ptr_array_add(addresses, address);
		*buddies = g_slist_delete_link(*buddies, *buddies);
	}
	g_ptr_array_add(addresses, NULL);
	return (GStrv)g_ptr_array_free(addresses, FALSE);
}

void
pipit_buddy_ask_all(PipitAccount *account)
{
	GSList *buddies = purple_find_buddies(account->account, NULL);
	while (buddies != NULL) {
		GStrv addresses = take_batch(&buddies);
		if (addresses[0] != NULL)
			ask(account, addresses);
		else
			g_strfreev(addresses);
	}
}

static void
ask_one(PipitAccount *account, const char *address)
{
	const char *const one[] = {address, NULL};
	ask(account, g_strdupv((GStrv)one));
}

/* ---- changes to the list ---- */

static void
refuse_buddy(PurpleConnection *gc, PurpleBuddy *buddy)
{
	g_autofree char *primary = g_strdup_printf(_("“%s” is not an address"), purple_buddy_get_name(buddy));
	purple_notify_error(gc, _("Not added"), primary,
			    _("Add somebody by an address such as bob@example.org, or by a phone number "
			      "with its country code such as +15551234567. The name you know them by goes "
			      "into the alias."));
	purple_blist_remove_buddy(buddy);
}

void
pipit_buddy_add(PurpleConnection *gc, PurpleBuddy *buddy, PurpleGroup *group)
{
	(void)group;
	PipitAccount *account = pipit_account_of(gc);
	g_autofree char *address = pipit_contact_address(purple_buddy_get_name(buddy));
	if (address == NULL) {
		refuse_buddy(gc, buddy);
		return;
	}
	if (!purple_strequal(address, purple_buddy_get_name(buddy)))
		purple_blist_rename_buddy(buddy, address);
	if (account == NULL || account->client == NULL)
		return;
	pipit_roster_add(account->account, address);
	ask_one(account, address);
}

void
pipit_buddy_remove(PurpleConnection *gc, PurpleBuddy *buddy, PurpleGroup *group)
{
	(void)group;
	pipit_roster_remove(purple_connection_get_account(gc), purple_buddy_get_name(buddy));
}

gboolean
pipit_buddy_takes_offline_messages(const PurpleBuddy *buddy)
{
	(void)buddy;
	return TRUE;
}

/* ---- what is shown of a buddy ---- */

static const char *
describe(PipitReach reach)
{
	switch (reach) {
	case PIPIT_REACH_YES:
		return _("Can be written to, encrypted end to end");
	case PIPIT_REACH_NO:
		return _("Can't be reached with Pipit");
	case PIPIT_REACH_UNKNOWN:
		break;
	}
	return _("Not asked yet");
}

char *
pipit_buddy_status_text(PurpleBuddy *buddy)
{
	PipitReach reach = pipit_buddy_reach(buddy);
	return reach == PIPIT_REACH_NO ? pipit_html_from_text(describe(reach)) : NULL;
}

static void
add_receipt(PurpleNotifyUserInfo *notes, PurpleAccount *account, const char *address)
{
	g_autofree char *receipt = pipit_receipt_describe(account, address);
	if (receipt == NULL)
		return;
	g_autofree char *escaped = pipit_html_from_text(receipt);
	purple_notify_user_info_add_pair(notes, _("Last message"), escaped);
}

void
pipit_buddy_tooltip(PurpleBuddy *buddy, PurpleNotifyUserInfo *notes, gboolean full)
{
	(void)full;
	g_autofree char *state = pipit_html_from_text(describe(pipit_buddy_reach(buddy)));
	purple_notify_user_info_add_pair(notes, "Pipit", state);
	add_receipt(notes, purple_buddy_get_account(buddy), purple_buddy_get_name(buddy));
}

static void
show_info(PipitAccount *account, const char *address, const char *state)
{
	PurpleNotifyUserInfo *notes = purple_notify_user_info_new();
	g_autofree char *escaped_address = pipit_html_from_text(address);
	g_autofree char *escaped_state = pipit_html_from_text(state);
	purple_notify_user_info_add_pair(notes, _("Address"), escaped_address);
	purple_notify_user_info_add_pair(notes, "Pipit", escaped_state);
	add_receipt(notes, account->account, address);
	purple_notify_userinfo(account->gc, address, notes, NULL, NULL);
	purple_notify_user_info_destroy(notes);
}

static void
on_info(gpointer user_data, const char *const *reachable, const GError *error)
{
	g_autoptr(Question) question = user_data;
	const char *address = question->addresses[0];
	if (pipit_account_was_aborted(error))
		return;
	if (error != NULL) {
		show_info(question->account, address, error->message);
		return;
	}
	PipitReach reach = is_among(address, reachable) ? PIPIT_REACH_YES : PIPIT_REACH_NO;
	pipit_buddy_set_reach(question->account->account, address, reach);
	show_info(question->account, address, describe(reach));
}

void
pipit_buddy_get_info(PurpleConnection *gc, const char *who)
{
	PipitAccount *account = pipit_account_of(gc);
	g_autofree char *address = pipit_contact_address(who);
	if (account == NULL || account->client == NULL)
		return;
	if (address == NULL) {
		g_auto(PipitName) name = {0};
		pipit_contact_find(account->account, who, &name);
		if (name.kind != PIPIT_NAME_FOUND) {
			g_autofree char *why = pipit_contact_explain(who, &name);
			show_info(account, who, why);
			return;
		}
		address = g_strdup(name.addresses[0]);
	}
	char *one[] = {address, NULL};
	Question *question = question_new(account, g_strdupv(one));
	pipit_client_find(account->client, (const char *const *)question->addresses, on_info, question);
}

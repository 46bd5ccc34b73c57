/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: people think in names. A contact may be at several addresses, and one of them has to be picked. */
#include "plugin/contact.h"

#include <string.h>

#include <purple.h>

#include "plugin/buddy.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"

#define LAST_USED "pipit-last-used" /* setting of a contact's node: an address */

char *
pipit_contact_address(const char *typed)
{
	g_autofree char *uri = pipit_handle_parse(typed);
	return uri != NULL ? g_strdup(pipit_handle_display(uri)) : NULL;
}

const char *
pipit_contact_normalize(const PurpleAccount *account, const char *who)
{
	/* libpurple copies the answer at once; it has no other way to take it. */
	static char normal[PIPIT_ADDRESS_MAX + 1];
	g_autofree char *trimmed = g_strstrip(g_strdup(who));
	g_autofree char *address = pipit_contact_address(trimmed);
	if (address == NULL)
		return purple_normalize_nocase(account, trimmed);
	g_strlcpy(normal, address, sizeof normal);
	return normal;
}

static char *
fold(const char *name)
{
	g_autofree char *valid = g_utf8_make_valid(name, -1);
	g_autofree char *trimmed = g_strdup(g_strstrip(valid));
	g_autofree char *folded = g_utf8_casefold(trimmed, -1);
	return g_utf8_normalize(folded, -1, G_NORMALIZE_ALL);
}

static gboolean
is_named(const char *name, const char *folded)
{
	if (name == NULL || *name == '\0')
		return FALSE;
	g_autofree char *other = fold(name);
	return g_strcmp0(other, folded) == 0;
}

static gboolean
is_buddy_named(PurpleBuddy *buddy, const char *folded)
{
	return is_named(purple_buddy_get_local_buddy_alias(buddy), folded) ||
	       is_named(purple_buddy_get_server_alias(buddy), folded);
}

static PurpleBuddy *
buddy_on_account(PurpleBlistNode *node, PurpleAccount *account)
{
	if (!PURPLE_BLIST_NODE_IS_BUDDY(node))
		return NULL;
	PurpleBuddy *buddy = PURPLE_BUDDY(node);
	return purple_buddy_get_account(buddy) == account ? buddy : NULL;
}

/* TRUE if the contact itself, or one of its buddies on @account, has the name. */
static gboolean
is_contact_named(PurpleBlistNode *contact, PurpleAccount *account, const char *folded)
{
	if (is_named(purple_contact_get_alias(PURPLE_CONTACT(contact)), folded))
		return TRUE;
	for (PurpleBlistNode *node = purple_blist_node_get_first_child(contact); node != NULL;
	     node = purple_blist_node_get_sibling_next(node)) {
		PurpleBuddy *buddy = buddy_on_account(node, account);
		if (buddy != NULL && is_buddy_named(buddy, folded))
			return TRUE;
	}
	return FALSE;
}

static guint
rank(PurpleBuddy *buddy, const char *last_used)
{
	if (last_used != NULL && g_str_equal(purple_buddy_get_name(buddy), last_used))
		return 0;
	switch (pipit_buddy_reach(buddy)) {
	case PIPIT_REACH_YES:
		return 1;
	case PIPIT_REACH_UNKNOWN:
		return 2;
	case PIPIT_REACH_NO:
		break;
	}
	return 3;
}

/* Returns (transfer container) the contact's buddies on @account, the best first; ties stay in the list's order. */
static GPtrArray *
rank_buddies(PurpleBlistNode *contact, PurpleAccount *account)
{
	const char *last_used = purple_blist_node_get_string(contact, LAST_USED);
	GPtrArray *buddies = g_ptr_array_new();
	for (guint wanted = 0; wanted <= 3; wanted++)
		for (PurpleBlistNode *node = purple_blist_node_get_first_child(contact); node != NULL;
		     node = purple_blist_node_get_sibling_next(node)) {
			PurpleBuddy *buddy = buddy_on_account(node, account);
			if (buddy != NULL && rank(buddy, last_used) == wanted)
				g_ptr_array_add(buddies, buddy);
		}
	return buddies;
}

static gboolean
holds(GPtrArray *addresses, const char *address)
{
	return g_ptr_array_find_with_equal_func(addresses, address, g_str_equal, NULL);
}

/* Adds the addresses of @buddies that are not there yet; returns how many those were. */
static guint
add_addresses(GPtrArray *addresses, GPtrArray *buddies)
{
	guint before = addresses->len;
	for (guint i = 0; i < buddies->len; i++) {
		g_autofree char *address = pipit_contact_address(purple_buddy_get_name(buddies->pdata[i]));
		if (address != NULL && !holds(addresses, address))
			g_ptr_array_add(addresses, g_steal_pointer(&address));
	}
	return addresses->len - before;
}

static gboolean
is_settled(PurpleBlistNode *contact, GPtrArray *buddies)
{
	return buddies->len == 1 ||
	       (buddies->len > 1 &&
		rank(buddies->pdata[0], purple_blist_node_get_string(contact, LAST_USED)) <= 1);
}

void
pipit_contact_find(PurpleAccount *account, const char *typed, PipitName *name)
{
	*name = (PipitName){.kind = PIPIT_NAME_UNKNOWN};
	g_autofree char *folded = fold(typed);
	GPtrArray *addresses = g_ptr_array_new_with_free_func(g_free);
	for (PurpleBlistNode *node = purple_blist_get_root(); node != NULL;
	     node = purple_blist_node_next(node, TRUE)) {
		if (!PURPLE_BLIST_NODE_IS_CONTACT(node) || !is_contact_named(node, account, folded))
			continue;
		g_autoptr(GPtrArray) buddies = rank_buddies(node, account);
		/* One person may stand in two groups: only a new address makes it somebody else. */
		if (add_addresses(addresses, buddies) == 0)
			continue;
		name->settled = is_settled(node, buddies);
		name->kind = name->kind == PIPIT_NAME_UNKNOWN ? PIPIT_NAME_FOUND : PIPIT_NAME_AMBIGUOUS;
	}
	g_ptr_array_add(addresses, NULL);
	name->addresses = (GStrv)g_ptr_array_free(addresses, FALSE);
}

void
pipit_name_clear(PipitName *name)
{
	g_clear_pointer(&name->addresses, g_strfreev);
}

void
pipit_contact_remember(PurpleAccount *account, const char *address)
{
	GSList *buddies = purple_find_buddies(account, address);
	for (GSList *i = buddies; i != NULL; i = i->next) {
		PurpleBlistNode *contact = PURPLE_BLIST_NODE(purple_buddy_get_contact(i->data));
		if (contact != NULL &&
		    !purple_strequal(purple_blist_node_get_string(contact, LAST_USED), address))
			purple_blist_node_set_string(contact, LAST_USED, address);
	}
	g_slist_free(buddies);
}

char *
pipit_contact_name(PurpleAccount *account, const char *address)
{
	PurpleBuddy *buddy = purple_find_buddy(account, address);
	return g_strdup(buddy != NULL ? purple_buddy_get_contact_alias(buddy) : address);
}

char *
pipit_contact_explain(const char *typed, const PipitName *name)
{
	if (name->kind == PIPIT_NAME_AMBIGUOUS) {
		g_autofree char *addresses = g_strjoinv(", ", name->addresses);
		return g_strdup_printf(
			_("Several of your contacts are called “%s”. Write to one of their addresses: %s"),
			typed, addresses);
	}
	return g_strdup_printf(
		_("“%s” is neither an address nor one of your contacts. Type an address such as "
		  "bob@example.org or +15551234567."),
		typed);
}

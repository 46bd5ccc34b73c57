/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: who types several people at once mixes names and addresses, and names have blanks in them. */
#include "plugin/member.h"

#include <string.h>

#include <purple.h>

#include "plugin/contact.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

/* What somebody typed is looked up among these. */
typedef struct {
	PurpleAccount *account;
	const char *const *members;
} Reading;

/* ---- by the part before the @, as bitlbee's nicks are ---- */

static void
add_if_called(GPtrArray *found, const char *address, const char *word)
{
	const char *at = strchr(address, '@');
	gsize length = strlen(word);
	if (at != NULL && (gsize)(at - address) == length &&
	    g_ascii_strncasecmp(address, word, length) == 0 &&
	    !g_ptr_array_find_with_equal_func(found, address, g_str_equal, NULL))
		g_ptr_array_add(found, g_strdup(address));
}

/* Returns (transfer full) the only such address; NULL if there is none, or several. */
static char *
find_by_local_part(const Reading *reading, const char *word)
{
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GSList) buddies = purple_find_buddies(reading->account, NULL);
	for (GSList *i = buddies; i != NULL; i = i->next)
		add_if_called(found, purple_buddy_get_name(i->data), word);
	for (guint i = 0; reading->members != NULL && reading->members[i] != NULL; i++)
		add_if_called(found, pipit_handle_display(reading->members[i]), word);
	return found->len == 1 ? g_strdup(found->pdata[0]) : NULL;
}

/* Returns (transfer full) the address that @piece means; NULL, with @why if that is given, if there is none. */
static char *
address_of(const Reading *reading, const char *piece, char **why)
{
	char *address = pipit_contact_address(piece);
	if (address != NULL)
		return address;
	g_auto(PipitName) name = {0};
	pipit_contact_find(reading->account, piece, &name);
	if (name.kind == PIPIT_NAME_FOUND)
		return g_strdup(name.addresses[0]);
	if (name.kind == PIPIT_NAME_UNKNOWN)
		address = find_by_local_part(reading, piece);
	if (address == NULL && why != NULL)
		*why = pipit_contact_explain(piece, &name);
	return address;
}

static void
add(GPtrArray *addresses, char *address)
{
	if (g_ptr_array_find_with_equal_func(addresses, address, g_str_equal, NULL))
		g_free(address);
	else
		g_ptr_array_add(addresses, address);
}

/* FALSE, with @why, if one of the words means nobody. */
static gboolean
add_words(GPtrArray *addresses, const Reading *reading, const char *piece, char **why)
{
	g_auto(GStrv) words = g_strsplit_set(piece, " \t", -1);
	for (guint i = 0; words[i] != NULL; i++) {
		if (*words[i] == '\0')
			continue;
		char *address = address_of(reading, words[i], why);
		if (address == NULL)
			return FALSE;
		add(addresses, address);
	}
	return TRUE;
}

/* What stands between two commas is one name if there is one like that, else several words. */
static gboolean
add_piece(GPtrArray *addresses, const Reading *reading, const char *piece, char **why)
{
	gboolean one_word = strpbrk(piece, " \t") == NULL;
	char *address = address_of(reading, piece, one_word ? why : NULL);
	if (address != NULL)
		add(addresses, address);
	return address != NULL || (!one_word && add_words(addresses, reading, piece, why));
}

GStrv
pipit_member_read(PurpleAccount *account, const char *typed, const char *const *members, char **why)
{
	const Reading reading = {.account = account, .members = members};
	g_auto(GStrv) pieces = g_strsplit_set(typed, ",;\n", -1);
	g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; pieces[i] != NULL; i++) {
		g_strstrip(pieces[i]);
		if (*pieces[i] != '\0' && !add_piece(addresses, &reading, pieces[i], why))
			return NULL;
	}
	if (addresses->len == 0) {
		*why = g_strdup(_("Name at least one person, by an address or as one of your contacts."));
		return NULL;
	}
	g_ptr_array_add(addresses, NULL);
	return (GStrv)g_ptr_array_free(g_steal_pointer(&addresses), FALSE);
}

/* Returns (transfer full), of (transfer full) */
static GPtrArray *
names_of(PurpleAccount *account, const char *const *handles, const char *but)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; handles[i] != NULL; i++)
		if (g_strcmp0(handles[i], but) != 0)
			g_ptr_array_add(names, pipit_contact_name(account, pipit_handle_display(handles[i])));
	return names;
}

char *
pipit_member_list(PurpleAccount *account, const char *const *handles, const char *but, guint most)
{
	g_autoptr(GPtrArray) names = names_of(account, handles, but);
	/* One more takes no more place than to say that there is one more. */
	guint shown = names->len > most + 1 ? most : names->len;
	GString *list = g_string_new(NULL);
	for (guint i = 0; i < shown; i++) {
		/* Translators: between the last two of several names; else there is ", " between two. */
		const char *between = i == 0 ? "" : i + 1 == names->len ? _(" and ") : ", ";
		g_string_append_printf(list, "%s%s", between, (char *)names->pdata[i]);
	}
	if (shown < names->len)
		/* Translators: behind several names with ", " between them. */
		g_string_append_printf(list, _(" and %u others"), names->len - shown);
	return g_string_free(list, FALSE);
}

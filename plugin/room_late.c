/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: what came while one was in a group must not be lost, must not hold up what follows, and may not bring the group back. */
#include "plugin/room_late.h"

#include <purple.h>

#include "plugin/attachment.h"
#include "plugin/contact.h"
#include "plugin/html.h"
#include "plugin/room_list.h"
#include "plugin/ui.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

/* What came of one group. */
typedef struct {
	char *title;
	GString *text; /* plain */
} Late;

static void
late_free(gpointer data)
{
	Late *late = data;
	g_free(late->title);
	g_string_free(late->text, TRUE);
	g_free(late);
}

/* @handle: the connection, or NULL: what its notice is closed with. */
static void
tell(gpointer handle, const Late *late)
{
	/* Translators: the name of a group. */
	g_autofree char *primary =
		g_strdup_printf(_("In “%s”, before you were removed from it"), late->title);
	if (!pipit_ui_has_formatted_notices()) {
		purple_notify_info(handle, _("Group"), primary, late->text->str);
		return;
	}
	g_autofree char *html = pipit_html_from_text(late->text->str);
	purple_notify_formatted(handle, _("Group"), primary, NULL, html, NULL, NULL);
}

static void
tell_all(PipitAccount *account, gpointer handle)
{
	g_autoptr(GHashTable) all = g_steal_pointer(&account->late);
	GHashTableIter iter;
	gpointer peer;
	gpointer late;
	g_hash_table_iter_init(&iter, all);
	while (g_hash_table_iter_next(&iter, &peer, &late)) {
		if (handle != NULL)
			pipit_client_show_waiting(account->client, peer);
		if (((const Late *)late)->text->len > 0)
			tell(handle, late);
	}
}

static gboolean
on_time(gpointer user_data)
{
	PipitAccount *account = user_data;
	account->late_timer = 0;
	tell_all(account, account->gc);
	return G_SOURCE_REMOVE;
}

static Late *
late_of(PipitAccount *account, const PipitGroup *group)
{
	if (account->late == NULL)
		account->late = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, late_free);
	/* Of several at once, one notice. */
	if (account->late_timer == 0)
		account->late_timer = purple_timeout_add(0, on_time, account);
	Late *late = g_hash_table_lookup(account->late, group->peer);
	if (late == NULL) {
		late = g_new(Late, 1);
		*late = (Late){.title = pipit_room_list_title(account, group), .text = g_string_new(NULL)};
		g_hash_table_insert(account->late, g_strdup(group->peer), late);
	}
	return late;
}

static void
append(GString *text, const PipitAccount *account, const PipitIncoming *incoming)
{
	g_autofree char *name = pipit_contact_name(account->account, pipit_handle_display(incoming->from));
	/* Translators: in front of what somebody wrote: their name. */
	g_string_append_printf(text, _("%s: "), name);
	g_string_append(text, incoming->text);
	for (guint i = 0; i < incoming->n_attachments; i++) {
		g_autofree char *file = pipit_attachment_describe(&incoming->attachments[i]);
		g_string_append_printf(text, "%s%s", i > 0 || *incoming->text != '\0' ? "\n" : "", file);
	}
	g_string_append_c(text, '\n');
}

gboolean
pipit_room_late_take(PipitAccount *account, const PipitIncoming *incoming)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, incoming->peer);
	if (group == NULL || group->state == PIPIT_GROUP_IN || group->state == PIPIT_GROUP_ASKED)
		return FALSE;
	if (group->state == PIPIT_GROUP_LEFT || incoming->own)
		return TRUE;
	append(late_of(account, group)->text, account, incoming);
	return TRUE;
}

void
pipit_room_late_end(PipitAccount *account, const PipitGroup *group)
{
	/* Not now: the engine is telling of the end, which counts as waiting too until it is told. */
	late_of(account, group);
}

void
pipit_room_late_forget(PipitAccount *account)
{
	if (account->late_timer == 0)
		return;
	purple_timeout_remove(account->late_timer);
	account->late_timer = 0;
	tell_all(account, NULL);
}

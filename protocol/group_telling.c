/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told is what is different afterwards, whatever the change said: so it always fits what the group then is. */
#include "protocol/group_telling.h"

#include <string.h>

#include "protocol/json_reader.h"
#include "protocol/limits.h"
#include "protocol/peer.h"
#include "protocol/store_inbox.h"
#include "protocol/uuid.h"

#define TOLD_MAX 1200000 /* of all who can go at once, when those go who added them */
#define MAX_AGE_MS (31 * PIPIT_DAY_MS)
#define MAX_AHEAD_MS (G_GINT64_CONSTANT(5) * 60 * 1000)

void
pipit_group_told_free(PipitGroupTold *told)
{
	if (told == NULL)
		return;
	g_strfreev(told->handles);
	g_free(told->name);
	g_free(told->told_by);
	g_free(told);
}

static char *
print(const PipitGroupTold *told)
{
	g_autoptr(JsonObject) object = json_object_new();
	json_object_set_int_member(object, "kind", told->kind);
	pipit_json_set_strings(object, "handles", (const char *const *)told->handles);
	if (told->name != NULL)
		json_object_set_string_member(object, "name", told->name);
	if (told->told_by != NULL)
		json_object_set_string_member(object, "told_by", told->told_by);
	json_object_set_boolean_member(object, "quiet", told->quiet);
	return pipit_json_print_text(object);
}

PipitGroupTold *
pipit_group_told_parse(const char *text)
{
	g_autoptr(GError) bad = NULL;
	g_autoptr(JsonObject) object = pipit_json_parse(text, strlen(text), TOLD_MAX, &bad);
	if (object == NULL)
		return NULL;
	g_autoptr(PipitGroupTold) told = g_new0(PipitGroupTold, 1);
	told->kind = (PipitGroupNewsKind)pipit_json_int(object, "kind", PIPIT_GROUP_NEWS_JOINED,
							PIPIT_GROUP_NEWS_PICTURED, &bad);
	told->handles = pipit_json_handles(object, "handles", 0, PIPIT_GROUP_MAX_CHANGES, &bad);
	told->name = g_strdup(pipit_json_string_or_null(object, "name", PIPIT_GROUP_NAME_MAX, &bad));
	told->told_by = g_strdup(pipit_json_string_or_null(object, "told_by", PIPIT_HANDLE_MAX, &bad));
	told->quiet = pipit_json_bool(object, "quiet", &bad);
	return bad == NULL ? g_steal_pointer(&told) : NULL;
}

char **
pipit_group_without(char **all, char **others)
{
	g_autoptr(GStrvBuilder) rest = g_strv_builder_new();
	g_autoptr(GHashTable) among = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; others[i] != NULL; i++)
		g_hash_table_add(among, others[i]);
	for (guint i = 0; all[i] != NULL; i++)
		if (!g_hash_table_contains(among, all[i]))
			g_strv_builder_add(rest, all[i]);
	return g_strv_builder_end(rest);
}

static gint64
credible_time(const PipitGroupChange *change, gint64 at)
{
	return change->at >= at - MAX_AGE_MS && change->at <= at + MAX_AHEAD_MS ? change->at : at;
}

gboolean
pipit_group_tell(const PipitGroupTelling *telling, PipitGroupNewsKind kind, char **handles, const char *name,
		 GError **error)
{
	const PipitGroupUpdate *update = telling->update;
	const PipitGroupChange *change = telling->change;
	char *none[] = {NULL};
	gboolean direct = strcmp(update->from, change->author) == 0;
	const PipitGroupTold told = {
		.kind = kind,
		.handles = handles != NULL ? handles : none,
		.name = (char *)name,
		.told_by = direct ? NULL : (char *)update->from,
		.quiet = change->quiet || telling->quiet,
	};
	PipitReceived *received = g_new0(PipitReceived, 1);
	received->type = PIPIT_MESSAGE_GROUP;
	received->id = pipit_uuid_new();
	received->peer = pipit_peer_of_group(update->gid);
	received->from = g_strdup(change->author);
	received->own = pipit_store_handle_is_own(telling->store, change->author);
	received->text = print(&told);
	received->sent_at = credible_time(change, update->at);
	received->received_at = update->at;
	received->asks = kind == PIPIT_GROUP_NEWS_ASKED;
	g_ptr_array_add(update->told, received);
	return pipit_store_add_received(telling->store, received, error);
}

static PipitGroupTelling
because_of(const PipitGroupTelling *telling, const PipitGroupChange *reason)
{
	PipitGroupTelling because = *telling;
	if (reason != NULL && telling->unseen != NULL && g_hash_table_contains(telling->unseen, reason))
		because.change = reason;
	return because;
}

PipitGroupTelling
pipit_group_because_of_handle(const PipitGroupTelling *telling, const char *handle)
{
	return because_of(telling,
			  handle != NULL ? pipit_group_history_reason(telling->history, handle) : NULL);
}

/* Who leaves says so of themselves; that others go with them, whom they had added, is told as any removal. */
static gboolean
tell_gone(const PipitGroupTelling *telling, char **gone, GError **error)
{
	const PipitGroupChange *change = telling->change;
	const char *const leaver[] = {change->author, NULL};
	if (change->kind != PIPIT_GROUP_LEAVE || !g_strv_contains((const char *const *)gone, change->author))
		return pipit_group_tell(telling, PIPIT_GROUP_NEWS_REMOVED, gone, NULL, error);
	g_auto(GStrv) others = pipit_group_without(gone, (char **)leaver);
	return pipit_group_tell(telling, PIPIT_GROUP_NEWS_LEFT, NULL, NULL, error) &&
	       (others[0] == NULL ||
		pipit_group_tell(telling, PIPIT_GROUP_NEWS_REMOVED, others, NULL, error));
}

static gboolean
tell_come(const PipitGroupTelling *telling, char **come, GError **error)
{
	return pipit_group_tell(telling, PIPIT_GROUP_NEWS_ADDED, come, NULL, error);
}

typedef gboolean (*TellHandles)(const PipitGroupTelling *telling, char **handles, GError **error);

/* Those together who have one reason: it says by whom. */
static gboolean
tell_by_reason(const PipitGroupTelling *telling, char **handles, TellHandles tell_handles, GError **error)
{
	for (guint i = 0; handles[i] != NULL;) {
		const PipitGroupTelling because = pipit_group_because_of_handle(telling, handles[i]);
		g_autoptr(GPtrArray) together = g_ptr_array_new();
		do
			g_ptr_array_add(together, handles[i++]);
		while (handles[i] != NULL &&
		       pipit_group_because_of_handle(telling, handles[i]).change == because.change);
		g_ptr_array_add(together, NULL);
		if (!tell_handles(&because, (char **)together->pdata, error))
			return FALSE;
	}
	return TRUE;
}

gboolean
pipit_group_tell_differences(const PipitGroupTelling *telling, const PipitGroupLook *before,
			     const PipitGroupLook *after, GError **error)
{
	g_auto(GStrv) gone = pipit_group_without(before->members, after->members);
	g_auto(GStrv) come = pipit_group_without(after->members, before->members);
	const PipitGroupTelling named = because_of(telling, pipit_group_history_named_by(telling->history));
	const PipitGroupTelling pictured =
		because_of(telling, pipit_group_history_pictured_by(telling->history));
	if (!tell_by_reason(telling, gone, tell_gone, error) ||
	    !tell_by_reason(telling, come, tell_come, error))
		return FALSE;
	if (g_strcmp0(before->name, after->name) != 0 &&
	    !pipit_group_tell(&named, PIPIT_GROUP_NEWS_NAMED, NULL, after->name, error))
		return FALSE;
	return g_strcmp0(before->picture, after->picture) == 0 ||
	       pipit_group_tell(&pictured, PIPIT_GROUP_NEWS_PICTURED, NULL, NULL, error);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each change is put in force before the next is taken, so that how full the group is, is known for each. */
#include "protocol/group_update.h"

#include <string.h>

#include "protocol/group_gate.h"
#include "protocol/group_telling.h"
#include "protocol/peer.h"
#include "protocol/store_inbox.h"

/* So many of the changes of one message are told one by one, of the rest what they come to: each look is a count of all. */
#define MAX_LOOKS 16

static void
look_clear(PipitGroupLook *look)
{
	g_clear_pointer(&look->members, g_strfreev);
	g_clear_pointer(&look->name, g_free);
	g_clear_pointer(&look->picture, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PipitGroupLook, look_clear)

static PipitGroupLook
look_at(const PipitStore *store, PipitGroupHistory *history)
{
	return (PipitGroupLook){
		.members = g_strdupv((char **)pipit_group_history_members(history)),
		.name = g_strdup(pipit_group_history_name(history)),
		.picture = g_strdup(pipit_group_history_picture(history)),
		.own = pipit_group_own_member(history, pipit_store_own_handles(store)) != NULL,
	};
}

static gboolean
write_standing(const PipitGroupTelling *telling, PipitGroupState state, GError **error)
{
	return pipit_store_write_standing(telling->store, telling->update->gid, (PipitGroupStanding)state,
					  telling->change->author, error);
}

/* One is out. Who was still being asked need not hear why: the question goes. */
static gboolean
go_out(PipitGroupTelling *telling, PipitGroupStanding before, char **gone, GError **error)
{
	gboolean by_own = pipit_store_handle_is_own(telling->store, telling->change->author);
	g_autofree char *peer = pipit_peer_of_group(telling->update->gid);
	telling->quiet = before == (PipitGroupStanding)PIPIT_GROUP_ASKED;
	if (telling->quiet && !pipit_store_drop_unshown(telling->store, peer, error))
		return FALSE;
	if (by_own)
		return pipit_group_tell(telling, PIPIT_GROUP_NEWS_LEFT, NULL, NULL, error) &&
		       write_standing(telling, PIPIT_GROUP_LEFT, error);
	return pipit_group_tell(telling, PIPIT_GROUP_NEWS_REMOVED, gone, NULL, error) &&
	       write_standing(telling, PIPIT_GROUP_REMOVED, error);
}

static char **
own_of(const PipitStore *store, char **handles)
{
	g_autoptr(GStrvBuilder) own = g_strv_builder_new();
	for (guint i = 0; handles[i] != NULL; i++)
		if (pipit_store_handle_is_own(store, handles[i]))
			g_strv_builder_add(own, handles[i]);
	return g_strv_builder_end(own);
}

static gboolean
is_here(PipitGroupStanding standing)
{
	return standing == (PipitGroupStanding)PIPIT_GROUP_IN ||
	       standing == (PipitGroupStanding)PIPIT_GROUP_ASKED;
}

static void
note_newcomers(const PipitGroupUpdate *update, const PipitGroupLook *before, const PipitGroupLook *after)
{
	g_auto(GStrv) come = pipit_group_without(after->members, before->members);
	for (guint i = 0; update->newcomers != NULL && come[i] != NULL; i++)
		g_hash_table_add(update->newcomers, g_strdup(come[i]));
}

static gboolean
take_look(PipitGroupTelling *telling, const PipitGroupLook *before, const PipitGroupLook *after,
	  GError **error)
{
	PipitGroupStanding standing = PIPIT_GROUP_UNKNOWN;
	if (!pipit_store_read_standing(telling->store, telling->update->gid, &standing, error))
		return FALSE;
	if (!is_here(standing))
		return TRUE;
	g_auto(GStrv) gone = pipit_group_without(before->members, after->members);
	g_autofree char *peer = pipit_peer_of_group(telling->update->gid);
	if (!pipit_store_drop_recipients(telling->store, peer, (const char *const *)gone, error))
		return FALSE;
	if (!after->own) {
		g_auto(GStrv) own = own_of(telling->store, gone);
		PipitGroupTelling because = pipit_group_because_of_handle(telling, own[0]);
		return go_out(&because, standing, own, error);
	}
	if (standing != (PipitGroupStanding)PIPIT_GROUP_IN)
		return TRUE;
	note_newcomers(telling->update, before, after);
	return pipit_group_tell_differences(telling, before, after, error);
}

/* ---- putting changes in force ---- */

/* The changes of one message, one after the other. */
typedef struct {
	PipitStore *store;
	PipitGroupUpdate *update;
	PipitGroupHistory *history;
	gboolean here; /* one is in it, or asked: what changes is told */
	PipitGroupLook before;
	guint looks;
	GHashTable *unseen;           /* of PipitGroupChange: what was not looked at; or NULL */
	const PipitGroupChange *last; /* of these */
} Progress;

static void
progress_clear(Progress *progress)
{
	look_clear(&progress->before);
	g_clear_pointer(&progress->unseen, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Progress, progress_clear)

static gboolean
begin(Progress *progress, GError **error)
{
	PipitGroupStanding standing = PIPIT_GROUP_UNKNOWN;
	progress->history = pipit_store_group_history(progress->store, progress->update->gid, error);
	if (progress->history == NULL ||
	    !pipit_store_read_standing(progress->store, progress->update->gid, &standing, error))
		return FALSE;
	progress->here = is_here(standing);
	if (progress->here)
		progress->before = look_at(progress->store, progress->history);
	return TRUE;
}

/* @unseen: or NULL: the @change alone. */
static gboolean
look_after(Progress *progress, const PipitGroupChange *change, GHashTable *unseen, GError **error)
{
	PipitGroupLook after = look_at(progress->store, progress->history);
	PipitGroupTelling telling = {
		.store = progress->store,
		.update = progress->update,
		.history = progress->history,
		.change = change,
		.unseen = unseen,
	};
	gboolean taken = take_look(&telling, &progress->before, &after, error);
	look_clear(&progress->before);
	progress->before = after;
	return taken;
}

/* Once more are in force than are looked at one by one. */
static gboolean
look_later(Progress *progress, const PipitGroupChange *change)
{
	if (progress->unseen == NULL)
		progress->unseen = g_hash_table_new(NULL, NULL);
	progress->last = change;
	return g_hash_table_add(progress->unseen, (gpointer)change);
}

static gboolean
look_at_rest(Progress *progress, GError **error)
{
	return progress->unseen == NULL || look_after(progress, progress->last, progress->unseen, error);
}

/* What is wrong in itself need not be read again. */
static gboolean
delete_dropped(Progress *progress, GError **error)
{
	char *hash;
	while ((hash = pipit_group_history_next_dropped(progress->history)) != NULL) {
		gboolean deleted =
			pipit_store_delete_group_change(progress->store, progress->update->gid, hash, error);
		g_free(hash);
		if (!deleted)
			return FALSE;
	}
	return TRUE;
}

/* Puts in force what can be. */
static gboolean
advance(Progress *progress, GError **error)
{
	const PipitGroupChange *change;
	while ((change = pipit_group_history_advance(progress->history)) != NULL) {
		progress->update->advanced = TRUE;
		if (!progress->here)
			continue;
		if (progress->looks++ < MAX_LOOKS ? !look_after(progress, change, NULL, error)
						  : !look_later(progress, change))
			return FALSE;
	}
	return delete_dropped(progress, error);
}

static gboolean
take(Progress *progress, PipitGroupChange *change, GError **error)
{
	const PipitGroupUpdate *update = progress->update;
	const char *told_by = strcmp(change->author, update->from) == 0 ? NULL : update->from;
	/* Nobody has to stay in a group because it is full. */
	gboolean own_exit = update->own && change->kind == PIPIT_GROUP_LEAVE &&
			    pipit_store_handle_is_own(progress->store, change->author);
	PipitGroupTaking taking =
		own_exit ? pipit_group_history_keep(progress->history, change, update->known_at)
			 : pipit_group_history_take(progress->history, change, update->known_at);
	if (taking != PIPIT_GROUP_TAKEN)
		return TRUE;
	return pipit_store_add_group_change(progress->store, change, told_by, update->known_at,
					    update->carrier, error) &&
	       advance(progress, error);
}

/* Both who put one in, and who says so: a stranger's addition that a friend passes on is still a stranger's. */
static gboolean
need_not_ask(const PipitGroupTelling *telling)
{
	const PipitGroupUpdate *update = telling->update;
	const char *author = telling->change->author;
	if (update->own || update->is_contact == NULL)
		return TRUE;
	return update->is_contact(update->user_data, update->from) &&
	       (pipit_store_handle_is_own(telling->store, author) ||
		update->is_contact(update->user_data, author));
}

/* One is a member, and was not here. */
static gboolean
come_in(PipitStore *store, PipitGroupUpdate *update, PipitGroupHistory *history, const char *own,
	GError **error)
{
	const PipitGroupTelling telling = {
		.store = store,
		.update = update,
		.history = history,
		.change = pipit_group_history_reason(history, own),
	};
	if (need_not_ask(&telling))
		return write_standing(&telling, PIPIT_GROUP_IN, error) &&
		       pipit_group_tell(&telling, PIPIT_GROUP_NEWS_JOINED, NULL, NULL, error);
	/* The second stays behind the first until there is an answer, and all that comes behind it. */
	return write_standing(&telling, PIPIT_GROUP_ASKED, error) &&
	       pipit_group_tell(&telling, PIPIT_GROUP_NEWS_ASKED, NULL, NULL, error) &&
	       pipit_group_tell(&telling, PIPIT_GROUP_NEWS_JOINED, NULL, NULL, error) &&
	       (g_ptr_array_remove_index(update->told, update->told->len - 1), TRUE);
}

/* Whether an own device that says this has answered yes: a no is nothing but one's own leaving, of one handle after the other. */
static gboolean
is_yes(const PipitStore *store, const PipitGroupUpdate *update, GPtrArray *changes)
{
	if (!pipit_store_handle_is_own(store, update->from))
		return FALSE;
	for (guint i = 0; i < changes->len; i++) {
		const PipitGroupChange *change = changes->pdata[i];
		if (change->kind != PIPIT_GROUP_LEAVE || !pipit_store_handle_is_own(store, change->author))
			return TRUE;
	}
	return FALSE;
}

static gboolean
settle(PipitStore *store, PipitGroupUpdate *update, PipitGroupHistory *history, GPtrArray *changes,
       GError **error)
{
	PipitGroupStanding standing = PIPIT_GROUP_UNKNOWN;
	const char *own = pipit_group_own_member(history, pipit_store_own_handles(store));
	if (!pipit_store_read_standing(store, update->gid, &standing, error))
		return FALSE;
	if (own != NULL && !is_here(standing))
		return come_in(store, update, history, own, error);
	if (standing == (PipitGroupStanding)PIPIT_GROUP_ASKED && is_yes(store, update, changes))
		return pipit_group_answer_yes(store, update->gid, update->told, error);
	return TRUE;
}

static gboolean
take_picture(PipitStore *store, const PipitGroupUpdate *update, PipitGroupHistory *history, GBytes *picture,
	     GError **error)
{
	if (picture == NULL)
		return TRUE;
	gsize size = 0;
	gconstpointer bytes = g_bytes_get_data(picture, &size);
	g_autofree char *hash = pipit_group_hash(bytes, size);
	return g_strcmp0(hash, pipit_group_history_picture(history)) != 0 ||
	       pipit_store_write_picture(store, update->gid, picture, error);
}

gboolean
pipit_group_update(PipitStore *store, PipitGroupUpdate *update, GPtrArray *changes, GBytes *picture,
		   GError **error)
{
	g_auto(Progress) progress = {.store = store, .update = update};
	if (!begin(&progress, error))
		return FALSE;
	for (guint i = 0; i < changes->len; i++)
		if (!take(&progress, changes->pdata[i], error))
			return FALSE;
	return look_at_rest(&progress, error) && settle(store, update, progress.history, changes, error) &&
	       take_picture(store, update, progress.history, picture, error);
}

gboolean
pipit_group_answer_yes(PipitStore *store, const char *gid, GPtrArray *told, GError **error)
{
	g_autoptr(PipitGroup) group = NULL;
	g_autofree char *peer = pipit_peer_of_group(gid);
	if (!pipit_store_read_group(store, gid, &group, error) || group == NULL ||
	    !pipit_store_write_standing(store, gid, (PipitGroupStanding)PIPIT_GROUP_IN, group->by, error))
		return FALSE;
	g_autoptr(GPtrArray) waited = pipit_store_read_received_of(store, peer, error);
	if (waited == NULL)
		return FALSE;
	g_ptr_array_extend_and_steal(told, g_steal_pointer(&waited));
	return TRUE;
}

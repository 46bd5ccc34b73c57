/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule by which changes come to members. Its words are those of docs/protocol.md, "Groups". */
#include <string.h>

#include "protocol/group_history_private.h"
#include "protocol/limits.h"

/* ---- sets of changes: a bit for each ---- */

static gsize
words_for(guint count)
{
	return ((gsize)count + 63) / 64;
}

gboolean
pipit_group_set_has(const guint64 *set, guint index)
{
	return (set[index / 64] >> (index % 64) & 1) != 0;
}

static void
add(guint64 *set, guint index)
{
	set[index / 64] |= G_GUINT64_CONSTANT(1) << (index % 64);
}

/* @set: has room for all. */
void
pipit_group_set_add_with_past(guint64 *set, const PipitGroupNode *node)
{
	for (gsize i = 0; i < words_for(node->index); i++)
		set[i] |= node->past[i];
	add(set, node->index);
}

guint64 *
pipit_group_set_new(const PipitGroupHistory *history)
{
	return g_new0(guint64, words_for(history->nodes->len) + 1);
}

/* All that @heads name which are known, with their past. */
guint64 *
pipit_group_set_of_heads(const PipitGroupHistory *history, const char *const *heads)
{
	guint64 *set = pipit_group_set_new(history);
	for (guint i = 0; heads[i] != NULL; i++) {
		const PipitGroupNode *node = g_hash_table_lookup(history->by_hash, heads[i]);
		if (node != NULL)
			pipit_group_set_add_with_past(set, node);
	}
	return set;
}

const PipitGroupNode *
pipit_group_node_at(const PipitGroupHistory *history, guint index)
{
	return history->nodes->pdata[index];
}

gboolean
pipit_group_builds_on(const PipitGroupNode *later, const PipitGroupNode *earlier)
{
	return earlier->index < later->index && pipit_group_set_has(later->past, earlier->index);
}

/* ---- the rule ---- */

/* The changes that are looked at: all, or those in a set; and which of them count, as far as that is known. */
typedef struct {
	const PipitGroupHistory *history;
	const guint64 *within; /* NULL: all */
	const gboolean *counted;
	guint64 *bars; /* room for a set */
} View;

static gboolean
is_seen(const View *view, guint index)
{
	return view->within == NULL || pipit_group_set_has(view->within, index);
}

/* Sets the bars: the removals that do not lie after what was done (@deed; NULL: now). */
static void
find_bars(const View *view, const PipitGroupConcern *concern, const PipitGroupNode *deed)
{
	memset(view->bars, 0, words_for(view->history->nodes->len) * sizeof *view->bars);
	for (guint i = 0; i < concern->removals->len; i++) {
		guint index = g_array_index(concern->removals, guint, i);
		if (is_seen(view, index) &&
		    (deed == NULL || !pipit_group_builds_on(pipit_group_node_at(view->history, index), deed)))
			add(view->bars, index);
	}
}

/* Each bar lies before the addition. */
static gboolean
outlasts_bars(const View *view, const PipitGroupNode *addition)
{
	gsize own = words_for(addition->index);
	for (gsize i = 0; i < words_for(view->history->nodes->len); i++)
		if ((view->bars[i] & ~(i < own ? addition->past[i] : 0)) != 0)
			return FALSE;
	return TRUE;
}

/* Whether somebody may have done the @deed by @addition, but for removals. */
static gboolean
may_stand(const View *view, guint addition, const PipitGroupNode *deed)
{
	return is_seen(view, addition) && view->counted[addition] &&
	       (deed == NULL || pipit_group_builds_on(deed, pipit_group_node_at(view->history, addition)));
}

static gboolean
is_earlier(const PipitGroupNode *one, const PipitGroupNode *other)
{
	return one->change->version < other->change->version ||
	       (one->change->version == other->change->version &&
		strcmp(one->change->hash, other->change->hash) < 0);
}

/* Returns the first addition by which @handle is a member for the @deed (NULL: now); NULL if they are none. The first is the
 * same for everybody: by version, then by hash. */
static const PipitGroupNode *
find_addition(const View *view, const char *handle, const PipitGroupNode *deed)
{
	const PipitGroupConcern *concern = g_hash_table_lookup(view->history->concerns, handle);
	const PipitGroupNode *first = NULL;
	gboolean barred = concern != NULL && concern->removals->len > 0;
	gboolean ready = FALSE;
	for (guint i = 0; concern != NULL && i < concern->additions->len; i++) {
		guint index = g_array_index(concern->additions, guint, i);
		const PipitGroupNode *addition = pipit_group_node_at(view->history, index);
		if (!may_stand(view, index, deed) || (first != NULL && !is_earlier(addition, first)))
			continue;
		if (barred && !ready)
			find_bars(view, concern, deed);
		ready = TRUE;
		if (!barred || outlasts_bars(view, addition))
			first = addition;
	}
	return first;
}

/* Which of the changes in @wanted (NULL: of all) count. Whether one does hangs on additions before it, which have to be in it too,
 * and on removals. */
static gboolean *
count(const PipitGroupHistory *history, const guint64 *within, const guint64 *wanted, guint64 *bars)
{
	gboolean *counted = g_new0(gboolean, history->nodes->len + 1);
	View view = {history, within, counted, bars};
	for (guint i = 0; i < history->nodes->len; i++) {
		const PipitGroupNode *node = pipit_group_node_at(history, i);
		if (!is_seen(&view, i) || (wanted != NULL && !pipit_group_set_has(wanted, i)))
			continue;
		counted[i] = node->change->kind == PIPIT_GROUP_CREATE ||
			     (node->removal ? node->in_force
					    : find_addition(&view, node->change->author, node) != NULL);
	}
	return counted;
}

/* Sets those of @within that put @concern's handle in, and adds who did to @authors. */
static void
add_additions(const PipitGroupHistory *history, const PipitGroupConcern *concern, const guint64 *within,
	      guint64 *wanted, GPtrArray *authors)
{
	for (guint i = 0; i < concern->additions->len; i++) {
		guint index = g_array_index(concern->additions, guint, i);
		if (!pipit_group_set_has(within, index) || pipit_group_set_has(wanted, index))
			continue;
		add(wanted, index);
		g_ptr_array_add(authors, pipit_group_node_at(history, index)->change->author);
	}
}

/* Returns (transfer full) all additions on which it hangs whether @members are: theirs, those of who put them in, and so
 * on. In most groups that is a handful, however long the history. */
static guint64 *
additions_for(const PipitGroupHistory *history, const char *const *members, const guint64 *within)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	g_autoptr(GPtrArray) handles = g_ptr_array_new();
	guint64 *wanted = pipit_group_set_new(history);
	for (guint i = 0; members[i] != NULL; i++)
		g_ptr_array_add(handles, (gpointer)members[i]);
	while (handles->len > 0) {
		const char *next = g_ptr_array_steal_index_fast(handles, handles->len - 1);
		PipitGroupConcern *concern = g_hash_table_lookup(history->concerns, next);
		if (concern != NULL && g_hash_table_add(seen, concern))
			add_additions(history, concern, within, wanted, handles);
	}
	return wanted;
}

/* One count for all of them. */
static gboolean
are_members_within(const PipitGroupHistory *history, const char *const *handles, const guint64 *within)
{
	g_autofree guint64 *bars = pipit_group_set_new(history);
	g_autofree guint64 *wanted = additions_for(history, handles, within);
	g_autofree gboolean *counted = count(history, within, wanted, bars);
	View view = {history, within, counted, bars};
	guint i = 0;
	while (handles[i] != NULL && find_addition(&view, handles[i], NULL) != NULL)
		i++;
	return handles[i] == NULL;
}

gboolean
pipit_group_is_member_within(const PipitGroupHistory *history, const char *handle, const guint64 *within)
{
	const char *const handles[] = {handle, NULL};
	return are_members_within(history, handles, within);
}

/* ---- what it comes to ---- */

void
pipit_group_forget_outcome(PipitGroupHistory *history)
{
	g_clear_pointer(&history->counted, g_free);
	g_clear_pointer(&history->member_set, g_hash_table_unref);
	g_clear_pointer(&history->members, g_strfreev);
}

typedef struct {
	const char *handle;
	const PipitGroupNode *addition;
} Membership;

static gint
compare_memberships(gconstpointer left, gconstpointer right)
{
	const Membership *a = left;
	const Membership *b = right;
	if (a->addition->change->version != b->addition->change->version)
		return a->addition->change->version < b->addition->change->version ? -1 : 1;
	int order = strcmp(a->addition->change->hash, b->addition->change->hash);
	return order != 0 ? order : strcmp(a->handle, b->handle);
}

void
pipit_group_find_outcome(PipitGroupHistory *history)
{
	if (history->counted != NULL)
		return;
	g_autofree guint64 *bars = pipit_group_set_new(history);
	history->counted = count(history, NULL, NULL, bars);
	View view = {history, NULL, history->counted, bars};
	g_autoptr(GArray) memberships = g_array_new(FALSE, FALSE, sizeof(Membership));
	GHashTableIter iter;
	gpointer handle;
	g_hash_table_iter_init(&iter, history->concerns);
	while (g_hash_table_iter_next(&iter, &handle, NULL)) {
		const Membership membership = {handle, find_addition(&view, handle, NULL)};
		if (membership.addition != NULL)
			g_array_append_val(memberships, membership);
	}
	g_array_sort(memberships, compare_memberships);
	guint n = MIN(memberships->len, PIPIT_GROUP_MAX_MEMBERS);
	history->members = g_new0(char *, n + 1);
	history->member_set = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; i < n; i++) {
		history->members[i] = g_strdup(g_array_index(memberships, Membership, i).handle);
		g_hash_table_add(history->member_set, history->members[i]);
	}
}

const char *const *
pipit_group_history_members(PipitGroupHistory *history)
{
	pipit_group_find_outcome(history);
	return (const char *const *)history->members;
}

gboolean
pipit_group_history_is_member(PipitGroupHistory *history, const char *handle)
{
	pipit_group_find_outcome(history);
	return g_hash_table_contains(history->member_set, handle);
}

gboolean
pipit_group_history_names(const PipitGroupHistory *history, const char *handle)
{
	const PipitGroupConcern *concern = g_hash_table_lookup(history->concerns, handle);
	return concern != NULL && concern->additions->len > 0;
}

gboolean
pipit_group_history_was_member(PipitGroupHistory *history, const char *handle, const char *const *heads)
{
	g_autofree guint64 *within = pipit_group_set_of_heads(history, heads);
	return pipit_group_is_member_within(history, handle, within);
}

gboolean
pipit_group_history_were_members(PipitGroupHistory *history, const char *const *handles,
				 const char *const *heads)
{
	g_autofree guint64 *within = pipit_group_set_of_heads(history, heads);
	return are_members_within(history, handles, within);
}

guint
pipit_group_history_idle_of(PipitGroupHistory *history, const char *author)
{
	guint idle = 0;
	pipit_group_find_outcome(history);
	for (guint i = 0; i < history->nodes->len; i++)
		if (!history->counted[i] &&
		    strcmp(pipit_group_node_at(history, i)->change->author, author) == 0)
			idle++;
	return idle;
}

/* The last of those that count and are of one of two kinds: by version, then by hash. */
static const PipitGroupChange *
find_last(PipitGroupHistory *history, PipitGroupChangeKind kind, PipitGroupChangeKind other)
{
	const PipitGroupChange *last = NULL;
	pipit_group_find_outcome(history);
	for (guint i = 0; i < history->nodes->len; i++) {
		const PipitGroupChange *change = pipit_group_node_at(history, i)->change;
		if ((change->kind != kind && change->kind != other) || !history->counted[i])
			continue;
		if (last == NULL || change->version > last->version ||
		    (change->version == last->version && strcmp(change->hash, last->hash) > 0))
			last = change;
	}
	return last;
}

const PipitGroupChange *
pipit_group_history_named_by(PipitGroupHistory *history)
{
	return find_last(history, PIPIT_GROUP_NAME, PIPIT_GROUP_CREATE);
}

const char *
pipit_group_history_name(PipitGroupHistory *history)
{
	const PipitGroupChange *last = pipit_group_history_named_by(history);
	return last != NULL ? last->name : NULL;
}

const PipitGroupChange *
pipit_group_history_pictured_by(PipitGroupHistory *history)
{
	return find_last(history, PIPIT_GROUP_PICTURE, PIPIT_GROUP_PICTURE);
}

const char *
pipit_group_history_picture(PipitGroupHistory *history)
{
	const PipitGroupChange *last = pipit_group_history_pictured_by(history);
	return last != NULL ? last->picture : NULL;
}

const PipitGroupChange *
pipit_group_history_reason(PipitGroupHistory *history, const char *handle)
{
	pipit_group_find_outcome(history);
	g_autofree guint64 *bars = pipit_group_set_new(history);
	View view = {history, NULL, history->counted, bars};
	const PipitGroupNode *addition = find_addition(&view, handle, NULL);
	if (addition != NULL)
		return addition->change;
	const PipitGroupConcern *concern = g_hash_table_lookup(history->concerns, handle);
	if (concern == NULL || concern->removals->len == 0)
		return NULL;
	guint last = g_array_index(concern->removals, guint, concern->removals->len - 1);
	return pipit_group_node_at(history, last)->change;
}

/* ---- how somebody came to be out ---- */

/* Whether somebody was put in again who knew of @removal. */
static gboolean
was_made_good(const PipitGroupHistory *history, const PipitGroupConcern *concern,
	      const PipitGroupNode *removal)
{
	for (guint i = 0; i < concern->additions->len; i++) {
		guint index = g_array_index(concern->additions, guint, i);
		if (history->counted[index] &&
		    pipit_group_builds_on(pipit_group_node_at(history, index), removal))
			return TRUE;
	}
	return FALSE;
}

static void find_voids(const PipitGroupHistory *history, const PipitGroupConcern *concern, GPtrArray *exits,
		       GHashTable *seen);

/* Finds all removals of @handle, who added somebody in vain. */
static void
find_removals(const PipitGroupHistory *history, const char *handle, GPtrArray *exits, GHashTable *seen)
{
	const PipitGroupConcern *concern = g_hash_table_lookup(history->concerns, handle);
	if (concern == NULL || !g_hash_table_add(seen, (gpointer)handle))
		return;
	for (guint i = 0; i < concern->removals->len; i++)
		g_ptr_array_add(exits, (gpointer)pipit_group_node_at(
					       history, g_array_index(concern->removals, guint, i)));
	find_voids(history, concern, exits, seen);
}

/* Finds why additions do not count. */
static void
find_voids(const PipitGroupHistory *history, const PipitGroupConcern *concern, GPtrArray *exits,
	   GHashTable *seen)
{
	for (guint i = 0; i < concern->additions->len; i++) {
		guint index = g_array_index(concern->additions, guint, i);
		if (!history->counted[index])
			find_removals(history, pipit_group_node_at(history, index)->change->author, exits,
				      seen);
	}
}

/* Finds the removals by which @handle is none: their own, and those by which additions of theirs do not count. */
static void
find_exits(const PipitGroupHistory *history, const char *handle, GPtrArray *exits, GHashTable *seen)
{
	const PipitGroupConcern *concern = g_hash_table_lookup(history->concerns, handle);
	if (concern == NULL)
		return;
	for (guint i = 0; i < concern->removals->len; i++) {
		const PipitGroupNode *removal =
			pipit_group_node_at(history, g_array_index(concern->removals, guint, i));
		if (!was_made_good(history, concern, removal))
			g_ptr_array_add(exits, (gpointer)removal);
	}
	find_voids(history, concern, exits, seen);
}

static GPtrArray *
exits_of(PipitGroupHistory *history, const char *handle)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	GPtrArray *exits = g_ptr_array_new();
	pipit_group_find_outcome(history);
	find_exits(history, handle, exits, seen);
	return exits;
}

gint64
pipit_group_history_out_since(PipitGroupHistory *history, const char *handle)
{
	g_autoptr(GPtrArray) exits = exits_of(history, handle);
	gint64 since = exits->len > 0 ? PIPIT_GROUP_NOT_SENT : 0;
	for (guint i = 0; i < exits->len; i++)
		since = MIN(since, ((const PipitGroupNode *)exits->pdata[i])->known_at);
	return since;
}

GPtrArray *
pipit_group_history_exit(PipitGroupHistory *history, const char *handle, const char *const *heads)
{
	g_autofree guint64 *known = pipit_group_set_of_heads(history, heads);
	g_autofree guint64 *wanted = pipit_group_set_new(history);
	g_autoptr(GPtrArray) exits = exits_of(history, handle);
	for (guint i = 0; i < exits->len; i++)
		pipit_group_set_add_with_past(wanted, exits->pdata[i]);
	return pipit_group_list(history, wanted, known);
}

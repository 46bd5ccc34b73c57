/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The changes of a group, as they come: each is in force once all that it builds on is. */
#include "protocol/group_history_private.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/limits.h"

typedef struct {
	PipitGroupChange *change;
	gint64 known_at;
} Waiting;

static void
node_free(gpointer memory)
{
	PipitGroupNode *node = memory;
	pipit_group_change_unref(node->change);
	g_free(node->past);
	g_free(node);
}

static void
waiting_free(gpointer memory)
{
	Waiting *waiting = memory;
	pipit_group_change_unref(waiting->change);
	g_free(waiting);
}

static void
concern_free(gpointer memory)
{
	PipitGroupConcern *concern = memory;
	g_array_unref(concern->additions);
	g_array_unref(concern->removals);
	g_free(concern);
}

PipitGroupHistory *
pipit_group_history_new(const char *gid)
{
	PipitGroupHistory *history = g_new0(PipitGroupHistory, 1);
	history->gid = g_strdup(gid);
	history->nodes = g_ptr_array_new_with_free_func(node_free);
	history->by_hash = g_hash_table_new(g_str_hash, g_str_equal);
	history->concerns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, concern_free);
	history->by_author = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	history->waiting = g_hash_table_new(g_str_hash, g_str_equal);
	history->lacking =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
	g_queue_init(&history->ready);
	history->dropped = g_ptr_array_new_with_free_func(g_free);
	return history;
}

void
pipit_group_history_free(PipitGroupHistory *history)
{
	if (history == NULL)
		return;
	pipit_group_forget_outcome(history);
	g_hash_table_unref(history->by_hash);
	g_hash_table_unref(history->concerns);
	g_hash_table_unref(history->by_author);
	g_hash_table_unref(history->waiting);
	g_hash_table_unref(history->lacking);
	g_queue_clear_full(&history->ready, waiting_free);
	g_ptr_array_unref(history->dropped);
	g_ptr_array_unref(history->nodes);
	g_free(history->gid);
	g_free(history);
}

/* ---- taking changes ---- */

const char *
pipit_group_history_lacks(const PipitGroupHistory *history, const char *const *hashes)
{
	guint i = 0;
	while (hashes[i] != NULL && g_hash_table_contains(history->by_hash, hashes[i]))
		i++;
	return hashes[i];
}

gboolean
pipit_group_history_knows(const PipitGroupHistory *history, const char *const *hashes)
{
	return pipit_group_history_lacks(history, hashes) == NULL;
}

/* Of its text, as it stands in a message: a string in JSON. */
static gsize
size_of(const PipitGroupChange *change)
{
	gsize size = 0;
	for (const guchar *c = (const guchar *)change->text; *c != '\0'; c++)
		size += *c < 0x20 || *c == 0x7f ? 6 : *c == '"' || *c == '\\' ? 2 : 1;
	return size;
}

/* What a group takes; of one kind of change. */
typedef struct {
	guint changes;
	gsize size;
	guint by_author;
} Room;

#define CHANGES (PIPIT_GROUP_MAX_CHANGES - PIPIT_GROUP_EXIT_CHANGES)
#define SIZE (PIPIT_GROUP_MAX_SIZE - PIPIT_GROUP_EXIT_SIZE)
#define SPARE_NAMES 32
#define AUTHOR_CHANGES (PIPIT_GROUP_AUTHOR_MAX_CHANGES - PIPIT_GROUP_AUTHOR_EXIT_CHANGES)

static const Room room = {CHANGES, SIZE, AUTHOR_CHANGES};
/* Each of the others may be making one too. */
static const Room room_to_make = {CHANGES - PIPIT_GROUP_MAX_MEMBERS, SIZE - PIPIT_GROUP_CHANGE_MAX,
				  AUTHOR_CHANGES};
static const Room room_to_remove = {PIPIT_GROUP_MAX_CHANGES - PIPIT_GROUP_OWN_EXIT_CHANGES,
				    PIPIT_GROUP_MAX_SIZE - PIPIT_GROUP_OWN_EXIT_SIZE,
				    PIPIT_GROUP_AUTHOR_MAX_CHANGES};
static const Room room_to_leave = {PIPIT_GROUP_MAX_CHANGES - PIPIT_GROUP_OWN_EXIT_CHANGES,
				   PIPIT_GROUP_MAX_SIZE - PIPIT_GROUP_OWN_EXIT_SIZE, G_MAXUINT};

static gboolean
fits(const PipitGroupHistory *history, const PipitGroupChange *change, const Room *limit)
{
	guint own = GPOINTER_TO_UINT(g_hash_table_lookup(history->by_author, change->author));
	return history->nodes->len + g_hash_table_size(history->waiting) < limit->changes &&
	       history->size + size_of(change) <= limit->size && own < limit->by_author;
}

/* Handles that @change names and no other did. */
static guint
count_new_names(const PipitGroupHistory *history, const PipitGroupChange *change)
{
	guint count = 0;
	for (guint i = 0; change->handles[i] != NULL; i++)
		count += g_hash_table_contains(history->concerns, change->handles[i]) ? 0 : 1;
	return count;
}

static guint
count_additions(const PipitGroupHistory *history, const char *handle)
{
	const PipitGroupConcern *concern = g_hash_table_lookup(history->concerns, handle);
	return concern != NULL ? concern->additions->len : 0;
}

/* With it, more would have to be counted than is bearable. @spare: room for what others do meanwhile. */
static gboolean
names_too_much(const PipitGroupHistory *history, const PipitGroupChange *change, guint spare)
{
	guint names = count_new_names(history, change);
	if (names > 0 && g_hash_table_size(history->concerns) + names + spare > PIPIT_GROUP_MAX_NAMED)
		return TRUE;
	for (guint i = 0; change->kind == PIPIT_GROUP_ADD && change->handles[i] != NULL; i++)
		if (count_additions(history, change->handles[i]) + spare >= PIPIT_GROUP_MAX_ADDITIONS)
			return TRUE;
	return FALSE;
}

/* A member goes, or puts out nobody but members: by what lies before it, so that all devices say the same. */
static gboolean
is_exit(PipitGroupHistory *history, const PipitGroupChange *change)
{
	const char *const *before = (const char *const *)change->builds_on;
	return (change->kind == PIPIT_GROUP_LEAVE || change->kind == PIPIT_GROUP_REMOVE) &&
	       pipit_group_history_lacks(history, before) == NULL &&
	       pipit_group_history_was_member(history, change->author, before) &&
	       pipit_group_history_were_members(history, (const char *const *)change->handles, before);
}

static gboolean
fits_as_exit(PipitGroupHistory *history, const PipitGroupChange *change)
{
	const Room *limit = change->kind == PIPIT_GROUP_LEAVE ? &room_to_leave : &room_to_remove;
	return fits(history, change, limit) && is_exit(history, change);
}

gboolean
pipit_group_history_has_room(PipitGroupHistory *history, const PipitGroupChange *change)
{
	return (fits(history, change, &room_to_make) && !names_too_much(history, change, SPARE_NAMES)) ||
	       fits_as_exit(history, change);
}

static void
count_author(PipitGroupHistory *history, const char *author, int by)
{
	guint own = GPOINTER_TO_UINT(g_hash_table_lookup(history->by_author, author));
	g_hash_table_replace(history->by_author, g_strdup(author), GUINT_TO_POINTER(own + (guint)by));
}

static gboolean
is_there(const PipitGroupHistory *history, const PipitGroupChange *change)
{
	return g_hash_table_contains(history->by_hash, change->hash) ||
	       g_hash_table_contains(history->waiting, change->hash);
}

static void
let_wait(PipitGroupHistory *history, Waiting *waiting)
{
	const char *hash =
		pipit_group_history_lacks(history, (const char *const *)waiting->change->builds_on);
	GPtrArray *others = hash != NULL ? g_hash_table_lookup(history->lacking, hash) : NULL;
	if (hash == NULL) {
		g_queue_push_tail(&history->ready, waiting);
		return;
	}
	if (others == NULL) {
		others = g_ptr_array_new_with_free_func(waiting_free);
		g_hash_table_insert(history->lacking, g_strdup(hash), others);
	}
	g_ptr_array_add(others, waiting);
}

PipitGroupTaking
pipit_group_history_keep(PipitGroupHistory *history, PipitGroupChange *change, gint64 known_at)
{
	if (strcmp(change->gid, history->gid) != 0)
		return PIPIT_GROUP_REFUSED;
	if (is_there(history, change))
		return PIPIT_GROUP_KNOWN;
	Waiting *waiting = g_new(Waiting, 1);
	*waiting = (Waiting){pipit_group_change_ref(change), known_at};
	let_wait(history, waiting);
	g_hash_table_add(history->waiting, change->hash);
	count_author(history, change->author, 1);
	history->size += size_of(change);
	return PIPIT_GROUP_TAKEN;
}

PipitGroupTaking
pipit_group_history_take(PipitGroupHistory *history, PipitGroupChange *change, gint64 known_at)
{
	if (!is_there(history, change) && !fits(history, change, &room) && !fits_as_exit(history, change))
		return PIPIT_GROUP_REFUSED;
	return pipit_group_history_keep(history, change, known_at);
}

static void
concern_with(PipitGroupHistory *history, const char *handle, const PipitGroupNode *node)
{
	PipitGroupConcern *concern = g_hash_table_lookup(history->concerns, handle);
	if (concern == NULL) {
		concern = g_new(PipitGroupConcern, 1);
		concern->additions = g_array_new(FALSE, FALSE, sizeof(guint));
		concern->removals = g_array_new(FALSE, FALSE, sizeof(guint));
		g_hash_table_insert(history->concerns, g_strdup(handle), concern);
	}
	if (!node->removal)
		g_array_append_val(concern->additions, node->index);
	else if (node->in_force)
		g_array_append_val(concern->removals, node->index);
}

/* Whom it puts in or out. */
static void
note_concerns(PipitGroupHistory *history, const PipitGroupNode *node)
{
	const PipitGroupChange *change = node->change;
	if (change->kind == PIPIT_GROUP_LEAVE || change->kind == PIPIT_GROUP_CREATE)
		concern_with(history, change->author, node);
	for (guint i = 0; change->handles[i] != NULL; i++)
		if (change->kind != PIPIT_GROUP_CREATE || strcmp(change->handles[i], change->author) != 0)
			concern_with(history, change->handles[i], node);
}

gint64
pipit_group_history_version_of(const PipitGroupHistory *history, const char *const *hashes)
{
	gint64 version = 0;
	for (guint i = 0; hashes[i] != NULL; i++) {
		const PipitGroupNode *node = g_hash_table_lookup(history->by_hash, hashes[i]);
		version = node != NULL ? MAX(version, node->change->version) : version;
	}
	return version;
}

/* @hash is in force now. */
static void
stop_lacking(PipitGroupHistory *history, const char *hash)
{
	gpointer key = NULL;
	gpointer value = NULL;
	if (!g_hash_table_steal_extended(history->lacking, hash, &key, &value))
		return;
	gsize count = 0;
	g_autoptr(GPtrArray) list = value;
	g_autofree gpointer *waiting = g_ptr_array_steal(list, &count);
	for (gsize i = 0; i < count; i++)
		let_wait(history, waiting[i]);
	g_free(key);
}

static const PipitGroupNode *
put_in_force(PipitGroupHistory *history, PipitGroupChange *change, gint64 known_at)
{
	const char *const *before = (const char *const *)change->builds_on;
	PipitGroupNode *node = g_new0(PipitGroupNode, 1);
	node->change = pipit_group_change_ref(change);
	node->known_at = known_at;
	node->index = history->nodes->len;
	node->past = pipit_group_set_of_heads(history, before);
	node->removal = change->kind == PIPIT_GROUP_REMOVE || change->kind == PIPIT_GROUP_LEAVE;
	node->in_force = node->removal && pipit_group_is_member_within(history, change->author, node->past);
	for (guint i = 0; before[i] != NULL; i++)
		((PipitGroupNode *)g_hash_table_lookup(history->by_hash, before[i]))->built_upon = TRUE;
	g_ptr_array_add(history->nodes, node);
	g_hash_table_insert(history->by_hash, change->hash, node);
	note_concerns(history, node);
	stop_lacking(history, change->hash);
	pipit_group_forget_outcome(history);
	return node;
}

/* It was wrong in itself. */
static void
drop(PipitGroupHistory *history, const PipitGroupChange *change)
{
	count_author(history, change->author, -1);
	history->size -= size_of(change);
	g_ptr_array_add(history->dropped, g_strdup(change->hash));
}

/* It says what it can't, or what would be too much to count. */
static gboolean
is_wrong(const PipitGroupHistory *history, const PipitGroupChange *change)
{
	gint64 before = pipit_group_history_version_of(history, (const char *const *)change->builds_on);
	return change->version != before + 1 || names_too_much(history, change, 0);
}

const PipitGroupChange *
pipit_group_history_advance(PipitGroupHistory *history)
{
	const PipitGroupChange *advanced = NULL;
	Waiting *ready;
	while (advanced == NULL && (ready = g_queue_pop_head(&history->ready)) != NULL) {
		g_hash_table_remove(history->waiting, ready->change->hash);
		if (is_wrong(history, ready->change))
			drop(history, ready->change);
		else
			advanced = put_in_force(history, ready->change, ready->known_at)->change;
		waiting_free(ready);
	}
	return advanced;
}

char *
pipit_group_history_next_dropped(PipitGroupHistory *history)
{
	return history->dropped->len > 0 ? g_ptr_array_steal_index_fast(history->dropped, 0) : NULL;
}

void
pipit_group_history_sent(PipitGroupHistory *history, const char *hash, gint64 known_at)
{
	PipitGroupNode *node = g_hash_table_lookup(history->by_hash, hash);
	if (node != NULL)
		node->known_at = MIN(node->known_at, known_at);
}

static void
keep_in_copy(PipitGroupHistory *copy, PipitGroupChange *change, gint64 known_at)
{
	pipit_group_history_keep(copy, change, known_at);
	while (pipit_group_history_advance(copy) != NULL)
		;
}

static void
keep_waiting(PipitGroupHistory *copy, const PipitGroupHistory *history)
{
	GHashTableIter iter;
	gpointer list;
	g_hash_table_iter_init(&iter, history->lacking);
	while (g_hash_table_iter_next(&iter, NULL, &list))
		for (guint i = 0; i < ((GPtrArray *)list)->len; i++) {
			const Waiting *waiting = ((GPtrArray *)list)->pdata[i];
			pipit_group_history_keep(copy, waiting->change, waiting->known_at);
		}
	for (const GList *link = history->ready.head; link != NULL; link = link->next) {
		const Waiting *waiting = link->data;
		pipit_group_history_keep(copy, waiting->change, waiting->known_at);
	}
}

PipitGroupHistory *
pipit_group_history_copy(const PipitGroupHistory *history)
{
	PipitGroupHistory *copy = pipit_group_history_new(history->gid);
	for (guint i = 0; i < history->nodes->len; i++)
		keep_in_copy(copy, pipit_group_node_at(history, i)->change,
			     pipit_group_node_at(history, i)->known_at);
	keep_waiting(copy, history);
	return copy;
}

/* ---- telling others ---- */

guint
pipit_group_history_size(const PipitGroupHistory *history)
{
	return history->nodes->len;
}

guint
pipit_group_history_waiting(const PipitGroupHistory *history)
{
	return g_hash_table_size(history->waiting);
}

static gint
compare_strings(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
pipit_group_history_heads(const PipitGroupHistory *history)
{
	GPtrArray *heads = g_ptr_array_new();
	for (guint i = 0; i < history->nodes->len; i++) {
		const PipitGroupNode *node = pipit_group_node_at(history, i);
		if (!node->built_upon)
			g_ptr_array_add(heads, g_strdup(node->change->hash));
	}
	g_ptr_array_sort(heads, compare_strings);
	for (guint i = heads->len; i-- > PIPIT_GROUP_MAX_HEADS;)
		g_free(g_ptr_array_steal_index(heads, i));
	g_ptr_array_add(heads, NULL);
	return (char **)g_ptr_array_free(heads, FALSE);
}

/* Returns (transfer full) a head that is or builds on the change called @hash, which is in force. */
static char *
find_head_above(const PipitGroupHistory *history, const char *hash)
{
	const PipitGroupNode *below = g_hash_table_lookup(history->by_hash, hash);
	guint i = history->nodes->len - 1;
	while (pipit_group_node_at(history, i)->built_upon ||
	       (pipit_group_node_at(history, i) != below &&
		!pipit_group_builds_on(pipit_group_node_at(history, i), below)))
		i--;
	return g_strdup(pipit_group_node_at(history, i)->change->hash);
}

char **
pipit_group_history_heads_of(PipitGroupHistory *history, const char *author)
{
	char **heads = pipit_group_history_heads(history);
	const PipitGroupChange *reason = pipit_group_history_reason(history, author);
	guint n = g_strv_length(heads);
	if (reason == NULL || n < PIPIT_GROUP_MAX_HEADS ||
	    pipit_group_history_was_member(history, author, (const char *const *)heads))
		return heads;
	g_free(heads[n - 1]);
	heads[n - 1] = find_head_above(history, reason->hash);
	qsort(heads, n, sizeof(char *), compare_strings);
	return heads;
}

/* Those in @wanted (NULL: all) that are not in @known. */
GPtrArray *
pipit_group_list(const PipitGroupHistory *history, const guint64 *wanted, const guint64 *known)
{
	GPtrArray *changes = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_group_change_unref);
	for (guint i = 0; i < history->nodes->len; i++)
		if ((wanted == NULL || pipit_group_set_has(wanted, i)) && !pipit_group_set_has(known, i))
			g_ptr_array_add(changes,
					pipit_group_change_ref(pipit_group_node_at(history, i)->change));
	return changes;
}

GPtrArray *
pipit_group_history_since(const PipitGroupHistory *history, const char *const *heads)
{
	g_autofree guint64 *known = pipit_group_set_of_heads(history, heads);
	return pipit_group_list(history, NULL, known);
}

gint64
pipit_group_history_lacking_since(const PipitGroupHistory *history, const char *const *heads)
{
	g_autofree guint64 *known = pipit_group_set_of_heads(history, heads);
	gint64 since = 0;
	for (guint i = 0; i < history->nodes->len; i++) {
		gint64 known_at = pipit_group_node_at(history, i)->known_at;
		if (!pipit_group_set_has(known, i) && (since == 0 || known_at < since))
			since = known_at;
	}
	return since;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "protocol/group_pauses.h"

#define PAUSE_US (G_GINT64_CONSTANT(30) * G_USEC_PER_SEC)
#define MAX_ANSWERS 4 /* to one person about one group, within a pause */

struct PipitGroupPauses {
	GHashTable *said; /* what was said to whom of which group -> when, µs, monotonic */
};

PipitGroupPauses *
pipit_group_pauses_new(void)
{
	PipitGroupPauses *pauses = g_new0(PipitGroupPauses, 1);
	pauses->said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return pauses;
}

void
pipit_group_pauses_free(PipitGroupPauses *pauses)
{
	if (pauses == NULL)
		return;
	g_hash_table_unref(pauses->said);
	g_free(pauses);
}

static gboolean
is_over(gpointer key G_GNUC_UNUSED, gpointer when, gpointer now)
{
	return *(const gint64 *)now - *(const gint64 *)when >= PAUSE_US;
}

static gboolean
is_due(PipitGroupPauses *pauses, const char *what, const char *handle, const char *gid, gint64 now)
{
	g_autofree char *key = g_strjoin(" ", what, handle, gid, NULL);
	g_hash_table_foreach_remove(pauses->said, is_over, &now);
	return !g_hash_table_contains(pauses->said, key);
}

static void
note(PipitGroupPauses *pauses, const char *what, const char *handle, const char *gid, gint64 now)
{
	g_hash_table_replace(pauses->said, g_strjoin(" ", what, handle, gid, NULL),
			     g_memdup2(&now, sizeof now));
}

gboolean
pipit_group_pauses_may_ask(PipitGroupPauses *pauses, const char *handle, const char *gid, gint64 now)
{
	if (!is_due(pauses, "ask", handle, gid, now))
		return FALSE;
	note(pauses, "ask", handle, gid, now);
	return TRUE;
}

/* What there was no place for is not kept: it was not said, and who asks may have many questions. */
gboolean
pipit_group_pauses_may_answer(PipitGroupPauses *pauses, const char *occasion, const char *handle,
			      const char *gid, gint64 now)
{
	static const char *const places[MAX_ANSWERS] = {"answer-1", "answer-2", "answer-3", "answer-4"};
	guint place = 0;
	if (!is_due(pauses, occasion, handle, gid, now))
		return FALSE;
	while (place < MAX_ANSWERS && !is_due(pauses, places[place], handle, gid, now))
		place++;
	if (place == MAX_ANSWERS)
		return FALSE;
	note(pauses, occasion, handle, gid, now);
	note(pauses, places[place], handle, gid, now);
	return TRUE;
}

guint
pipit_group_pauses_size(const PipitGroupPauses *pauses)
{
	return g_hash_table_size(pauses->said);
}

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
is_due(PipitGroupPauses *pauses, const char *what, const char *handle, const char *gid)
{
	gint64 now = g_get_monotonic_time();
	char *key = g_strjoin(" ", what, handle, gid, NULL);
	g_hash_table_foreach_remove(pauses->said, is_over, &now);
	if (g_hash_table_contains(pauses->said, key)) {
		g_free(key);
		return FALSE;
	}
	g_hash_table_insert(pauses->said, key, g_memdup2(&now, sizeof now));
	return TRUE;
}

gboolean
pipit_group_pauses_may_ask(PipitGroupPauses *pauses, const char *handle, const char *gid)
{
	return is_due(pauses, "ask", handle, gid);
}

gboolean
pipit_group_pauses_may_answer(PipitGroupPauses *pauses, const char *occasion, const char *handle,
			      const char *gid)
{
	static const char *const places[MAX_ANSWERS] = {"answer-1", "answer-2", "answer-3", "answer-4"};
	if (!is_due(pauses, occasion, handle, gid))
		return FALSE;
	for (guint i = 0; i < MAX_ANSWERS; i++)
		if (is_due(pauses, places[i], handle, gid))
			return TRUE;
	return FALSE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often somebody is asked or told something about a group: each question, and each answer, may be the reason for the next. */
#pragma once

#include <glib.h>

typedef struct PipitGroupPauses PipitGroupPauses;

PipitGroupPauses *pipit_group_pauses_new(void);
void pipit_group_pauses_free(PipitGroupPauses *pauses);

/** TRUE if @handle may be asked about @gid now (µs, monotonic): they are not again for 30 seconds. */
gboolean pipit_group_pauses_may_ask(PipitGroupPauses *pauses, const char *handle, const char *gid,
				    gint64 now);
/** TRUE if @handle may be told something for this @occasion: once in 30 seconds, and of all occasions four. What somebody says that
 * they have may be another thing each time. */
gboolean pipit_group_pauses_may_answer(PipitGroupPauses *pauses, const char *occasion, const char *handle,
				       const char *gid, gint64 now);

/** How much is remembered. */
guint pipit_group_pauses_size(const PipitGroupPauses *pauses);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitGroupPauses, pipit_group_pauses_free)

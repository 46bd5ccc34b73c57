/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leads from a worker's job back to who waits for it, who may be gone when it ends. Made, looked at and cut on the loop;
 * let go of in any thread. */
#pragma once

#include <glib.h>

typedef struct PipitLink PipitLink;

/** Returns: (transfer full) */
PipitLink *pipit_link_new(gpointer target);
PipitLink *pipit_link_ref(PipitLink *link);
void pipit_link_unref(PipitLink *link);

/** The target goes away. */
void pipit_link_cut(PipitLink *link);
/** Returns: (transfer none) NULL once it was cut. */
gpointer pipit_link_target(const PipitLink *link);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitLink, pipit_link_unref)

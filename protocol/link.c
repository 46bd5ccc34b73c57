/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reference that does not keep what it leads to. */
#include "protocol/link.h"

struct PipitLink {
	gint refs;
	gpointer target;
};

PipitLink *
pipit_link_new(gpointer target)
{
	PipitLink *link = g_new(PipitLink, 1);

	*link = (PipitLink){1, target};
	return link;
}

PipitLink *
pipit_link_ref(PipitLink *link)
{
	g_atomic_int_inc(&link->refs);
	return link;
}

void
pipit_link_unref(PipitLink *link)
{
	if (g_atomic_int_dec_and_test(&link->refs))
		g_free(link);
}

void
pipit_link_cut(PipitLink *link)
{
	link->target = NULL;
}

gpointer
pipit_link_target(const PipitLink *link)
{
	return link->target;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A backlog under the sanitizers: all of it is shown, in order, in no more memory than a batch or two need. How long the loop
 * is held is measured without them: test_fire_backlog.py. */
#include "tests/support/backlog.h"

#define SENDERS 10
#define EACH 100
#define EACH_LONG 1000
#define HEAP_BYTES ((gsize)8 * 1024 * 1024)

static void
test_backlog(void)
{
	PipitBacklog backlog = pipit_backlog_run(SENDERS, g_getenv("PIPIT_LONG") != NULL ? EACH_LONG : EACH);

	g_assert_cmpuint(backlog.heap_growth, <=, HEAP_BYTES);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/backlog/shown", test_backlog);
	return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ten thousand messages wait: all are shown, in order, and the window stays alive meanwhile. */
#include "tests/support/backlog.h"

#define SENDERS 10
#define EACH 1000
#define HELD_US 50000
#define HEAP_BYTES ((gsize)16 * 1024 * 1024)

static void
test_ten_thousand(void)
{
	PipitBacklog backlog = pipit_backlog_run(SENDERS, EACH);

	g_test_message(
		"filled in %.1f s, shown in %.1f s, loop held for %.1f ms (own time %.1f ms), heap %.1f MiB",
		backlog.fill_seconds, backlog.drain_seconds, (double)backlog.held.clock / 1000,
		(double)backlog.held.cpu / 1000, (double)backlog.heap_growth / (1024 * 1024));
	/* Its own time: what the rest of the machine does is not to fail this. `make bench` reports both. */
	g_assert_cmpint(backlog.held.cpu, <=, HELD_US);
	g_assert_cmpuint(backlog.heap_growth, <=, HEAP_BYTES);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/backlog/ten-thousand", test_ten_thousand);
	return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast a client that was away shows ten thousand messages, and how long it holds its host's loop at a time.
 * tests/fire/test_fire_backlog.py reads what it says, of fewer messages: bench_backlog [MESSAGES OF EACH SENDER] */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/backlog.h"

#define SENDERS 10
#define EACH 1000

int
main(int argc, char **argv)
{
	const guint each = argc > 1 ? (guint)atoi(argv[1]) : EACH;
	const guint count = SENDERS * each;
	PipitBacklog backlog = pipit_backlog_run(SENDERS, each);

	printf("%u waiting messages shown in %.2f s: %.0f messages/s\n", count, backlog.drain_seconds,
	       count / backlog.drain_seconds);
	printf("longest the host's loop was held: %.1f ms (of its own time: %.1f ms)\n",
	       (double)backlog.held.clock / 1000, (double)backlog.held.cpu / 1000);
	printf("the client's heap meanwhile: %.1f MiB more at the most\n",
	       (double)backlog.heap_growth / (1024 * 1024));
	return 0;
}

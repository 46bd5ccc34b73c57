/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's loop on libpurple's: timers repeat as asked, watches fire for what they were asked, both can go. */
#include "plugin/loop.h"

#include <unistd.h>

#include "tests/support/null_host.h"
#include "tests/support/test_folder.h"

static guint calls;
static int last_fd;
static PipitWatchCondition last_condition;

static gboolean
three_times(gpointer user_data)
{
	g_assert_true(user_data == &calls);
	return ++calls < 3;
}

static gboolean
end_of_wait(gpointer user_data)
{
	*(gboolean *)user_data = TRUE;
	return G_SOURCE_REMOVE;
}

/* Turns the loop until a timer that was added last, for later than all others, has fired. */
static void
turn_loop(guint milliseconds)
{
	gboolean over = FALSE;
	pipit_loop_purple()->timeout_add(milliseconds, end_of_wait, &over);
	while (!over)
		g_main_context_iteration(NULL, TRUE);
}

static void
test_timer(void)
{
	calls = 0;
	g_assert_cmpuint(pipit_loop_purple()->timeout_add(1, three_times, &calls), !=, 0);
	turn_loop(100);
	g_assert_cmpuint(calls, ==, 3);
}

static void
test_timer_removed(void)
{
	calls = 0;
	guint id = pipit_loop_purple()->timeout_add(1, three_times, &calls);
	pipit_loop_purple()->timeout_remove(id);
	turn_loop(20);
	g_assert_cmpuint(calls, ==, 0);
}

static void
on_ready(gpointer user_data, int fd, PipitWatchCondition condition)
{
	g_assert_true(user_data == &calls);
	calls++;
	last_fd = fd;
	last_condition = condition;
}

static void
test_watch(void)
{
	int pipes[2];
	g_assert_cmpint(pipe(pipes), ==, 0);
	calls = 0;
	guint reader = pipit_loop_purple()->watch_add(pipes[0], PIPIT_WATCH_READ, on_ready, &calls);
	turn_loop(10);
	g_assert_cmpuint(calls, ==, 0);
	g_assert_cmpint(write(pipes[1], "x", 1), ==, 1);
	while (calls == 0)
		g_main_context_iteration(NULL, TRUE);
	g_assert_cmpint(last_fd, ==, pipes[0]);
	g_assert_cmpint(last_condition, ==, PIPIT_WATCH_READ);
	pipit_loop_purple()->watch_remove(reader);
	calls = 0;
	guint writer = pipit_loop_purple()->watch_add(pipes[1], PIPIT_WATCH_WRITE, on_ready, &calls);
	while (calls == 0)
		g_main_context_iteration(NULL, TRUE);
	g_assert_cmpint(last_fd, ==, pipes[1]);
	g_assert_cmpint(last_condition, ==, PIPIT_WATCH_WRITE);
	pipit_loop_purple()->watch_remove(writer);
	close(pipes[0]);
	close(pipes[1]);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	char *user_dir = pipit_test_folder_new();
	g_autofree char *plugin_dir = pipit_null_host_build_dir();
	g_assert_true(pipit_null_host_start("pipit-test", user_dir, plugin_dir));
	g_test_add_func("/loop/timer", test_timer);
	g_test_add_func("/loop/timer-removed", test_timer_removed);
	g_test_add_func("/loop/watch", test_watch);
	int status = g_test_run();
	pipit_null_host_stop();
	pipit_test_folder_free(user_dir);
	return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's program: settings, signals, exit. */
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/log.h"
#include "server/server.h"

static gboolean
on_stop(gpointer user_data)
{
	g_main_loop_quit(user_data);
	return G_SOURCE_CONTINUE;
}

static gboolean
on_reload(gpointer user_data)
{
	pipitd_server_reload(user_data);
	return G_SOURCE_CONTINUE;
}

static int
serve(const PipitdOptions *options)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	/* Before the threads, so that they inherit it: a signal in the start is not lost. */
	g_unix_signal_add(SIGTERM, on_stop, loop);
	g_unix_signal_add(SIGINT, on_stop, loop);
	PipitdServer *server = pipitd_server_start(options, &error);
	if (server == NULL) {
		fprintf(stderr, "pipitd: %s\n", error->message);
		return EXIT_FAILURE;
	}
	g_unix_signal_add(SIGHUP, on_reload, server);
	g_main_loop_run(loop);
	pipitd_log("stopping");
	pipitd_server_stop(server);
	pipitd_log("stopped");
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	signal(SIGPIPE, SIG_IGN);
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitdOptions) options = pipitd_options_parse(argc, argv, &error);
	if (options == NULL) {
		fprintf(stderr, "pipitd: %s\n", error->message);
		return 2;
	}
	if (options->version) {
		puts("pipitd " PIPIT_VERSION);
		return EXIT_SUCCESS;
	}
	return serve(options);
}

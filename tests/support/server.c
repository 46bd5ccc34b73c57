/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the client run against the real server, not against what somebody thought it would answer. */
#include "tests/support/server.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <glib/gstdio.h>

#include "tests/support/test_folder.h"

#define START_TRIES 4000
#define START_PAUSE_US 5000

struct PipitTestServer {
	char *state;
	char *port_file;
	char *origin;
	guint port;
	GPid pid; /* 0: it does not run */
};

/* A test that dies must not leave a server behind. */
static void
die_with_parent(gpointer user_data G_GNUC_UNUSED)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void
spawn(PipitTestServer *server, const char *const *extra)
{
	g_autofree char *build = pipit_test_build_dir();
	g_autofree char *program = g_build_filename(build, "pipitd", NULL);
	g_autofree char *listen = g_strdup_printf("127.0.0.1:%u", server->port);
	g_autoptr(GPtrArray) arguments = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	const char *const always[] = {
		program,
		"--state",
		server->state,
		"--listen",
		listen,
		"--port-file",
		server->port_file,
		"--any-address",
		"--phone-numbers",
		"--password-memory-kib",
		"64",
		"--password-passes",
		"1",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(always); i++)
		g_ptr_array_add(arguments, (gpointer)always[i]);
	gboolean says_registration = FALSE;
	for (gsize i = 0; extra != NULL && extra[i] != NULL; i++) {
		g_ptr_array_add(arguments, (gpointer)extra[i]);
		says_registration |= strcmp(extra[i], "--registration") == 0;
	}
	if (!says_registration) {
		g_ptr_array_add(arguments, (gpointer) "--registration");
		g_ptr_array_add(arguments, (gpointer) "open");
	}
	g_ptr_array_add(arguments, NULL);
	g_spawn_async(NULL, (char **)arguments->pdata, NULL,
		      G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, die_with_parent, NULL,
		      &server->pid, &error);
	g_assert_no_error(error);
}

/* Returns: the port, or 0 while the file is not there. */
static guint
read_port(const PipitTestServer *server)
{
	g_autofree char *text = NULL;

	if (!g_file_get_contents(server->port_file, &text, NULL, NULL) || strchr(text, '\n') == NULL)
		return 0;
	/* "127.0.0.1:12345", or the port alone */
	const char *colon = strrchr(text, ':');
	return (guint)g_ascii_strtoull(colon != NULL ? colon + 1 : text, NULL, 10);
}

static void
wait_until_it_listens(PipitTestServer *server)
{
	for (guint i = 0; i < START_TRIES; i++) {
		int status;
		server->port = read_port(server);
		if (server->port != 0)
			return;
		if (waitpid(server->pid, &status, WNOHANG) != 0)
			g_error("pipitd ended at once");
		g_usleep(START_PAUSE_US);
	}
	g_error("pipitd does not come up");
}

static void
start(PipitTestServer *server, const char *const *extra)
{
	gboolean tls = extra != NULL && g_strv_contains(extra, "--cert");

	g_remove(server->port_file);
	spawn(server, extra);
	wait_until_it_listens(server);
	g_free(server->origin);
	server->origin = g_strdup_printf("%s://127.0.0.1:%u", tls ? "https" : "http", server->port);
}

PipitTestServer *
pipit_test_server_start(const char *const *extra)
{
	PipitTestServer *server = g_new0(PipitTestServer, 1);

	server->state = pipit_test_folder_new();
	server->port_file = g_build_filename(server->state, "port", NULL);
	start(server, extra);
	return server;
}

const char *
pipit_test_server_origin(const PipitTestServer *server)
{
	return server->origin;
}

guint
pipit_test_server_port(const PipitTestServer *server)
{
	return server->port;
}

const char *
pipit_test_server_state(const PipitTestServer *server)
{
	return server->state;
}

static void
end(PipitTestServer *server, int signal_number)
{
	if (server->pid == 0)
		return;
	kill(server->pid, signal_number);
	waitpid(server->pid, NULL, 0);
	g_spawn_close_pid(server->pid);
	server->pid = 0;
}

void
pipit_test_server_stop(PipitTestServer *server)
{
	end(server, SIGTERM);
}

void
pipit_test_server_kill(PipitTestServer *server)
{
	end(server, SIGKILL);
}

void
pipit_test_server_restart(PipitTestServer *server, const char *const *extra)
{
	end(server, SIGTERM);
	start(server, extra);
}

void
pipit_test_server_free(PipitTestServer *server)
{
	if (server == NULL)
		return;
	end(server, SIGTERM);
	pipit_test_folder_free(server->state);
	g_free(server->port_file);
	g_free(server->origin);
	g_free(server);
}

int
pipit_test_server_pid(const PipitTestServer *server)
{
	return server->pid;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operator's tool: asks a running pipitd over the socket in its state folder. */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct {
	char *state;
	int uses;
	gboolean version;
} Arguments;

static gboolean
fail(GError **error, const char *message)
{
	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, message);
	return FALSE;
}

static gboolean
parse(Arguments *arguments, int *argc, char ***argv, GError **error)
{
	const GOptionEntry entries[] = {
		{"state", 's', 0, G_OPTION_ARG_FILENAME, &arguments->state, "The server's state folder",
		 "DIR"},
		{"uses", 'n', 0, G_OPTION_ARG_INT, &arguments->uses,
		 "How many accounts an invite is good for (1)", "N"},
		{"version", 0, 0, G_OPTION_ARG_NONE, &arguments->version, "Say the version", NULL},
		{0},
	};
	g_autoptr(GOptionContext) context = g_option_context_new("COMMAND - look after a pipitd");
	g_option_context_set_summary(context, "Commands:\n  invite   print an invite for a new account\n"
					      "  status   print what the server holds\n"
					      "  expire   delete what is over its time now");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, argc, argv, error))
		return FALSE;
	if (arguments->version)
		return TRUE;
	if (*argc != 2)
		return fail(error, "say one command: invite, status or expire");
	if (arguments->state == NULL)
		return fail(error, "say which server: --state DIR");
	return TRUE;
}

static int
open_socket(const char *state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	g_autofree char *path = g_build_filename(state, "control.sock", NULL);
	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	int cause = errno;
	if (fd >= 0)
		close(fd);
	errno = cause;
	return -1;
}

static char *
ask(int fd, const char *line)
{
	if (send(fd, line, strlen(line), MSG_NOSIGNAL) != (gssize)strlen(line))
		return NULL;
	GString *answer = g_string_new(NULL);
	char buffer[1024];
	for (gssize count; (count = recv(fd, buffer, sizeof buffer, 0)) > 0;)
		g_string_append_len(answer, buffer, count);
	return g_string_free(answer, FALSE);
}

static int
run(const Arguments *arguments, const char *command)
{
	g_autofree char *line = g_str_equal(command, "invite")
					? g_strdup_printf("invite %d\n", arguments->uses)
					: g_strdup_printf("%s\n", command);
	int fd = open_socket(arguments->state);
	if (fd < 0) {
		fprintf(stderr, "pipitctl: no pipitd answers in %s: %s\n", arguments->state,
			g_strerror(errno));
		return EXIT_FAILURE;
	}
	g_autofree char *answer = ask(fd, line);
	close(fd);
	if (answer != NULL && g_str_has_prefix(answer, "ok\n")) {
		fputs(answer + strlen("ok\n"), stdout);
		return EXIT_SUCCESS;
	}
	gboolean refused = answer != NULL && g_str_has_prefix(answer, "error\n");
	fprintf(stderr, "pipitctl: %s", refused ? answer + strlen("error\n") : "the server hung up\n");
	return EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	Arguments arguments = {.uses = 1};
	g_autoptr(GError) error = NULL;
	int result = 2;
	if (!parse(&arguments, &argc, &argv, &error)) {
		fprintf(stderr, "pipitctl: %s\n", error->message);
	} else if (arguments.version) {
		puts("pipitctl " PIPIT_VERSION);
		result = EXIT_SUCCESS;
	} else {
		result = run(&arguments, argv[1]);
	}
	g_free(arguments.state);
	return result;
}

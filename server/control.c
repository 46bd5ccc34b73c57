/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serves the control socket, one client after the other. */
#include "server/control.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/blob_upkeep.h"
#include "server/log.h"
#include "server/store_accounts.h"
#include "server/store_upkeep.h"

#define REQUEST_MAX 256
#define CLIENT_SECONDS 5
#define USES_MAX 100000

struct PipitdControl {
	PipitdServer *server;
	char *path;
	int listener;
	int stop;
	GThread *thread;
};

/* Waiting for the writer */

typedef struct {
	GMutex lock;
	GCond done_changed;
	gboolean done;
	GError *error;
} Wait;

static void
on_written(gpointer user_data, const GError *error)
{
	Wait *wait = user_data;
	g_mutex_lock(&wait->lock);
	wait->error = error == NULL ? NULL : g_error_copy(error);
	wait->done = TRUE;
	g_cond_signal(&wait->done_changed);
	g_mutex_unlock(&wait->lock);
}

static gboolean
wait_for(Wait *wait, GError **error)
{
	g_mutex_lock(&wait->lock);
	while (!wait->done)
		g_cond_wait(&wait->done_changed, &wait->lock);
	g_mutex_unlock(&wait->lock);
	if (wait->error == NULL)
		return TRUE;
	g_propagate_error(error, wait->error);
	return FALSE;
}

/* Commands. Each returns (transfer full) the text of its answer, or NULL with an error. */

typedef struct {
	guint8 code[PIPITD_TOKEN_HASH_LEN];
	gint64 uses;
	gint64 now;
} Invite;

static gboolean
write_invite(PipitdSession *session, gpointer user_data, GError **error)
{
	const Invite *invite = user_data;
	return pipitd_store_create_invite(session, invite->code, invite->uses, invite->now, error);
}

static char *
make_invite(PipitdServer *server, const char *argument, GError **error)
{
	guint64 uses;
	if (!g_ascii_string_to_unsigned(argument, 10, 1, USES_MAX, &uses, error))
		return NULL;
	g_autofree char *code = pipitd_invite_code_generate();
	Invite invite = {.uses = (gint64)uses, .now = pipitd_clock_now(&server->clock)};
	pipitd_invite_code_hash(code, invite.code);
	if (!pipitd_writer_run(server->writer, write_invite, &invite, error))
		return NULL;
	pipitd_log("invite made for %" G_GUINT64_FORMAT, uses);
	return g_strdup_printf("%s\n", code);
}

static char *
status(PipitdServer *server, const char *argument, GError **error)
{
	(void)argument;
	PipitdStoreCounts counts = {0};
	g_autoptr(PipitdSession) session = pipitd_store_reader(server->store, error);
	if (session == NULL || !pipitd_store_count(session, &counts, error))
		return NULL;
	return g_strdup_printf("address: %s\naccounts: %" G_GINT64_FORMAT "\ndevices: %" G_GINT64_FORMAT
			       "\nqueued: %" G_GINT64_FORMAT "\nqueued bytes: %" G_GINT64_FORMAT
			       "\nblobs: %" G_GINT64_FORMAT "\nblob bytes: %" G_GINT64_FORMAT
			       "\nexpired: %" G_GINT64_FORMAT "\nparked polls: %u\n",
			       pipitd_server_address(server), counts.accounts, counts.devices, counts.queued,
			       counts.queued_bytes, counts.blobs, counts.blob_bytes, counts.expired,
			       pipitd_parking_count(server->parking));
}

static char *
expire(PipitdServer *server, const char *argument, GError **error)
{
	Wait wait = {0};
	pipitd_writer_forget(server->writer, on_written, &wait);
	if (!wait_for(&wait, error))
		return NULL;
	pipitd_blob_upkeep_sweep(server->blob_upkeep);
	return status(server, argument, error);
}

static const struct {
	const char *name;
	char *(*run)(PipitdServer *server, const char *argument, GError **error);
} commands[] = {{"invite", make_invite}, {"status", status}, {"expire", expire}};

static char *
run_command(PipitdServer *server, const char *line, GError **error)
{
	g_auto(GStrv) words = g_strsplit(line, " ", 2);
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (g_strcmp0(words[0], commands[i].name) == 0)
			return commands[i].run(server, words[1] == NULL ? "" : words[1], error);
	}
	g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "no such command");
	return NULL;
}

/* The socket */

static char *
read_line(int client)
{
	g_autoptr(GString) line = g_string_new(NULL);
	char byte;
	while (line->len < REQUEST_MAX && recv(client, &byte, 1, 0) == 1) {
		if (byte == '\n')
			return g_string_free(g_steal_pointer(&line), FALSE);
		g_string_append_c(line, byte);
	}
	return NULL;
}

static void
serve(PipitdServer *server, int client)
{
	struct timeval limit = {.tv_sec = CLIENT_SECONDS};
	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	g_autofree char *line = read_line(client);
	if (line == NULL)
		return;
	g_autoptr(GError) error = NULL;
	g_autofree char *text = run_command(server, line, &error);
	g_autofree char *answer = text != NULL ? g_strconcat("ok\n", text, NULL)
					       : g_strconcat("error\n", error->message, "\n", NULL);
	gssize sent = send(client, answer, strlen(answer), MSG_NOSIGNAL);
	(void)sent; /* who hung up does not want to know */
}

static gpointer
control_loop(gpointer user_data)
{
	PipitdControl *control = user_data;
	struct pollfd fds[] = {{.fd = control->listener, .events = POLLIN},
			       {.fd = control->stop, .events = POLLIN}};
	for (;;) {
		if (poll(fds, G_N_ELEMENTS(fds), -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents != 0)
			return NULL;
		int client = fds[0].revents == 0 ? -1 : accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0)
			continue;
		serve(control->server, client);
		close(client);
	}
}

static int
open_socket(const char *path, GError **error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof address.sun_path) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NAMETOOLONG,
			    "%s: the path of a socket has at most %zu bytes", path,
			    sizeof address.sun_path - 1);
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	unlink(path); /* a leftover: we hold the folder's lock */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
	    chmod(path, 0600) == 0 && listen(fd, 8) == 0)
		return fd;
	g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "%s: %s", path,
		    g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

PipitdControl *
pipitd_control_start(PipitdServer *server, GError **error)
{
	PipitdControl *control = g_new0(PipitdControl, 1);
	control->server = server;
	control->path = pipitd_state_dir_path(server->dir, "control.sock");
	control->listener = -1;
	control->stop = eventfd(0, EFD_CLOEXEC);
	if (control->stop < 0)
		g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "eventfd: %s",
			    g_strerror(errno));
	else
		control->listener = open_socket(control->path, error);
	if (control->listener >= 0) {
		control->thread = g_thread_new("control", control_loop, control);
		return control;
	}
	pipitd_control_stop(control);
	return NULL;
}

void
pipitd_control_stop(PipitdControl *control)
{
	if (control == NULL)
		return;
	if (control->thread != NULL) {
		eventfd_write(control->stop, 1);
		g_thread_join(control->thread);
	}
	if (control->listener >= 0) {
		close(control->listener);
		unlink(control->path);
	}
	if (control->stop >= 0)
		close(control->stop);
	g_free(control->path);
	g_free(control);
}

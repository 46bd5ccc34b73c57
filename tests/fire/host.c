/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client that keeps books: what the person was told, and when the engine held its loop, line by line in a file that
 * outlives kill -9. It obeys lines on its standard input and comes back by itself, as a chat client does.
 *
 * usage: fire_host HANDLE SERVER STORE LEDGER
 * environment: PIPIT_FIRE_CA: a file of authorities, instead of the system's
 * commands: "send PEER TEXT", "typing PEER", "read PEER", "report" (of the clock, of memory, and of the loop since the last report),
 *           "create NAME HANDLE,HANDLE", "add GROUP HANDLE", "remove GROUP HANDLE", "rename GROUP NAME", "group GROUP" (how it
 *           stands), "quit" (or the end of the input)
 * ledger: a word and what belongs to it, with tabs between; see record() below. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>
#include <sqlite3.h>

#include "protocol/client.h"
#include "protocol/host_glib.h"
#include "tests/support/loop_watch.h"

#define PASSWORD "correct horse battery staple"
#define RETRY_FIRST_MS 50
#define RETRY_MAX_MS 1000

typedef struct {
	int ledger;
	PipitClient *client;
	GMainLoop *loop;
	guint retry_ms;
	guint retry_timer;
	GString *input; /* commands that were not obeyed yet */
	guint input_source;
	guint command_source;
} Host;

/* One write, so that a death leaves no half line. No fsync: it is the process that dies in these tests, not the machine. */
static void record(Host *host, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
record(Host *host, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *line = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_strdelimit(line, "\n", ' ');
	g_autofree char *whole = g_strconcat(line, "\n", NULL);
	gsize size = strlen(whole);
	if (write(host->ledger, whole, size) != (gssize)size)
		g_error("the ledger can't be written: %s", g_strerror(errno));
}

/* KiB, or 0. */
static gint64
resident_memory(void)
{
	g_autofree char *status = NULL;

	if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL))
		return 0;
	const char *line = strstr(status, "VmRSS:");
	return line != NULL ? g_ascii_strtoll(line + strlen("VmRSS:"), NULL, 10) : 0;
}

static void
report(Host *host)
{
	PipitHeld held = pipit_loop_watch_take();

	record(host, "clock\t%" G_GINT64_FORMAT, g_get_real_time() / 1000);
	record(host, "loop\t%" G_GINT64_FORMAT "\t%" G_GINT64_FORMAT, held.clock, held.cpu);
	record(host, "memory\t%" G_GINT64_FORMAT "\t%" G_GSIZE_FORMAT "\t%" G_GINT64_FORMAT,
	       resident_memory(), mallinfo2().uordblks / 1024, (gint64)sqlite3_memory_used() / 1024);
}

static gboolean
on_retry(gpointer user_data)
{
	Host *host = user_data;

	host->retry_timer = 0;
	pipit_client_connect(host->client);
	return G_SOURCE_REMOVE;
}

/* As chat clients do: again, as long as the trouble is one that passes. */
static void
went_offline(Host *host, const GError *error)
{
	record(host, "offline\t%d\t%s", error->code, error->message);
	if (error->code != PIPIT_CLIENT_ERROR_TRANSIENT)
		return;
	host->retry_timer = g_timeout_add(host->retry_ms, on_retry, host);
	host->retry_ms = MIN(host->retry_ms * 2, RETRY_MAX_MS);
}

static void
on_state(gpointer user_data, PipitClientState state, const char *step G_GNUC_UNUSED, const GError *error)
{
	Host *host = user_data;

	if (error != NULL) {
		went_offline(host, error);
	} else if (state == PIPIT_CLIENT_ONLINE) {
		host->retry_ms = RETRY_FIRST_MS;
		record(host, "online");
	}
}

static gboolean
on_message(gpointer user_data, const PipitIncoming *incoming)
{
	record(user_data, "shown\t%s\t%s\t%s\t%" G_GINT64_FORMAT "\t%s", incoming->id, incoming->from,
	       incoming->text, incoming->sent_at, incoming->peer);
	return TRUE;
}

static void
on_sent(gpointer user_data, const char *id, const char *peer, const GError *error)
{
	if (error == NULL)
		record(user_data, "sent\t%s\t%s", id, peer);
	else
		record(user_data, "failed\t%s\t%s\t%s", id, peer, error->message);
}

static void
on_notice(gpointer user_data, const char *peer, const char *text)
{
	record(user_data, "notice\t%s\t%s", peer, text);
}

static void
on_account_notice(gpointer user_data, const char *text)
{
	record(user_data, "account notice\t%s", text);
}

static void
send_text(Host *host, const char *peer, const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *id = pipit_client_send(host->client, peer, text, NULL, &error);

	if (id != NULL)
		record(host, "written\t%s\t%s\t%s", id, peer, text);
	else
		record(host, "unwritten\t%d\t%s\t%s\t%s", error->code, peer, text, error->message);
}

/* ---- groups ---- */

/* They are told in the books by how the group stands in the end. */
static gboolean
on_group(gpointer user_data G_GNUC_UNUSED, const PipitGroupNews *news G_GNUC_UNUSED)
{
	return TRUE;
}

static void
create_group(Host *host, const char *name, const char *handles)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) members = g_strsplit(handles, ",", -1);
	g_autofree char *peer =
		pipit_client_group_create(host->client, name, (const char *const *)members, &error);

	if (peer != NULL)
		record(host, "created\t%s", peer);
	else
		record(host, "unchanged\t%d\t%s", error->code, error->message);
}

static void
change_group(Host *host, const char *what, const char *peer, const char *by)
{
	g_autoptr(GError) error = NULL;
	const char *const handles[] = {by, NULL};
	gboolean done = g_str_equal(what, "add") ? pipit_client_group_add(host->client, peer, handles, &error)
			: g_str_equal(what, "remove")
				? pipit_client_group_remove(host->client, peer, by, &error)
				: pipit_client_group_rename(host->client, peer, by, &error);

	if (done)
		record(host, "changed\t%s\t%s\t%s", peer, what, by);
	else
		record(host, "unchanged\t%d\t%s", error->code, error->message);
}

static void
report_group(Host *host, const char *peer)
{
	g_autoptr(PipitGroup) group = pipit_client_group(host->client, peer);
	gboolean is_in = group != NULL && group->state == PIPIT_GROUP_IN;
	g_autofree char *members = is_in ? g_strjoinv(" ", group->members) : g_strdup("");

	record(host, "group\t%s\t%s\t%s", peer, is_in && group->name != NULL ? group->name : "", members);
}

static gboolean
obey_about_group(Host *host, char **words)
{
	const char *const changes[] = {"add", "remove", "rename", NULL};
	guint count = g_strv_length(words);

	if (g_strcmp0(words[0], "create") == 0 && count == 3)
		create_group(host, words[1], words[2]);
	else if (count == 3 && g_strv_contains(changes, words[0]))
		change_group(host, words[0], words[1], words[2]);
	else if (g_strcmp0(words[0], "group") == 0 && count == 2)
		report_group(host, words[1]);
	else
		return FALSE;
	return TRUE;
}

/* ---- commands ---- */

static void
obey(Host *host, const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", 3);

	if (g_strcmp0(words[0], "send") == 0 && g_strv_length(words) == 3)
		send_text(host, words[1], words[2]);
	else if (g_strcmp0(words[0], "typing") == 0 && g_strv_length(words) == 2)
		pipit_client_typing(host->client, words[1], TRUE);
	else if (g_strcmp0(words[0], "read") == 0 && g_strv_length(words) == 2)
		pipit_client_read(host->client, words[1], TRUE);
	else if (g_strcmp0(words[0], "report") == 0)
		report(host);
	else if (g_strcmp0(words[0], "quit") == 0)
		g_main_loop_quit(host->loop);
	else if (!obey_about_group(host, words))
		g_error("no such command: %s", line);
}

/* One command a turn, or a heap of them would hold the loop. */
static gboolean
on_command(gpointer user_data)
{
	Host *host = user_data;
	const char *end = strchr(host->input->str, '\n');

	if (end == NULL) {
		host->command_source = 0;
		return G_SOURCE_REMOVE;
	}
	g_autofree char *line = g_strndup(host->input->str, (gsize)(end - host->input->str));
	g_string_erase(host->input, 0, end - host->input->str + 1);
	obey(host, line);
	return G_SOURCE_CONTINUE;
}

static gboolean
on_input(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer user_data)
{
	Host *host = user_data;
	char piece[4096];
	gssize got = read(fd, piece, sizeof piece);

	if (got <= 0) {
		g_main_loop_quit(host->loop);
		host->input_source = 0;
		return G_SOURCE_REMOVE;
	}
	g_string_append_len(host->input, piece, got);
	if (host->command_source == 0)
		host->command_source = g_timeout_add(0, on_command, host);
	return G_SOURCE_CONTINUE;
}

static void
remove_source(guint source)
{
	if (source != 0)
		g_source_remove(source);
}

static int
run(Host *host, char **argv)
{
	const PipitClientEvents events = {
		.state = on_state,
		.message = on_message,
		.sent = on_sent,
		.notice = on_notice,
		.account_notice = on_account_notice,
		.group = on_group,
	};
	const PipitClientOptions options = {
		.handle = argv[1],
		.server = argv[2],
		.ca_file = g_getenv("PIPIT_FIRE_CA"),
		.storage_dir = argv[3],
		.password = PASSWORD,
		.device_name = "Host",
		.register_account = TRUE,
	};
	g_autoptr(GError) error = NULL;

	host->client = pipit_client_new(pipit_loop_glib(), &events, host, &options, &error);
	if (host->client == NULL) {
		record(host, "unopened\t%d\t%s", error->code, error->message);
		return 1;
	}
	host->input_source = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, host);
	pipit_client_connect(host->client);
	g_main_loop_run(host->loop);
	pipit_client_free(host->client);
	remove_source(host->input_source);
	remove_source(host->command_source);
	remove_source(host->retry_timer);
	return 0;
}

int
main(int argc, char **argv)
{
	Host host = {.retry_ms = RETRY_FIRST_MS};

	if (argc != 5)
		g_error("usage: fire_host HANDLE SERVER STORE LEDGER");
	signal(SIGPIPE, SIG_IGN);
	host.ledger = open(argv[4], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	g_assert_cmpint(host.ledger, >=, 0);
	host.loop = g_main_loop_new(NULL, FALSE);
	host.input = g_string_new(NULL);
	pipit_loop_watch_begin();
	record(&host, "started");
	int status = run(&host, argv);
	g_string_free(host.input, TRUE);
	g_main_loop_unref(host.loop);
	close(host.ledger);
	return status;
}

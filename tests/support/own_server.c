/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a server in the test program. */
#include "tests/support/own_server.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/store_sqlite.h"
#include "server/tokens.h"
#include "tests/support/test_folder.h"

#define WAIT_STEPS 60000
#define WAIT_STEP_US 1000

PipitOwnServer *
pipit_own_server_prepare(void)
{
	PipitOwnServer *own = g_new0(PipitOwnServer, 1);

	own->folder = pipit_test_folder_new();
	own->options = pipitd_options_new();
	own->options->state = g_build_filename(own->folder, "state", NULL);
	g_free(own->options->listen);
	own->options->listen = g_strdup("127.0.0.1:0");
	own->options->any_address = TRUE;
	own->options->phone_numbers = TRUE;
	g_free(own->options->registration_name);
	own->options->registration_name = g_strdup("open");
	own->options->password_memory_kib = 64;
	own->options->password_passes = 1;
	own->options->reserve_mib = 0;
	return own;
}

void
pipit_own_server_start(PipitOwnServer *own)
{
	g_autoptr(GError) error = NULL;

	pipitd_options_check(own->options, &error);
	g_assert_no_error(error);
	own->server = pipitd_server_start(own->options, &error);
	g_assert_no_error(error);
	g_free(own->origin);
	own->origin = g_strdup_printf("%s://%s", own->options->cert == NULL ? "http" : "https",
				      pipitd_server_address(own->server));
}

PipitOwnServer *
pipit_own_server_new(void)
{
	PipitOwnServer *own = pipit_own_server_prepare();

	pipit_own_server_start(own);
	return own;
}

void
pipit_own_server_stop(PipitOwnServer *own)
{
	g_clear_pointer(&own->server, pipitd_server_stop);
}

void
pipit_own_server_restart(PipitOwnServer *own)
{
	pipit_own_server_stop(own);
	pipit_own_server_start(own);
}

void
pipit_own_server_free(PipitOwnServer *own)
{
	if (own == NULL)
		return;
	pipit_own_server_stop(own);
	pipitd_options_free(own->options);
	pipit_test_folder_free(own->folder);
	g_free(own->origin);
	g_free(own);
}

void
pipit_own_server_wait_parked(PipitOwnServer *own, guint count)
{
	for (guint i = 0; i < WAIT_STEPS; i++) {
		if (pipitd_parking_count(own->server->parking) == count)
			return;
		g_usleep(WAIT_STEP_US);
	}
	g_error("waited in vain for %u parked polls", count);
}

/* What a relay that lies puts into somebody's queue. */
typedef struct {
	GAsyncQueue *done;
	const char *receiver;
	const PipitdMessage *message;
	gint64 device;
} Queueing;

static gint64
device_of(PipitdSession *session, GBytes *push_token)
{
	g_autoptr(PipitdRows) rows =
		pipitd_sql(session, "SELECT id FROM devices WHERE push_token = ?", "B", push_token);
	return pipitd_rows_next(rows) ? pipitd_rows_int(rows, 0) : 0;
}

/* For the relay, it came never before. */
static void
forget_delivery(PipitdSession *session, gint64 receiver, gint64 sender, const guint8 *hash)
{
	g_assert_true(pipitd_sql_run(
		session, NULL, "DELETE FROM deliveries WHERE receiver = ? AND sender = ? AND payload = ?",
		"iib", receiver, sender, hash, (gsize)PIPITD_TOKEN_HASH_LEN));
}

static gboolean
queue_message(PipitdSession *session, gpointer user_data, GError **error)
{
	Queueing *queueing = user_data;
	guint8 hash[PIPITD_TOKEN_HASH_LEN];
	gsize size = 0;
	gconstpointer payload = g_bytes_get_data(queueing->message->payload, &size);
	gint64 account;
	g_autoptr(GArray) targets = pipitd_store_targets(session, queueing->receiver, &account, error);

	g_assert_true(targets != NULL && targets->len > 0);
	queueing->device = g_array_index(targets, PipitdTarget, 0).device;
	gint64 sender = device_of(session, queueing->message->sender_token);
	pipitd_token_hash(payload, size, hash);
	forget_delivery(session, queueing->device, sender, hash);
	return pipitd_store_queue(session, queueing->device, sender, hash, queueing->message, error);
}

static void
on_queued(gpointer user_data, const GError *error)
{
	const Queueing *queueing = user_data;

	g_assert_no_error(error);
	g_async_queue_push(queueing->done, queueing->done);
}

void
pipit_own_server_queue(PipitOwnServer *own, const char *receiver, const PipitdMessage *message)
{
	g_autoptr(GAsyncQueue) done = g_async_queue_new();
	Queueing queueing = {.done = done, .receiver = receiver, .message = message};

	pipitd_writer_submit(own->server->writer, queue_message, on_queued, &queueing);
	g_async_queue_pop(done);
	pipitd_parking_wake(own->server->parking, queueing.device, PIPITD_WAKE_MESSAGE);
}

char *
pipit_own_server_control(PipitOwnServer *own, const char *line)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	g_autofree char *path = g_build_filename(own->options->state, "control.sock", NULL);
	g_autoptr(GString) answer = g_string_new(NULL);
	char buffer[512];

	g_assert_cmpuint(strlen(path), <, sizeof address.sun_path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(connect(fd, (const struct sockaddr *)&address, sizeof address), ==, 0);
	g_assert_cmpint(send(fd, line, strlen(line), MSG_NOSIGNAL), ==, (gssize)strlen(line));
	for (gssize count; (count = recv(fd, buffer, sizeof buffer, 0)) > 0;)
		g_string_append_len(answer, buffer, count);
	close(fd);
	return g_string_free(g_steal_pointer(&answer), FALSE);
}

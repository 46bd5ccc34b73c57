/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store and its writer: what a job leaves behind, what a full disk stops and what it does not. */
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

#include "server/state_dir.h"
#include "server/store_accounts.h"
#include "server/store_upkeep.h"
#include "server/writer.h"
#include "tests/support/blob_peer.h"
#include "tests/support/own_server.h"
#include "tests/support/relay_peer.h"
#include "tests/support/test_folder.h"

/* Jobs that wait for each other */

typedef struct {
	PipitdWriter *writer;
	GMutex lock;
	GCond changed;
	guint done;
	guint failed;
	guint runs;
} Work;

static void
work_init(Work *work)
{
	g_mutex_init(&work->lock);
	g_cond_init(&work->changed);
}

static void
on_written(gpointer user_data, const GError *error)
{
	Work *work = user_data;

	g_mutex_lock(&work->lock);
	work->done++;
	work->failed += error != NULL ? 1 : 0;
	g_cond_signal(&work->changed);
	g_mutex_unlock(&work->lock);
}

static void
wait_for(Work *work, guint count)
{
	g_mutex_lock(&work->lock);
	while (work->done < count)
		g_cond_wait(&work->changed, &work->lock);
	g_mutex_unlock(&work->lock);
}

static gboolean
create_two(PipitdSession *session, gpointer user_data, GError **error)
{
	Work *work = user_data;
	gint64 account;

	work->runs++;
	/* The second takes the first one's handle: the whole job must leave nothing. */
	return pipitd_store_create_account(session, "mailto:a@x", "hash", NULL, 1, &account, error) &&
	       pipitd_store_create_account(session, "mailto:a@x", "other", NULL, 1, &account, error);
}

static gboolean
create_one(PipitdSession *session, gpointer user_data, GError **error)
{
	gint64 account;

	(void)user_data;
	return pipitd_store_create_account(session, "mailto:b@x", "hash", NULL, 1, &account, error);
}

static gint64
count_accounts(PipitdStore *store)
{
	PipitdStoreCounts counts = {0};
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitdSession) session = pipitd_store_reader(store, &error);

	pipitd_store_count(session, &counts, &error);
	g_assert_no_error(error);
	return counts.accounts;
}

static PipitdStore *
open_store(const char *folder)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = g_build_filename(folder, "pipitd.db", NULL);
	PipitdStore *store = pipitd_store_open(path, 0, &error);

	g_assert_no_error(error);
	return store;
}

static void
test_job_that_fails_leaves_nothing(void)
{
	char *folder = pipit_test_folder_new();
	g_autoptr(PipitdStore) store = open_store(folder);
	PipitdClock clock = {0};
	g_autoptr(PipitdWriter) writer = pipitd_writer_new(store, &clock);
	Work work = {.writer = writer};

	work_init(&work);
	for (guint i = 0; i < 10; i++)
		pipitd_writer_submit(writer, create_two, on_written, &work);
	pipitd_writer_submit(writer, create_one, on_written, &work);
	wait_for(&work, 11);
	g_assert_cmpuint(work.failed, ==, 10);
	g_assert_cmpuint(work.runs, ==, 10); /* and took nobody else down with it */
	g_assert_cmpint(count_accounts(store), ==, 1);
	pipit_test_folder_free(folder);
}

static void
test_writer_finishes_before_it_stops(void)
{
	char *folder = pipit_test_folder_new();
	g_autoptr(PipitdStore) store = open_store(folder);
	PipitdClock clock = {0};
	PipitdWriter *writer = pipitd_writer_new(store, &clock);
	Work work = {.writer = writer};

	work_init(&work);
	for (guint i = 0; i < 100; i++)
		pipitd_writer_submit(writer, i == 50 ? create_one : create_two, on_written, &work);
	pipitd_writer_free(writer);
	g_assert_cmpuint(work.done, ==, 100);
	g_assert_cmpint(count_accounts(store), ==, 1);
	pipit_test_folder_free(folder);
}

static void
test_newer_store(void)
{
	char *folder = pipit_test_folder_new();
	g_autofree char *path = g_build_filename(folder, "pipitd.db", NULL);
	g_autoptr(GError) error = NULL;
	sqlite3 *database;

	pipitd_store_close(open_store(folder));
	g_assert_cmpint(sqlite3_open(path, &database), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(database, "PRAGMA user_version = 99", NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close(database);
	g_assert_null(pipitd_store_open(path, 0, &error));
	g_assert_error(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_NEWER);
	pipit_test_folder_free(folder);
}

static void
test_no_store(void)
{
	char *folder = pipit_test_folder_new();
	g_autofree char *path = g_build_filename(folder, "pipitd.db", NULL);
	g_autofree char *noise = g_strnfill(65536, '#');
	g_autoptr(GError) error = NULL;

	g_file_set_contents(path, noise, -1, NULL);
	g_assert_null(pipitd_store_open(path, 0, &error));
	g_assert_error(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_FAULT);
	pipit_test_folder_free(folder);
}

/* Returns: how many files and folders are in @folder. */
static guint
assert_private(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	guint count = 0;
	struct stat status;

	g_assert_cmpint(stat(folder, &status), ==, 0);
	g_assert_cmpuint(status.st_mode & 0777, ==, 0700);
	for (const char *name; (name = g_dir_read_name(dir)) != NULL; count++) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_assert_cmpint(stat(path, &status), ==, 0);
		if (S_ISDIR(status.st_mode))
			count += assert_private(path);
		else
			g_assert_cmpuint(status.st_mode & 0777, ==, 0600);
	}
	return count;
}

static void
test_files_are_private(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, "mailto:alice@x", 0);
	g_autofree char *whole = pipit_blob_upload(alice, own->origin, 1000, "mailto:bob@x");
	g_autofree char *half = pipit_blob_create(alice, 1000, "mailto:bob@x");
	g_autoptr(PipitBlobReply) sent = pipit_blob_send(alice, own->origin, half, 0, 500);

	g_assert_cmpuint(sent->status, ==, 200);
	/* lock, database, its log, the socket; blobs with a file in two folders */
	g_assert_cmpuint(assert_private(own->options->state), >=, 9);
}

static void
test_one_server_for_one_folder(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(GError) error = NULL;

	g_assert_null(pipitd_server_start(own->options, &error));
	g_assert_nonnull(strstr(error->message, "another pipitd"));
	g_clear_error(&error);
	char *open_to_all = pipit_test_folder_new();
	g_assert_cmpint(chmod(open_to_all, 0755), ==, 0);
	g_assert_null(pipitd_state_dir_open(open_to_all, &error));
	g_assert_nonnull(strstr(error->message, "chmod 0700"));
	pipit_test_folder_free(open_to_all);
}

/* A full store refuses messages, and goes on giving out and deleting what it has; then there is room again. */
static void
test_full(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_prepare();
	own->options->store_max_mib = 1;
	pipit_own_server_start(own);
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, "mailto:alice@x", 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, "mailto:bob@x", 1);
	guint accepted = 0;

	for (;; accepted++) {
		g_autofree char *text = g_strnfill(12288, (char)('a' + accepted % 26));
		g_autofree char *payload = g_strdup_printf("%u %s", accepted, text);
		g_autoptr(PipitReply) reply = pipit_relay_peer_send_text(alice, bob, payload);
		if (reply->status != 200) {
			pipit_assert_problem(reply, 507, "server-full");
			/* A person waits for it: minutes would be too long. */
			g_assert_cmpuint(reply->retry_after, >, 0);
			g_assert_cmpuint(reply->retry_after, <=, 60);
			break;
		}
	}
	g_assert_cmpuint(accepted, >, 10);
	g_autoptr(GString) acks = g_string_new(NULL);
	guint found = 0;
	for (gboolean more = TRUE; more;) {
		g_autoptr(PipitReply) reply = pipit_relay_peer_poll(bob, acks->str, 0, 0);
		g_string_truncate(acks, 0);
		for (guint i = 0; i < pipit_poll_count(reply); i++, found++)
			g_string_append_printf(acks, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "",
					       pipit_poll_seq(reply, i));
		more = pipit_poll_count(reply) > 0;
	}
	g_assert_cmpuint(found, ==, accepted);
	g_autoptr(PipitReply) again = pipit_relay_peer_send_text(alice, bob, "there is room again");
	g_assert_cmpstr(pipit_send_outcome(again, 0), ==, "accepted");
}

static void
test_reserve(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, "mailto:alice@x", 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, "mailto:bob@x", 1);
	g_autoptr(PipitReply) sent = pipit_relay_peer_send_text(alice, bob, "one");

	g_assert_cmpstr(pipit_send_outcome(sent, 0), ==, "accepted");
	own->options->reserve_mib = G_MAXINT / 1024; /* more than any disk has */
	g_autoptr(PipitReply) refused = pipit_relay_peer_send_text(alice, bob, "two");
	pipit_assert_problem(refused, 507, "server-full");
	g_autoptr(PipitReply) acked = pipit_relay_peer_poll(bob, "1", 0, 0);
	g_assert_cmpuint(pipit_poll_count(acked), ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/store/job-that-fails-leaves-nothing", test_job_that_fails_leaves_nothing);
	g_test_add_func("/server/store/writer-finishes-before-it-stops",
			test_writer_finishes_before_it_stops);
	g_test_add_func("/server/store/newer", test_newer_store);
	g_test_add_func("/server/store/none", test_no_store);
	g_test_add_func("/server/store/files-are-private", test_files_are_private);
	g_test_add_func("/server/store/one-server-for-one-folder", test_one_server_for_one_folder);
	g_test_add_func("/server/store/full", test_full);
	g_test_add_func("/server/store/reserve", test_reserve);
	return g_test_run();
}

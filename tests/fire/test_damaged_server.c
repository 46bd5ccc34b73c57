/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A server's store that is damaged, page by page: the server refuses to start and leaves it as it is, or goes on with what can
 * be read: what it gives out is what it was given, all of it, and for the rest it says that it is out of order, which makes
 * clients wait. With SQLite's log beside it, as a server leaves it that dies, and without. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/damage.h"
#include "tests/support/own_server.h"
#include "tests/support/relay_peer.h"
#include "tests/support/test_folder.h"

#define N_MESSAGES 24
#define LONGEST 12000
#define LOG_HEADER ((gsize)32)
#define LOG_FRAME (24 + PIPIT_DAMAGE_PAGE)
/* One page in so many is tried, from a random one on; all of them in the long run. */
#define STEP 6

typedef struct {
	PipitOwnServer *own;
	PipitRelayPeer *alice;
	PipitRelayPeer *bob;
	char *texts[N_MESSAGES];
	char *database;
	char *log;
	GBytes *whole_database;
	GBytes *whole_log; /* NULL: without one */
} Kept;

/* Random, so that no text has zeroes or another's bytes at any place. */
static char *
random_text(gsize length)
{
	char *text = g_malloc(length + 1);

	for (gsize i = 0; i < length; i++)
		text[i] = (char)('a' + g_test_rand_int_range(0, 26));
	text[length] = '\0';
	return text;
}

static void
send_texts(Kept *kept, guint from, guint to)
{
	for (guint i = from; i < to; i++) {
		kept->texts[i] = random_text(LONGEST * (i + 1) / N_MESSAGES);
		g_autoptr(PipitReply) reply =
			pipit_relay_peer_send_text(kept->alice, kept->bob, kept->texts[i]);
		g_assert_cmpstr(pipit_send_outcome(reply, 0), ==, "accepted");
	}
}

static void
kept_init(Kept *kept, gboolean with_log)
{
	*kept = (Kept){.own = pipit_own_server_new()};
	PipitdOptions *options = kept->own->options;

	kept->database = g_build_filename(options->state, "pipitd.db", NULL);
	kept->log = g_strconcat(kept->database, "-wal", NULL);
	/* The same port ever after: these two ask there. */
	g_free(options->listen);
	options->listen = g_strdup(pipitd_server_address(kept->own->server));
	kept->alice = pipit_relay_peer_register(kept->own->origin, "mailto:alice@example.org", 0);
	kept->bob = pipit_relay_peer_register(kept->own->origin, "mailto:bob@example.org", 1);
	send_texts(kept, 0, N_MESSAGES / 2);
	pipit_own_server_restart(kept->own);
	send_texts(kept, N_MESSAGES / 2, N_MESSAGES);
	if (!with_log)
		pipit_own_server_stop(kept->own);
	kept->whole_database = pipit_damage_read(kept->database);
	if (with_log)
		kept->whole_log = pipit_damage_read(kept->log);
	pipit_own_server_stop(kept->own);
}

static void
kept_clear(Kept *kept)
{
	pipit_relay_peer_free(kept->alice);
	pipit_relay_peer_free(kept->bob);
	pipit_own_server_free(kept->own);
	for (guint i = 0; i < N_MESSAGES; i++)
		g_free(kept->texts[i]);
	g_free(kept->database);
	g_free(kept->log);
	g_bytes_unref(kept->whole_database);
	g_clear_pointer(&kept->whole_log, g_bytes_unref);
}

static void
put(const Kept *kept, GBytes *database, GBytes *log)
{
	g_autofree char *index = g_strconcat(kept->database, "-shm", NULL);

	g_remove(index);
	pipit_damage_write(kept->database, database);
	if (log != NULL)
		pipit_damage_write(kept->log, log);
	else
		g_remove(kept->log);
}

/* Returns: how many messages Bob is given; -1 if the server says that it is out of order. */
static gint
count_given(const Kept *kept, const char *what)
{
	g_autoptr(PipitReply) reply = pipit_relay_peer_poll(kept->bob, "", 0, 0);

	if (reply->status != 200) {
		pipit_assert_problem(reply, 500, "server-fault");
		return -1;
	}
	guint count = pipit_poll_count(reply);
	g_assert_cmpuint(count, <=, N_MESSAGES);
	for (guint i = 0; i < count; i++) {
		g_autofree char *text = pipit_poll_text(reply, i);
		if (g_strcmp0(text, kept->texts[i]) != 0)
			g_error("%s: message %u is not what was sent", what, i + 1);
	}
	return (gint)count;
}

static void
send_one(const Kept *kept)
{
	g_autofree char *text = random_text(100);
	g_autoptr(PipitReply) reply = pipit_relay_peer_send_text(kept->alice, kept->bob, text);

	if (reply->status == 200)
		g_assert_cmpstr(pipit_send_outcome(reply, 0), ==, "accepted");
	else
		pipit_assert_problem(reply, 500, "server-fault");
}

/* Returns whether something was amiss. */
static gboolean
try_database(gpointer user_data, GBytes *damaged, const char *what)
{
	const Kept *kept = user_data;
	g_autoptr(GError) error = NULL;

	put(kept, damaged, kept->whole_log);
	kept->own->server = pipitd_server_start(kept->own->options, &error);
	if (kept->own->server == NULL) {
		if (strstr(error->message, "is damaged") == NULL)
			g_error("%s: %s", what, error->message);
		pipit_damage_assert_same(kept->database, damaged, what);
		if (kept->whole_log != NULL)
			pipit_damage_assert_same(kept->log, kept->whole_log, what);
		return TRUE;
	}
	gint given = count_given(kept, what);
	if (given >= 0 && given < N_MESSAGES)
		g_error("%s: %d messages of %d", what, given, N_MESSAGES);
	send_one(kept);
	pipit_own_server_stop(kept->own);
	return given < 0;
}

static void
try_all_of_database(gboolean with_log)
{
	Kept kept;
	guint tried = 0;

	kept_init(&kept, with_log);
	guint amiss = pipit_damage_each_page(kept.whole_database, STEP, try_database, &kept, &tried);
	g_assert_cmpuint(amiss, >, 0);
	kept_clear(&kept);
}

static void
test_database(void)
{
	try_all_of_database(FALSE);
}

static void
test_database_with_log(void)
{
	try_all_of_database(TRUE);
}

/* What is behind the damage in the log is lost; a copy is kept. Only who lost the end can't know. */
static void
test_log(void)
{
	Kept kept;

	kept_init(&kept, TRUE);
	g_autofree char *copy = g_strconcat(kept.log, ".damaged", NULL);
	guint frames = (guint)((g_bytes_get_size(kept.whole_log) - LOG_HEADER) / LOG_FRAME);
	g_assert_cmpuint(frames, >, 20);
	guint step = g_getenv("PIPIT_LONG") != NULL ? 1 : STEP;
	for (guint i = (guint)g_test_rand_int_range(0, (gint32)step); i + 1 < frames; i += step) {
		g_autofree char *what = g_strdup_printf("frame %u of %u of the log", i + 1, frames);
		g_autoptr(GBytes) damaged = pipit_damage_do(kept.whole_log, PIPIT_DAMAGE_NOISE,
							    LOG_HEADER + i * LOG_FRAME, LOG_FRAME);
		g_remove(copy);
		put(&kept, kept.whole_database, damaged);
		pipit_own_server_start(kept.own);
		pipit_damage_assert_same(copy, damaged, what);
		g_assert_cmpint(count_given(&kept, what), >=, N_MESSAGES / 2);
		send_one(&kept);
		pipit_own_server_stop(kept.own);
	}
	kept_clear(&kept);
}

/* A server that died left a log that is whole. */
static void
test_log_of_the_dead(void)
{
	Kept kept;

	kept_init(&kept, TRUE);
	g_autofree char *copy = g_strconcat(kept.log, ".damaged", NULL);
	put(&kept, kept.whole_database, kept.whole_log);
	pipit_own_server_start(kept.own);
	g_assert_cmpint(count_given(&kept, "undamaged"), ==, N_MESSAGES);
	g_assert_false(g_file_test(copy, G_FILE_TEST_EXISTS));
	kept_clear(&kept);
}

/* A new store would have no accounts, and nobody would know why. */
static void
test_gone(void)
{
	Kept kept;
	g_autoptr(GError) error = NULL;

	kept_init(&kept, TRUE);
	put(&kept, kept.whole_database, kept.whole_log);
	g_assert_cmpint(g_remove(kept.database), ==, 0);
	g_assert_null(pipitd_server_start(kept.own->options, &error));
	g_assert_nonnull(strstr(error->message, "put back a copy"));
	g_assert_false(g_file_test(kept.database, G_FILE_TEST_EXISTS));
	pipit_damage_assert_same(kept.log, kept.whole_log, "without the database");
	kept_clear(&kept);
}

int
main(int argc, char **argv)
{
	/* In memory, where there is room for that: hundreds of stores are opened, and their disk is none that counts. */
	if (g_access("/dev/shm", W_OK) == 0)
		g_setenv("TMPDIR", "/dev/shm", TRUE);
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/damaged-server/database", test_database);
	g_test_add_func("/damaged-server/database-with-log", test_database_with_log);
	g_test_add_func("/damaged-server/log", test_log);
	g_test_add_func("/damaged-server/log-of-the-dead", test_log_of_the_dead);
	g_test_add_func("/damaged-server/gone", test_gone);
	return g_test_run();
}

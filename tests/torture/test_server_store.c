/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's store on a system that fails. */
#include <glib.h>
#include <string.h>

#include "server/store_accounts.h"
#include "server/store_queue.h"
#include "server/store_upkeep.h"
#include "server/clock.h"
#include "server/tokens.h"
#include "tests/torture/fault.h"
#include "tests/torture/lives.h"

#define ALICE "mailto:alice@example.org"
#define ID "7b0c1111-2222-4333-8444-555566667777"
#define NOW G_GINT64_CONSTANT(1764000000000)
#define PREKEY_TIME 1764000000.0

/* What is open, and what was reported as done. */
typedef struct {
	Life base;
	PipitdStore *store;
	gint64 account;
	gint64 device;
	double prekey_time;
	gint64 queued; /* its number */
	gboolean acknowledging;
	gboolean acknowledged;
} ServerLife;

static const guint8 push_token[PIPIT_TOKEN_LEN] = {1};

typedef gboolean (*Work)(ServerLife *life, PipitdSession *session, GError **error);

static GBytes *
bytes_of(guint8 value, gsize size)
{
	guint8 *bytes = g_malloc(size);
	memset(bytes, value, size);
	return g_bytes_new_take(bytes, size);
}

/* ---- Living ---- */

static gboolean
open_store(gpointer memory, GError **error)
{
	ServerLife *life = memory;
	g_autofree char *path = g_build_filename(life->base.folder, "pipitd.db", NULL);
	life->store = pipitd_store_open(path, 0, error);
	return life->store != NULL;
}

static void
close_store(gpointer memory)
{
	ServerLife *life = memory;
	g_clear_pointer(&life->store, pipitd_store_close);
}

/* TRUE if it is on disk. */
static gboolean
write_all(ServerLife *life, Work work, GError **error)
{
	PipitdSession *session = pipitd_store_writer(life->store);
	if (!pipitd_session_begin(session, error))
		return FALSE;
	if (work(life, session, error) && pipitd_session_commit(session, error))
		return TRUE;
	pipitd_session_rollback(session);
	return FALSE;
}

/* What failed may have been done: a commit whose answer was lost. */
static gboolean
find_account(ServerLife *life, PipitdSession *session, GError **error)
{
	return pipitd_store_find_account(session, ALICE, &life->account, NULL, error);
}

static gboolean
write_account(ServerLife *life, PipitdSession *session, GError **error)
{
	if (!find_account(life, session, error))
		return FALSE;
	return life->account != 0 ||
	       pipitd_store_create_account(session, ALICE, "hash", NULL, NOW, &life->account, error);
}

static gboolean
create_account(gpointer memory, GError **error)
{
	ServerLife *life = memory;
	if (write_all(life, write_account, error))
		return TRUE;
	life->account = 0;
	return FALSE;
}

static gboolean
write_device(ServerLife *life, PipitdSession *session, GError **error)
{
	static const guint8 auth[PIPITD_TOKEN_HASH_LEN] = {2};
	g_autoptr(GBytes) identity = bytes_of(3, 249);
	g_autoptr(GBytes) key = bytes_of(4, PIPIT_COMPACT_KEY_LEN);
	g_autoptr(GBytes) record = bytes_of(5, 109);
	const PipitdNewDevice device = {.name = "Laptop",
					.pair_identity = identity,
					.device_key = key,
					.prekey = {record, key, PREKEY_TIME},
					.push_token = push_token,
					.auth = auth};
	guint8 given[PIPIT_TOKEN_LEN];
	gboolean added;
	if (!pipitd_store_put_device(session, life->account, &device, NOW, given, &added, error))
		return FALSE;
	g_autoptr(PipitdDevice) found = pipitd_store_device_by_auth(session, auth, error);
	if (found == NULL)
		return FALSE;
	life->device = found->id;
	return TRUE;
}

static gboolean
add_device(gpointer memory, GError **error)
{
	ServerLife *life = memory;
	if (write_all(life, write_device, error)) {
		life->prekey_time = PREKEY_TIME;
		return TRUE;
	}
	life->device = 0;
	return FALSE;
}

static gboolean
write_prekey(ServerLife *life, PipitdSession *session, GError **error)
{
	g_autoptr(GBytes) key = bytes_of(6, PIPIT_COMPACT_KEY_LEN);
	g_autoptr(GBytes) record = bytes_of(7, 109);
	const PipitdPrekey prekey = {record, key, PREKEY_TIME + 1, TRUE};
	return pipitd_store_put_prekey(session, life->device, &prekey, NOW, error);
}

static gboolean
put_prekey(gpointer memory, GError **error)
{
	ServerLife *life = memory;
	if (!write_all(life, write_prekey, error))
		return FALSE;
	life->prekey_time = PREKEY_TIME + 1;
	return TRUE;
}

static gboolean
write_message(ServerLife *life, PipitdSession *session, GError **error)
{
	guint8 hash[PIPITD_TOKEN_HASH_LEN];
	gboolean known;
	g_autoptr(GBytes) token = g_bytes_new(push_token, sizeof push_token);
	g_autoptr(GBytes) payload = bytes_of(8, 5000);
	pipitd_token_hash(g_bytes_get_data(payload, NULL), g_bytes_get_size(payload), hash);
	const PipitdMessage message = {.id = (char *)ID,
				       .from = (char *)ALICE,
				       .to = (char *)ALICE,
				       .sender_token = token,
				       .suite = PIPIT_SUITE_PAIR,
				       .payload = payload,
				       .received_at = NOW};
	if (!pipitd_store_delivered(session, life->device, life->device, hash, &known, error))
		return FALSE;
	return known || pipitd_store_queue(session, life->device, life->device, hash, &message, error);
}

/* Returns: what waits, by a reader's eyes; NULL with an error. */
static GPtrArray *
read_waiting(ServerLife *life, GError **error)
{
	gboolean more;
	g_autoptr(PipitdSession) session = pipitd_store_reader(life->store, error);
	return session == NULL ? NULL
			       : pipitd_store_waiting(session, life->device, 0, 10, 100000, &more, error);
}

static gboolean
queue_message(gpointer memory, GError **error)
{
	ServerLife *life = memory;
	if (!write_all(life, write_message, error))
		return FALSE;
	g_autoptr(GPtrArray) waiting = read_waiting(life, error);
	if (waiting == NULL)
		return FALSE;
	g_assert_cmpuint(waiting->len, ==, 1);
	life->queued = ((const PipitdMessage *)waiting->pdata[0])->seq;
	return TRUE;
}

static gboolean
write_acknowledgement(ServerLife *life, PipitdSession *session, GError **error)
{
	return pipitd_store_acknowledge(session, life->device, &life->queued, 1, error) &&
	       pipitd_store_touch_device(session, life->device, NOW + 1, error);
}

static gboolean
acknowledge(gpointer memory, GError **error)
{
	ServerLife *life = memory;
	life->acknowledging = TRUE;
	life->acknowledged = write_all(life, write_acknowledgement, error);
	return life->acknowledged;
}

static gboolean
write_forgetting(ServerLife *life, PipitdSession *session, GError **error)
{
	(void)life;
	PipitdForgotten forgotten;
	return pipitd_store_forget(session, NOW + 40 * PIPITD_MS_PER_DAY, &forgotten, error);
}

static gboolean
forget(gpointer memory, GError **error)
{
	ServerLife *life = memory;
	return write_all(life, write_forgetting, error) &&
	       pipitd_store_checkpoint(pipitd_store_writer(life->store), error);
}

/* "open" begins with nothing, "load" with all that there is. */
static const Chapter chapters[] = {
	{"open", open_store},         {"account", create_account}, {"device", add_device},
	{"prekey", put_prekey},       {"queue", queue_message},    {"load", open_store},
	{"acknowledge", acknowledge}, {"forget", forget},          {NULL, NULL},
};

/* ---- Looking at what is left ---- */

static void
check_account(ServerLife *life, PipitdSession *session)
{
	g_autoptr(GError) error = NULL;
	gint64 account = 0;
	pipitd_store_find_account(session, ALICE, &account, NULL, &error);
	g_assert_no_error(error);
	if (life->account != 0)
		g_assert_cmpint(account, ==, life->account);
	if (life->device == 0)
		return;
	g_autoptr(GPtrArray) devices = pipitd_store_account_devices(session, account, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(devices->len, ==, 1);
	const PipitdDevice *device = devices->pdata[0];
	g_assert_cmpint(device->id, ==, life->device);
}

static void
check_left(gpointer memory)
{
	ServerLife *life = memory;
	g_autoptr(GError) error = NULL;
	g_assert_nonnull(pipitd_store_epoch(life->store));
	{
		g_autoptr(PipitdSession) session = pipitd_store_reader(life->store, &error);
		g_assert_no_error(error);
		check_account(life, session);
	}
	if (life->queued == 0)
		return;
	g_autoptr(GPtrArray) waiting = read_waiting(life, &error);
	g_assert_no_error(error);
	if (life->acknowledged)
		g_assert_cmpuint(waiting->len, ==, 0);
	else if (!life->acknowledging)
		g_assert_cmpuint(waiting->len, ==, 1);
}

static const Story story = {
	.name = "server-store",
	.size = sizeof(ServerLife),
	.chapters = chapters,
	.open = open_store,
	.close = close_store,
	.check = check_left,
	.domain = pipitd_store_error_quark,
};

int
main(int argc, char **argv)
{
	fault_init();
	g_test_init(&argc, &argv, NULL);
	lives_add_tests(&story);
	return g_test_run();
}

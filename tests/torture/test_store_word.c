/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a store says of a transaction on a system that fails: done is what was committed, and nothing else. */
#include "protocol/store_private.h"
#include "tests/support/test_folder.h"
#include "tests/torture/fault.h"

#define ALICE "mailto:alice@example.org"

typedef gboolean (*Transaction)(PipitStore *store, PipitStoreWork work, gpointer user_data, GError **error);

static gboolean
write_number(PipitStore *store, gpointer number, GError **error)
{
	return pipit_store_run(store, error,
			       "INSERT OR REPLACE INTO setting (name, value) VALUES ('number', ?)", "i",
			       (gint64) * (const guint *)number);
}

static gint64
read_number(PipitStore *store)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(sqlite3_stmt) row =
		pipit_store_query(store, &error, "SELECT value FROM setting WHERE name = 'number'", "");
	g_assert_no_error(error);
	gint64 number = pipit_store_step(store, row, &error) == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
	g_assert_no_error(error);
	return number;
}

static void
try_each_way(PipitStore *store, Transaction transaction, PipitStoreWaiting other, FaultKind kind)
{
	const char *failed;
	guint nth = 1;
	gint64 before = 0;
	do {
		g_autoptr(GError) error = NULL;
		/* So that it has to tell SQLite how to treat the disk each time. */
		g_assert_true(pipit_store_set_waiting(store, other, NULL));
		fault_begin(kind, nth);
		gboolean done = transaction(store, write_number, &nth, &error);
		failed = fault_end();
		g_assert_true(done == (error == NULL));
		g_assert_cmpint(read_number(store), ==, done ? nth : before);
		before = read_number(store);
		nth++;
	} while (failed != NULL);
	g_assert_cmpuint(nth, >, 3);
}

static void
test_word(gconstpointer data)
{
	FaultKind kind = (FaultKind)GPOINTER_TO_UINT(data);
	g_autoptr(GError) error = NULL;
	char *folder = pipit_test_folder_new();
	PipitStore *store = pipit_store_open(folder, ALICE, &error);
	g_assert_no_error(error);
	try_each_way(store, pipit_store_transaction_lazily, PIPIT_STORE_WAITS, kind);
	guint zero = 0;
	g_assert_true(pipit_store_transaction(store, write_number, &zero, NULL));
	try_each_way(store, pipit_store_transaction, PIPIT_STORE_WAITS_LATER, kind);
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

int
main(int argc, char **argv)
{
	fault_init();
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/store-word/one-call", GUINT_TO_POINTER(FAULT_CALL_ONCE), test_word);
	g_test_add_data_func("/store-word/memory", GUINT_TO_POINTER(FAULT_MEMORY_ONCE), test_word);
	return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: the quickest real host for the plugin, for tests and for `make run` where there is neither display nor
 * terminal. */
#include "tests/support/null_host.h"

#include <glib-unix.h>

#include <string.h>

#include <purple.h>

/* ---- libpurple's loop on GLib's ---- */

typedef struct {
	PurpleInputFunction function;
	gpointer data;
} Watch;

static gboolean
on_ready(int fd, GIOCondition condition, gpointer user_data)
{
	const Watch *watch = user_data;
	PurpleInputCondition purple = 0;
	if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR))
		purple |= PURPLE_INPUT_READ;
	if (condition & (G_IO_OUT | G_IO_HUP | G_IO_ERR))
		purple |= PURPLE_INPUT_WRITE;
	watch->function(watch->data, fd, purple);
	return G_SOURCE_CONTINUE;
}

static guint
input_add(int fd, PurpleInputCondition condition, PurpleInputFunction function, gpointer data)
{
	GIOCondition glib = 0;
	if (condition & PURPLE_INPUT_READ)
		glib |= G_IO_IN | G_IO_HUP | G_IO_ERR;
	if (condition & PURPLE_INPUT_WRITE)
		glib |= G_IO_OUT | G_IO_HUP | G_IO_ERR;
	Watch *watch = g_new(Watch, 1);
	watch->function = function;
	watch->data = data;
	return g_unix_fd_add_full(G_PRIORITY_DEFAULT, fd, glib, on_ready, watch, g_free);
}

static PurpleEventLoopUiOps loop_ops = {
	.timeout_add = g_timeout_add,
	.timeout_remove = g_source_remove,
	.input_add = input_add,
	.input_remove = g_source_remove,
};

/* ---- leaks ---- */

/* There if the program is built with a leak checker. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

/* libpurple never frees what some of its parts set up at the start. */
static gboolean
init_core(const char *ui)
{
	if (__lsan_disable != NULL)
		__lsan_disable();
	gboolean ok = purple_core_init(ui);
	if (__lsan_enable != NULL)
		__lsan_enable();
	return ok;
}

/* ---- start and stop ---- */

static GHashTable *
ui_info(void)
{
	static GHashTable *info;
	if (info == NULL) {
		info = g_hash_table_new(g_str_hash, g_str_equal);
		g_hash_table_insert(info, (gpointer) "name", (gpointer) "null host");
		g_hash_table_insert(info, (gpointer) "version", (gpointer)PIPIT_VERSION);
	}
	return info;
}

static PurpleCoreUiOps core_ops = {.get_ui_info = ui_info};

gboolean
pipit_null_host_start(const char *ui, const char *user_dir, const char *plugin_dir)
{
	purple_util_set_user_dir(user_dir);
	purple_debug_set_enabled(g_getenv("PURPLE_DEBUG") != NULL);
	purple_core_set_ui_ops(&core_ops);
	purple_eventloop_set_ui_ops(&loop_ops);
	if (plugin_dir != NULL)
		purple_plugins_add_search_path(plugin_dir);
	if (!init_core(ui))
		return FALSE;
	purple_set_blist(purple_blist_new());
	purple_blist_load();
	return plugin_dir == NULL || purple_find_prpl("prpl-pipit") != NULL;
}

void
pipit_null_host_stop(void)
{
	purple_core_quit();
}

char *
pipit_null_host_build_dir(void)
{
	g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
	char *dir = g_path_get_dirname(program);
	/* Test programs lie in tests/<part>/ of the build folder. */
	while (!g_str_has_suffix(dir, "/tests") && strlen(dir) > 1) {
		char *parent = g_path_get_dirname(dir);
		g_free(dir);
		dir = parent;
	}
	g_autofree char *tests = dir;
	return g_path_get_dirname(tests);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A libpurple plugin that loads and unloads Off-the-Record as its switch in the window with plugins does: libpurple's D-Bus
 * service can set preferences, but has no word for plugins. */
#define PURPLE_PLUGINS
#include <glib.h>
#include <libpurple/plugin.h>
#include <libpurple/prefs.h>
#include <libpurple/version.h>

#define WANTED "/tests/otr"
#define LOADED "/tests/otr_loaded"

static void
on_wanted(const char *name, PurplePrefType type, gconstpointer value, gpointer user_data)
{
	PurplePlugin *otr = purple_plugins_find_with_id("otr");

	(void)name;
	(void)type;
	(void)user_data;
	if (otr == NULL)
		return;
	if (GPOINTER_TO_INT(value))
		purple_plugin_load(otr);
	else
		purple_plugin_unload(otr);
	purple_prefs_set_bool(LOADED, purple_plugin_is_loaded(otr));
}

static PurplePluginInfo info = {
	.magic = PURPLE_PLUGIN_MAGIC,
	.major_version = PURPLE_MAJOR_VERSION,
	.minor_version = PURPLE_MINOR_VERSION,
	.type = PURPLE_PLUGIN_STANDARD,
	.priority = PURPLE_PRIORITY_DEFAULT,
	.id = "pipit-tests-otr-switch",
	.name = "Switch of Off-the-Record",
	.version = "1",
	.summary = "",
	.description = "",
};

/* Runs when the client looks for plugins, so that nobody has to switch on the switch. */
static void
init_switch(PurplePlugin *plugin)
{
	purple_prefs_add_none("/tests");
	purple_prefs_add_bool(WANTED, FALSE);
	purple_prefs_add_bool(LOADED, FALSE);
	purple_prefs_connect_callback(plugin, WANTED, on_wanted, NULL);
}

PURPLE_INIT_PLUGIN(otr_switch, init_switch, info)

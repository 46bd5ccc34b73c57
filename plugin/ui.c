/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: libpurple's clients differ in what they show at all; asking here keeps their names out of everything else. */
#include "plugin/ui.h"

#include <purple.h>

#include "protocol/i18n.h"
#include "protocol/limits.h"

static gboolean
is_ui(const char *id)
{
	return purple_strequal(purple_core_get_ui(), id);
}

static gboolean
is_finch(void)
{
	return is_ui("gnt-purple");
}

static gboolean
is_bitlbee(void)
{
	return is_ui("BitlBee");
}

gboolean
pipit_ui_shows_text_only(void)
{
	return is_finch() || is_bitlbee();
}

gboolean
pipit_ui_hides_dates(void)
{
	return is_finch();
}

gboolean
pipit_ui_hides_system_messages(void)
{
	return is_bitlbee();
}

gboolean
pipit_ui_files_by_author(void)
{
	return is_bitlbee();
}

gboolean
pipit_ui_has_no_focus(void)
{
	return is_bitlbee();
}

gboolean
pipit_ui_eats_slashes(void)
{
	return is_bitlbee();
}

gboolean
pipit_ui_has_forms(void)
{
	PurpleRequestUiOps *ops = purple_request_get_ui_ops();
	return ops != NULL && ops->request_fields != NULL;
}

gboolean
pipit_ui_forgets_buddies(void)
{
	return is_bitlbee();
}

gboolean
pipit_ui_knows_oneself_by_username(void)
{
	return is_bitlbee();
}

gboolean
pipit_ui_names_rooms_as_typed(void)
{
	return is_bitlbee();
}

gboolean
pipit_ui_lists_rooms_by_what_is_joined(void)
{
	return is_bitlbee();
}

gboolean
pipit_ui_names_rooms_in_ascii(void)
{
	return is_bitlbee();
}

gboolean
pipit_ui_strips_titles(void)
{
	return is_bitlbee();
}

gboolean
pipit_ui_reads_captions(void)
{
	return is_bitlbee();
}

const char *
pipit_ui_caption(const char *text)
{
	if (!is_finch())
		return text;
	g_autofree char *plain = purple_text_strip_mnemonic(text);
	return g_intern_string(plain);
}

gboolean
pipit_ui_hides_names_to_edit(void)
{
	return !is_bitlbee();
}

gboolean
pipit_ui_has_formatted_notices(void)
{
	PurpleNotifyUiOps *ops = purple_notify_get_ui_ops();
	return ops != NULL && ops->notify_formatted != NULL;
}

gboolean
pipit_ui_shows_pictures(void)
{
	return !pipit_ui_shows_text_only();
}

gboolean
pipit_ui_is_a_guest(void)
{
	return is_bitlbee();
}

gboolean
pipit_ui_passes_files_on(void)
{
	return is_bitlbee();
}

gboolean
pipit_ui_answers_twice(void)
{
	return is_finch();
}

char *
pipit_ui_chosen_folder(void)
{
	const char *chosen =
		is_finch() ? purple_prefs_get_path("/finch/filelocations/last_save_folder") : NULL;
	return g_strdup(chosen != NULL && *chosen != '\0' ? chosen : g_get_home_dir());
}

static const char *
ui_name(void)
{
	GHashTable *info = purple_core_get_ui_info();
	const char *name = info != NULL ? g_hash_table_lookup(info, "name") : NULL;
	return name != NULL && *name != '\0' ? name : "libpurple";
}

char *
pipit_ui_device_name(void)
{
	/* Translators: a client on a machine, such as "Pidgin on laptop". */
	g_autofree char *name = g_strdup_printf(_("%s on %s"), ui_name(), g_get_host_name());
	g_autofree char *valid = g_utf8_make_valid(name, -1);
	return g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), PIPIT_DEVICE_NAME_MAX_CHARS));
}

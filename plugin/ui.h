/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which client this is, where that matters: each function names one thing that a client does or lacks. */
#pragma once

#include <glib.h>

/** TRUE where HTML is only stripped (Finch, bitlbee): the plain text says more there. */
gboolean pipit_ui_shows_text_only(void);

/** TRUE where a message has a time but no date (Finch). */
gboolean pipit_ui_hides_dates(void);

/** TRUE where a line that nobody sent is not shown in a conversation (bitlbee). */
gboolean pipit_ui_hides_system_messages(void);

/** TRUE where what oneself wrote elsewhere shows in the conversation with whoever is named as its author (bitlbee). */
gboolean pipit_ui_files_by_author(void);

/** TRUE where nobody can tell which conversation a person looks at (bitlbee). */
gboolean pipit_ui_has_no_focus(void);

/** TRUE where what begins with a slash never comes to us (bitlbee: IRC clients keep it). */
gboolean pipit_ui_eats_slashes(void);

/** TRUE where a window with fields can be opened (not in bitlbee). */
gboolean pipit_ui_has_forms(void);

/** TRUE where the buddy list is empty after each start (bitlbee): we keep it. */
gboolean pipit_ui_forgets_buddies(void);

/** TRUE where oneself is known in a group by the account's name as it was typed (bitlbee). */
gboolean pipit_ui_knows_oneself_by_username(void);

/** TRUE where a group's window must be called what the person typed to join it (bitlbee: its channel waits for that). */
gboolean pipit_ui_names_rooms_as_typed(void);

/** TRUE where the list of rooms shows what one would type to join, and of the rest one field alone (bitlbee). */
gboolean pipit_ui_lists_rooms_by_what_is_joined(void);

/** TRUE where a group is known by what of its name is ASCII (bitlbee: the name of its channel). */
gboolean pipit_ui_names_rooms_in_ascii(void);

/** TRUE where a group's name is taken for markup and stripped (bitlbee). */
gboolean pipit_ui_strips_titles(void);

/** TRUE where the answers to a question are told by their untranslated captions (bitlbee). */
gboolean pipit_ui_reads_captions(void);

/** Returns: (transfer none) @text, a caption with a mnemonic, as the client shows one: Finch would show the underscore. */
const char *pipit_ui_caption(const char *text);

/** TRUE where one types a group's name at a place that does not show the one it has (Pidgin): nothing typed there is no wish. */
gboolean pipit_ui_hides_names_to_edit(void);

/** TRUE where a window with formatted text can be opened (not in bitlbee). */
gboolean pipit_ui_has_formatted_notices(void);

/** TRUE where a picture can stand in a conversation (not in Finch and bitlbee). */
gboolean pipit_ui_shows_pictures(void);

/** TRUE where whoever types commands need not own the files of this machine (bitlbee: they come over IRC). */
gboolean pipit_ui_is_a_guest(void);

/** TRUE where a file that is to be sent is a copy, taken away once it was handed over, and one that came is passed on when it is
 * whole (bitlbee's DCC). No transfer can begin there but by the client itself. */
gboolean pipit_ui_passes_files_on(void);

/** TRUE where the window for choosing a file tells its name without its folder, and calls it off right afterwards (Finch). */
gboolean pipit_ui_answers_twice(void);

/** Returns: (transfer full) the folder that the person chose last to save something in; the home folder if there was none. */
char *pipit_ui_chosen_folder(void);

/** Returns: (transfer full) what to call a device by default: the client's name and the machine's. */
char *pipit_ui_device_name(void);

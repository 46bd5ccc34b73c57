/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several people at once: as one types them, and as they are told. */
#pragma once

#include <account.h>

/**
 * Reads a row of addresses and names of contacts: with commas between them, or blanks where each is one word. What stands
 * before the @ of an address is enough where only one contact has it, or one of @members.
 * @members: of a group, URIs, NULL-terminated; or NULL.
 * @why: out, on failure, (transfer full): a sentence for the person.
 * Returns: (transfer full) their addresses, NULL-terminated, none twice; NULL if one of them means nobody.
 */
GStrv pipit_member_read(PurpleAccount *account, const char *typed, const char *const *members, char **why);

/* So many of a group are named in its title, and in a sentence; of further ones, their number. */
#define PIPIT_MEMBERS_IN_A_TITLE 4
#define PIPIT_MEMBERS_IN_A_SENTENCE 16

/**
 * Says who they are, by the names that the person has for them: "Alice, Bob and Carol", "Alice, Bob and 7 others".
 * @handles: URIs, NULL-terminated; @but: one that is left out, or NULL; @most: how many are named, at least 1.
 * Returns: (transfer full) "" for nobody
 */
char *pipit_member_list(PurpleAccount *account, const char *const *handles, const char *but, guint most);

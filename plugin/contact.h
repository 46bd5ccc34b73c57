/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and addresses: what people type is an address or the name of a contact, who may have several. */
#pragma once

#include <account.h>

/** Returns: (transfer full) the address in @typed in its normal form, as people read it; NULL if it is none. */
char *pipit_contact_address(const char *typed);

/** libpurple's normalize: addresses in their normal form, anything else trimmed and in lower case. The same answer
 * always, whatever the buddy list holds, since libpurple keeps tables by it.
 * Returns: (transfer none) valid until the next call */
const char *pipit_contact_normalize(const PurpleAccount *account, const char *who);

typedef enum {
	PIPIT_NAME_UNKNOWN, /* no contact has that name */
	PIPIT_NAME_FOUND,
	PIPIT_NAME_AMBIGUOUS, /* several have it */
} PipitNameKind;

typedef struct {
	PipitNameKind kind;
	/* FOUND: all addresses of that contact, the best first: used last, known to the directory, not asked about yet,
	 * unknown to it. AMBIGUOUS: the addresses of all who have the name. */
	GStrv addresses;
	gboolean settled; /* FOUND: the first one is right, so the directory need not be asked */
} PipitName;

/** Looks @typed up among the names of @account's contacts and buddies; case does not matter. */
void pipit_contact_find(PurpleAccount *account, const char *typed, PipitName *name);
void pipit_name_clear(PipitName *name);

/** Remembers in the buddy list that @address is the one of its contact that was used last. */
void pipit_contact_remember(PurpleAccount *account, const char *address);

/** Returns: (transfer full) what the person calls who has @address; that itself if they are in no list. */
char *pipit_contact_name(PurpleAccount *account, const char *address);

/** Returns: (transfer full) a sentence for the person: why @typed means nobody, and what to type instead. */
char *pipit_contact_explain(const char *typed, const PipitName *name);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PipitName, pipit_name_clear)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store's life has a few chapters. Each is lived again and again, on a copy of what the chapters before it left: with the
 * first call failing, then with the second … What was reported as done must be there afterwards, what was not may be; the
 * same program can try again, and the next one finds a store that it can use. */
#pragma once

#include <glib.h>

/* The first member of what a test knows of a life. The rest is the ledger: what was reported as done, in plain memory, and
 * what is open, which is zero while the life is closed. */
typedef struct {
	char *folder;
} Life;

typedef gboolean (*LifeStep)(gpointer life, GError **error);

typedef struct {
	const char *name;
	LifeStep live; /* may be story->open itself */
} Chapter;

typedef struct {
	const char *name;
	gsize size;              /* of what begins with a Life */
	const Chapter *chapters; /* in their order, up to one without a name */
	LifeStep open;           /* FALSE: close is called all the same */
	void (*close)(gpointer life);
	void (*check)(gpointer life); /* compares what is there (it is open) with the ledger */
	GQuark (*domain)(void);       /* of every error; NULL: they come from several places */
} Story;

/** Adds the tests of a story: each chapter with one call failing, with all calls from one on, and without memory. */
void lives_add_tests(const Story *story);

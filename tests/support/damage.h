/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may become of a file on a bad disk. */
#pragma once

#include <glib.h>

#define PIPIT_DAMAGE_PAGE ((gsize)4096)

typedef enum {
	PIPIT_DAMAGE_ZEROES,
	PIPIT_DAMAGE_NOISE,
	PIPIT_DAMAGE_CUT, /* from there on, nothing is left */
	PIPIT_DAMAGES,
} PipitDamage;

const char *pipit_damage_name(PipitDamage damage);

/** Returns: (transfer full) @whole with @size bytes from @at damaged. */
GBytes *pipit_damage_do(GBytes *whole, PipitDamage damage, gsize at, gsize size);

/** @damaged: a copy with one of its pages damaged; @what: which, and how. Returns: TRUE if that was noticed. */
typedef gboolean (*PipitDamageTry)(gpointer user_data, GBytes *damaged, const char *what);

/** Tries each kind of damage at each page of @whole; at each one in @step of them where tests are not to take long. @tried: out: how
 * many damages. Returns: how many were noticed. */
guint pipit_damage_each_page(GBytes *whole, guint step, PipitDamageTry try, gpointer user_data, guint *tried);

/** Returns: (transfer full) a file's contents. */
GBytes *pipit_damage_read(const char *path);

/** Writes a file anew, closed to others. */
void pipit_damage_write(const char *path, GBytes *contents);

/** Fails the test if the file does not hold exactly @contents. @what: told then. */
void pipit_damage_assert_same(const char *path, GBytes *contents, const char *what);

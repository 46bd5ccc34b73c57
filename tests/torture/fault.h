/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lets the system fail: calls that touch files and sockets, whoever makes them (we, SQLite, libcurl, GLib), and SQLite's
 * memory. Linked into a program, it stands before the C library's own functions; g_malloc() and getrandom() abort when they
 * fail, so they are left alone.
 *
 *	for (guint nth = 1; …; nth++) {
 *		fault_begin(kind, nth);
 *		… what is tried …
 *		if (fault_end() == NULL)
 *			break;                     every call was made to fail once
 *	}
 */
#pragma once

#include <glib.h>

typedef enum {
	FAULT_CALL_ONCE,   /* one call fails with EIO */
	FAULT_CALLS_ON,    /* it and all that follow it fail with ENOSPC */
	FAULT_MEMORY_ONCE, /* one piece of memory that SQLite asks for is not there */
} FaultKind;

/** To be called first, before SQLite is used; also has temporary files in memory, where that is possible. */
void fault_init(void);

/** From now on the @nth call (from 1) of this thread fails. */
void fault_begin(FaultKind kind, guint nth);
/** The same for all threads but this one. */
void fault_begin_elsewhere(FaultKind kind, guint nth);

/** Ends it. Returns: (transfer none) the name of the first call that failed, or NULL. */
const char *fault_end(void);

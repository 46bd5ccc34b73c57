/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lets the system fail: calls that touch files and sockets, whoever makes them (we, SQLite, libcurl, GLib), those that hash
 * passwords, and SQLite's memory. Linked into a program, it stands before the C library's own functions; g_malloc() and getrandom() abort when they
 * fail, so they are left alone.
 *
 *	for (guint nth = 1; …; nth += fault_stride(kind)) {
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
/** The next call of this name ("fdatasync") fails with EIO, on any thread but this one. */
void fault_begin_of(const char *name);

/**
 * Returns: how far the next @nth lies from one. By day each call fails alone, but where all that follow fail with it, or where
 * SQLite asks for memory (some thousand times a chapter, mostly in the same places), it is one of so many; by night
 * (PIPIT_LONG) it is each.
 */
guint fault_stride(FaultKind kind);

/** Ends it. Returns: (transfer none) the name of the first call that failed, or NULL. */
const char *fault_end(void);

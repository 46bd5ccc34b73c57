/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzz targets share. Each fuzz_<name>.c is one target for libFuzzer; its seeds are in corpus/<name>/, and
 * "make fuzz" builds and runs it. A target aborts where a promise of the header that it includes does not hold. */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/device_keys.h"

/* The two that libFuzzer calls; the second one is optional. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Keys that are the same in each run (tests/vectors/devices.json). They live as long as the program. */
typedef struct {
	PipitDeviceSecrets *secrets;
	PipitPrekeySecret *prekey;
	PipitDevicePublic *shown; /* what the directory shows of it */
} FuzzDevice;

/** @name: a device of tests/vectors/devices.json. */
FuzzDevice fuzz_device(const char *name);

/** Starts randomness anew: the same input must do the same each time. Targets link no other randomness than this. */
void fuzz_random_reset(void);

/* An input that is taken apart from its front. At its end everything is zero or empty. */
typedef struct {
	const guint8 *at;
	gsize left;
} FuzzInput;

FuzzInput fuzz_input(const uint8_t *data, size_t size);
guint8 fuzz_byte(FuzzInput *input);
guint16 fuzz_u16(FuzzInput *input);
/** Returns: (transfer full) up to @size bytes, in memory of their own, so that a read past the end is found. */
GBytes *fuzz_bytes(FuzzInput *input, gsize size);
/** Returns: (transfer full) all that is left. */
GBytes *fuzz_rest(FuzzInput *input);
/** Copies into @bytes, and fills up with zeros. */
void fuzz_fill(FuzzInput *input, guint8 *bytes, gsize size);
/** Returns: (transfer full) all that is left, up to a NUL, as a string. */
char *fuzz_string(FuzzInput *input);

/** Aborts unless @promise holds. (g_error() ends in a trap, which libFuzzer does not report.) */
#define fuzz_require(promise)                                                                                \
	G_STMT_START                                                                                         \
	{                                                                                                    \
		if (!(promise))                                                                              \
			fuzz_fail(__FILE__, __LINE__, #promise);                                             \
	}                                                                                                    \
	G_STMT_END
void fuzz_fail(const char *file, int line, const char *promise) G_GNUC_NORETURN;

/** Aborts if the two differ. */
void fuzz_require_equal(GBytes *expected, GBytes *got);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes inputs apart, so that every target reads them in the same way, and ends the program where something does not hold. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

FuzzInput
fuzz_input(const uint8_t *data, size_t size)
{
	return (FuzzInput){data, size};
}

void
fuzz_fill(FuzzInput *input, guint8 *bytes, gsize size)
{
	gsize there = MIN(size, input->left);
	memset(bytes, 0, size);
	if (there > 0)
		memcpy(bytes, input->at, there);
	input->at += there;
	input->left -= there;
}

guint8
fuzz_byte(FuzzInput *input)
{
	guint8 byte;
	fuzz_fill(input, &byte, 1);
	return byte;
}

guint16
fuzz_u16(FuzzInput *input)
{
	guint8 high = fuzz_byte(input);
	return (guint16)(high << 8 | fuzz_byte(input));
}

GBytes *
fuzz_bytes(FuzzInput *input, gsize size)
{
	gsize there = MIN(size, input->left);
	GBytes *bytes = g_bytes_new(input->at, there);
	input->at += there;
	input->left -= there;
	return bytes;
}

GBytes *
fuzz_rest(FuzzInput *input)
{
	return fuzz_bytes(input, input->left);
}

char *
fuzz_string(FuzzInput *input)
{
	char *text = g_strndup((const char *)input->at, input->left);
	input->at += input->left;
	input->left = 0;
	return text;
}

void
fuzz_require_equal(GBytes *expected, GBytes *got)
{
	fuzz_require(g_bytes_equal(expected, got));
}

void
fuzz_fail(const char *file, int line, const char *promise)
{
	g_printerr("%s:%d: not so: %s\n", file, line, promise);
	abort();
}

/* A broken precondition of GLib's, or a g_assert_no_error() of ours, is a finding too. */
static GLogWriterOutput
write_log(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer unused)
{
	if ((level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR)) == 0)
		return G_LOG_WRITER_HANDLED;
	g_log_writer_standard_streams(level, fields, n_fields, unused);
	abort();
}

__attribute__((constructor)) static void
watch_log(void)
{
	g_log_set_writer_func(write_log, NULL, NULL);
}

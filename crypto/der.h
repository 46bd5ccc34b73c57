/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The little of DER (X.690) that keys and signatures need, read strictly: one encoding for each value, and no other. */
#pragma once

#include <glib.h>

#define PIPIT_DER_INTEGER 0x02
#define PIPIT_DER_SEQUENCE 0x30

typedef struct {
	const guint8 *at;
	gsize left;
} PipitDerReader;

/** Reads one element with the one-byte @tag, lengths up to 65,535; @content then covers what is in it. */
gboolean pipit_der_read(PipitDerReader *reader, guint8 tag, PipitDerReader *content);

/** Reads an INTEGER that is not negative, right-aligned into @size big-endian bytes; FALSE if it does not fit. */
gboolean pipit_der_read_unsigned(PipitDerReader *reader, guint8 *number, gsize size);

/* Writes from the end of a buffer to its front: what is inside comes before its header, so each length is known. */
typedef struct {
	guint8 *buffer;
	gsize start; /* index of the first byte written; the size of the buffer at first */
} PipitDerWriter;

/** Puts @size bytes before what was written. The buffer must have room for them. */
void pipit_der_prepend(PipitDerWriter *writer, gconstpointer bytes, gsize size);

/** Puts tag and length of @size bytes of content (up to 65,535) before what was written. */
void pipit_der_prepend_header(PipitDerWriter *writer, guint8 tag, gsize size);

/** Puts the number in @size big-endian bytes, leading zeros or not, before what was written, as an INTEGER. */
void pipit_der_prepend_unsigned(PipitDerWriter *writer, const guint8 *number, gsize size);

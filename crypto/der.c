/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reader that accepts one form alone, since a signature or a key with two forms is two payloads for one. */
#include "crypto/der.h"

#include <string.h>

#define MAX_LENGTH 0xffff

/* The length in its shortest form (X.690, section 10.1), in up to two bytes. */
static gboolean
read_length(PipitDerReader *reader, gsize *length)
{
	if (reader->left < 1)
		return FALSE;
	guint8 first = reader->at[0];
	gsize more = first < 0x80 ? 0 : first & 0x7f;
	if (more > 2 || first == 0x80 || reader->left < 1 + more)
		return FALSE;
	gsize value = first;
	if (more == 1)
		value = reader->at[1];
	else if (more == 2)
		value = (gsize)reader->at[1] << 8 | reader->at[2];
	if ((more == 1 && value < 0x80) || (more == 2 && value < 0x100))
		return FALSE;
	reader->at += 1 + more;
	reader->left -= 1 + more;
	*length = value;
	return TRUE;
}

gboolean
pipit_der_read(PipitDerReader *reader, guint8 tag, PipitDerReader *content)
{
	if (reader->left < 1 || reader->at[0] != tag)
		return FALSE;
	PipitDerReader rest = {reader->at + 1, reader->left - 1};
	gsize length = 0;
	if (!read_length(&rest, &length) || length > rest.left)
		return FALSE;
	*content = (PipitDerReader){rest.at, length};
	*reader = (PipitDerReader){rest.at + length, rest.left - length};
	return TRUE;
}

gboolean
pipit_der_read_unsigned(PipitDerReader *reader, guint8 *number, gsize size)
{
	PipitDerReader content;
	if (!pipit_der_read(reader, PIPIT_DER_INTEGER, &content) || content.left == 0)
		return FALSE;
	gboolean negative = (content.at[0] & 0x80) != 0;
	gboolean padded = content.left > 1 && content.at[0] == 0 && (content.at[1] & 0x80) == 0;
	if (negative || padded)
		return FALSE;
	if (content.at[0] == 0) {
		content.at++;
		content.left--;
	}
	if (content.left > size)
		return FALSE;
	memset(number, 0, size - content.left);
	memcpy(number + size - content.left, content.at, content.left);
	return TRUE;
}

void
pipit_der_prepend(PipitDerWriter *writer, gconstpointer bytes, gsize size)
{
	g_assert(size <= writer->start);
	writer->start -= size;
	memcpy(writer->buffer + writer->start, bytes, size);
}

void
pipit_der_prepend_header(PipitDerWriter *writer, guint8 tag, gsize size)
{
	g_assert(size <= MAX_LENGTH);
	guint8 header[4] = {tag};
	gsize used = 1;
	if (size >= 0x80)
		header[used++] = size > 0xff ? 0x82 : 0x81;
	if (size > 0xff)
		header[used++] = (guint8)(size >> 8);
	header[used++] = (guint8)size;
	pipit_der_prepend(writer, header, used);
}

void
pipit_der_prepend_unsigned(PipitDerWriter *writer, const guint8 *number, gsize size)
{
	while (size > 1 && number[0] == 0) {
		number++;
		size--;
	}
	pipit_der_prepend(writer, number, size);
	if (number[0] & 0x80) {
		pipit_der_prepend(writer, "", 1); /* a zero byte keeps it from being negative */
		size++;
	}
	pipit_der_prepend_header(writer, PIPIT_DER_INTEGER, size);
}

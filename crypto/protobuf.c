/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Four small protobuf messages do not make a library worth its parser; these are all the rules that they use. */
#include "crypto/protobuf.h"

#define NUMBER_MAX ((1U << 29) - 1)

typedef struct {
	const guint8 *at;
	gsize left;
} Reader;

static gboolean
read_varint(Reader *reader, guint64 *value)
{
	guint64 result = 0;
	for (guint shift = 0; shift < 64; shift += 7) {
		if (reader->left == 0)
			return FALSE;
		guint8 byte = *reader->at++;
		reader->left--;
		if (shift == 63 && byte > 1)
			return FALSE; /* more than 64 bits */
		result |= (guint64)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			*value = result;
			return TRUE;
		}
	}
	return FALSE;
}

static gboolean
read_fixed(Reader *reader, gsize size, guint64 *value)
{
	if (reader->left < size)
		return FALSE;
	*value = 0;
	for (gsize i = 0; i < size; i++)
		*value |= (guint64)reader->at[i] << (8 * i);
	reader->at += size;
	reader->left -= size;
	return TRUE;
}

static gboolean
read_bytes(Reader *reader, PipitProtobufField *field)
{
	guint64 size = 0;
	if (!read_varint(reader, &size) || size > reader->left)
		return FALSE;
	field->bytes = reader->at;
	field->size = (gsize)size;
	reader->at += size;
	reader->left -= (gsize)size;
	return TRUE;
}

static gboolean
read_field(Reader *reader, PipitProtobufField *field)
{
	guint64 tag = 0;
	if (!read_varint(reader, &tag) || tag >> 3 == 0 || tag >> 3 > NUMBER_MAX)
		return FALSE;
	field->number = (guint32)(tag >> 3);
	field->type = (PipitProtobufType)(tag & 7);
	switch (field->type) {
	case PIPIT_PROTOBUF_VARINT:
		return read_varint(reader, &field->value);
	case PIPIT_PROTOBUF_FIXED64:
		return read_fixed(reader, 8, &field->value);
	case PIPIT_PROTOBUF_FIXED32:
		return read_fixed(reader, 4, &field->value);
	case PIPIT_PROTOBUF_BYTES:
		return read_bytes(reader, field);
	}
	return FALSE;
}

static PipitProtobufField *
field_find(PipitProtobufField *fields, gsize n_fields, guint32 number)
{
	for (gsize i = 0; i < n_fields; i++) {
		if (fields[i].number == number)
			return &fields[i];
	}
	return NULL;
}

gboolean
pipit_protobuf_parse(const guint8 *bytes, gsize size, PipitProtobufField *fields, gsize n_fields)
{
	Reader reader = {bytes, size};
	while (reader.left > 0) {
		PipitProtobufField read = {.present = TRUE};
		if (!read_field(&reader, &read))
			return FALSE;
		PipitProtobufField *wanted = field_find(fields, n_fields, read.number);
		if (wanted == NULL)
			continue;
		if (wanted->present || wanted->type != read.type)
			return FALSE;
		*wanted = read;
	}
	return TRUE;
}

gboolean
pipit_protobuf_has_bytes(const PipitProtobufField *field, gsize size)
{
	return field->present && field->type == PIPIT_PROTOBUF_BYTES && field->size == size;
}

gsize
pipit_protobuf_varint_size(guint64 value)
{
	gsize size = 1;
	while (value >>= 7)
		size++;
	return size;
}

static void
append_raw_varint(GByteArray *out, guint64 value)
{
	guint8 bytes[10];
	guint used = 0;
	for (; value >= 0x80; value >>= 7)
		bytes[used++] = (guint8)(value | 0x80);
	bytes[used++] = (guint8)value;
	g_byte_array_append(out, bytes, used);
}

static void
append_tag(GByteArray *out, guint32 number, PipitProtobufType type)
{
	append_raw_varint(out, (guint64)number << 3 | type);
}

void
pipit_protobuf_append_varint(GByteArray *out, guint32 number, guint64 value)
{
	append_tag(out, number, PIPIT_PROTOBUF_VARINT);
	append_raw_varint(out, value);
}

void
pipit_protobuf_append_fixed64(GByteArray *out, guint32 number, guint64 value)
{
	guint64 little_endian = GUINT64_TO_LE(value);
	append_tag(out, number, PIPIT_PROTOBUF_FIXED64);
	g_byte_array_append(out, (const guint8 *)&little_endian, sizeof little_endian);
}

void
pipit_protobuf_append_bytes_header(GByteArray *out, guint32 number, gsize size)
{
	append_tag(out, number, PIPIT_PROTOBUF_BYTES);
	append_raw_varint(out, size);
}

void
pipit_protobuf_append_bytes(GByteArray *out, guint32 number, const guint8 *bytes, gsize size)
{
	pipit_protobuf_append_bytes_header(out, number, size);
	g_byte_array_append(out, bytes, (guint)size);
}

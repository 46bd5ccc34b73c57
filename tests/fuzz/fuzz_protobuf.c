/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protobuf: what is read lies within the bytes, and what is written is read again. */
#include "crypto/protobuf.h"

#include "tests/fuzz/fuzz.h"

static void
require_inside(const PipitProtobufField *field, const guint8 *bytes, gsize size)
{
	if (field->present && field->type == PIPIT_PROTOBUF_BYTES)
		fuzz_require(field->bytes >= bytes && field->bytes + field->size <= bytes + size);
}

static void
write_field(GByteArray *out, const PipitProtobufField *field)
{
	if (!field->present)
		return;
	if (field->type == PIPIT_PROTOBUF_VARINT)
		pipit_protobuf_append_varint(out, field->number, field->value);
	else if (field->type == PIPIT_PROTOBUF_FIXED64)
		pipit_protobuf_append_fixed64(out, field->number, field->value);
	else
		pipit_protobuf_append_bytes(out, field->number, field->bytes, field->size);
}

static void
require_same(const PipitProtobufField *one, const PipitProtobufField *two)
{
	fuzz_require(one->present == two->present && one->value == two->value && one->size == two->size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PipitProtobufField fields[] = {
		{.number = 1, .type = PIPIT_PROTOBUF_BYTES},
		{.number = 2, .type = PIPIT_PROTOBUF_VARINT},
		{.number = 3, .type = PIPIT_PROTOBUF_FIXED64},
		{.number = 99, .type = PIPIT_PROTOBUF_BYTES},
	};
	PipitProtobufField again[G_N_ELEMENTS(fields)];
	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
		again[i] = fields[i];
	g_autoptr(GByteArray) out = g_byte_array_new();
	if (!pipit_protobuf_parse(data, size, fields, G_N_ELEMENTS(fields)))
		return 0;
	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
		require_inside(&fields[i], data, size);
		write_field(out, &fields[i]);
	}
	fuzz_require(pipit_protobuf_parse(out->data, out->len, again, G_N_ELEMENTS(again)));
	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
		require_same(&fields[i], &again[i]);
	return 0;
}

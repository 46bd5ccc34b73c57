/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/protobuf.h"
#include "tests/crypto/kept.h"

enum {
	BYTES,
	NUMBER,
	FIXED,
	N_FIELDS
};

/* Asks for 1 as bytes, 2 as a varint, 3 as a fixed64. The pointers go into @bytes. */
static gboolean
parse(GBytes *bytes, PipitProtobufField fields[static N_FIELDS])
{
	fields[BYTES] = (PipitProtobufField){.number = 1, .type = PIPIT_PROTOBUF_BYTES};
	fields[NUMBER] = (PipitProtobufField){.number = 2, .type = PIPIT_PROTOBUF_VARINT};
	fields[FIXED] = (PipitProtobufField){.number = 3, .type = PIPIT_PROTOBUF_FIXED64};
	return pipit_protobuf_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), fields, N_FIELDS);
}

static gboolean
accepts(const char *hex)
{
	PipitProtobufField fields[N_FIELDS];
	g_autoptr(GBytes) bytes = kept_hex(hex);
	return parse(bytes, fields);
}

static void
test_read(void)
{
	PipitProtobufField fields[N_FIELDS];
	g_autoptr(GBytes) bytes = kept_hex("1096011901000000000000800a03616263");
	g_assert_true(parse(bytes, fields));
	g_assert_true(pipit_protobuf_has_bytes(&fields[BYTES], 3));
	g_assert_false(pipit_protobuf_has_bytes(&fields[BYTES], 2));
	g_assert_false(pipit_protobuf_has_bytes(&fields[NUMBER], 0));
	kept_assert_equal(fields[BYTES].bytes, fields[BYTES].size, "abc", 3);
	g_assert_cmpuint(fields[NUMBER].value, ==, 150);
	g_assert_cmpuint(fields[FIXED].value, ==, 0x8000000000000001);
}

static void
test_absent(void)
{
	PipitProtobufField fields[N_FIELDS];
	g_autoptr(GBytes) bytes = kept_hex("");
	g_assert_true(parse(bytes, fields));
	for (gsize i = 0; i < N_FIELDS; i++)
		g_assert_false(fields[i].present);
	g_assert_false(pipit_protobuf_has_bytes(&fields[BYTES], 0));
}

static void
test_unknown_fields_are_skipped(void)
{
	g_assert_true(accepts("2001"));               /* 4, varint */
	g_assert_true(accepts("210000000000000000")); /* 4, fixed64 */
	g_assert_true(accepts("2203616263"));         /* 4, bytes */
	g_assert_true(accepts("2500000000"));         /* 4, fixed32 */
	g_assert_true(accepts("200120012001"));       /* as often as they like */
	g_assert_true(accepts("f8ffffff0f00"));       /* the largest field number */
}

static void
test_malformed_is_refused(void)
{
	static const char *const refused[] = {
		"0a",
		"0a02",
		"0a0261",
		"10",
		"1080",
		"1900000000000000",
		"25000000", /* cut short */
		"0a000a00",
		"10011001", /* twice */
		"0801",
		"120161",
		"1801",
		"1500000000", /* another type */
		"23",
		"24",
		"2324", /* groups */
		"26",
		"27", /* no such type */
		"00",
		"0200",
		"8000",         /* field 0 */
		"808080801000", /* field 2^29 */
		"10ffffffffffffffffff02",
		"10ffffffffffffffffffff01", /* more than 64 bits */
		"0affffffffffffffffff01",   /* a length beyond all */
	};
	for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_test_message("%s", refused[i]);
		g_assert_false(accepts(refused[i]));
	}
}

static void
test_write(void)
{
	GByteArray *out = g_byte_array_new();
	pipit_protobuf_append_bytes(out, 1, (const guint8 *)"abc", 3);
	pipit_protobuf_append_varint(out, 2, 150);
	pipit_protobuf_append_fixed64(out, 3, 0x8000000000000001);
	pipit_protobuf_append_bytes_header(out, 99, 300);
	g_autoptr(GBytes) written = g_byte_array_free_to_bytes(out);
	g_autoptr(GBytes) expected = kept_hex("0a03616263"
					      "109601"
					      "190100000000000080"
					      "9a06ac02");
	g_assert_true(g_bytes_equal(written, expected));
}

static void
check_varint(guint64 value, gsize size)
{
	GByteArray *out = g_byte_array_new();
	pipit_protobuf_append_varint(out, 2, value);
	g_autoptr(GBytes) written = g_byte_array_free_to_bytes(out);
	PipitProtobufField fields[N_FIELDS];
	g_assert_true(parse(written, fields));
	g_assert_cmpuint(fields[NUMBER].value, ==, value);
	g_assert_cmpuint(pipit_protobuf_varint_size(value), ==, size);
	g_assert_cmpuint(g_bytes_get_size(written), ==, 1 + size);
}

static void
test_varints(void)
{
	check_varint(0, 1);
	check_varint(127, 1);
	check_varint(128, 2);
	check_varint(16383, 2);
	check_varint(16384, 3);
	check_varint(G_MAXUINT32, 5);
	check_varint(G_MAXUINT64, 10);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/protobuf/read", test_read);
	g_test_add_func("/protobuf/absent", test_absent);
	g_test_add_func("/protobuf/unknown-fields-are-skipped", test_unknown_fields_are_skipped);
	g_test_add_func("/protobuf/malformed-is-refused", test_malformed_is_refused);
	g_test_add_func("/protobuf/write", test_write);
	g_test_add_func("/protobuf/varints", test_varints);
	return g_test_run();
}

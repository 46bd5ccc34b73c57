/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/der.h"
#include "tests/crypto/kept.h"

static gboolean
reads_number(const char *hex, guint64 *number)
{
	guint8 field[8];
	g_autoptr(GBytes) bytes = kept_hex(hex);
	PipitDerReader reader = {g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)};
	if (!pipit_der_read_unsigned(&reader, field, sizeof field) || reader.left != 0)
		return FALSE;
	*number = 0;
	for (gsize i = 0; i < sizeof field; i++)
		*number = *number << 8 | field[i];
	return TRUE;
}

static void
assert_number(const char *hex, guint64 expected)
{
	guint64 number = 0;
	g_assert_true(reads_number(hex, &number));
	g_assert_cmpuint(number, ==, expected);
}

static void
test_read_unsigned(void)
{
	assert_number("020100", 0);
	assert_number("02017f", 127);
	assert_number("02020080", 128);
	assert_number("0203010001", 65537);
	assert_number("020900ffffffffffffffff", G_MAXUINT64);
}

static void
test_unsigned_has_one_form(void)
{
	static const char *const refused[] = {
		"",
		"02",
		"0200",
		"0201",
		"030100", /* cut short, empty, another tag */
		"02020000",
		"0202007f", /* padded */
		"020180",
		"0201ff",
		"0202ff00", /* negative */
		"02810101",
		"0282000101", /* length not the shortest */
		"028001",
		"0283000001",
		"02ff",                   /* indefinite, too long */
		"02020100ff",             /* something behind it */
		"0209010000000000000000", /* does not fit */
	};
	guint64 number = 0;
	for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
		g_assert_false(reads_number(refused[i], &number));
}

static void
test_read_covers_the_content(void)
{
	g_autoptr(GBytes) bytes = kept_hex("3003020105ff");
	PipitDerReader reader = {g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)};
	PipitDerReader content;
	g_assert_false(pipit_der_read(&reader, PIPIT_DER_INTEGER, &content));
	g_assert_true(pipit_der_read(&reader, PIPIT_DER_SEQUENCE, &content));
	g_assert_cmpuint(content.left, ==, 3);
	g_assert_cmpuint(reader.left, ==, 1);
	g_assert_false(pipit_der_read(&reader, 0xff, &content));
}

static void
check_length(gsize size, const char *header)
{
	g_autofree guint8 *buffer = g_malloc0(size + 8);
	g_autofree guint8 *filler = g_malloc0(size + 1);
	PipitDerWriter writer = {buffer, size + 8};
	PipitDerReader content;
	pipit_der_prepend(&writer, filler, size);
	pipit_der_prepend_header(&writer, 0x81, size);
	g_autoptr(GBytes) expected = kept_hex(header);
	kept_assert_equal(buffer + writer.start, g_bytes_get_size(expected), g_bytes_get_data(expected, NULL),
			  g_bytes_get_size(expected));
	PipitDerReader reader = {buffer + writer.start, size + 8 - writer.start};
	g_assert_true(pipit_der_read(&reader, 0x81, &content));
	g_assert_cmpuint(content.left, ==, size);
	g_assert_cmpuint(reader.left, ==, 0);
}

static void
test_lengths(void)
{
	check_length(0, "8100");
	check_length(0x7f, "817f");
	check_length(0x80, "818180");
	check_length(0xff, "8181ff");
	check_length(0x100, "81820100");
	check_length(0xffff, "8182ffff");
}

static void
assert_written(const char *number_hex, const char *expected_hex)
{
	guint8 buffer[16];
	PipitDerWriter writer = {buffer, sizeof buffer};
	g_autoptr(GBytes) number = kept_hex(number_hex);
	g_autoptr(GBytes) expected = kept_hex(expected_hex);
	pipit_der_prepend_unsigned(&writer, g_bytes_get_data(number, NULL), g_bytes_get_size(number));
	kept_assert_equal(buffer + writer.start, sizeof buffer - writer.start,
			  g_bytes_get_data(expected, NULL), g_bytes_get_size(expected));
}

static void
test_prepend_unsigned(void)
{
	assert_written("00", "020100");
	assert_written("00000000", "020100");
	assert_written("7f", "02017f");
	assert_written("80", "02020080");
	assert_written("0000000080", "02020080");
	assert_written("00010001", "0203010001");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/der/read-unsigned", test_read_unsigned);
	g_test_add_func("/der/unsigned-has-one-form", test_unsigned_has_one_form);
	g_test_add_func("/der/read-covers-the-content", test_read_covers_the_content);
	g_test_add_func("/der/lengths", test_lengths);
	g_test_add_func("/der/prepend-unsigned", test_prepend_unsigned);
	return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/ecdsa_der.h"
#include "tests/crypto/kept.h"

static void
check_round_trip(guint8 r_first, guint8 s_first, gsize expected_size)
{
	guint8 raw[PIPIT_P256_SIGNATURE_LEN] = {0};
	guint8 der[PIPIT_ECDSA_DER_MAX];
	guint8 back[PIPIT_P256_SIGNATURE_LEN];
	memset(raw + 1, 0x11, 31);
	memset(raw + 33, 0x22, 31);
	raw[0] = r_first;
	raw[32] = s_first;
	gsize size = pipit_ecdsa_to_der(raw, der);
	g_assert_cmpuint(size, ==, expected_size);
	g_assert_true(pipit_ecdsa_from_der(der, size, back));
	kept_assert_equal(back, sizeof back, raw, sizeof raw);
}

static void
test_round_trip(void)
{
	check_round_trip(0x7f, 0x7f, 70);
	check_round_trip(0x80, 0x7f, 71);
	check_round_trip(0xff, 0xff, 72);
	check_round_trip(0x00, 0x01, 69);
}

static void
test_read_strictly(void)
{
	static const char *const refused[] = {
		"",
		"3006", /* cut short */
		"3006020101020101"
		"00", /* something behind it */
		"3007020101020101"
		"00",                 /* something behind s */
		"3003020101",         /* no s */
		"3106020101020101",   /* another tag */
		"308106020101020101", /* length not the shortest */
		"300702020001020101", /* padded */
		"3006020181020101",   /* negative */
		"30050200020101",     /* empty */
		"302602220100000000000000000000000000000000000000000000000000000000000000000002"
		"0101", /* too long */
	};
	guint8 raw[PIPIT_P256_SIGNATURE_LEN];
	g_autoptr(GBytes) right = kept_hex("3006020101020102");
	g_assert_true(pipit_ecdsa_from_der(g_bytes_get_data(right, NULL), g_bytes_get_size(right), raw));
	g_assert_cmpuint(raw[31], ==, 1);
	g_assert_cmpuint(raw[63], ==, 2);
	for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_autoptr(GBytes) der = kept_hex(refused[i]);
		g_test_message("%s", refused[i]);
		g_assert_false(pipit_ecdsa_from_der(g_bytes_get_data(der, NULL), g_bytes_get_size(der), raw));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ecdsa-der/round-trip", test_round_trip);
	g_test_add_func("/ecdsa-der/read-strictly", test_read_strictly);
	return g_test_run();
}

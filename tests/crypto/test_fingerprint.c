/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/fingerprint.h"

/* Both computed by another program. */
static void
test_known(void)
{
	guint8 key[PIPIT_COMPACT_KEY_LEN] = {0};
	g_autofree char *zeros = pipit_fingerprint(key);
	g_assert_cmpstr(zeros, ==, "15971 92862 37927 11875 36693 54750");
	for (guint i = 0; i < sizeof key; i++)
		key[i] = (guint8)i;
	g_autofree char *counting = pipit_fingerprint(key);
	g_assert_cmpstr(counting, ==, "35384 02213 74278 72612 93055 32838");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fingerprint/known", test_known);
	return g_test_run();
}

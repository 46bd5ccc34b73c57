/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/compact_key.h"
#include "tests/crypto/kept.h"

static void
assert_stands_for(const guint8 scalar[static PIPIT_P256_SCALAR_LEN],
		  const guint8 key[static PIPIT_COMPACT_KEY_LEN])
{
	guint8 decoded[PIPIT_P256_POINT_LEN];
	guint8 point[PIPIT_P256_POINT_LEN];
	g_assert_true(pipit_p256_decompress(key, decoded));
	g_assert_true(pipit_p256_public(scalar, point));
	kept_assert_equal(point, sizeof point, decoded, sizeof decoded);
}

/* Half of all scalars have the larger Y, so both cases come up in 40. */
static void
test_generate(void)
{
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 key[PIPIT_COMPACT_KEY_LEN];
	for (guint i = 0; i < 40; i++) {
		pipit_compact_key_generate(scalar, key);
		assert_stands_for(scalar, key);
	}
}

static void
check_pair(const char *name, const char *member, gboolean negated)
{
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 key[PIPIT_COMPACT_KEY_LEN];
	g_autofree char *hex = kept_private_string(name, member);
	g_autoptr(GBytes) kept = kept_hex(hex);
	memcpy(scalar, g_bytes_get_data(kept, NULL), sizeof scalar);
	g_assert_true(pipit_compact_key_of(scalar, key));
	assert_stands_for(scalar, key);
	g_assert_cmpint(memcmp(scalar, g_bytes_get_data(kept, NULL), sizeof scalar) != 0, ==, negated);
}

static void
test_larger_y_is_negated(void)
{
	check_pair("larger_y", "device", TRUE);
	check_pair("larger_y", "prekey", TRUE);
	check_pair("smaller_y", "device", FALSE);
	check_pair("smaller_y", "prekey", FALSE);
}

static void
test_invalid_scalar_is_refused(void)
{
	guint8 scalar[PIPIT_P256_SCALAR_LEN] = {0};
	guint8 key[PIPIT_COMPACT_KEY_LEN];
	g_assert_false(pipit_compact_key_of(scalar, key));
	memset(scalar, 0xff, sizeof scalar);
	g_assert_false(pipit_compact_key_of(scalar, key));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/compact-key/generate", test_generate);
	g_test_add_func("/compact-key/larger-y-is-negated", test_larger_y_is_negated);
	g_test_add_func("/compact-key/invalid-scalar-is-refused", test_invalid_scalar_is_refused);
	return g_test_run();
}

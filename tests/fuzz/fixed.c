/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands in for crypto/random.c, and brings keys that are always the same: a finding must be found again. */
#include "crypto/random.h"
#include "tests/crypto/kept.h"
#include "tests/fuzz/fuzz.h"

#define SEED G_GUINT64_CONSTANT(0x9e3779b97f4a7c15)

static guint64 state = SEED;

void
fuzz_random_reset(void)
{
	state = SEED;
}

/* xorshift64* */
static guint8
next_byte(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (guint8)((state * G_GUINT64_CONSTANT(0x2545f4914f6cdd1d)) >> 56);
}

void
pipit_random(gpointer buffer, gsize size)
{
	guint8 *bytes = buffer;
	for (gsize i = 0; i < size; i++)
		bytes[i] = next_byte();
}

void
pipit_random_nettle(G_GNUC_UNUSED void *context, size_t size, uint8_t *buffer)
{
	pipit_random(buffer, size);
}

FuzzDevice
fuzz_device(const char *name)
{
	FuzzDevice device = {.secrets = kept_secrets(name), .prekey = kept_prekey(name)};
	device.shown = pipit_device_public_of(device.secrets, device.prekey);
	return device;
}

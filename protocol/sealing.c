/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealing one plaintext for one device. */
#include "protocol/sealing.h"

#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "protocol/store_outbox.h"

PipitSealing *
pipit_sealing_new(const char *to, PipitDeviceRecord *device)
{
	PipitSealing *sealing = g_new0(PipitSealing, 1);
	sealing->to = g_strdup(to);
	sealing->device = pipit_device_record_ref(device);
	return sealing;
}

void
pipit_sealing_free(PipitSealing *sealing)
{
	if (sealing == NULL)
		return;
	g_free(sealing->to);
	pipit_device_record_unref(sealing->device);
	g_clear_pointer(&sealing->payload, g_bytes_unref);
	g_clear_error(&sealing->error);
	g_free(sealing);
}

PipitSuite
pipit_sealing_suite(const PipitSealing *sealing)
{
	return pipit_device_public_has_prekey(sealing->device->keys) ? PIPIT_SUITE_PAIR_EC : PIPIT_SUITE_PAIR;
}

gboolean
pipit_sealings_take_counters(PipitStore *store, GPtrArray *sealings, gint64 now, GError **error)
{
	g_autofree PipitCounterUse *uses = g_new0(PipitCounterUse, sealings->len);
	guint n_uses = 0;
	/* Only pair-ec has them. */
	for (guint i = 0; i < sealings->len; i++) {
		const PipitSealing *sealing = sealings->pdata[i];
		const PipitDevicePublic *keys = sealing->device->keys;
		if (pipit_sealing_suite(sealing) == PIPIT_SUITE_PAIR_EC)
			uses[n_uses++] = (PipitCounterUse){pipit_device_public_device_key(keys),
							   pipit_device_public_prekey(keys), 0};
	}
	if (!pipit_store_take_counters(store, uses, n_uses, now, error))
		return FALSE;
	for (guint i = sealings->len; i-- > 0;) {
		PipitSealing *sealing = sealings->pdata[i];
		if (pipit_sealing_suite(sealing) == PIPIT_SUITE_PAIR_EC)
			sealing->counter = uses[--n_uses].counter;
	}
	return TRUE;
}

void
pipit_sealing_run(PipitSealing *sealing, const PipitDeviceSecrets *sender, GBytes *plaintext)
{
	const PipitDevicePublic *recipient = sealing->device->keys;
	if (pipit_sealing_suite(sealing) == PIPIT_SUITE_PAIR_EC)
		sealing->payload =
			pipit_pair_ec_seal(sender, recipient, sealing->counter, plaintext, &sealing->error);
	else
		sealing->payload = pipit_pair_seal(sender, recipient, plaintext, &sealing->error);
}

PipitCopy *
pipit_sealing_copy(const PipitSealing *sealing)
{
	PipitSuite suite = pipit_sealing_suite(sealing);
	g_autoptr(GBytes) prekey = NULL;
	if (suite == PIPIT_SUITE_PAIR_EC)
		prekey =
			g_bytes_new(pipit_device_public_prekey(sealing->device->keys), PIPIT_COMPACT_KEY_LEN);
	return pipit_copy_new(sealing->device->push_token, suite, prekey, sealing->payload);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealing one plaintext for one device. */
#include "protocol/sealing.h"

#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "protocol/store_outbox.h"

#define SEALINGS_A_THREAD 16 /* fewer take less time than a thread is worth */
#define MAX_THREADS 8

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

typedef struct {
	GPtrArray *sealings;
	const PipitDeviceSecrets *sender;
	GBytes *plaintext;
	gint taken; /* how many have been begun, by all threads */
} Batch;

/* Takes one after the other until none is left. */
static gpointer
run_batch(gpointer user_data)
{
	Batch *batch = user_data;
	for (;;) {
		guint next = (guint)g_atomic_int_add(&batch->taken, 1);
		if (next >= batch->sealings->len)
			return NULL;
		pipit_sealing_run(batch->sealings->pdata[next], batch->sender, batch->plaintext);
	}
}

void
pipit_sealing_run_all(GPtrArray *sealings, const PipitDeviceSecrets *sender, GBytes *plaintext)
{
	Batch batch = {.sealings = sealings, .sender = sender, .plaintext = plaintext};
	guint wanted = MIN(MIN(g_get_num_processors(), MAX_THREADS), sealings->len / SEALINGS_A_THREAD);
	GThread *helpers[MAX_THREADS];
	guint n_helpers = 0;
	/* This thread is one of them, and does it all where no other can be had. */
	while (n_helpers + 1 < wanted &&
	       (helpers[n_helpers] = g_thread_try_new("pipit", run_batch, &batch, NULL)) != NULL)
		n_helpers++;
	run_batch(&batch);
	while (n_helpers > 0)
		g_thread_join(helpers[--n_helpers]);
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

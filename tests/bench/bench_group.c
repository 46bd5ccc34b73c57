/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A text to a group of 10, 100 and 1000 devices, four each member's: from the call until the server has it on disk for all of them, by
 * the whole engine; beside the floor, measured in the same run: sealing for as many on all cores, and the server taking one request
 * with as many copies. */
#include <stdio.h>
#include <string.h>

#include "protocol/sealing.h"
#include "protocol/send_request.h"
#include "protocol/uuid.h"
#include "tests/support/actor.h"
#include "tests/support/crowd.h"
#include "tests/support/person.h"
#include "tests/support/relay_peer.h"
#include "tests/support/wait.h"

#define DEVICES_EACH 4
#define ROUNDS 7
#define TEXT                                                                                                 \
	"So much a person writes in one go, more or less, before they press Enter and wait for an answer."

typedef struct {
	PipitOwnServer *own;
	PipitPerson *alice;
	PipitRelayPeer *poster; /* somebody who hands over what was sealed before */
	PipitCrowd *crowd;
} Bench;

static char *
create(Bench *bench, guint n)
{
	g_auto(GStrv) handles = pipit_crowd_handles(bench->crowd, n);
	char *peer =
		pipit_client_group_create(bench->alice->client, "Many", (const char *const *)handles, NULL);
	g_assert_nonnull(peer);
	return peer;
}

/* Returns: µs until the relay has a text for all. */
static gint64
send_text(Bench *bench, const char *peer)
{
	guint before = bench->alice->sent->len;
	gint64 start = g_get_monotonic_time();
	g_autofree char *id = pipit_client_send(bench->alice->client, peer, TEXT, NULL, NULL);
	pipit_wait_until(bench->alice->sent->len > before);
	g_assert_no_error(pipit_person_sent(bench->alice, before)->error);
	return g_get_monotonic_time() - start;
}

/* The floor: what can't be done with less. */
typedef struct {
	gint64 seal; /* µs */
	gint64 post;
	gsize request; /* bytes */
} Floor;

static GPtrArray *
recipients_of(const Bench *bench, GPtrArray *sealings)
{
	GPtrArray *recipients = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_recipient_free);
	for (guint i = 0; i < sealings->len; i++) {
		const PipitSealing *sealing = sealings->pdata[i];
		if (i % DEVICES_EACH == 0)
			g_ptr_array_add(recipients, pipit_recipient_new(sealing->to));
		PipitRecipient *last = recipients->pdata[recipients->len - 1];
		g_ptr_array_add(last->copies, pipit_sealing_copy(sealing));
	}
	g_ptr_array_add(recipients, pipit_recipient_new(bench->poster->handle));
	return recipients;
}

static void
measure_floor(const Bench *bench, GPtrArray *records, GBytes *plaintext, Floor *floor)
{
	g_autoptr(GPtrArray) sealings = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_sealing_free);
	for (guint i = 0; i < records->len; i++) {
		const PipitRelayPeer *peer = bench->crowd->peers->pdata[i];
		g_ptr_array_add(sealings, pipit_sealing_new(peer->handle, records->pdata[i]));
	}
	gint64 start = g_get_monotonic_time();
	pipit_sealing_run_all(sealings, bench->poster->secrets, plaintext);
	gint64 sealed = g_get_monotonic_time();
	g_autofree char *id = pipit_uuid_new();
	g_autoptr(GPtrArray) recipients = recipients_of(bench, sealings);
	g_autoptr(GBytes) request =
		pipit_send_request(id, bench->poster->handle, PIPIT_CLASS_STORED, recipients);
	floor->request = g_bytes_get_size(request);
	g_autofree char *body = g_strndup(g_bytes_get_data(request, NULL), floor->request);
	gint64 begun = g_get_monotonic_time();
	g_autoptr(PipitReply) reply =
		pipit_http_peer_ask(bench->poster->http, "POST", "/v1/push/messages", body, NULL);
	pipit_assert_status(reply, 200);
	floor->post = MIN(floor->post, g_get_monotonic_time() - begun);
	floor->seal = MIN(floor->seal, sealed - start);
}

static GPtrArray *
records_of(const Bench *bench, guint n)
{
	GPtrArray *records = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_device_record_unref);
	for (guint i = 0; i < n; i++) {
		const PipitRelayPeer *peer = bench->crowd->peers->pdata[i];
		gsize size = 0;
		guchar *token = g_base64_decode(peer->push_token, &size);
		PipitActor actor = {peer->secrets, peer->prekey, g_bytes_new_take(token, size)};
		g_ptr_array_add(records, pipit_actor_record(&actor, 0));
		g_bytes_unref(actor.push_token);
	}
	return records;
}

static void
measure(Bench *bench, guint devices)
{
	gint64 took = G_MAXINT64;
	Floor floor = {G_MAXINT64, G_MAXINT64, 0};
	guint n = (devices + DEVICES_EACH - 1) / DEVICES_EACH;
	pipit_crowd_grow(bench->crowd, n);
	guint all = n * DEVICES_EACH;
	g_autofree char *peer = create(bench, n);
	g_autoptr(GPtrArray) records = records_of(bench, all);
	g_autoptr(GBytes) plaintext = g_bytes_new_static(TEXT TEXT TEXT, sizeof TEXT TEXT TEXT);
	send_text(bench, peer); /* with which they are looked up */
	for (guint round = 0; round < ROUNDS; round++) {
		took = MIN(took, send_text(bench, peer));
		measure_floor(bench, records, plaintext, &floor);
	}
	double least = (double)(floor.seal + floor.post);
	printf("to %u devices of %u members: %.2f ms, %.0f µs a device; floor %.2f ms (sealing %.2f, the "
	       "server %.2f),"
	       " ratio %.2f\n",
	       all, n, (double)took / 1000, (double)took / all, least / 1000, (double)floor.seal / 1000,
	       (double)floor.post / 1000, (double)took / least);
	printf("    %zu bytes a device in the request; the server takes %.0f copies a second from such "
	       "requests\n",
	       floor.request / all, (double)all * G_USEC_PER_SEC / (double)floor.post);
}

int
main(void)
{
	const guint sizes[] = {10, 100, 1000};
	Bench bench = {.own = pipit_own_server_prepare()};
	bench.crowd = pipit_crowd_new(bench.own, DEVICES_EACH);
	pipit_own_server_start(bench.own);
	bench.alice = pipit_person_new("mailto:alice@example.org", bench.own->origin, NULL);
	bench.poster = pipit_relay_peer_register(bench.own->origin, "mailto:poster@example.org", 0);
	pipit_person_go_online(bench.alice);
	printf("server and client in one process, on %u cores\n", g_get_num_processors());
	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
		measure(&bench, sizes[i]);
	pipit_person_free(bench.alice);
	pipit_relay_peer_free(bench.poster);
	pipit_crowd_free(bench.crowd);
	pipit_own_server_free(bench.own);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The messages are really sealed; only their senders are no clients, since those would take an hour for it. */
#include "tests/support/backlog.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "protocol/client.h"
#include "protocol/host_glib.h"
#include "protocol/json_reader.h"
#include "protocol/message.h"
#include "protocol/sealing.h"
#include "protocol/uuid.h"
#include "tests/support/relay_peer.h"
#include "tests/support/server.h"
#include "tests/support/test_folder.h"

#define RECEIVER "mailto:receiver@example.org"
#define HEAP_EVERY 64 /* messages; looking costs time */

typedef struct {
	PipitRelayPeer *peer;
	PipitDeviceRecord *device; /* the receiver's */
	guint number;
	guint each;
} Sender;

/* The receiver's host. */
typedef struct {
	PipitClient *client;
	guint *next; /* of each sender */
	guint n_senders;
	guint shown;
	gsize heap_before;
	gsize heap_most;
} Host;

/* There in a program that is built with AddressSanitizer. */
gsize __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static gsize
heap_in_use(void)
{
	if (__sanitizer_get_current_allocated_bytes != NULL)
		return __sanitizer_get_current_allocated_bytes();
	return mallinfo2().uordblks;
}

/* ---- sending ---- */

static PipitDeviceRecord *
look_up_receiver(PipitRelayPeer *peer)
{
	const char *const handles[] = {RECEIVER, NULL};
	g_autoptr(GBytes) request = pipit_lookup_request(handles);
	g_autofree char *body = g_strndup(g_bytes_get_data(request, NULL), g_bytes_get_size(request));
	g_autoptr(PipitReply) reply = pipit_http_peer_ask(peer->http, "POST", "/v1/ids/lookup", body, NULL);
	pipit_assert_status(reply, 200);
	g_autoptr(GBytes) printed = pipit_json_print(reply->body);
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitLookupAnswer) answer = pipit_lookup_answer_parse(printed, handles, &error);
	g_assert_no_error(error);
	const PipitLookupResult *result = answer->results->pdata[0];
	g_assert_cmpuint(result->devices->len, ==, 1);
	return pipit_device_record_ref(result->devices->pdata[0]);
}

static GBytes *
plaintext_of(const Sender *sender, const char *id, guint number)
{
	char *to[] = {(char *)RECEIVER, NULL};
	g_autofree char *text =
		g_strdup_printf("%u %u, and a few words as people write them", sender->number, number);
	const PipitMessage message = {
		.id = (char *)id,
		.from = sender->peer->handle,
		.to = to,
		.sent_at = g_get_real_time() / 1000,
		.text = text,
	};

	return pipit_message_pack(&message);
}

static void
send_one(Sender *sender, guint number)
{
	g_autofree char *id = pipit_uuid_new();
	g_autoptr(GBytes) plaintext = plaintext_of(sender, id, number);
	PipitSealing *sealing = pipit_sealing_new(RECEIVER, sender->device);
	g_autoptr(GPtrArray) recipients =
		g_ptr_array_new_with_free_func((GDestroyNotify)pipit_recipient_free);
	PipitRecipient *recipient = pipit_recipient_new(RECEIVER);

	sealing->counter = number + 1;
	pipit_sealing_run(sealing, sender->peer->secrets, plaintext);
	g_assert_no_error(sealing->error);
	g_ptr_array_add(recipient->copies, pipit_sealing_copy(sealing));
	pipit_sealing_free(sealing);
	g_ptr_array_add(recipients, recipient);
	g_autoptr(GBytes) request =
		pipit_send_request(id, sender->peer->handle, PIPIT_CLASS_STORED, recipients);
	g_autofree char *body = g_strndup(g_bytes_get_data(request, NULL), g_bytes_get_size(request));
	g_autoptr(PipitReply) reply =
		pipit_http_peer_ask(sender->peer->http, "POST", "/v1/push/messages", body, NULL);
	pipit_assert_status(reply, 200);
	g_assert_cmpstr(pipit_send_outcome(reply, 0), ==, "accepted");
}

static gpointer
send_all(gpointer user_data)
{
	Sender *sender = user_data;

	for (guint i = 0; i < sender->each; i++)
		send_one(sender, i);
	return NULL;
}

static void
fill(const char *origin, guint n_senders, guint each)
{
	g_autofree Sender *senders = g_new0(Sender, n_senders);
	g_autofree GThread **threads = g_new0(GThread *, n_senders);

	for (guint i = 0; i < n_senders; i++) {
		g_autofree char *handle = g_strdup_printf("mailto:%u@example.org", i);
		PipitRelayPeer *peer = pipit_relay_peer_register(origin, handle, i);
		senders[i] = (Sender){peer, look_up_receiver(peer), i, each};
	}
	for (guint i = 0; i < n_senders; i++)
		threads[i] = g_thread_new("sender", send_all, &senders[i]);
	for (guint i = 0; i < n_senders; i++)
		g_thread_join(threads[i]);
	for (guint i = 0; i < n_senders; i++) {
		pipit_device_record_unref(senders[i].device);
		pipit_relay_peer_free(senders[i].peer);
	}
}

/* ---- receiving ---- */

static void
on_state(gpointer host G_GNUC_UNUSED, PipitClientState state G_GNUC_UNUSED, const char *step G_GNUC_UNUSED,
	 const GError *error)
{
	g_assert_no_error(error);
}

static gboolean
on_message(gpointer user_data, const PipitIncoming *incoming)
{
	Host *host = user_data;
	guint sender = 0;
	guint number = 0;

	g_assert_cmpint(sscanf(incoming->text, "%u %u,", &sender, &number), ==, 2);
	g_assert_cmpuint(sender, <, host->n_senders);
	g_assert_cmpuint(number, ==, host->next[sender]++);
	if (host->shown++ % HEAP_EVERY == 0)
		host->heap_most = MAX(host->heap_most, heap_in_use());
	return TRUE;
}

static void
on_sent(gpointer host G_GNUC_UNUSED, const char *id G_GNUC_UNUSED, const char *peer G_GNUC_UNUSED,
	const GError *error G_GNUC_UNUSED)
{
	g_assert_not_reached();
}

static void
on_notice(gpointer host G_GNUC_UNUSED, const char *peer G_GNUC_UNUSED, const char *text)
{
	g_error("%s", text);
}

static void
come_online(Host *host)
{
	pipit_client_connect(host->client);
	while (pipit_client_state(host->client) != PIPIT_CLIENT_ONLINE)
		g_main_context_iteration(NULL, TRUE);
}

static double
seconds_since(gint64 start)
{
	return (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
}

static void
drain(Host *host, guint count, PipitBacklog *backlog)
{
	gint64 start = g_get_monotonic_time();

	host->heap_before = host->heap_most = heap_in_use();
	pipit_loop_watch_begin();
	come_online(host);
	while (host->shown < count)
		g_main_context_iteration(NULL, TRUE);
	backlog->drain_seconds = seconds_since(start);
	backlog->held = pipit_loop_watch_take();
	backlog->heap_growth = host->heap_most - host->heap_before;
}

PipitBacklog
pipit_backlog_run(guint n_senders, guint each)
{
	const PipitClientEvents events = {
		.state = on_state,
		.message = on_message,
		.sent = on_sent,
		.notice = on_notice,
	};
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	char *folder = pipit_test_folder_new();
	g_autofree guint *next = g_new0(guint, n_senders);
	Host host = {.next = next, .n_senders = n_senders};
	const PipitClientOptions options = {
		.handle = RECEIVER,
		.server = pipit_test_server_origin(server),
		.storage_dir = folder,
		.password = PIPIT_TEST_PASSWORD,
		.device_name = "Receiver",
		.register_account = TRUE,
	};
	g_autoptr(GError) error = NULL;
	PipitBacklog backlog = {0};

	host.client = pipit_client_new(pipit_loop_glib(), &events, &host, &options, &error);
	g_assert_no_error(error);
	come_online(&host);
	pipit_client_disconnect(host.client);
	gint64 start = g_get_monotonic_time();
	fill(pipit_test_server_origin(server), n_senders, each);
	backlog.fill_seconds = seconds_since(start);
	drain(&host, n_senders * each, &backlog);
	pipit_client_free(host.client);
	pipit_test_folder_free(folder);
	return backlog;
}

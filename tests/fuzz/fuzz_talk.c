/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two people, with a few devices each, talk through a relay. The input chooses who writes, sends and receives when, what is
 * lost, repeated or comes out of order, who dies when, who gets a new device or a new prekey, and how time passes. Whatever
 * it chooses: at the end, when everything works again, every message is shown once on each device that it was taken for, as
 * it was written and in the order of writing, and nothing else is shown. */
#include <string.h>

#include "tests/fuzz/client.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/test_folder.h"

#define NOW G_GINT64_CONSTANT(1764000000000)
#define MAX_STEPS 64
#define MAX_SETTLING 2000
#define MINUTE_MS (G_GINT64_CONSTANT(60) * 1000)
#define DAY_MS (MINUTE_MS * 60 * 24)

static const char *const people[] = {"mailto:alice@example.org", "mailto:bob@example.org"};

/* What somebody wrote. */
typedef struct {
	const char *from;
	const char *to;
	char *text;
	guint place; /* among all that was written */
	guint writer;
} Written;

typedef struct {
	char *folder;
	FuzzRelay *relay;
	FuzzClient *clients[FUZZ_CLIENTS];
	guint n_clients;
	GHashTable *written; /* id -> Written */
	gboolean hostile;    /* the relay was: no order, and notices of what can't be read */
	gboolean clock_was_set;
} World;

static void
written_free(gpointer memory)
{
	Written *written = memory;
	g_free(written->text);
	g_free(written);
}

static gboolean
is_there(const FuzzClient *client)
{
	return client->store != NULL;
}

static void
add_client(World *world, const char *handle)
{
	guint number = world->n_clients;
	if (number == FUZZ_CLIENTS)
		return;
	world->clients[number] = fuzz_client_new(world->relay, handle, number, world->folder);
	world->n_clients++;
}

static World *
world_new(void)
{
	World *world = g_new0(World, 1);
	world->folder = pipit_test_folder_new();
	world->relay = fuzz_relay_new();
	world->relay->now = NOW;
	world->written = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, written_free);
	add_client(world, people[0]);
	add_client(world, people[1]);
	return world;
}

static void
world_free(World *world)
{
	for (guint i = 0; i < world->n_clients; i++)
		fuzz_client_free(world->clients[i]);
	g_hash_table_unref(world->written);
	fuzz_relay_free(world->relay);
	pipit_test_folder_free(world->folder);
	g_free(world);
}

/* What may happen */

static void
write_something(World *world, FuzzClient *client)
{
	Written *written = g_new0(Written, 1);
	written->from = client->handle;
	written->to = people[client->handle == people[0] ? 1 : 0];
	written->place = g_hash_table_size(world->written);
	written->writer = client->number;
	written->text = g_strdup_printf("%u of %u", written->place, client->number);
	char *id = fuzz_client_write(client, written->to, written->text);
	if (g_getenv("FUZZ_TRACE") != NULL)
		g_printerr("  \"%s\" is %s\n", written->text, id);
	g_hash_table_insert(world->written, id, written);
}

static guint
count_devices(const World *world, const char *handle)
{
	guint count = 0;
	for (guint i = 0; i < world->n_clients; i++)
		count += is_there(world->clients[i]) && world->clients[i]->handle == handle;
	return count;
}

/* What it sent counts if that was before, by the relay's clock: one that was set back may be wrong about that. */
static void
remove_client(World *world, FuzzClient *client)
{
	if (!world->clock_was_set && count_devices(world, client->handle) > 1)
		fuzz_client_remove(client);
}

static void
pass_time(World *world, guint8 choice)
{
	static const gint64 spans[] = {2000,   MINUTE_MS,  11 * MINUTE_MS, 70 * MINUTE_MS,
				       DAY_MS, 8 * DAY_MS, 36 * DAY_MS};
	if (choice % 8 < G_N_ELEMENTS(spans)) {
		world->relay->now += spans[choice % 8];
	} else {
		world->relay->now -= 2 * MINUTE_MS; /* the clocks are set */
		world->clock_was_set = TRUE;
	}
}

/* A network that delivers late delivers a request again. */
static void
repeat_request(FuzzClient *client, guint8 choice)
{
	if (client->overheard->len == 0)
		return;
	GBytes *request = client->overheard->pdata[choice % client->overheard->len];
	g_autoptr(GBytes) unheard = fuzz_relay_send(client->relay, client->at_relay, request);
}

/* What a relay must not do, and may: what waits for @client comes again, or last, or under another name. */
static void
be_hostile(World *world, FuzzClient *client, guint8 choice)
{
	GPtrArray *queue = client->at_relay->queue;
	if (queue->len == 0)
		return;
	world->hostile = TRUE;
	g_autoptr(PipitEnvelope) chosen = pipit_envelope_ref(queue->pdata[choice / 8 % queue->len]);
	PipitEnvelope changed = *chosen;
	if (choice % 8 == 0)
		changed.from = (char *)people[0];
	else if (choice % 8 == 1)
		changed.to = (char *)people[1];
	else if (choice % 8 == 2)
		changed.id = "00000000-0000-4000-8000-000000000000";
	else if (choice % 8 == 3)
		changed.push_token = client->at_relay->push_token;
	else if (choice % 8 == 4)
		g_ptr_array_remove(queue, chosen);
	fuzz_relay_queue(client->relay, client->at_relay, &changed);
}

/* For whoever looks at a finding: FUZZ_TRACE=1 tells the story. */
static void
trace(const FuzzClient *client, guint8 what, guint8 choice)
{
	static const char *const steps[] = {
		"writes",     "writes",          "writes",         "sends",
		"sends",      "sends",           "receives",       "receives",
		"restarts",   "tries undecided", "makes a prekey", "adds a device",
		"is removed", "lets time pass",  "repeats",        "is lied to"};
	static const char *const faults[] = {"",           "look-up fails", "request lost", "answer lost",
					     "dies early", "dies late",     "dies last"};
	if (g_getenv("FUZZ_TRACE") != NULL)
		g_printerr("%u of %s %s (%u: %s)\n", client->number, client->handle, steps[what % 16], choice,
			   faults[choice % FUZZ_FAULTS]);
}

static void
take_step(World *world, FuzzClient *client, guint8 what, guint8 choice)
{
	FuzzFault fault = choice % FUZZ_FAULTS;
	trace(client, what, choice);
	switch (what % 16) {
	case 0:
	case 1:
	case 2:
		write_something(world, client);
		break;
	case 3:
	case 4:
	case 5:
		fuzz_client_send(client, fault);
		break;
	case 6:
	case 7:
		if (!fuzz_client_receive(client, fault))
			fuzz_client_expire(client);
		break;
	case 8:
		fuzz_client_restart(client);
		break;
	case 9:
		fuzz_client_try_undecided(client, fault);
		break;
	case 10:
		fuzz_client_new_prekey(client, fault);
		break;
	case 11:
		add_client(world, client->handle);
		break;
	case 12:
		remove_client(world, client);
		break;
	case 13:
		pass_time(world, choice);
		break;
	case 14:
		repeat_request(client, choice);
		break;
	default:
		be_hostile(world, client, choice);
		break;
	}
}

/* The end */

/* Everything works again, until nobody has anything left to do. */
static gboolean
settle_client(FuzzClient *client)
{
	gboolean busy = FALSE;
	pipit_outbox_wake(client->outbox);
	while (fuzz_client_send(client, FUZZ_NO_FAULT))
		busy = TRUE;
	while (fuzz_client_receive(client, FUZZ_NO_FAULT))
		busy = TRUE;
	while (fuzz_client_try_undecided(client, FUZZ_NO_FAULT))
		busy = TRUE;
	return busy;
}

static void
settle(World *world)
{
	gboolean busy = TRUE;
	for (guint round = 0; busy; round++) {
		fuzz_require(round < MAX_SETTLING);
		busy = FALSE;
		for (guint i = 0; i < world->n_clients; i++)
			if (is_there(world->clients[i]))
				busy |= settle_client(world->clients[i]);
	}
}

static guint
times_shown(const FuzzClient *client, const char *id)
{
	guint times = 0;
	for (guint i = 0; i < client->shown->len; i++) {
		const FuzzShown *shown = client->shown->pdata[i];
		times += shown->text != NULL && strcmp(shown->id, id) == 0;
	}
	return times;
}

/* What is older than the relay keeps it is owed no more. */
static void
check_owed(const FuzzClient *client)
{
	for (guint i = 0; i < client->at_relay->accepted->len; i++) {
		const FuzzAccepted *accepted = client->at_relay->accepted->pdata[i];
		gboolean owed = client->relay->now - accepted->at < FUZZ_QUEUE_LIFE_MS;
		if (owed && times_shown(client, accepted->id) == 0)
			g_printerr("%s was never shown to %u\n", accepted->id, client->number);
		fuzz_require(!owed || times_shown(client, accepted->id) >= 1);
	}
}

/* That somebody wrote it so, and that it is shown once. */
static const Written *
check_shown(const World *world, const FuzzClient *client, const FuzzShown *shown)
{
	const Written *written = g_hash_table_lookup(world->written, shown->id);
	fuzz_require(written != NULL && written->writer != client->number);
	fuzz_require(strcmp(shown->text, written->text) == 0 && strcmp(shown->from, written->from) == 0);
	fuzz_require(strcmp(shown->peer, written->from == client->handle ? written->to : written->from) == 0);
	guint most = g_hash_table_contains(client->repeated, shown->id) ? 2 : 1;
	fuzz_require(times_shown(client, shown->id) <= most);
	return written;
}

static void
check_all_shown(const World *world, const FuzzClient *client)
{
	guint next[FUZZ_CLIENTS] = {0};
	for (guint i = 0; i < client->shown->len; i++) {
		const FuzzShown *shown = client->shown->pdata[i];
		fuzz_require(shown->text != NULL || world->hostile);
		if (shown->text == NULL)
			continue;
		const Written *written = check_shown(world, client, shown);
		gboolean again = g_hash_table_contains(client->repeated, shown->id);
		fuzz_require(world->hostile || again || written->place >= next[written->writer]);
		next[written->writer] = MAX(next[written->writer], written->place + 1);
	}
}

/* What was written by a device that is still there was sent, and the outbox said so. */
static void
check_sent(const World *world)
{
	GHashTableIter iter;
	gpointer id;
	gpointer value;
	g_hash_table_iter_init(&iter, world->written);
	while (g_hash_table_iter_next(&iter, &id, &value)) {
		const Written *written = value;
		const FuzzClient *writer = world->clients[written->writer];
		fuzz_require(!is_there(writer) || g_hash_table_contains(writer->done, id));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	fuzz_random_reset();
	World *world = world_new();
	for (guint i = 0; i < MAX_STEPS && input.left > 0; i++) {
		guint8 what = fuzz_byte(&input);
		FuzzClient *client = world->clients[what / 16 % world->n_clients];
		guint8 choice = fuzz_byte(&input);
		if (is_there(client))
			take_step(world, client, what, choice);
	}
	settle(world);
	check_sent(world);
	for (guint i = 0; i < world->n_clients; i++) {
		const FuzzClient *client = world->clients[i];
		if (is_there(client))
			check_owed(client);
		check_all_shown(world, client);
	}
	world_free(world);
	return 0;
}

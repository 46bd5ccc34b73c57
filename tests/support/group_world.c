/* SPDX-License-Identifier: GPL-2.0-or-later */
/* People, devices, and what the relay does to what they say. */
#include "tests/support/group_world.h"

#include <string.h>

#define NONCE "7b0c1111-2222-4333-8444-555566667777"

typedef enum {
	CHANGES,
	TEXT,
	ASK,
} Kind;

/* What a device hands to the relay, for one person. */
typedef struct {
	Kind kind;
	gint refs;
	guint from; /* a device */
	char *to;   /* handle */
	char **state;
	GPtrArray *changes;
	gint64 received_at;
} Message;

typedef struct {
	Message *message;
	guint to; /* a device */
} Flight;

static Message *
message_ref(Message *message)
{
	message->refs++;
	return message;
}

static void
message_unref(gpointer memory)
{
	Message *message = memory;
	if (--message->refs > 0)
		return;
	g_free(message->to);
	g_strfreev(message->state);
	g_clear_pointer(&message->changes, g_ptr_array_unref);
	g_free(message);
}

static char *
handle_new(guint number)
{
	return g_strdup_printf("mailto:p%u@example.org", number);
}

const char *
pipit_group_world_handle_of(const PipitGroupWorld *world, guint device)
{
	return world->devices[device].own[0];
}

gboolean
pipit_group_world_chance(const PipitGroupWorld *world, double probability)
{
	return g_rand_double(world->rand) < probability;
}

static const char *const *
own_of(const PipitGroupDevice *device)
{
	return (const char *const *)device->own;
}

gboolean
pipit_group_device_is_in(const PipitGroupDevice *device)
{
	return pipit_group_own_member(device->history, own_of(device)) != NULL;
}

/* ---- the relay ---- */

static void
fly(PipitGroupWorld *world, Message *message, guint to)
{
	if (pipit_group_world_chance(world, world->loss))
		return;
	Flight flight = {message_ref(message), to};
	g_array_append_val(world->flights, flight);
}

static void
hand_over(PipitGroupWorld *world, Message *message)
{
	message->received_at = ++world->clock;
	for (guint i = 0; i < world->n_devices; i++) {
		if (i == message->from || strcmp(pipit_group_world_handle_of(world, i), message->to) != 0)
			continue;
		fly(world, message, i);
		if (pipit_group_world_chance(world, world->repeat))
			fly(world, message, i);
	}
	const PipitGroupDevice *sender = &world->devices[message->from];
	for (guint i = 0; message->changes != NULL && i < message->changes->len; i++)
		pipit_group_history_sent(sender->history,
					 ((const PipitGroupChange *)message->changes->pdata[i])->hash,
					 message->received_at);
}

/* @changes: (transfer full) or NULL */
static void
send_to(PipitGroupWorld *world, guint from, Kind kind, const char *to, GPtrArray *changes)
{
	PipitGroupDevice *device = &world->devices[from];
	Message *message = g_new0(Message, 1);
	message->refs = 1;
	message->kind = kind;
	message->from = from;
	message->to = g_strdup(to);
	message->changes = changes;
	message->state = pipit_group_history_heads(device->history);
	if (!device->online) {
		g_ptr_array_add(device->outbox, message);
		return;
	}
	hand_over(world, message);
	message_unref(message);
}

void
pipit_group_world_go_online(PipitGroupWorld *world, guint number)
{
	PipitGroupDevice *device = &world->devices[number];
	device->online = TRUE;
	for (guint i = 0; i < device->outbox->len; i++)
		hand_over(world, device->outbox->pdata[i]);
	g_ptr_array_set_size(device->outbox, 0);
}

/* ---- a device ---- */

static void receive(PipitGroupWorld *world, guint to, Message *message);

static void
tell_changes(PipitGroupWorld *world, guint from, const char *to, GPtrArray *changes)
{
	if (changes->len > 0)
		send_to(world, from, CHANGES, to, changes);
	else
		g_ptr_array_unref(changes);
}

/* Each may be the reason for the other's next one. */
static gboolean
is_due(const PipitGroupWorld *world, PipitGroupDevice *device, const char *what, const char *handle)
{
	g_autofree char *key = g_strconcat(what, handle, NULL);
	gint64 last = (gint64)GPOINTER_TO_SIZE(g_hash_table_lookup(device->said, key));
	if (last != 0 && world->clock - last < PIPIT_GROUP_WORLD_PAUSE)
		return FALSE;
	g_hash_table_replace(device->said, g_steal_pointer(&key), GSIZE_TO_POINTER(world->clock));
	return TRUE;
}

static void
ask(PipitGroupWorld *world, guint number, const char *handle)
{
	if (handle != NULL && is_due(world, &world->devices[number], "ask ", handle))
		send_to(world, number, ASK, handle, NULL);
}

static void
follow_up(PipitGroupWorld *world, guint number, const Message *message, const PipitGroupWord *word,
	  PipitGroupJudgement judgement)
{
	PipitGroupDevice *device = &world->devices[number];
	if (judgement.ask_sender)
		ask(world, number, word->from);
	const char *member = judgement.ask_member ? pipit_group_member_to_ask(device->history, own_of(device),
									      device->turn++)
						  : NULL;
	ask(world, number, member);
	if (judgement.tell_out && is_due(world, device, "out ", word->from))
		tell_changes(world, number, pipit_group_world_handle_of(world, message->from),
			     pipit_group_answer(device->history, own_of(device), word));
}

/* What waited may be clear now. */
static void
look_again(PipitGroupWorld *world, guint number)
{
	PipitGroupDevice *device = &world->devices[number];
	g_autoptr(GPtrArray) waiting = device->waiting;
	device->waiting = g_ptr_array_new_with_free_func(message_unref);
	for (guint i = 0; i < waiting->len; i++)
		receive(world, number, waiting->pdata[i]);
}

static void
take_changes(PipitGroupWorld *world, guint number, const Message *message)
{
	PipitGroupDevice *device = &world->devices[number];
	gboolean advanced = FALSE;
	for (guint i = 0; i < message->changes->len; i++)
		pipit_group_history_take(device->history, message->changes->pdata[i], message->received_at);
	while (pipit_group_history_advance(device->history) != NULL)
		advanced = TRUE;
	if (advanced)
		look_again(world, number);
}

/* Who wrote lacks something that they should have had long ago. */
static void
help_behind(PipitGroupWorld *world, guint number, const Message *message)
{
	const PipitGroupDevice *device = &world->devices[number];
	const char *const *state = (const char *const *)message->state;
	gint64 since = pipit_group_history_lacking_since(device->history, state);
	if (since == 0 || since + PIPIT_GROUP_WORLD_LAG > message->received_at ||
	    !pipit_group_history_knows(device->history, state))
		return;
	tell_changes(world, number, pipit_group_world_handle_of(world, message->from),
		     pipit_group_history_since(device->history, state));
}

static void
answer(PipitGroupWorld *world, guint number, const Message *message, const PipitGroupWord *word)
{
	PipitGroupDevice *device = &world->devices[number];
	tell_changes(world, number, word->from, pipit_group_answer(device->history, own_of(device), word));
	if (!pipit_group_device_is_in(device) ||
	    (!word->own && !pipit_group_history_is_member(device->history, word->from)))
		return;
	if (!pipit_group_history_knows(device->history, (const char *const *)message->state))
		ask(world, number, word->from);
}

static void
receive(PipitGroupWorld *world, guint to, Message *message)
{
	PipitGroupDevice *device = &world->devices[to];
	const PipitGroupWord word = {
		.from = pipit_group_world_handle_of(world, message->from),
		.own = strcmp(pipit_group_world_handle_of(world, message->from), device->own[0]) == 0,
		.received_at = message->received_at,
		.state = (const char *const *)message->state,
	};
	if (message->kind == ASK) {
		answer(world, to, message, &word);
		return;
	}
	PipitGroupJudgement judgement =
		message->kind == CHANGES
			? pipit_group_judge_changes(device->history, own_of(device), &word, message->changes)
			: pipit_group_judge(device->history, own_of(device), &word);
	if (judgement.verdict == PIPIT_GROUP_WAIT)
		g_ptr_array_add(device->waiting, message_ref(message));
	follow_up(world, to, message, &word, judgement);
	if (judgement.verdict != PIPIT_GROUP_ACCEPT)
		return;
	if (message->kind == CHANGES)
		take_changes(world, to, message);
	else if (message->kind == TEXT)
		help_behind(world, to, message);
}

/* ---- what people do ---- */

static void
send_to_all(PipitGroupWorld *world, guint from, Kind kind, const char *const *handles,
	    PipitGroupChange *change)
{
	for (guint i = 0; handles[i] != NULL; i++) {
		GPtrArray *changes = NULL;
		if (change != NULL) {
			changes = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_group_change_unref);
			g_ptr_array_add(changes, pipit_group_change_ref(change));
		}
		send_to(world, from, kind, handles[i], changes);
	}
}

static GPtrArray *
everything(const PipitGroupDevice *device)
{
	const char *const nothing[] = {NULL};
	return pipit_group_history_since(device->history, nothing);
}

/* Those who were members get the change, those who come in get all there is. */
static void
spread(PipitGroupWorld *world, guint number, PipitGroupChange *change, char **before)
{
	PipitGroupDevice *device = &world->devices[number];
	send_to_all(world, number, CHANGES, (const char *const *)before, change);
	g_auto(GStrv) after = g_strdupv((char **)pipit_group_history_members(device->history));
	for (guint i = 0; after[i] != NULL; i++)
		if (!g_strv_contains((const char *const *)before, after[i]))
			send_to(world, number, CHANGES, after[i], everything(device));
}

static void
make(PipitGroupWorld *world, guint number, PipitGroupChange *given)
{
	PipitGroupDevice *device = &world->devices[number];
	g_auto(GStrv) heads = pipit_group_history_heads(device->history);
	g_auto(GStrv) before = g_strdupv((char **)pipit_group_history_members(device->history));
	given->author = device->own[0];
	given->gid = world->gid;
	given->version = pipit_group_history_version_of(device->history, (const char *const *)heads) + 1;
	given->builds_on = heads;
	given->at = world->clock;
	g_autoptr(PipitGroupChange) change = pipit_group_change_new(given);
	g_assert_nonnull(change);
	world->changes++;
	pipit_group_history_take(device->history, change, PIPIT_GROUP_NOT_SENT);
	g_assert_true(pipit_group_history_advance(device->history) == change);
	spread(world, number, change, before);
}

void
pipit_group_world_change_something(PipitGroupWorld *world, guint number)
{
	PipitGroupDevice *device = &world->devices[number];
	const char *const *members = pipit_group_history_members(device->history);
	guint n = g_strv_length((char **)members);
	g_autofree char *somebody =
		handle_new((guint)g_rand_int_range(world->rand, 0, (gint32)world->n_handles));
	char *handles[] = {somebody, NULL};
	g_autofree char *name = g_strdup_printf("name %u", world->changes);
	double dice = g_rand_double(world->rand);
	if (dice < 0.4) {
		make(world, number, &(PipitGroupChange){.kind = PIPIT_GROUP_ADD, .handles = handles});
	} else if (dice < 0.65) {
		handles[0] = (char *)members[g_rand_int_range(world->rand, 0, (gint32)n)];
		g_autofree char *kept = g_strdup(handles[0]);
		handles[0] = kept;
		if (strcmp(kept, device->own[0]) != 0)
			make(world, number,
			     &(PipitGroupChange){.kind = PIPIT_GROUP_REMOVE, .handles = handles});
	} else if (dice < 0.72) {
		make(world, number, &(PipitGroupChange){.kind = PIPIT_GROUP_LEAVE, .handles = handles + 1});
	} else if (dice < 0.9) {
		make(world, number,
		     &(PipitGroupChange){.kind = PIPIT_GROUP_NAME, .handles = handles + 1, .name = name});
	} else {
		g_autofree char *picture = pipit_group_hash(name, strlen(name));
		make(world, number,
		     &(PipitGroupChange){
			     .kind = PIPIT_GROUP_PICTURE, .handles = handles + 1, .picture = picture});
	}
}

void
pipit_group_world_write_text(PipitGroupWorld *world, guint number)
{
	g_auto(GStrv) members =
		g_strdupv((char **)pipit_group_history_members(world->devices[number].history));
	send_to_all(world, number, TEXT, (const char *const *)members, NULL);
}

void
pipit_group_world_create(PipitGroupWorld *world)
{
	PipitGroupDevice *device = &world->devices[0];
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_strv_builder_add(builder, device->own[0]);
	for (guint i = 1; i < world->n_handles; i++) {
		g_autofree char *handle = handle_new(i);
		if (pipit_group_world_chance(world, 0.6))
			g_strv_builder_add(builder, handle);
	}
	g_auto(GStrv) handles = g_strv_builder_end(builder);
	char *no_heads[] = {NULL};
	g_autoptr(PipitGroupChange) change =
		pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_CREATE,
							   .author = device->own[0],
							   .version = 1,
							   .nonce = NONCE,
							   .builds_on = no_heads,
							   .handles = handles});
	world->gid = g_strdup(change->gid);
	for (guint i = 0; i < world->n_devices; i++)
		world->devices[i].history = pipit_group_history_new(world->gid);
	pipit_group_history_take(device->history, change, PIPIT_GROUP_NOT_SENT);
	pipit_group_history_advance(device->history);
	send_to_all(world, 0, CHANGES, (const char *const *)handles, change);
}

void
pipit_group_world_deliver_one(PipitGroupWorld *world)
{
	guint i = (guint)g_rand_int_range(world->rand, 0, (gint32)world->flights->len);
	Flight flight = g_array_index(world->flights, Flight, i);
	if (!world->devices[flight.to].online)
		return;
	g_array_remove_index_fast(world->flights, i);
	receive(world, flight.to, flight.message);
	message_unref(flight.message);
}

/* Who lacks something that they know of asks again, as each does when it connects. */
void
pipit_group_world_ask_again(PipitGroupWorld *world, guint number)
{
	PipitGroupDevice *device = &world->devices[number];
	const char *member = pipit_group_member_to_ask(device->history, own_of(device), device->turn++);
	if (pipit_group_device_is_in(device) &&
	    (device->waiting->len > 0 || pipit_group_history_waiting(device->history) > 0))
		ask(world, number, member);
}

void
pipit_group_world_init(PipitGroupWorld *world, guint32 seed)
{
	*world = (PipitGroupWorld){.rand = g_rand_new_with_seed(seed), .clock = 1000};
	world->n_devices = (guint)g_rand_int_range(world->rand, 5, PIPIT_GROUP_WORLD_MAX_DEVICES + 1);
	world->n_handles = (guint)g_rand_int_range(world->rand, 2, (gint32)MIN(world->n_devices, 10) + 1);
	world->loses = pipit_group_world_chance(world, 0.7);
	world->loss = world->loses ? g_rand_double_range(world->rand, 0, 0.4) : 0;
	world->repeat = g_rand_double_range(world->rand, 0, 0.3);
	world->flights = g_array_new(FALSE, FALSE, sizeof(Flight));
	for (guint i = 0; i < world->n_devices; i++) {
		PipitGroupDevice *device = &world->devices[i];
		device->own[0] = handle_new(i % world->n_handles);
		device->online = TRUE;
		device->said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
		device->outbox = g_ptr_array_new_with_free_func(message_unref);
		device->waiting = g_ptr_array_new_with_free_func(message_unref);
	}
}

void
pipit_group_world_clear(PipitGroupWorld *world)
{
	for (guint i = 0; i < world->n_devices; i++) {
		PipitGroupDevice *device = &world->devices[i];
		g_free(device->own[0]);
		pipit_group_history_free(device->history);
		g_hash_table_unref(device->said);
		g_ptr_array_unref(device->outbox);
		g_ptr_array_unref(device->waiting);
	}
	for (guint i = 0; i < world->flights->len; i++)
		message_unref(g_array_index(world->flights, Flight, i).message);
	g_array_unref(world->flights);
	g_free(world->gid);
	g_rand_free(world->rand);
}

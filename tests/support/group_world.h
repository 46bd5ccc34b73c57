/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices of people in one group, and a relay between them that may lose, repeat and reorder. Who hands what to whom is simulated;
 * whom to believe, whom to ask and what comes out are the engine's own functions. */
#pragma once

#include "protocol/group_gate.h"

#define PIPIT_GROUP_WORLD_MAX_DEVICES 20
#define PIPIT_GROUP_WORLD_PAUSE 50 /* ticks between two questions, or two explanations, to the same person */
#define PIPIT_GROUP_WORLD_LAG                                                                                \
	20 /* ticks: who still writes without a change that the relay had so long ago did not get it */

typedef struct {
	char *own[2]; /* its person's handle */
	PipitGroupHistory *history;
	gboolean online;
	GPtrArray *outbox;  /* of messages */
	GPtrArray *waiting; /* of messages */
	guint turn;
	GHashTable *said; /* a kind and a handle -> when that was last said to them */
} PipitGroupDevice;

typedef struct {
	GRand *rand;
	PipitGroupDevice devices[PIPIT_GROUP_WORLD_MAX_DEVICES];
	guint n_devices;
	guint n_handles;
	GArray *flights; /* messages on their way */
	gint64 clock;
	gboolean loses;
	double loss;
	double repeat;
	char *gid;
	guint changes;
} PipitGroupWorld;

/** Some people with some devices, by chance. */
void pipit_group_world_init(PipitGroupWorld *world, guint32 seed);
void pipit_group_world_clear(PipitGroupWorld *world);

const char *pipit_group_world_handle_of(const PipitGroupWorld *world, guint device);
gboolean pipit_group_world_chance(const PipitGroupWorld *world, double probability);
gboolean pipit_group_device_is_in(const PipitGroupDevice *device);

/** The first device makes the group. */
void pipit_group_world_create(PipitGroupWorld *world);
/** A device that is in it does something, by chance. */
void pipit_group_world_change_something(PipitGroupWorld *world, guint number);
void pipit_group_world_write_text(PipitGroupWorld *world, guint number);
/** What it wrote meanwhile goes out. */
void pipit_group_world_go_online(PipitGroupWorld *world, guint number);
/** It asks again for what it knows to lack, as each does when it connects. */
void pipit_group_world_ask_again(PipitGroupWorld *world, guint number);
/** One of the messages on their way arrives, if whom it is for is online. There must be some. */
void pipit_group_world_deliver_one(PipitGroupWorld *world);

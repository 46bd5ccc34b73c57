/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Alice's inbox and a group of hers, for tests of what the others send her there: Bob, Carol, Dave and Mallory have a device each. */
#pragma once

#include "protocol/group_change.h"
#include "protocol/group_history.h"
#include "protocol/group_update.h"
#include "protocol/inbox.h"
#include "tests/support/actor.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define CAROL "mailto:carol@example.org"
#define DAVE "mailto:dave@example.org"
#define MALLORY "mailto:mallory@example.org"
#define NOW 1764000000000
#define MINUTE G_GINT64_CONSTANT(60000)
#define AT_BEGINNING ALICE " " BOB " " CAROL

typedef struct {
	char *folder;
	PipitStore *store;
	PipitDirectory *directory;
	PipitInbox *inbox;
	guint32 counter;
	gboolean knows_nobody;
	const char *stranger;       /* is no contact; NULL: all are */
	PipitGroupHistory *history; /* as those know it who know all */
	char *gid;
	char *peer;
} PipitGroupScene;

/** Runs the tests that were added. Keys take long to make, so all of them share them. Returns: main()'s. */
int pipit_group_scene_run(void);
/** Returns: (transfer none) */
const PipitActor *pipit_group_scene_alice(void);

void pipit_group_scene_set_up(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED);
void pipit_group_scene_tear_down(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED);
/** Takes the state of @message over. Returns: (transfer full) it, as it comes. */
PipitEnvelope *pipit_group_scene_seal(PipitGroupScene *f, PipitMessage *message, gint64 received_at);
/** @envelopes: of PipitEnvelope, which come at once. Returns what is to be shown. */
GPtrArray *pipit_group_scene_receive_all(PipitGroupScene *f, GPtrArray *envelopes);
/** Takes the state of @message over. Returns what is to be shown. */
GPtrArray *pipit_group_scene_receive(PipitGroupScene *f, PipitMessage *message, gint64 received_at);
/** What waited and may be decided now. */
GPtrArray *pipit_group_scene_receive_released(PipitGroupScene *f);
/** Somebody who knows @history makes a change in it. */
PipitGroupChange *pipit_group_scene_change_in(PipitGroupHistory *history, const char *gid,
					      PipitGroupChangeKind kind, const char *author,
					      const char *handle, const char *name);
PipitGroupChange *pipit_group_scene_change(PipitGroupScene *f, PipitGroupChangeKind kind, const char *author,
					   const char *handle, const char *name);
GPtrArray *pipit_group_scene_all_of(PipitGroupHistory *history);
PipitMessage pipit_group_scene_message_in(const char *gid, PipitMessageType type, const char *from,
					  PipitGroupHistory *history);
/** @taken: (transfer full) */
GPtrArray *pipit_group_scene_tell_at(PipitGroupScene *f, const char *from, GPtrArray *taken,
				     gint64 received_at);
GPtrArray *pipit_group_scene_tell(PipitGroupScene *f, const char *from, GPtrArray *taken);
/** @taken: (transfer full) */
GPtrArray *pipit_group_scene_just(PipitGroupChange *taken);
GPtrArray *pipit_group_scene_say_at(PipitGroupScene *f, const char *from, PipitGroupHistory *history,
				    const char *text, gint64 received_at);
GPtrArray *pipit_group_scene_say(PipitGroupScene *f, const char *from, const char *text);
GPtrArray *pipit_group_scene_ask(PipitGroupScene *f, const char *from, PipitGroupHistory *history);
void pipit_group_scene_assert_nothing(GPtrArray *taken);
void pipit_group_scene_assert_text(GPtrArray *taken, const char *from, const char *text);
void pipit_group_scene_assert_news(GPtrArray *taken, PipitGroupNewsKind kind, const char *by);
void pipit_group_scene_assert_members(PipitGroupScene *f, const char *expected);
/** What her device has written: "group-ask mailto:bob@example.org\n" for each message, and takes it away. */
char *pipit_group_scene_take_written(PipitGroupScene *f);
void pipit_group_scene_assert_written(PipitGroupScene *f, const char *expected);
/** Bob makes a group with Alice and Carol, and she hears of it. */
void pipit_group_scene_begin(PipitGroupScene *f);
void pipit_group_scene_begin_and_tell(PipitGroupScene *f);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one person knows of a group, for tests of the rule and of its limits. */
#pragma once

#include "protocol/group_history.h"

#define NONCE "7b0c1111-2222-4333-8444-555566667777"
#define A "mailto:a@x"
#define B "mailto:b@x"
#define C "mailto:c@x"
#define D "mailto:d@x"
#define E "mailto:e@x"

typedef PipitGroupHistory PipitMind;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitMind, pipit_group_history_free)

/** A has made a group with B and C. Returns: (transfer full) what they know. */
PipitMind *pipit_mind_begin(void);
/** Returns: (transfer full) A's making a group with @handles. */
PipitGroupChange *pipit_mind_create_with(const char *const *handles);
/** Returns: (transfer full) what the group began with. */
PipitGroupChange *pipit_mind_first(PipitMind *mind);
const char *pipit_mind_gid(const PipitMind *mind);
/** Takes @change, which is not refused. */
void pipit_mind_learn(PipitMind *mind, PipitGroupChange *change);
/** @author, who knows what @mind knows, does something. Returns: (transfer full) */
PipitGroupChange *pipit_mind_act(PipitMind *mind, PipitGroupChangeKind kind, const char *author,
				 const char *handle, const char *name);
PipitGroupChange *pipit_mind_act_and_learn(PipitMind *mind, PipitGroupChangeKind kind, const char *author,
					   const char *handle, const char *name);
/** @author does something that builds on @before alone. Returns: (transfer full) */
PipitGroupChange *pipit_mind_act_on(PipitGroupChange *before, PipitGroupChangeKind kind, const char *author,
				    const char *handle, const char *name);
/** @expected: with a blank between two. */
void pipit_mind_assert_members(PipitMind *mind, const char *expected);

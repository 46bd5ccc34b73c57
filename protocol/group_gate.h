/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is believed in a group, and who is asked for what is lacking (docs/protocol.md, "Groups"). Pure. */
#pragma once

#include "protocol/group_history.h"

typedef enum {
	PIPIT_GROUP_ACCEPT,
	PIPIT_GROUP_WAIT, /* it can't be told before more is known */
	PIPIT_GROUP_REFUSE,
} PipitGroupVerdict;

typedef struct {
	PipitGroupVerdict verdict;
	gboolean ask_sender; /* who sent it knows what is not known here */
	gboolean ask_member; /* the same, but only a member is worth asking */
	gboolean tell_out; /* who sent it does not know that they are no member: pipit_group_history_exit() */
} PipitGroupJudgement;

/* What came. */
typedef struct {
	const char *from;
	gboolean own;             /* from another device of one's own */
	gint64 received_at;       /* ms, by the relay */
	const char *const *state; /* the heads that it was sent under */
} PipitGroupWord;

/** Judges anything but changes. @own: the account's handles, NULL-terminated. @history: empty of a group that is not known. */
PipitGroupJudgement pipit_group_judge(PipitGroupHistory *history, const char *const *own,
				      const PipitGroupWord *word);

/**
 * Judges changes (of PipitGroupChange). Where one is not in the group and would be with them, it must be clear that who sent them is
 * too: who puts one in sends all that there is.
 * @history: not changed; empty of a group that is not known.
 */
PipitGroupJudgement pipit_group_judge_changes(PipitGroupHistory *history, const char *const *own,
					      const PipitGroupWord *word, GPtrArray *changes);

/** What the sender lacks and may know: all, if they are a member, or one is none oneself; else what shows them that they are none.
 * Returns: (transfer full) of PipitGroupChange; empty if there is nothing to tell. */
GPtrArray *pipit_group_answer(PipitGroupHistory *history, const char *const *own, const PipitGroupWord *word);

/** Returns: (transfer none) which of one's handles is a member; NULL if none is. */
const char *pipit_group_own_member(PipitGroupHistory *history, const char *const *own);

/** Returns: (transfer none) a member to ask, another one each @turn; NULL if there is none but oneself. */
const char *pipit_group_member_to_ask(PipitGroupHistory *history, const char *const *own, guint turn);

/** Returns: (transfer none) a change on which @changes stand and which is neither known nor among them; NULL: there is none. */
const char *pipit_group_lacking_for(const PipitGroupHistory *history, GPtrArray *changes);

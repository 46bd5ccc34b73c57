/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is believed. What a member says counts; what somebody says who is none, only as far as they could not know it. */
#include "protocol/group_gate.h"

#include <string.h>

/* Of one who is out: what does not count. */
#define IDLE_MAX_CHANGES 16
#define IDLE_MAX_SIZE 4096

static const PipitGroupJudgement accepted = {.verdict = PIPIT_GROUP_ACCEPT};
static const PipitGroupJudgement accepted_and_ask = {.verdict = PIPIT_GROUP_ACCEPT, .ask_sender = TRUE};
static const PipitGroupJudgement wait_for_sender_and_tell = {
	.verdict = PIPIT_GROUP_WAIT, .ask_sender = TRUE, .tell_out = TRUE};
static const PipitGroupJudgement wait_for_sender = {.verdict = PIPIT_GROUP_WAIT, .ask_sender = TRUE};
/* Either oneself lacks that they were put in, or they that they were put out. */
static const PipitGroupJudgement wait_for_member = {
	.verdict = PIPIT_GROUP_WAIT, .ask_member = TRUE, .tell_out = TRUE};
static const PipitGroupJudgement wait_for_more = {.verdict = PIPIT_GROUP_WAIT};
static const PipitGroupJudgement refused = {.verdict = PIPIT_GROUP_REFUSE};
static const PipitGroupJudgement refused_and_tell = {.verdict = PIPIT_GROUP_REFUSE, .tell_out = TRUE};
static const PipitGroupJudgement late = {.verdict = PIPIT_GROUP_ACCEPT, .tell_out = TRUE};

const char *
pipit_group_own_member(PipitGroupHistory *history, const char *const *own)
{
	for (guint i = 0; own[i] != NULL; i++)
		if (pipit_group_history_is_member(history, own[i]))
			return own[i];
	return NULL;
}

const char *
pipit_group_member_to_ask(PipitGroupHistory *history, const char *const *own, guint turn)
{
	const char *const *members = pipit_group_history_members(history);
	guint n = g_strv_length((char **)members);
	for (guint i = 0; i < n; i++) {
		const char *member = members[(turn + i) % n];
		if (!g_strv_contains(own, member))
			return member;
	}
	return NULL;
}

/* Nobody else is there to be asked. */
static gboolean
is_alone(PipitGroupHistory *history, const char *const *own)
{
	return pipit_group_member_to_ask(history, own, 0) == NULL;
}

GPtrArray *
pipit_group_answer(PipitGroupHistory *history, const char *const *own, const PipitGroupWord *word)
{
	if (!word->own && !pipit_group_history_names(history, word->from))
		return g_ptr_array_new_with_free_func((GDestroyNotify)pipit_group_change_unref);
	/* Who is out knows nothing that those with whom they were in it may not know. */
	if (word->own || pipit_group_own_member(history, own) == NULL ||
	    pipit_group_history_is_member(history, word->from))
		return pipit_group_history_since(history, word->state);
	return pipit_group_history_exit(history, word->from, word->state);
}

/* Before the relay had what put them out, so that they did not act against it. */
static gboolean
is_in_time(PipitGroupHistory *history, const PipitGroupWord *word)
{
	return word->received_at <= pipit_group_history_out_since(history, word->from);
}

PipitGroupJudgement
pipit_group_judge(PipitGroupHistory *history, const char *const *own, const PipitGroupWord *word)
{
	gboolean knows = pipit_group_history_knows(history, word->state);
	if (pipit_group_own_member(history, own) == NULL)
		return knows ? refused_and_tell : wait_for_sender_and_tell;
	if (word->own || pipit_group_history_is_member(history, word->from))
		return knows ? accepted : accepted_and_ask;
	if (!knows)
		return is_alone(history, own) ? wait_for_sender : wait_for_member;
	return is_in_time(history, word) && pipit_group_history_was_member(history, word->from, word->state)
		       ? late
		       : refused_and_tell;
}

static gboolean
knows_all(const PipitGroupHistory *history, GPtrArray *changes)
{
	for (guint i = 0; i < changes->len; i++) {
		const char *const hashes[] = {((const PipitGroupChange *)changes->pdata[i])->hash, NULL};
		if (!pipit_group_history_knows(history, hashes))
			return FALSE;
	}
	return TRUE;
}

const char *
pipit_group_lacking_for(const PipitGroupHistory *history, GPtrArray *changes)
{
	g_autoptr(GHashTable) among = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; i < changes->len; i++)
		g_hash_table_add(among, ((const PipitGroupChange *)changes->pdata[i])->hash);
	for (guint i = 0; i < changes->len; i++) {
		const PipitGroupChange *change = changes->pdata[i];
		for (guint j = 0; change->builds_on[j] != NULL; j++) {
			const char *const before[] = {change->builds_on[j], NULL};
			if (!pipit_group_history_knows(history, before) &&
			    !g_hash_table_contains(among, before[0]))
				return before[0];
		}
	}
	return NULL;
}

/* @changes stand on what is known. */
static gboolean
are_connected(const PipitGroupHistory *history, GPtrArray *changes)
{
	return pipit_group_lacking_for(history, changes) == NULL;
}

/* What somebody did against whose removal it can't count may be known, a little of it: so those can be told whom it concerns. */
static gboolean
may_be_idle(const PipitGroupChange *change)
{
	return change->kind != PIPIT_GROUP_REMOVE && strlen(change->text) <= IDLE_MAX_SIZE;
}

/* By nobody but the one who sent them, and when they could not know better; or what changes nothing. */
static gboolean
may_still_come(PipitGroupHistory *history, const PipitGroupWord *word, GPtrArray *changes)
{
	gboolean in_time = is_in_time(history, word);
	guint idle = in_time ? 0 : pipit_group_history_idle_of(history, word->from);
	for (guint i = 0; i < changes->len; i++) {
		const PipitGroupChange *change = changes->pdata[i];
		if (strcmp(change->author, word->from) != 0 ||
		    (!in_time && (!may_be_idle(change) || idle++ >= IDLE_MAX_CHANGES)) ||
		    !pipit_group_history_was_member(history, word->from,
						    (const char *const *)change->builds_on))
			return FALSE;
	}
	return TRUE;
}

static void
take_all(PipitGroupHistory *history, GPtrArray *changes, gint64 known_at)
{
	for (guint i = 0; i < changes->len; i++) {
		pipit_group_history_take(history, changes->pdata[i], known_at);
		while (pipit_group_history_advance(history) != NULL)
			;
	}
}

/* One is out. Who says that one is in it has to be in it too; what leaves one out may be known. */
static gboolean
may_be_taken(const PipitGroupHistory *history, const char *const *own, const PipitGroupWord *word,
	     GPtrArray *changes)
{
	g_autoptr(PipitGroupHistory) with = pipit_group_history_copy(history);
	take_all(with, changes, word->received_at);
	if (!knows_all(with, changes))
		return FALSE;
	if (pipit_group_own_member(with, own) == NULL)
		return pipit_group_history_size(history) > 0;
	return word->own || pipit_group_history_is_member(with, word->from);
}

PipitGroupJudgement
pipit_group_judge_changes(PipitGroupHistory *history, const char *const *own, const PipitGroupWord *word,
			  GPtrArray *changes)
{
	if (pipit_group_own_member(history, own) == NULL) {
		if (may_be_taken(history, own, word, changes))
			return accepted;
		/* What puts one in may have been overtaken. */
		return are_connected(history, changes) ? refused : wait_for_more;
	}
	if (knows_all(history, changes))
		return accepted;
	gboolean connected = are_connected(history, changes);
	if (word->own || pipit_group_history_is_member(history, word->from))
		return connected ? accepted : accepted_and_ask;
	/* What it is worth comes out with it: whoever is alone has nobody but the one who speaks. */
	if (is_alone(history, own))
		return connected ? accepted : wait_for_sender;
	if (!connected)
		return wait_for_member;
	return may_still_come(history, word, changes) ? late : refused_and_tell;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of a group: the text of one, and any web of them, by members and strangers, which two minds that hear of them in opposite
 * orders must take for the same. */
#include <string.h>

#include "protocol/group_gate.h"
#include "protocol/limits.h"
#include "tests/fuzz/fuzz.h"

enum {
	TEXT,
	WEB,
	WAYS
};

#define PEOPLE 6
#define MOST 40 /* changes of a web */
#define NONCE "7b0c1111-2222-4333-8444-555566667777"

static const char *const people[PEOPLE] = {"mailto:a@x", "mailto:b@x", "mailto:c@x",
					   "mailto:d@x", "mailto:e@x", "mailto:f@x"};

/* What was read is written the same, and has the name that it had. */
static void
read_text(FuzzInput *input)
{
	g_autofree char *text = fuzz_string(input);
	g_autoptr(PipitGroupChange) change = pipit_group_change_parse(text);
	if (change == NULL)
		return;
	fuzz_require(strcmp(change->text, text) == 0);
	fuzz_require(pipit_group_hash_valid(change->hash));
	fuzz_require((change->builds_on[0] == NULL) == (change->kind == PIPIT_GROUP_CREATE));
	fuzz_require(change->name == NULL || pipit_group_name_valid(change->name));
	fuzz_require(g_strv_length(change->handles) <= PIPIT_GROUP_MAX_MEMBERS);
	g_autoptr(PipitGroupHistory) history = pipit_group_history_new(change->gid);
	pipit_group_history_take(history, change, 1);
	const PipitGroupChange *first = pipit_group_history_advance(history);
	fuzz_require((first != NULL) == (change->kind == PIPIT_GROUP_CREATE));
}

static PipitGroupChange *
begin(FuzzInput *input)
{
	char *none[] = {NULL};
	char *handles[] = {(char *)people[fuzz_byte(input) % PEOPLE],
			   (char *)people[fuzz_byte(input) % PEOPLE], NULL};
	return pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_CREATE,
							  .author = (char *)people[0],
							  .version = 1,
							  .nonce = (char *)NONCE,
							  .builds_on = none,
							  .handles = handles});
}

/* Anybody does anything, knowing some of what was done before. */
static PipitGroupChange *
next(FuzzInput *input, GPtrArray *web)
{
	static const PipitGroupChangeKind kinds[] = {PIPIT_GROUP_ADD, PIPIT_GROUP_REMOVE, PIPIT_GROUP_LEAVE,
						     PIPIT_GROUP_NAME};
	const PipitGroupChange *one = web->pdata[fuzz_byte(input) % web->len];
	const PipitGroupChange *two = web->pdata[fuzz_byte(input) % web->len];
	const PipitGroupChange *first = web->pdata[0];
	guint8 what = fuzz_byte(input);
	guint8 who = fuzz_byte(input);
	char *builds_on[] = {one->hash, two->hash, NULL};
	char *handles[] = {(char *)people[who / PEOPLE % PEOPLE], NULL};
	char name[] = {(char)('a' + what % 26), '\0'};
	return pipit_group_change_new(&(PipitGroupChange){
		.kind = kinds[what / 64],
		.gid = first->gid,
		.author = (char *)people[who % PEOPLE],
		.version = MAX(one->version, two->version) + (what % 32 == 31 ? 2 : 1),
		.builds_on = builds_on,
		.at = what,
		.handles = handles,
		.name = what / 64 == 3 ? name : NULL,
	});
}

static void
learn(PipitGroupHistory *mind, PipitGroupChange *change)
{
	pipit_group_history_take(mind, change, 1);
	while (pipit_group_history_advance(mind) != NULL)
		;
}

static void
compare(PipitGroupHistory *one, PipitGroupHistory *two)
{
	g_auto(GStrv) heads = pipit_group_history_heads(one);
	const char *const *members = pipit_group_history_members(one);
	fuzz_require(g_strv_equal(members, pipit_group_history_members(two)));
	fuzz_require(g_strcmp0(pipit_group_history_name(one), pipit_group_history_name(two)) == 0);
	fuzz_require(pipit_group_history_size(one) == pipit_group_history_size(two));
	fuzz_require(pipit_group_history_knows(two, (const char *const *)heads));
	for (guint i = 0; i < PEOPLE; i++) {
		gboolean in = pipit_group_history_is_member(one, people[i]);
		fuzz_require(in == g_strv_contains(members, people[i]));
		fuzz_require(in ==
			     pipit_group_history_was_member(one, people[i], (const char *const *)heads));
	}
}

/* Who is told why they are out is out by that. */
static void
check_exits(PipitGroupHistory *mind)
{
	const char *const nothing[] = {NULL};
	for (guint i = 0; i < PEOPLE; i++) {
		if (pipit_group_history_is_member(mind, people[i]))
			continue;
		g_autoptr(GPtrArray) exit = pipit_group_history_exit(mind, people[i], nothing);
		const PipitGroupChange *first = exit->len > 0 ? exit->pdata[0] : NULL;
		fuzz_require(first == NULL || first->kind == PIPIT_GROUP_CREATE);
		g_autoptr(PipitGroupHistory) told = pipit_group_history_new(first != NULL ? first->gid : "");
		for (guint j = 0; j < exit->len; j++)
			learn(told, exit->pdata[j]);
		fuzz_require(pipit_group_history_size(told) == exit->len);
	}
}

static void
weave(FuzzInput *input)
{
	g_autoptr(GPtrArray) web = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_group_change_unref);
	g_ptr_array_add(web, begin(input));
	while (input->left > 0 && web->len < MOST)
		g_ptr_array_add(web, next(input, web));
	const char *gid = ((const PipitGroupChange *)web->pdata[0])->gid;
	g_autoptr(PipitGroupHistory) forwards = pipit_group_history_new(gid);
	g_autoptr(PipitGroupHistory) backwards = pipit_group_history_new(gid);
	for (guint i = 0; i < web->len; i++)
		learn(forwards, web->pdata[i]);
	for (guint i = web->len; i-- > 0;)
		learn(backwards, web->pdata[i]);
	compare(forwards, backwards);
	check_exits(forwards);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	switch (fuzz_byte(&input) % WAYS) {
	case TEXT:
		read_text(&input);
		break;
	case WEB:
		weave(&input);
		break;
	}
	return 0;
}

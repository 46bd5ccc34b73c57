/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/support/group_mind.h"

#include "protocol/group_history_private.h"

PipitGroupChange *
pipit_mind_create_with(const char *const *handles)
{
	char *nobody[] = {NULL};
	return pipit_group_change_new(&(PipitGroupChange){
		.kind = PIPIT_GROUP_CREATE,
		.author = (char *)A,
		.version = 1,
		.nonce = (char *)NONCE,
		.builds_on = nobody,
		.handles = (char **)handles,
		.name = (char *)"us",
	});
}

void
pipit_mind_learn(PipitMind *mind, PipitGroupChange *change)
{
	g_assert_cmpint(pipit_group_history_take(mind, change, 1), !=, PIPIT_GROUP_REFUSED);
	while (pipit_group_history_advance(mind) != NULL)
		;
}

PipitMind *
pipit_mind_begin(void)
{
	const char *const handles[] = {B, C, NULL};
	g_autoptr(PipitGroupChange) change = pipit_mind_create_with(handles);
	PipitMind *mind = pipit_group_history_new(change->gid);
	pipit_mind_learn(mind, change);
	return mind;
}

PipitGroupChange *
pipit_mind_act(PipitMind *mind, PipitGroupChangeKind kind, const char *author, const char *handle,
	       const char *name)
{
	char *some[] = {(char *)handle, NULL};
	g_auto(GStrv) heads = pipit_group_history_heads(mind);
	PipitGroupChange *change = pipit_group_change_new(&(PipitGroupChange){
		.kind = kind,
		.gid = mind->gid,
		.author = (char *)author,
		.version = pipit_group_history_version_of(mind, (const char *const *)heads) + 1,
		.builds_on = heads,
		.handles = some,
		.name = (char *)name,
	});
	g_assert_nonnull(change);
	return change;
}

PipitGroupChange *
pipit_mind_act_and_learn(PipitMind *mind, PipitGroupChangeKind kind, const char *author, const char *handle,
			 const char *name)
{
	PipitGroupChange *change = pipit_mind_act(mind, kind, author, handle, name);
	pipit_mind_learn(mind, change);
	return change;
}

void
pipit_mind_assert_members(PipitMind *mind, const char *expected)
{
	g_autofree char *members = g_strjoinv(" ", (char **)pipit_group_history_members(mind));
	g_assert_cmpstr(members, ==, expected);
}

PipitGroupChange *
pipit_mind_act_on(PipitGroupChange *before, PipitGroupChangeKind kind, const char *author, const char *handle,
		  const char *name)
{
	char *some[] = {(char *)handle, NULL};
	char *heads[] = {before->hash, NULL};
	return pipit_group_change_new(&(PipitGroupChange){.kind = kind,
							  .gid = before->gid,
							  .author = (char *)author,
							  .version = before->version + 1,
							  .builds_on = heads,
							  .handles = some,
							  .name = (char *)name});
}

PipitGroupChange *
pipit_mind_first(PipitMind *mind)
{
	const char *const nothing[] = {NULL};
	g_autoptr(GPtrArray) all = pipit_group_history_since(mind, nothing);
	return pipit_group_change_ref(all->pdata[0]);
}

const char *
pipit_mind_gid(const PipitMind *mind)
{
	return mind->gid;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members of a message that say to which group it belongs, and how that has changed. */
#include "protocol/message_group.h"

#include "protocol/limits.h"
#include "protocol/uuid.h"

void
pipit_message_group_clear(PipitMessageGroup *group)
{
	g_clear_pointer(&group->gid, g_free);
	g_clear_pointer(&group->state, g_strfreev);
	g_clear_pointer(&group->changes, g_ptr_array_unref);
	g_clear_pointer(&group->picture, g_bytes_unref);
}

void
pipit_message_group_write(const PipitMessageGroup *group, JsonObject *object, gboolean with_changes)
{
	if (group->gid == NULL)
		return;
	json_object_set_string_member(object, "gid", group->gid);
	json_object_set_int_member(object, "version", group->version);
	pipit_json_set_strings(object, "state", (const char *const *)group->state);
	if (group->changes == NULL || !with_changes)
		return;
	JsonArray *changes = json_array_sized_new(group->changes->len);
	for (guint i = 0; i < group->changes->len; i++) {
		const PipitGroupChange *change = group->changes->pdata[i];
		json_array_add_string_element(changes, change->text);
	}
	json_object_set_array_member(object, "changes", changes);
	pipit_json_set_bytes(object, "picture", group->picture);
}

static GPtrArray *
read_changes(const PipitMessageGroup *group, JsonObject *object, GError **error)
{
	GPtrArray *changes = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_group_change_unref);
	JsonArray *array = pipit_json_array(object, "changes", 1, PIPIT_GROUP_MAX_CHANGES, error);
	for (guint i = 0; array != NULL && *error == NULL && i < json_array_get_length(array); i++) {
		const char *text =
			pipit_json_element_string(array, i, "changes", PIPIT_GROUP_CHANGE_MAX, error);
		PipitGroupChange *change = text != NULL ? pipit_group_change_parse(text) : NULL;
		if (change != NULL)
			g_ptr_array_add(changes, change);
		if (*error == NULL && (change == NULL || g_strcmp0(change->gid, group->gid) != 0))
			g_set_error_literal(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER,
					    "\"changes\" holds what is no change of this group");
	}
	return changes;
}

void
pipit_message_group_read(PipitMessageGroup *group, JsonObject *object, gboolean needed, gboolean with_changes,
			 GError **error)
{
	group->gid = g_strdup(pipit_json_string_or_null(object, "gid", PIPIT_UUID_LEN, error));
	if (group->gid == NULL && !needed)
		return;
	if (*error == NULL && (group->gid == NULL || !pipit_uuid_valid(group->gid)))
		g_set_error_literal(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER, "\"gid\" is no UUID");
	group->version = pipit_json_int(object, "version", 0, PIPIT_GROUP_MAX_CHANGES, error);
	group->state = pipit_group_read_hashes(object, "state", 0, error);
	if (!with_changes)
		return;
	group->changes = read_changes(group, object, error);
	group->picture = pipit_json_bytes_or_null(object, "picture", 1, PIPIT_GROUP_PICTURE_MAX, error);
}

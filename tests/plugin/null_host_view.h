/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person would see of the client without a window, as events on stdout, and what they do with it. */
#pragma once

#include <json-glib/json-glib.h>
#include <purple.h>

/** Tells, as @event, what a person sees of a group beside what is written: its members, by the names that they have there. */
void null_host_tell_group(const char *event, PurpleConversation *conversation);

/** From now on the person looks at that conversation (NULL: at none) and at no other. */
void null_host_look_at(PurpleConversation *conversation);

/** What the person types into the forms that come, by the fields' names; NULL: nothing. */
void null_host_type(JsonObject *values);

/** From now on, libpurple shows things here. Once, after the start of its core. */
void null_host_view_start(void);

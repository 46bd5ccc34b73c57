/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libpurple's functions for chats, by which clients join, write to and change groups. */
#pragma once

#include <connection.h>
#include <conversation.h>

#include "plugin/account.h"

/** libpurple's chat_info, chat_info_defaults, get_chat_name and find_blist_chat. */
GList *pipit_chat_info(PurpleConnection *gc);
GHashTable *pipit_chat_info_defaults(PurpleConnection *gc, const char *name);
char *pipit_chat_name(GHashTable *components);
PurpleChat *pipit_chat_find_entry(PurpleAccount *account, const char *name);

/** libpurple's join_chat: opens the window of a group that one is in, or makes a group. */
void pipit_chat_join(PurpleConnection *gc, GHashTable *components);

/** libpurple's chat_leave: the window was closed; one stays in the group. */
void pipit_chat_close(PurpleConnection *gc, int id);

/** libpurple's chat_send. Returns: 1 once the message is in the outbox, durably; 0 if an error was shown; -E2BIG. */
int pipit_chat_send(PurpleConnection *gc, int id, const char *markup, PurpleMessageFlags flags);

/** libpurple's chat_can_receive_file and chat_send_file. */
gboolean pipit_chat_can_send_file(PurpleConnection *gc, int id);
void pipit_chat_send_file(PurpleConnection *gc, int id, const char *path);

/** libpurple's chat_invite and set_chat_topic: putting somebody in, and naming the group. */
void pipit_chat_invite(PurpleConnection *gc, int id, const char *message, const char *who);
void pipit_chat_set_topic(PurpleConnection *gc, int id, const char *topic);

/**
 * Makes a group of those who are @typed, and opens its window.
 * @name: or NULL or "" for none. @why: out, on failure, (transfer full): a sentence for the person.
 */
gboolean pipit_chat_create(PipitAccount *account, const char *name, const char *typed, char **why);

/** Gives the group @peer another name, or with "" none; or leaves it for good.
 * Returns: (transfer full) NULL; on failure a sentence for the person. */
char *pipit_chat_rename(PipitAccount *account, const char *peer, const char *name);
char *pipit_chat_leave(PipitAccount *account, const char *peer);

/** TRUE if @address is a member of @group, as that stands. */
gboolean pipit_chat_has(const PipitGroup *group, const char *address);

/** Puts those who are @typed into the group @peer. That all of them are in it already is a failure here.
 * Returns: (transfer full) NULL; on failure a sentence for the person. */
char *pipit_chat_add(PipitAccount *account, const char *peer, const char *typed);

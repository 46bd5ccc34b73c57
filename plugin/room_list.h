/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The groups that the account is in, in the client's lists: its buddy list, and the list of rooms that one can join. */
#pragma once

#include <blist.h>
#include <roomlist.h>

#include "plugin/account.h"

/* What libpurple keeps of a group, and asks for where one types: by these names, which are in people's blist.xml. */
#define PIPIT_ROOM_GROUP "group"     /* its name, for people */
#define PIPIT_ROOM_MEMBERS "members" /* of one that is to be made: addresses and names of contacts */
#define PIPIT_ROOM_ID "id"           /* its UUID */

/** Returns: (transfer full) what to call @group: its name, or its members', with a number where another in the list has that. */
char *pipit_room_list_title(const PipitAccount *account, const PipitGroup *group);

/** Returns: (transfer none) the UUID in @peer, which is a group. */
const char *pipit_room_list_id(const char *peer);

/** Returns: (transfer none) the group's entry in the buddy list; NULL if there is none. */
PurpleChat *pipit_room_list_find(PurpleAccount *account, const char *id);

/** Puts @group into the buddy list, or gives its entry there the name that it has now. */
void pipit_room_list_put(const PipitAccount *account, const PipitGroup *group);
void pipit_room_list_drop(const PipitAccount *account, const char *peer);

/** Puts all groups into the buddy list and takes out those that one is not in. */
void pipit_room_list_load(const PipitAccount *account);

/** Takes the groups out of a buddy list that does not outlive the connection (bitlbee); else does nothing. */
void pipit_room_list_unload(const PipitAccount *account);

/** Returns: (transfer full) the group that @components name, by its UUID, by its title or, the first of several, by its name;
 * NULL if there is none. */
PipitGroup *pipit_room_list_named(const PipitAccount *account, GHashTable *components);

/** Returns: (transfer full) the group of that title, or else the first of that name, in which all of @addresses are; NULL if there
 * is none. */
PipitGroup *pipit_room_list_with(const PipitAccount *account, const char *name, const char *const *addresses);

/** libpurple's roomlist_get_list, roomlist_cancel and roomlist_room_serialize. */
PurpleRoomlist *pipit_room_list_rooms(PurpleConnection *gc);
void pipit_room_list_cancel(PurpleRoomlist *list);
char *pipit_room_list_serialize(PurpleRoomlistRoom *room);

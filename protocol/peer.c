/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Persons and groups. */
#include "protocol/peer.h"

#include <string.h>

#include "protocol/client.h"
#include "protocol/group_gate.h"
#include "protocol/handle.h"
#include "protocol/store_groups.h"
#include "protocol/uuid.h"

#define PREFIX "group:"

const char *
pipit_peer_gid(const char *peer)
{
	if (!g_str_has_prefix(peer, PREFIX))
		return NULL;
	const char *gid = peer + strlen(PREFIX);
	return pipit_uuid_valid(gid) ? gid : NULL;
}

gboolean
pipit_peer_is_group(const char *peer)
{
	return pipit_peer_gid(peer) != NULL;
}

char *
pipit_peer_of_group(const char *gid)
{
	return g_strconcat(PREFIX, gid, NULL);
}

char *
pipit_peer_parse(const char *typed)
{
	return pipit_peer_is_group(typed) ? g_strdup(typed) : pipit_handle_parse(typed);
}

void
pipit_peer_address_clear(PipitPeerAddress *address)
{
	g_clear_pointer(&address->from, g_free);
	g_clear_pointer(&address->to, g_strfreev);
	g_clear_pointer(&address->recipients, g_strfreev);
	pipit_message_group_clear(&address->group);
}

static char **
strv_of(const char *first, const char *second)
{
	const char *const strings[] = {first, second, NULL};
	return g_strdupv((char **)strings);
}

/* All members but oneself, under whatever handle; then one's other devices. */
static char **
recipients_in(const PipitStore *store, PipitGroupHistory *history, const char *from)
{
	const char *const *members = pipit_group_history_members(history);
	g_autoptr(GStrvBuilder) recipients = g_strv_builder_new();
	for (guint i = 0; members[i] != NULL; i++)
		if (!pipit_store_handle_is_own(store, members[i]))
			g_strv_builder_add(recipients, members[i]);
	g_strv_builder_add(recipients, from);
	return g_strv_builder_end(recipients);
}

static gboolean
find_group(PipitStore *store, const char *gid, PipitPeerAddress *address, gboolean *found, GError **error)
{
	PipitGroupStanding standing = PIPIT_GROUP_UNKNOWN;
	PipitGroupHistory *history = pipit_store_group_history(store, gid, error);
	if (history == NULL || !pipit_store_read_standing(store, gid, &standing, error))
		return FALSE;
	const char *own = pipit_group_own_member(history, pipit_store_own_handles(store));
	*found = standing == (PipitGroupStanding)PIPIT_GROUP_IN && own != NULL;
	if (!*found)
		return TRUE;
	address->from = g_strdup(own);
	address->to = g_new0(char *, 1);
	address->recipients = recipients_in(store, history, own);
	address->group.gid = g_strdup(gid);
	address->group.state = pipit_group_history_heads(history);
	address->group.version =
		pipit_group_history_version_of(history, (const char *const *)address->group.state);
	return TRUE;
}

gboolean
pipit_peer_find_address(PipitStore *store, const char *peer, const char *from, PipitPeerAddress *address,
			gboolean *found, GError **error)
{
	const char *gid = pipit_peer_gid(peer);
	if (gid != NULL)
		return find_group(store, gid, address, found, error);
	*found = pipit_handle_valid(peer);
	address->from = g_strdup(from);
	address->to = strv_of(peer, NULL);
	address->recipients = strv_of(peer, from);
	return TRUE;
}

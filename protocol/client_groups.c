/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host does with groups, and what it is told of them. A change is one transaction: what one knows of the group from then
 * on, what is to be told, and the messages that bring it to the others. */
#include "protocol/client_private.h"

#include <string.h>

#include "protocol/group_gate.h"
#include "protocol/group_letter.h"
#include "protocol/group_telling.h"
#include "protocol/group_update.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"
#include "protocol/peer.h"
#include "protocol/store_groups.h"
#include "protocol/store_private.h"
#include "protocol/uuid.h"

void
pipit_group_free(PipitGroup *group)
{
	if (group == NULL)
		return;
	g_free(group->peer);
	g_free(group->name);
	g_strfreev(group->members);
	g_clear_pointer(&group->picture, g_bytes_unref);
	g_free(group->by);
	g_free(group);
}

/* ---- looking ---- */

GPtrArray *
pipit_client_groups(PipitClient *client, GError **error)
{
	g_autoptr(GError) failed = NULL;
	g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_group_free);
	g_autoptr(GPtrArray) gids = pipit_store_read_gids(client->store, &failed);

	for (guint i = 0; failed == NULL && i < gids->len; i++) {
		PipitGroup *group = NULL;
		if (pipit_store_read_group(client->store, gids->pdata[i], &group, &failed) && group != NULL)
			g_ptr_array_add(groups, group);
	}
	if (failed == NULL)
		return g_steal_pointer(&groups);
	g_propagate_error(error, pipit_client_error_from(failed));
	return NULL;
}

PipitGroup *
pipit_client_group(PipitClient *client, const char *peer)
{
	const char *gid = pipit_peer_gid(peer);
	PipitGroup *group = NULL;

	if (gid != NULL)
		pipit_store_read_group(client->store, gid, &group, NULL);
	return group;
}

/* ---- telling the host ---- */

gboolean
pipit_session_show_group_news(PipitSession *session, const PipitReceived *received)
{
	const PipitClient *client = session->client;
	g_autoptr(PipitGroupTold) told =
		received->text != NULL ? pipit_group_told_parse(received->text) : NULL;
	g_autoptr(PipitGroup) group = NULL;
	GError *error = NULL;

	/* It is told another time. */
	if (!pipit_store_read_group(client->store, pipit_peer_gid(received->peer), &group, &error)) {
		pipit_session_fail_store(session, error);
		return FALSE;
	}
	if (told == NULL || group == NULL || client->events.group == NULL)
		return TRUE;
	const PipitGroupNews news = {
		.kind = told->kind,
		.peer = received->peer,
		.by = received->from,
		.told_by = told->told_by,
		.own = received->own,
		.quiet = told->quiet,
		.handles = (const char *const *)told->handles,
		.name = told->name,
		.at = received->sent_at,
		.delayed = pipit_session_was_delayed(session, received),
		.group = group,
	};
	return client->events.group(client->host, &news);
}

/* ---- changing ---- */

static gboolean
fail_input(GError **error, const char *sentence)
{
	g_set_error_literal(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT, sentence);
	return FALSE;
}

/* One change that the host wants. */
typedef struct {
	const PipitClient *client;
	char *gid;
	PipitGroup *group;      /* as it stands; of CREATE, NULL */
	PipitGroupChange given; /* what it says; its strings are the caller's */
	GBytes *picture;        /* of PICTURE */
	GPtrArray *told;        /* of PipitReceived */
} Wish;

static void
wish_clear(Wish *wish)
{
	g_clear_pointer(&wish->gid, g_free);
	g_clear_pointer(&wish->group, pipit_group_free);
	g_clear_pointer(&wish->told, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wish, wish_clear)

static Wish
wish_of(const PipitClient *client, PipitGroupChangeKind kind)
{
	static char *nobody[] = {NULL};

	return (Wish){
		.client = client,
		.given = {.kind = kind, .handles = nobody},
		.told = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_received_free),
	};
}

static GPtrArray *
list_of(PipitGroupChange *change)
{
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_group_change_unref);

	g_ptr_array_add(list, pipit_group_change_ref(change));
	return list;
}

/* All of @all who are not oneself and (not) among @others; then @own, if it is given. */
static char **
choose(const PipitStore *store, char **all, char **others, const char *own)
{
	g_autoptr(GStrvBuilder) chosen = g_strv_builder_new();

	for (guint i = 0; all[i] != NULL; i++)
		if (!pipit_store_handle_is_own(store, all[i]) &&
		    (others == NULL || !g_strv_contains((const char *const *)others, all[i])))
			g_strv_builder_add(chosen, all[i]);
	if (own != NULL)
		g_strv_builder_add(chosen, own);
	return g_strv_builder_end(chosen);
}

/* Those who were members get the change, those who come in get all that there is. */
static gboolean
spread(PipitStore *store, const PipitGroupLetter *letter, const char *carrier, PipitGroupChange *change,
       char **before, GError **error)
{
	const char *const nothing[] = {NULL};
	PipitGroupHistory *history = pipit_store_group_history(store, letter->gid, error);
	if (history == NULL)
		return FALSE;
	g_autoptr(GPtrArray) news = list_of(change);
	g_autoptr(GPtrArray) all = pipit_group_history_since(history, nothing);
	g_auto(GStrv) old = choose(store, before, NULL, letter->from);
	g_auto(GStrv) come = choose(store, (char **)pipit_group_history_members(history), before, NULL);
	g_autofree char *id = pipit_uuid_new();
	/* Those first, since the others may write to them once they know. */
	if (come[0] != NULL &&
	    !pipit_group_letter_spread(store, letter, id, (const char *const *)come, all, error))
		return FALSE;
	return pipit_group_letter_spread(store, letter, carrier, (const char *const *)old, news, error);
}

static gboolean
apply(PipitStore *store, Wish *wish, PipitGroupChange *change, char **before, GError **error)
{
	g_autofree char *carrier = pipit_uuid_new();
	g_autoptr(GPtrArray) changes = list_of(change);
	PipitGroupUpdate update = {
		.gid = change->gid,
		.from = change->author,
		.at = change->at,
		.known_at = PIPIT_GROUP_NOT_SENT,
		.carrier = carrier,
		.own = TRUE,
		.told = wish->told,
	};
	const PipitGroupLetter letter = {change->gid, change->author, change->at};
	return pipit_group_update(store, &update, changes, wish->picture, error) &&
	       pipit_inbox_release(wish->client->inbox, change->gid, error) &&
	       spread(store, &letter, carrier, change, before, error);
}

/* Makes the change that is wished by @author, one of one's handles. */
static gboolean
make(PipitStore *store, Wish *wish, const char *author, GError **error)
{
	PipitGroupHistory *history = pipit_store_group_history(store, wish->gid, error);
	if (history == NULL)
		return FALSE;
	g_auto(GStrv) heads = pipit_group_history_heads_of(history, author);
	g_auto(GStrv) before = g_strdupv((char **)pipit_group_history_members(history));
	PipitGroupChange given = wish->given;
	given.gid = wish->gid;
	given.author = (char *)author;
	given.builds_on = heads;
	given.version = pipit_group_history_version_of(history, (const char *const *)heads) + 1;
	given.at = pipit_client_server_now(wish->client);
	g_autoptr(PipitGroupChange) change = pipit_group_change_new(&given);
	/* One's own going finds room however full it is. */
	if (change == NULL ||
	    (change->kind != PIPIT_GROUP_LEAVE && !pipit_group_history_has_room(history, change)))
		return fail_input(error,
				  _("So much was changed in this group that it takes no more. Make a new one "
				    "with the same people."));
	return apply(store, wish, change, before, error);
}

static gboolean
work_on_change(PipitStore *store, gpointer user_data, GError **error)
{
	Wish *wish = user_data;
	PipitGroupHistory *history = pipit_store_group_history(store, wish->gid, error);
	const char *own =
		history != NULL ? pipit_group_own_member(history, pipit_store_own_handles(store)) : NULL;
	g_autofree char *author = g_strdup(own);
	if (author == NULL)
		return history != NULL && pipit_store_fail_damaged(store, "chat_group", error);
	return make(store, wish, author, error);
}

/* Each of one's handles that is in it goes. */
static gboolean
work_on_leaving(PipitStore *store, gpointer user_data, GError **error)
{
	Wish *wish = user_data;
	const char *const *own = pipit_store_own_handles(store);
	for (guint i = 0; own[i] != NULL; i++) {
		PipitGroupHistory *history = pipit_store_group_history(store, wish->gid, error);
		if (history == NULL ||
		    (pipit_group_history_is_member(history, own[i]) && !make(store, wish, own[i], error)))
			return FALSE;
	}
	return TRUE;
}

static gboolean
work_on_creating(PipitStore *store, gpointer user_data, GError **error)
{
	Wish *wish = user_data;
	char *none[] = {NULL};
	g_autofree char *nonce = pipit_uuid_new();
	PipitGroupChange given = wish->given;
	given.author = wish->client->handle;
	given.builds_on = none;
	given.version = 1;
	given.nonce = nonce;
	given.at = pipit_client_server_now(wish->client);
	g_autoptr(PipitGroupChange) change = pipit_group_change_new(&given);
	if (change == NULL)
		return pipit_store_fail_damaged(store, "group_change", error);
	wish->gid = g_strdup(change->gid);
	return apply(store, wish, change, none, error);
}

static gboolean
work_on_accepting(PipitStore *store, gpointer user_data, GError **error)
{
	Wish *wish = user_data;
	const char *const nothing[] = {NULL};
	PipitGroupHistory *history = pipit_store_group_history(store, wish->gid, error);
	if (history == NULL || !pipit_group_answer_yes(store, wish->gid, wish->told, error))
		return FALSE;
	g_autoptr(GPtrArray) all = pipit_group_history_since(history, nothing);
	const PipitGroupLetter letter = {wish->gid, wish->client->handle,
					 pipit_client_server_now(wish->client)};
	/* The other own devices were asked too. */
	return pipit_group_letter_tell(store, &letter, letter.from, all, error);
}

static gboolean
fulfil(PipitClient *client, Wish *wish, PipitStoreWork work, GError **error)
{
	g_autoptr(GError) failed = NULL;

	if (!pipit_store_transaction(client->store, work, wish, &failed)) {
		g_propagate_error(error, pipit_client_error_from(failed));
		return FALSE;
	}
	if (client->session != NULL) {
		pipit_session_show_later(client->session, wish->told);
		pipit_session_pump(client->session);
	}
	return TRUE;
}

/* ---- what the host asks for ---- */

/* Sets the group that is meant, if it stands as @state. */
static gboolean
find(PipitClient *client, Wish *wish, const char *peer, PipitGroupState state, GError **error)
{
	g_autoptr(GError) failed = NULL;
	const char *gid = pipit_peer_gid(peer);

	if (client->outbox == NULL)
		return fail_input(error, _("This account was never online here: connect it first."));
	if (gid != NULL && !pipit_store_read_group(client->store, gid, &wish->group, &failed)) {
		g_propagate_error(error, pipit_client_error_from(failed));
		return FALSE;
	}
	if (wish->group == NULL)
		return fail_input(error, _("There is no such group."));
	if (wish->group->state != state)
		return fail_input(error, state == PIPIT_GROUP_ASKED
						 ? _("You were not asked to join this group.")
						 : _("You are not in this group."));
	wish->gid = g_strdup(gid);
	return TRUE;
}

static char *
parse_member(const char *typed, GError **error)
{
	char *handle = pipit_handle_parse(typed);

	if (handle == NULL)
		g_set_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
			    _("“%s” is no address. Write it as name@example.org, or as a phone number with "
			      "its country code, such as +15551234567."),
			    typed);
	return handle;
}

/* Returns (transfer full) @first (or NULL) and all of @typed who are not in @present (or NULL), each once; NULL on error. */
static char **
parse_members(const char *first, const char *const *typed, char **present, GError **error)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GStrvBuilder) members = g_strv_builder_new();

	if (first != NULL) {
		g_strv_builder_add(members, first);
		g_hash_table_add(seen, g_strdup(first));
	}
	for (guint i = 0; typed[i] != NULL; i++) {
		g_autofree char *handle = parse_member(typed[i], error);
		if (handle == NULL)
			return NULL;
		if (present != NULL && g_strv_contains((const char *const *)present, handle))
			continue;
		if (g_hash_table_add(seen, g_strdup(handle)))
			g_strv_builder_add(members, handle);
	}
	guint already = present != NULL ? g_strv_length(present) : 0;
	if (g_hash_table_size(seen) + already > PIPIT_GROUP_MAX_MEMBERS) {
		fail_input(error, _("A group has at most 256 members."));
		return NULL;
	}
	return g_strv_builder_end(members);
}

/* @clean: out, (transfer full): NULL for none. */
static gboolean
take_name(const char *name, char **clean, GError **error)
{
	g_autofree char *stripped = name != NULL ? g_strstrip(g_strdup(name)) : NULL;

	*clean = NULL;
	if (stripped == NULL || stripped[0] == '\0')
		return TRUE;
	if (!pipit_group_name_valid(stripped))
		return fail_input(error, _("A group's name has at most 256 characters, in one line, and no "
					   "signs that turn the direction of what is written."));
	*clean = g_steal_pointer(&stripped);
	return TRUE;
}

char *
pipit_client_group_create(PipitClient *client, const char *name, const char *const *members, GError **error)
{
	g_auto(Wish) wish = wish_of(client, PIPIT_GROUP_CREATE);
	g_autofree char *clean = NULL;

	if (client->outbox == NULL) {
		fail_input(error, _("This account was never online here: connect it first."));
		return NULL;
	}
	if (!take_name(name, &clean, error))
		return NULL;
	g_auto(GStrv) handles = parse_members(client->handle, members, NULL, error);
	if (handles == NULL)
		return NULL;
	wish.given.name = clean;
	wish.given.handles = handles;
	return fulfil(client, &wish, work_on_creating, error) ? pipit_peer_of_group(wish.gid) : NULL;
}

gboolean
pipit_client_group_add(PipitClient *client, const char *peer, const char *const *members, GError **error)
{
	g_auto(Wish) wish = wish_of(client, PIPIT_GROUP_ADD);

	if (!find(client, &wish, peer, PIPIT_GROUP_IN, error))
		return FALSE;
	g_auto(GStrv) handles = parse_members(NULL, members, wish.group->members, error);
	if (handles == NULL)
		return FALSE;
	wish.given.handles = handles;
	return handles[0] == NULL || fulfil(client, &wish, work_on_change, error);
}

gboolean
pipit_client_group_remove(PipitClient *client, const char *peer, const char *member, GError **error)
{
	g_auto(Wish) wish = wish_of(client, PIPIT_GROUP_REMOVE);
	g_autofree char *handle = parse_member(member, error);

	if (handle == NULL || !find(client, &wish, peer, PIPIT_GROUP_IN, error))
		return FALSE;
	if (pipit_store_handle_is_own(client->store, handle))
		return fail_input(error, _("That is you: leave the group instead."));
	if (!g_strv_contains((const char *const *)wish.group->members, handle))
		return fail_input(error, _("They are not in this group."));
	char *handles[] = {handle, NULL};
	wish.given.handles = handles;
	return fulfil(client, &wish, work_on_change, error);
}

gboolean
pipit_client_group_leave(PipitClient *client, const char *peer, GError **error)
{
	g_auto(Wish) wish = wish_of(client, PIPIT_GROUP_LEAVE);

	return find(client, &wish, peer, PIPIT_GROUP_IN, error) &&
	       fulfil(client, &wish, work_on_leaving, error);
}

gboolean
pipit_client_group_rename(PipitClient *client, const char *peer, const char *name, GError **error)
{
	g_auto(Wish) wish = wish_of(client, PIPIT_GROUP_NAME);
	g_autofree char *clean = NULL;

	if (!find(client, &wish, peer, PIPIT_GROUP_IN, error) || !take_name(name, &clean, error))
		return FALSE;
	wish.given.name = clean;
	return g_strcmp0(clean, wish.group->name) == 0 || fulfil(client, &wish, work_on_change, error);
}

gboolean
pipit_client_group_set_picture(PipitClient *client, const char *peer, GBytes *picture, GError **error)
{
	g_auto(Wish) wish = wish_of(client, PIPIT_GROUP_PICTURE);
	gsize size = 0;
	gconstpointer bytes = picture != NULL ? g_bytes_get_data(picture, &size) : NULL;

	if (!find(client, &wish, peer, PIPIT_GROUP_IN, error))
		return FALSE;
	if (size > PIPIT_GROUP_PICTURE_MAX)
		return fail_input(error, _("The picture is too large: at most 12 KiB."));
	g_autofree char *hash = size > 0 ? pipit_group_hash(bytes, size) : NULL;
	wish.given.picture = hash;
	wish.picture = size > 0 ? picture : NULL;
	g_autoptr(GError) failed = NULL;
	PipitGroupHistory *history = pipit_store_group_history(client->store, wish.gid, &failed);
	if (history == NULL) {
		g_propagate_error(error, pipit_client_error_from(failed));
		return FALSE;
	}
	return g_strcmp0(hash, pipit_group_history_picture(history)) == 0 ||
	       fulfil(client, &wish, work_on_change, error);
}

gboolean
pipit_client_group_accept(PipitClient *client, const char *peer, GError **error)
{
	g_auto(Wish) wish = wish_of(client, PIPIT_GROUP_OTHER);

	return find(client, &wish, peer, PIPIT_GROUP_ASKED, error) &&
	       fulfil(client, &wish, work_on_accepting, error);
}

gboolean
pipit_client_group_decline(PipitClient *client, const char *peer, GError **error)
{
	g_auto(Wish) wish = wish_of(client, PIPIT_GROUP_LEAVE);

	wish.given.quiet = TRUE;
	return find(client, &wish, peer, PIPIT_GROUP_ASKED, error) &&
	       fulfil(client, &wish, work_on_leaving, error);
}

/* ---- what is lacking ---- */

/* Those of which messages wait, or changes. */
static GPtrArray *
find_lacking(PipitStore *store, GError **error)
{
	g_autoptr(GPtrArray) awaited = pipit_store_read_awaited(store, error);
	g_autoptr(GPtrArray) gids = pipit_store_read_gids(store, error);
	for (guint i = 0; awaited != NULL && gids != NULL && i < gids->len; i++) {
		PipitGroupHistory *history = pipit_store_group_history(store, gids->pdata[i], error);
		if (history == NULL)
			return NULL;
		if (pipit_group_history_waiting(history) > 0 &&
		    !g_ptr_array_find_with_equal_func(awaited, gids->pdata[i], g_str_equal, NULL))
			g_ptr_array_add(awaited, g_strdup(gids->pdata[i]));
	}
	return gids != NULL ? g_steal_pointer(&awaited) : NULL;
}

static gboolean
ask_again(PipitStore *store, gpointer user_data, GError **error)
{
	PipitSession *session = user_data;
	const char *const *own = pipit_store_own_handles(store);
	g_autoptr(GPtrArray) gids = find_lacking(store, error);
	for (guint i = 0; gids != NULL && i < gids->len; i++) {
		PipitGroupHistory *history = pipit_store_group_history(store, gids->pdata[i], error);
		if (history == NULL)
			return FALSE;
		const char *member = pipit_group_member_to_ask(history, own, session->group_turn++);
		const char *self = pipit_group_own_member(history, own);
		const PipitGroupLetter letter = {gids->pdata[i], self, pipit_session_server_now(session)};
		if (member != NULL && self != NULL && !pipit_group_letter_ask(store, &letter, member, error))
			return FALSE;
	}
	return gids != NULL;
}

void
pipit_session_look_after_groups(PipitSession *session)
{
	/* If it can't be written now, it will be in an hour. */
	if (!session->closed &&
	    pipit_store_transaction_lazily(session->client->store, ask_again, session, NULL))
		pipit_session_pump(session);
}

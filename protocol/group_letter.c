/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What groups write on their own. */
#include "protocol/group_letter.h"

#include "protocol/peer.h"
#include "protocol/store_groups.h"
#include "protocol/store_outbox.h"
#include "protocol/uuid.h"

/* One at work. */
typedef struct {
	const PipitGroupLetter *letter;
	PipitMessageType type;
	const char *id;
	const char *peer; /* the conversation that it goes in order with */
	const char *const *recipients;
	GPtrArray *changes; /* or NULL */
	gboolean quiet;
} Writing;

static gboolean
add_picture(PipitStore *store, PipitMessageGroup *group, GError **error)
{
	g_autoptr(PipitGroup) kept = NULL;
	if (!pipit_store_read_group(store, group->gid, &kept, error))
		return FALSE;
	if (kept != NULL && kept->picture != NULL)
		group->picture = g_bytes_ref(kept->picture);
	return TRUE;
}

static gboolean
write_down(PipitStore *store, const Writing *writing, GError **error)
{
	const PipitGroupLetter *letter = writing->letter;
	PipitGroupHistory *history = pipit_store_group_history(store, letter->gid, error);
	if (history == NULL)
		return FALSE;
	char *nobody[] = {NULL};
	g_auto(GStrv) state = pipit_group_history_heads(history);
	PipitMessage message = {
		.type = writing->type,
		.id = (char *)writing->id,
		.from = (char *)letter->from,
		.to = nobody,
		.sent_at = letter->now,
		.group = {.gid = (char *)letter->gid,
			  .version = pipit_group_history_version_of(history, (const char *const *)state),
			  .state = state,
			  .changes = writing->changes},
	};
	if (writing->changes != NULL && !add_picture(store, &message.group, error))
		return FALSE;
	g_autoptr(GBytes) plaintext = pipit_message_pack(&message);
	g_clear_pointer(&message.group.picture, g_bytes_unref);
	/* What fits in no message is not said; what was taken stands. */
	if (plaintext == NULL)
		return TRUE;
	const PipitUnsent unsent = {
		.id = message.id,
		.from = message.from,
		.peer = (char *)writing->peer,
		.plaintext = plaintext,
		.quiet = writing->quiet,
	};
	return pipit_store_add_unsent(store, &unsent, writing->recipients, letter->now, error);
}

static gboolean
write_quietly(PipitStore *store, const PipitGroupLetter *letter, PipitMessageType type, const char *to,
	      GPtrArray *changes, GError **error)
{
	g_autofree char *id = pipit_uuid_new();
	const char *const recipients[] = {to, NULL};
	const Writing writing = {letter, type, id, to, recipients, changes, TRUE};
	return write_down(store, &writing, error);
}

gboolean
pipit_group_letter_tell(PipitStore *store, const PipitGroupLetter *letter, const char *to, GPtrArray *changes,
			GError **error)
{
	return changes->len == 0 || write_quietly(store, letter, PIPIT_MESSAGE_GROUP, to, changes, error);
}

gboolean
pipit_group_letter_ask(PipitStore *store, const PipitGroupLetter *letter, const char *to, GError **error)
{
	return write_quietly(store, letter, PIPIT_MESSAGE_GROUP_ASK, to, NULL, error);
}

gboolean
pipit_group_letter_spread(PipitStore *store, const PipitGroupLetter *letter, const char *id,
			  const char *const *recipients, GPtrArray *changes, GError **error)
{
	g_autofree char *peer = pipit_peer_of_group(letter->gid);
	const Writing writing = {letter, PIPIT_MESSAGE_GROUP, id, peer, recipients, changes, FALSE};
	return write_down(store, &writing, error);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: what is written must arrive as it was written, shown with its own time, and a failure must be seen. */
#include "plugin/im.h"

#include <errno.h>
#include <string.h>

#include <purple.h>

#include "plugin/arrival.h"
#include "plugin/buddy.h"
#include "plugin/command.h"
#include "plugin/contact.h"
#include "plugin/conversation.h"
#include "plugin/day.h"
#include "plugin/html.h"
#include "plugin/picture.h"
#include "plugin/receipt.h"
#include "plugin/room.h"
#include "plugin/room_late.h"
#include "plugin/ui.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"

/* ---- sending ---- */

/* Returns (transfer full) the address that @who means; NULL after saying why there is none. */
static char *
find_recipient(PurpleAccount *account, const char *who)
{
	char *address = pipit_contact_address(who);
	if (address != NULL)
		return address;
	g_auto(PipitName) name = {0};
	pipit_contact_find(account, who, &name);
	if (name.kind == PIPIT_NAME_FOUND)
		return g_strdup(name.addresses[0]);
	g_autofree char *why = pipit_contact_explain(who, &name);
	pipit_conversation_show_error(account, who, why);
	return NULL;
}

static int
refuse_too_long(PurpleAccount *account, const char *who)
{
	/* libpurple explains -E2BIG by itself, but by a line that bitlbee does not show. */
	if (pipit_ui_hides_system_messages())
		pipit_conversation_show_error(account, who, _("Not sent: the message is too long."));
	return -E2BIG;
}

/* A message written to a name: it shows where the answer will come, not in the window that the name opened. */
static void
show_sent(PurpleAccount *account, const char *address, const char *markup)
{
	PurpleConversation *conversation = pipit_conversation_with(account, address);
	purple_conv_im_write(purple_conversation_get_im_data(conversation), NULL, markup,
			     PURPLE_MESSAGE_SEND | PURPLE_MESSAGE_IMAGES, time(NULL));
	purple_conversation_present(conversation);
}

static gboolean
is_written_to_a_name(const char *who)
{
	g_autofree char *address = pipit_contact_address(who);
	return address == NULL;
}

/* Writes the message down, with the pictures that stand in @markup. */
static gboolean
write_down(PipitAccount *account, const char *address, const char *markup, const char *text, const char *html,
	   GError **error)
{
	g_autoptr(GArray) pictures = pipit_picture_ids(markup);
	if (pictures->len > 0)
		return pipit_picture_send(account, address, pictures, text, html, error);
	g_autofree char *id = pipit_client_send(account->client, address, text, html, error);
	return id != NULL;
}

int
pipit_im_post(PipitAccount *account, const char *who, const char *window, const char *markup)
{
	g_autofree char *text = NULL;
	g_autofree char *html = NULL;
	pipit_html_read(markup, &text, &html);
	if (pipit_command_try(account, who, text))
		return 0;
	if (strlen(text) > (gsize)PIPIT_TEXT_MAX)
		return refuse_too_long(account->account, window);
	g_autoptr(GError) error = NULL;
	if (write_down(account, who, markup, text, html, &error))
		return 1;
	g_autofree char *line = g_strdup_printf(_("Not sent: %s"), error->message);
	pipit_conversation_show_error(account->account, window, line);
	return 0;
}

int
pipit_im_send(PurpleConnection *gc, const char *who, const char *markup, PurpleMessageFlags flags)
{
	(void)flags;
	PipitAccount *account = pipit_account_of(gc);
	if (account == NULL || account->client == NULL)
		return -ENOTCONN;
	g_autofree char *address = find_recipient(account->account, who);
	if (address == NULL)
		return 0;
	g_autofree char *valid = g_utf8_make_valid(markup, -1);
	int status = pipit_im_post(account, address, who, valid);
	if (status <= 0)
		return status;
	pipit_contact_remember(account->account, address);
	if (is_written_to_a_name(who))
		show_sent(account->account, address, valid);
	pipit_conversation_written(account->account, address);
	return is_written_to_a_name(who) ? 0 : 1;
}

static void
note_reach(PipitAccount *account, const char *peer, const GError *error)
{
	const char *address = pipit_handle_display(peer);
	if (error == NULL)
		pipit_buddy_set_reach(account->account, address, PIPIT_REACH_YES);
	else if (g_error_matches(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_UNREACHABLE))
		pipit_buddy_set_reach(account->account, address, PIPIT_REACH_NO);
}

/* Returns (transfer full) @sentence with the person's name for @address in the place of that. */
static char *
call_by_name(PurpleAccount *account, char *sentence, const char *address)
{
	g_autofree char *name = pipit_contact_name(account, address);
	if (g_str_equal(name, address))
		return sentence;
	g_autofree char *owned = sentence;
	g_autofree char *escaped = g_regex_escape_string(address, -1);
	/* Not where it is a part of another one. */
	g_autofree char *pattern = g_strdup_printf("(?<!\\S)%s(?![^\\s,:])", escaped);
	g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
	char *named = regex != NULL ? g_regex_replace_literal(regex, sentence, -1, 0, name, 0, NULL) : NULL;
	return named != NULL ? named : g_steal_pointer(&owned);
}

/* Returns (transfer full) the same as @sentence, which names members by their addresses. */
static char *
call_members_by_name(PipitAccount *account, const char *peer, const char *sentence)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, peer);
	char *named = g_strdup(sentence);
	for (guint i = 0; group != NULL && group->members[i] != NULL; i++)
		named = call_by_name(account->account, named, pipit_handle_display(group->members[i]));
	return named;
}

/* Returns (transfer full) what is said of a message that did not arrive; in a group, @error names those whom it did not reach. */
static char *
describe_failure(PipitAccount *account, const char *peer, const GError *error)
{
	g_autofree char *again = pipit_command_spelling("resend");
	if (pipit_peer_is_group(peer)) {
		g_autofree char *sentence = call_members_by_name(account, peer, error->message);
		/* Translators: a sentence, a command. */
		return g_strdup_printf(_("%s (%s sends it again)"), sentence, again);
	}
	g_autofree char *name = pipit_contact_name(account->account, pipit_handle_display(peer));
	/* Translators: a name, a sentence, a command. */
	return g_strdup_printf(_("Not delivered to %s: %s (%s sends it again)"), name, error->message, again);
}

void
pipit_im_tell_unreached_again(PipitAccount *account, const char *peer)
{
	if (account->unreached != NULL)
		g_hash_table_remove(account->unreached, peer);
}

/* TRUE if @sentence names less than half of those to whom a message in the group @peer goes. */
static gboolean
reaches_most(const PipitAccount *account, const char *peer, const char *sentence)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, peer);
	guint named = 0;
	guint others = group != NULL ? g_strv_length(group->members) - 1 : 0;
	for (guint i = 0; group != NULL && group->members[i] != NULL; i++)
		if (strstr(sentence, pipit_handle_display(group->members[i])) != NULL)
			named++;
	return 2 * named < others;
}

/* TRUE if it was said before that the group @peer does not reach just those: once is enough until something else becomes of a
 * message, as long as most get it. Who has no device yet would make a line of each that is written there, and of each change. */
static gboolean
is_known_of_group(PipitAccount *account, const char *peer, const GError *error)
{
	if (!g_error_matches(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_UNREACHABLE)) {
		pipit_im_tell_unreached_again(account, peer);
		return FALSE;
	}
	if (account->unreached == NULL)
		account->unreached = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	if (g_strcmp0(g_hash_table_lookup(account->unreached, peer), error->message) == 0)
		return reaches_most(account, peer, error->message);
	g_hash_table_replace(account->unreached, g_strdup(peer), g_strdup(error->message));
	return FALSE;
}

void
pipit_im_sent(gpointer host, const char *id, const char *peer, const GError *error)
{
	(void)id;
	PipitAccount *account = host;
	if (pipit_account_was_aborted(error))
		return;
	if (!pipit_peer_is_group(peer))
		note_reach(account, peer, error);
	else if (is_known_of_group(account, peer, error))
		return;
	if (error == NULL)
		return;
	g_autofree char *line = describe_failure(account, peer, error);
	pipit_conversation_show_error(account->account, pipit_conversation_who(peer), line);
}

/* Says what nobody asked for: of a group, in a window that need not be open for it. */
static void
remark(PipitAccount *account, const char *peer, const char *line)
{
	g_autoptr(PipitGroup) group = pipit_peer_is_group(peer) && pipit_room_is_quiet(account, peer)
					      ? pipit_client_group(account->client, peer)
					      : NULL;
	if (group != NULL)
		pipit_room_tell(account, group, line, time(NULL));
	else if (!pipit_room_is_past(account, peer))
		pipit_conversation_show_notice(account->account, pipit_conversation_who(peer), line);
}

void
pipit_im_notice(gpointer host, const char *peer, const char *text)
{
	PipitAccount *account = host;
	g_autofree char *ask = pipit_command_spelling("ask-again");
	/* Translators: a sentence, a command. */
	g_autofree char *line = g_strdup_printf(_("%s (%s does that)"), text, ask);
	remark(account, peer, line);
}

void
pipit_im_own_devices_missed(gpointer host, const char *peer, const char *text)
{
	PipitAccount *account = host;
	g_autofree char *list = pipit_command_spelling("devices");
	g_autofree char *removal = pipit_command_spelling("remove-device");
	/* Translators: a sentence, two commands. */
	g_autofree char *line =
		g_strdup_printf(_("%s (%s lists your devices, %s removes one)"), text, list, removal);
	remark(account, peer, line);
}

gboolean
pipit_im_new_device(gpointer host, const char *peer, const char *text)
{
	PipitAccount *account = host;
	const char *address = pipit_handle_display(peer);
	/* Nobody wants a window to open for this alone: it waits for one. */
	if (pipit_conversation_find(account->account, address) == NULL)
		return FALSE;
	pipit_conversation_show_notice(account->account, address, text);
	return TRUE;
}

/* ---- receiving ---- */

/* Returns (transfer full) the markup to show: the formatting if it can be shown and says what the text says. */
static char *
body_of(const PipitIncoming *incoming)
{
	if (incoming->html == NULL || pipit_ui_shows_text_only())
		return pipit_html_from_text(incoming->text);
	g_autofree char *text = NULL;
	g_autofree char *safe = NULL;
	pipit_html_read(incoming->html, &text, &safe);
	if (safe == NULL || !g_str_equal(text, incoming->text) || pipit_html_has_too_many_tags(safe))
		return pipit_html_from_text(incoming->text);
	return g_steal_pointer(&safe);
}

static gboolean
is_of_another_day(time_t when)
{
	g_autoptr(GDateTime) then = g_date_time_new_from_unix_local(when);
	return then != NULL && !pipit_day_is_today(then);
}

static char *
with_date(char *body, time_t when)
{
	if (!pipit_ui_hides_dates() || !is_of_another_day(when))
		return body;
	struct tm local;
	g_autofree char *date = pipit_html_from_text(purple_date_format_short(localtime_r(&when, &local)));
	g_autofree char *undated = body;
	return g_strdup_printf("(%s) %s", date, undated);
}

/* In a group: serv_got_chat_in() tells one's own by the name. */
static gboolean
receive_in_group(PipitAccount *account, const PipitIncoming *incoming, const char *body, time_t when)
{
	PurpleConversation *conversation = pipit_room_open_for_message(account, incoming->peer);
	if (conversation == NULL)
		return pipit_room_late_take(account, incoming);
	PurpleAccount *purple = account->account;
	PurpleConnection *gc = account->gc;
	PurpleMessageFlags flags = incoming->delayed || incoming->own ? PURPLE_MESSAGE_DELAYED : 0;
	if (incoming->own)
		flags |= PURPLE_MESSAGE_SEND | PURPLE_MESSAGE_REMOTE_SEND;
	const char *author = incoming->own ? pipit_room_self(account) : pipit_handle_display(incoming->from);
	int id = purple_conv_chat_get_id(purple_conversation_get_chat_data(conversation));
	serv_got_chat_in(gc, id, author, flags, body, when);
	/* Whoever hears of it may sign off at once, which frees @account. */
	if (purple_account_get_connection(purple) != gc)
		return TRUE;
	pipit_room_written(account, incoming->peer);
	if (!incoming->own)
		pipit_receipt_shown(account, incoming->peer);
	pipit_arrival_show(account, incoming);
	return TRUE;
}

/* What oneself wrote on another device; serv_got_im() would show it as the other person's. */
static void
show_own(PurpleAccount *account, const char *address, const char *body, time_t when)
{
	PurpleConversation *conversation = pipit_conversation_with(account, address);
	const char *author = pipit_ui_files_by_author() ? address : purple_account_get_username(account);
	purple_conv_im_write(purple_conversation_get_im_data(conversation), author, body,
			     PURPLE_MESSAGE_SEND | PURPLE_MESSAGE_REMOTE_SEND | PURPLE_MESSAGE_DELAYED, when);
}

gboolean
pipit_im_receive(gpointer host, const PipitIncoming *incoming)
{
	PipitAccount *account = host;
	time_t when = (time_t)(incoming->sent_at / 1000);
	g_autofree char *body = with_date(pipit_arrival_append(account, incoming, body_of(incoming)), when);
	if (pipit_peer_is_group(incoming->peer))
		return receive_in_group(account, incoming, body, when);
	const char *address = pipit_handle_display(incoming->peer);
	if (incoming->own) {
		show_own(account->account, address, body, when);
		pipit_arrival_show(account, incoming);
		return TRUE;
	}
	pipit_contact_remember(account->account, address);
	pipit_buddy_set_reach(account->account, address, PIPIT_REACH_YES);
	PurpleAccount *purple = account->account;
	PurpleConnection *gc = account->gc;
	serv_got_im(gc, address, body, incoming->delayed ? PURPLE_MESSAGE_DELAYED : (PurpleMessageFlags)0,
		    when);
	/* Whoever hears of it may sign off at once, which frees @account. */
	if (purple_account_get_connection(purple) == gc) {
		pipit_receipt_shown(account, address);
		pipit_arrival_show(account, incoming);
	}
	return TRUE;
}

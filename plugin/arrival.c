/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: of each file that comes, a person must see that it is there, and be asked no more than is good. */
#include "plugin/arrival.h"

#include "plugin/attachment.h"
#include "plugin/conversation.h"
#include "plugin/html.h"
#include "plugin/picture.h"
#include "plugin/xfer.h"
#include "protocol/handle.h"

/* In a group, whoever wrote it has to be known. */
static gboolean
is_from_somebody_known(PipitAccount *account, const PipitIncoming *incoming)
{
	gboolean own_in_group = incoming->own && pipit_peer_is_group(incoming->peer);
	const char *who = pipit_peer_is_group(incoming->peer) ? incoming->from : incoming->peer;
	return own_in_group || pipit_conversation_is_known(account->account, pipit_handle_display(who));
}

static gboolean
is_to_be_shown(PipitAccount *account, const PipitIncoming *incoming, const PipitAttachment *attachment)
{
	return pipit_picture_can_be_shown(attachment) && is_from_somebody_known(account, incoming);
}

/* A picture that is about to be shown needs no command. */
static char *
line_of(PipitAccount *account, const PipitIncoming *incoming, const PipitAttachment *attachment)
{
	return is_to_be_shown(account, incoming, attachment) ? pipit_attachment_describe(attachment)
							     : pipit_attachment_offer(attachment);
}

char *
pipit_arrival_append(PipitAccount *account, const PipitIncoming *incoming, char *body)
{
	g_autoptr(GString) all = g_string_new(body);
	g_free(body);
	for (guint i = 0; i < incoming->n_attachments; i++) {
		g_autofree char *line = line_of(account, incoming, &incoming->attachments[i]);
		g_autofree char *html = pipit_html_from_text(line);
		g_string_append_printf(all, "%s%s", all->len > 0 ? "<br>" : "", html);
	}
	return g_string_free(g_steal_pointer(&all), FALSE);
}

void
pipit_arrival_show(PipitAccount *account, const PipitIncoming *incoming)
{
	/* Nobody wants a question for every file of a group. */
	gboolean may_ask = !incoming->own && !pipit_peer_is_group(incoming->peer) &&
			   is_from_somebody_known(account, incoming);
	for (guint i = 0; i < incoming->n_attachments; i++) {
		const PipitAttachment *attachment = &incoming->attachments[i];
		if (is_to_be_shown(account, incoming, attachment))
			pipit_picture_fetch(account, incoming, attachment);
		else if (may_ask)
			pipit_xfer_offer(account, pipit_handle_display(incoming->peer), attachment);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: of each file that comes, a person must see that it is there, and be asked no more than is good. */
#include "plugin/arrival.h"

#include "plugin/attachment.h"
#include "plugin/conversation.h"
#include "plugin/html.h"
#include "plugin/picture.h"
#include "plugin/xfer.h"
#include "protocol/handle.h"

/* A picture that is about to be shown needs no command. */
static char *
line_of(PipitAccount *account, const char *address, const PipitAttachment *attachment)
{
	return pipit_picture_is_wanted(account, address, attachment) ? pipit_attachment_describe(attachment)
								     : pipit_attachment_offer(attachment);
}

char *
pipit_arrival_append(PipitAccount *account, const PipitIncoming *incoming, char *body)
{
	const char *address = pipit_handle_display(incoming->peer);
	g_autoptr(GString) all = g_string_new(body);
	g_free(body);
	for (guint i = 0; i < incoming->n_attachments; i++) {
		g_autofree char *line = line_of(account, address, &incoming->attachments[i]);
		g_autofree char *html = pipit_html_from_text(line);
		g_string_append_printf(all, "%s%s", all->len > 0 ? "<br>" : "", html);
	}
	return g_string_free(g_steal_pointer(&all), FALSE);
}

void
pipit_arrival_show(PipitAccount *account, const PipitIncoming *incoming)
{
	const char *address = pipit_handle_display(incoming->peer);
	for (guint i = 0; i < incoming->n_attachments; i++) {
		const PipitAttachment *attachment = &incoming->attachments[i];
		if (pipit_picture_is_wanted(account, address, attachment))
			pipit_picture_fetch(account, incoming, attachment);
		else if (!incoming->own && pipit_conversation_is_known(account->account, address))
			pipit_xfer_offer(account, address, attachment);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: a client that shows no picture, and a person who wants none yet, must know what there is and how to get it. */
#include "plugin/attachment.h"

#include "plugin/command.h"
#include "protocol/i18n.h"

#define NO_BREAK_SPACE "\xc2\xa0"

char *
pipit_attachment_size(gint64 size)
{
	/* In a terminal or on IRC, what looks like a space should be one. */
	g_autofree char *formatted = g_format_size((guint64)MAX(size, 0));
	g_auto(GStrv) words = g_strsplit(formatted, NO_BREAK_SPACE, -1);
	return g_strjoinv(" ", words);
}

char *
pipit_attachment_describe(const PipitAttachment *attachment)
{
	g_autofree char *size = pipit_attachment_size(attachment->size);
	if (attachment->width == 0 || attachment->height == 0)
		return g_strdup_printf("%s (%s)", attachment->name, size);
	return g_strdup_printf("%s (%s, %ux%u)", attachment->name, size, attachment->width,
			       attachment->height);
}

char *
pipit_attachment_offer(const PipitAttachment *attachment)
{
	g_autofree char *what = pipit_attachment_describe(attachment);
	g_autofree char *save = pipit_command_spelling("save");
	/* Translators: a file with its size, a command and the number that it takes. */
	return g_strdup_printf(_("%s – %s %" G_GINT64_FORMAT " saves it"), what, save, attachment->number);
}

char *
pipit_attachment_describe_transfer(const PipitTransfer *transfer)
{
	g_autofree char *size = pipit_attachment_size(transfer->size);
	if (transfer->n_files <= 1)
		return g_strdup_printf("%s (%s)", transfer->name, size);
	/* Translators: the name of a file, how many there are besides, the size of all. */
	return g_strdup_printf(_("%s and %u more (%s)"), transfer->name, transfer->n_files - 1, size);
}

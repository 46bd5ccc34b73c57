/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line. */
#include "tools/pipit/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "protocol/i18n.h"

#define CLEAR_LINE "\r\033[K"

static void
show_line(const PipitTransfer *transfer)
{
	g_autofree char *moved = g_format_size((guint64)transfer->moved);
	g_autofree char *size = g_format_size((guint64)transfer->size);

	if (transfer->state == PIPIT_TRANSFER_WAITING && transfer->error != NULL)
		g_printerr(_("%s: waits (%s)"), transfer->name, transfer->error->message);
	else
		g_printerr(_("%s: %s of %s"), transfer->name, moved, size);
}

void
pipit_progress_show(const PipitTransfer *transfer)
{
	if (!isatty(STDERR_FILENO))
		return;
	g_printerr(CLEAR_LINE);
	if (transfer->state == PIPIT_TRANSFER_WAITING || transfer->state == PIPIT_TRANSFER_RUNNING)
		show_line(transfer);
}

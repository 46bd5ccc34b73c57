/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the operator's log, each line in one write so that lines of several threads never mix. */
#include "server/log.h"

#include <unistd.h>

void
pipitd_log(const char *format, ...)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
	va_list arguments;
	va_start(arguments, format);
	g_autofree char *event = g_strdup_vprintf(format, arguments);
	va_end(arguments);

	/* What a library or a setting says may hold a newline: it would read as an event of its own. */
	g_autofree char *line = g_strdup_printf("%s %s", time, g_strdelimit(event, "\r\n", ' '));
	g_autofree char *whole = g_strconcat(line, "\n", NULL);
	gssize written = write(STDERR_FILENO, whole, strlen(whole));
	(void)written; /* a log that cannot be written has nowhere to say so */
}

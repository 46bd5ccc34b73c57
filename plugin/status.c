/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: libpurple needs statuses to sign in with, though Pipit tells nobody about them. */
#include "plugin/status.h"

#include <purple.h>

static PurpleStatusType *
settable(PurpleStatusPrimitive primitive, const char *id)
{
	return purple_status_type_new_full(primitive, id, NULL, TRUE, TRUE, FALSE);
}

GList *
pipit_status_types(PurpleAccount *account)
{
	(void)account;
	GList *types = NULL;
	types = g_list_append(types, settable(PURPLE_STATUS_AVAILABLE, PIPIT_STATUS_AVAILABLE));
	types = g_list_append(types, settable(PURPLE_STATUS_AWAY, "away"));
	types = g_list_append(types, settable(PURPLE_STATUS_OFFLINE, PIPIT_STATUS_OFFLINE));
	return types;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened in groups, told to the person. */
#pragma once

#include <glib.h>

#include "protocol/client.h"

/** The engine's event. */
gboolean pipit_group_news_got(gpointer host, const PipitGroupNews *news);

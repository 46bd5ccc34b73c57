/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a session consists of, for the two files that make and lend them. */
#pragma once

#include <sqlite3.h>

#include "server/store.h"

struct PipitdSession {
	PipitdStore *store;
	sqlite3 *database;
	GHashTable *statements; /* SQL literal, by address -> PipitdRows */
};

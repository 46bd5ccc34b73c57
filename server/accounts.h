/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests about accounts (docs/protocol.md, "Accounts and devices"). */
#pragma once

#include "server/request.h"

/** POST /v1/ids/accounts */
void pipitd_accounts_create(PipitdRequest *request);
/** POST /v1/ids/handles */
void pipitd_accounts_add_handle(PipitdRequest *request);
/** POST /v1/ids/login */
void pipitd_accounts_login(PipitdRequest *request);

/** Reads the member "handle" out of a body. Returns: (transfer none) NULL if the request was answered. */
const char *pipitd_accounts_handle(PipitdRequest *request, JsonObject *body);

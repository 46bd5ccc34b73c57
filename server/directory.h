/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which devices are behind a handle, and with which keys (docs/protocol.md, "Look-up"). */
#pragma once

#include "server/request.h"

/** POST /v1/ids/lookup */
void pipitd_directory_lookup(PipitdRequest *request);

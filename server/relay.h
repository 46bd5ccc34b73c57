/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes messages for devices (docs/protocol.md, "The relay"). */
#pragma once

#include "server/request.h"

/** POST /v1/push/messages */
void pipitd_relay_send(PipitdRequest *request);

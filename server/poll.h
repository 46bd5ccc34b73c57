/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hands messages to devices, and waits for them (docs/protocol.md, "The relay", receiving). */
#pragma once

#include "server/request.h"

/** POST /v1/push/poll */
void pipitd_poll(PipitdRequest *request);

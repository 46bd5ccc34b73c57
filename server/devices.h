/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests about devices (docs/protocol.md, "Accounts and devices"). */
#pragma once

#include "server/request.h"

/** POST /v1/ids/devices */
void pipitd_devices_register(PipitdRequest *request);
/** GET /v1/ids/devices */
void pipitd_devices_list(PipitdRequest *request);
/** POST /v1/ids/devices/remove */
void pipitd_devices_remove(PipitdRequest *request);
/** PUT /v1/ids/prekey */
void pipitd_devices_put_prekey(PipitdRequest *request);

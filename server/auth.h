/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asks: a device by its auth token, and by its signature where that counts (docs/protocol.md, "Requests"). */
#pragma once

#include "server/request.h"

/** Sets request->device, or answers `token-unknown`. */
void pipitd_auth_device(PipitdRequest *request);

/** TRUE if Pipit-Signature is @device_key's (compact, 32 bytes) over this request; else it is answered. */
gboolean pipitd_auth_signed(PipitdRequest *request, GBytes *device_key);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the server demands of a prekey record before it shows it to anyone. */
#pragma once

#include "server/request.h"

/**
 * Checks a prekey record: form, the signature by @device_key (compact, 32 bytes), and a time that is not ahead.
 * @prekey: out; its bytes are (transfer full), free with pipitd_prekey_clear().
 * Returns: FALSE if the request was answered.
 */
gboolean pipitd_prekey_check(PipitdRequest *request, GBytes *record, GBytes *device_key,
			     PipitdPrekey *prekey);

void pipitd_prekey_clear(PipitdPrekey *prekey);

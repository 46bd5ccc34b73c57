/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of one device (docs/sealed-messages.md, "Identities of a device"), all in one include: its own secrets, its
 * prekeys, and what others see of it. */
#pragma once

#include "crypto/device_public.h"
#include "crypto/device_secrets.h"
#include "crypto/keys_error.h"
#include "crypto/prekey.h"

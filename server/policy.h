/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom the server serves: the operator's rules. */
#pragma once

#include "server/options.h"

/** TRUE if a server with these settings takes the (valid) handle. */
gboolean pipitd_policy_takes(const PipitdOptions *options, const char *handle);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One domain, so that a caller who puts a whole device together has one kind of error to look at. */
#include "crypto/keys_error.h"

G_DEFINE_QUARK(pipit - keys - error - quark, pipit_keys_error)

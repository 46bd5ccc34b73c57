/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people read goes through _(): one text domain for the whole tree, whatever the host's own is. */
#pragma once

#include "crypto/i18n.h"

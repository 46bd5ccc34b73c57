/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people read goes through _(): one text domain for the whole tree, wherever the host's own domain is. */
#pragma once

#define GETTEXT_PACKAGE "pipit"

#include <glib/gi18n-lib.h>

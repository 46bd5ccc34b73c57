/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people read goes through _(), here as in protocol/, which crypto/ does not see. */
#pragma once

#define GETTEXT_PACKAGE "pipit"

#include <glib/gi18n-lib.h>

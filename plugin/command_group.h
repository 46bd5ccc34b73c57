/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that start and change groups. */
#pragma once

#include "plugin/command.h"

/* One after the other; behind the last, one without a name. */
extern const PipitCommand pipit_command_group[];

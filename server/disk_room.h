/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must stay free on the disk: devices can acknowledge only while the store has some room. */
#pragma once

#include "server/options.h"

/** TRUE if @wanted more bytes leave the reserve free; also where the system does not tell. */
gboolean pipitd_disk_has_room(const PipitdOptions *options, guint64 wanted);

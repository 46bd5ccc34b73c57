/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the system how much is free. */
#include "server/disk_room.h"

#include <sys/statvfs.h>

gboolean
pipitd_disk_has_room(const PipitdOptions *options, guint64 wanted)
{
	struct statvfs disk;
	guint64 reserve = (guint64)options->reserve_mib * 1024 * 1024;
	return statvfs(options->state, &disk) != 0 ||
	       (guint64)disk.f_bavail * disk.f_frsize >= reserve + wanted;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at a file that is to be sent, before anything of it goes out: what it is, and what must not be in it. Pure but for the
 * files; for workers. */
#pragma once

#include "protocol/blob_reader.h"
#include "protocol/store_drafts.h"

/**
 * Finds out how large @file is, when it was changed, and of a picture the kind and size; one that tells more than it shows is
 * copied without that, unless @file keeps it. @file goes on from the copy then. It gets a new key.
 * @copy: path for a copy; its folder is there.
 * FALSE with PIPIT_FILE_ERROR.
 */
gboolean pipit_outgoing_file_look(PipitDraftFile *file, const char *copy, GError **error);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of blobs: who knows one can fetch it, so it is drawn, and it becomes part of a path, so it is looked at first. */
#pragma once

#include <glib.h>

#include "protocol/limits.h"

#define PIPITD_BLOB_ID_SIZE (PIPIT_BLOB_ID_CHARS + 1)

/** Draws an id: 256 random bits in base64url without padding. */
void pipitd_blob_id_generate(char id[static PIPITD_BLOB_ID_SIZE]);

/** TRUE if @text is what an id may be: no other characters, and no second way to write the same bits. */
gboolean pipitd_blob_id_valid(const char *text);

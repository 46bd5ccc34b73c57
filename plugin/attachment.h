/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attachments in words: what stands in a conversation for a file. */
#pragma once

#include "protocol/client.h"

/** Returns: (transfer full) a size as people read it, such as "1.2 MB". */
char *pipit_attachment_size(gint64 size);

/** Returns: (transfer full) what it is: "photo.jpg (1.2 MB, 1024x768)". */
char *pipit_attachment_describe(const PipitAttachment *attachment);

/** Returns: (transfer full) the same, with the command that fetches it. */
char *pipit_attachment_offer(const PipitAttachment *attachment);

/** Returns: (transfer full) the files of a transfer: "photo.jpg (1.2 MB)", "photo.jpg and 2 more (3.4 MB)". */
char *pipit_attachment_describe_transfer(const PipitTransfer *transfer);

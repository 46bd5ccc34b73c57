/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands about files, in the conversation with @who: what they do and say. */
#pragma once

#include "plugin/account.h"

/** @argument: a path, and a caption behind it. */
void pipit_files_send(PipitAccount *account, const char *who, const char *argument);

/** @argument: the number of an attachment, and maybe where to put it. */
void pipit_files_save(PipitAccount *account, const char *who, const char *argument);

/** @argument: the number of an attachment that the client is to ask about again. */
void pipit_files_offer(PipitAccount *account, const char *who, const char *argument);

/** Lists what came and can be fetched, and what is on its way. @argument: none. */
void pipit_files_list(PipitAccount *account, const char *who, const char *argument);

/** @argument: the number of something to be given up: an upload, a fetch, an attachment. */
void pipit_files_drop(PipitAccount *account, const char *who, const char *argument);

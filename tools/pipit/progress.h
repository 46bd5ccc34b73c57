/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a file has come, for somebody who looks at the terminal. */
#pragma once

#include "protocol/client.h"

/** Shows it in one line on stderr, which the next one overwrites; nothing where that is no terminal. */
void pipit_progress_show(const PipitTransfer *transfer);

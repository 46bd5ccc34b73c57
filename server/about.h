/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the server says of itself (docs/protocol.md, "Finding the server"). */
#pragma once

#include "server/request.h"

/** GET /v1 */
void pipitd_about_server(PipitdRequest *request);
/** GET /.well-known/pipit */
void pipitd_about_well_known(PipitdRequest *request);

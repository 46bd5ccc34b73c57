/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which request goes to which handler, and what is checked before it gets there. */
#pragma once

#include "server/request.h"

struct PipitdRoute {
	const char *path;
	const char *method;
	gsize max_body;
	gboolean device; /* asks for a device's auth token */
	PipitdHandler handler;
};

/**
 * Finds the route and checks who asks, by the request's head alone. Sets request->route, and request->device where the
 * route asks for one; a request that is not let through is answered.
 */
void pipitd_router_admit(PipitdRequest *request);

/** Calls the route's handler, when the body is there. */
void pipitd_router_dispatch(PipitdRequest *request);

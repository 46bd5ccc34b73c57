/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which request goes to which handler, and what is checked before it gets there. */
#pragma once

#include "server/request.h"

/**
 * Takes bytes of a body as they come.
 * Returns: how many it took; when it did not take all, it has suspended the request, and gets the others when that is resumed.
 */
typedef gsize (*PipitdReceiver)(PipitdRequest *request, const char *bytes, gsize count);

struct PipitdRoute {
	const char *path; /* "*" stands for one segment, which becomes request->parameter */
	const char *method;
	gsize max_body;
	gboolean device; /* asks for a device's auth token */
	PipitdHandler handler;
	/* Where the body is not collected: */
	PipitdHandler begin; /* called with the head; may refuse */
	PipitdReceiver receive;
};

/**
 * Finds the route and checks who asks, by the request's head alone. Sets request->route, request->parameter, and
 * request->device where the route asks for one; a request that is not let through is answered.
 */
void pipitd_router_admit(PipitdRequest *request);

/** Calls the route's handler, when the body is there. */
void pipitd_router_dispatch(PipitdRequest *request);

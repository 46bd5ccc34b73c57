/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libcurl reports, as an error that tells what is wrong. */
#pragma once

#include <curl/curl.h>

#include "protocol/http.h"

/**
 * @easy: the handle that ended with @code (not CURLE_OK); its CURLOPT_CERTINFO tells which check of a certificate failed.
 * @reason: libcurl's error buffer; may be "".
 * @own_proxy: it was to go through the account's own proxy.
 * Returns: (transfer full) in PIPIT_HTTP_ERROR.
 */
GError *pipit_http_error_from_curl(CURL *easy, CURLcode code, const char *reason, gboolean own_proxy);

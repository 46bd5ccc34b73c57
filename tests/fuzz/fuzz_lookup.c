/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory's answers. */
#include <string.h>

#include "protocol/device_record.h"
#include "protocol/limits.h"
#include "tests/fuzz/fuzz.h"

static const char *const handles[] = {"mailto:bob@example.org", "tel:+15551234567", NULL};

static void
check_result(const PipitLookupResult *result, const char *asked)
{
	fuzz_require(strcmp(result->handle, asked) == 0);
	fuzz_require(result->devices->len <= PIPIT_HANDLE_MAX_DEVICES + PIPIT_HANDLE_MAX_REMOVED);
	for (guint i = 0; i < result->devices->len; i++) {
		const PipitDeviceRecord *device = result->devices->pdata[i];
		fuzz_require(device->keys != NULL);
		fuzz_require(g_bytes_get_size(device->push_token) == PIPIT_TOKEN_LEN);
		for (guint j = 0; j < i; j++) {
			const PipitDeviceRecord *other = result->devices->pdata[j];
			fuzz_require(!g_bytes_equal(device->push_token, other->push_token));
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autoptr(GBytes) body = fuzz_rest(&input);
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitLookupAnswer) answer = pipit_lookup_answer_parse(body, handles, &error);
	fuzz_require((answer == NULL) == (error != NULL));
	if (answer == NULL)
		return 0;
	fuzz_require(answer->results->len == G_N_ELEMENTS(handles) - 1);
	for (guint i = 0; handles[i] != NULL; i++)
		check_result(answer->results->pdata[i], handles[i]);
	return 0;
}

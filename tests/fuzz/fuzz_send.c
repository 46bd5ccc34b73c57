/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Send requests, the largest thing that a server reads. */
#include "server/send.h"

#include "protocol/handle.h"
#include "protocol/json_reader.h"
#include "protocol/limits.h"
#include "tests/fuzz/fuzz.h"

#define RELAY_CAP 64

static void
check_recipient(const PipitdRecipient *recipient, guint *copies)
{
	fuzz_require(pipit_handle_valid(recipient->to));
	*copies += recipient->copies->len;
	for (guint i = 0; i < recipient->copies->len; i++) {
		const PipitdCopy *copy = recipient->copies->pdata[i];
		fuzz_require(g_bytes_get_size(copy->push_token) == PIPIT_TOKEN_LEN);
		fuzz_require((copy->suite == PIPIT_SUITE_PAIR_EC) == (copy->prekey != NULL));
		fuzz_require(recipient->too_large || g_bytes_get_size(copy->payload) <= RELAY_CAP);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autoptr(GBytes) body = fuzz_rest(&input);
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(body, PIPIT_SEND_REQUEST_MAX, NULL);
	if (object == NULL)
		return 0;
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitdSend) send = pipitd_send_parse(object, RELAY_CAP, &error);
	fuzz_require((send == NULL) == (error != NULL));
	if (send == NULL)
		return 0;
	guint copies = 0;
	for (guint i = 0; i < send->recipients->len; i++)
		check_recipient(send->recipients->pdata[i], &copies);
	fuzz_require(send->recipients->len <= PIPIT_SEND_MAX_RECIPIENTS && copies <= PIPIT_SEND_MAX_COPIES);
	json_array_unref(pipitd_send_results(send));
	return 0;
}

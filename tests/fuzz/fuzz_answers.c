/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All other answers of a server: polls and the envelopes in them, sends, accounts, problems. */
#include <string.h>

#include "protocol/account_forms.h"
#include "protocol/envelope.h"
#include "protocol/handle.h"
#include "protocol/limits.h"
#include "protocol/problem.h"
#include "protocol/send_request.h"
#include "tests/fuzz/fuzz.h"

enum {
	POLL,
	ENVELOPE,
	SEND,
	SERVER,
	REGISTRATION,
	LOGIN,
	DEVICES,
	PROBLEM,
	WAYS
};

static void
check_envelope(const PipitEnvelope *envelope)
{
	fuzz_require(pipit_handle_valid(envelope->from) && pipit_handle_valid(envelope->to));
	fuzz_require((envelope->suite == PIPIT_SUITE_PAIR_EC) == (envelope->prekey != NULL));
	fuzz_require(envelope->prekey == NULL || g_bytes_get_size(envelope->prekey) == PIPIT_COMPACT_KEY_LEN);
	g_autoptr(GBytes) printed = pipit_envelope_print(envelope);
	g_autoptr(PipitEnvelope) again = pipit_envelope_parse(printed, NULL);
	fuzz_require(again != NULL && again->seq == envelope->seq && strcmp(again->id, envelope->id) == 0);
	fuzz_require_equal(envelope->payload, again->payload);
}

static void
read_poll(GBytes *body)
{
	g_autoptr(PipitPollAnswer) answer = pipit_poll_answer_parse(body, NULL);
	if (answer == NULL)
		return;
	fuzz_require(answer->envelopes->len + answer->malformed->len <= PIPIT_POLL_MAX_MESSAGES);
	for (guint i = 0; i < answer->envelopes->len; i++)
		check_envelope(answer->envelopes->pdata[i]);
	for (guint i = 0; i < answer->malformed->len; i++)
		fuzz_require(g_array_index(answer->malformed, gint64, i) > 0);
}

static void
read_envelope(GBytes *body)
{
	g_autoptr(PipitEnvelope) envelope = pipit_envelope_parse(body, NULL);
	if (envelope != NULL)
		check_envelope(envelope);
}

static void
read_send(GBytes *body)
{
	const char *const handles[] = {"mailto:bob@example.org", "mailto:alice@example.org", NULL};
	g_autoptr(GPtrArray) results = pipit_send_answer_parse(body, handles, NULL, NULL);
	fuzz_require(results == NULL || results->len == 2);
	for (guint i = 0; results != NULL && i < results->len; i++) {
		const PipitSendResult *result = results->pdata[i];
		fuzz_require((result->status == PIPIT_SEND_REFUSED) == (result->code != NULL));
	}
}

static void
read_account(guint way, GBytes *body)
{
	gint64 time;
	if (way == SERVER) {
		g_autoptr(PipitServer) server = pipit_server_parse(body, NULL);
	} else if (way == REGISTRATION) {
		g_autoptr(PipitRegistration) registration = pipit_registration_parse(body, NULL);
		fuzz_require(registration == NULL || registration->handles[0] != NULL);
	} else if (way == LOGIN) {
		g_auto(GStrv) handles = pipit_login_parse(body, &time, NULL);
		fuzz_require(handles == NULL || handles[0] != NULL);
	} else {
		g_autoptr(GArray) devices = pipit_own_devices_parse(body, NULL);
	}
}

static void
read_problem(FuzzInput *input)
{
	guint status = fuzz_u16(input) % 600;
	g_autoptr(GBytes) body = fuzz_rest(input);
	g_autofree char *detail = NULL;
	PipitProblem problem = pipit_problem_parse(body, status, &detail);
	fuzz_require(problem == PIPIT_PROBLEM_COUNT || pipit_problem_status(problem) == status);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	guint way = fuzz_byte(&input) % WAYS;
	if (way == PROBLEM) {
		read_problem(&input);
		return 0;
	}
	g_autoptr(GBytes) body = fuzz_rest(&input);
	if (way == POLL)
		read_poll(body);
	else if (way == ENVELOPE)
		read_envelope(body);
	else if (way == SEND)
		read_send(body);
	else
		read_account(way, body);
	return 0;
}

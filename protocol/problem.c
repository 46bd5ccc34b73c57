/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one table of what can go wrong over HTTP, for server and client. */
#include "protocol/problem.h"

#include <string.h>

#include "protocol/json_reader.h"

#define DOCUMENT_MAX 4096
#define CODE_MAX 64
#define DETAIL_MAX 1024

static const struct {
	guint status;
	const char *code;
	const char *title;
} problems[PIPIT_PROBLEM_COUNT] = {
	[PIPIT_PROBLEM_BAD_REQUEST] = {400, "bad-request", "Bad request"},
	[PIPIT_PROBLEM_HANDLE_INVALID] = {400, "handle-invalid", "Not an address or phone number"},
	[PIPIT_PROBLEM_PASSWORD_TOO_SHORT] = {400, "password-too-short", "The password is too short"},
	[PIPIT_PROBLEM_KEYS_INVALID] = {400, "keys-invalid", "The device's keys do not check"},
	[PIPIT_PROBLEM_SIGNATURE_INVALID] = {400, "signature-invalid",
					     "The request's signature does not verify"},
	[PIPIT_PROBLEM_PREKEY_INVALID] = {400, "prekey-invalid", "The prekey does not check"},
	[PIPIT_PROBLEM_WRONG_PASSWORD] = {401, "wrong-password", "Wrong password, or no such account"},
	[PIPIT_PROBLEM_TOKEN_UNKNOWN] = {401, "token-unknown", "The device is not registered"},
	[PIPIT_PROBLEM_HANDLE_NOT_ACCEPTED] = {403, "handle-not-accepted",
					       "This server does not take such addresses"},
	[PIPIT_PROBLEM_REGISTRATION_CLOSED] = {403, "registration-closed", "Registration is closed"},
	[PIPIT_PROBLEM_INVITE_REQUIRED] = {403, "invite-required", "An invite is required"},
	[PIPIT_PROBLEM_INVITE_INVALID] = {403, "invite-invalid", "The invite is not valid"},
	[PIPIT_PROBLEM_NOT_YOURS] = {403, "not-yours", "Not one of this account's"},
	[PIPIT_PROBLEM_NOT_FOUND] = {404, "not-found", "Not found"},
	[PIPIT_PROBLEM_METHOD_NOT_ALLOWED] = {405, "method-not-allowed", "Method not allowed"},
	[PIPIT_PROBLEM_HANDLE_TAKEN] = {409, "handle-taken", "The address is taken"},
	[PIPIT_PROBLEM_DISPLACED] = {409, "displaced", "The device connected a second time"},
	[PIPIT_PROBLEM_PREKEY_ROLLBACK] = {409, "prekey-rollback", "A later prekey is known"},
	[PIPIT_PROBLEM_DEVICE_KEY_TAKEN] = {409, "device-key-taken", "The device belongs to another account"},
	[PIPIT_PROBLEM_TOO_MANY] = {409, "too-many", "The account has as many as it may"},
	[PIPIT_PROBLEM_WRONG_OFFSET] = {409, "wrong-offset", "The upload goes on at another byte"},
	[PIPIT_PROBLEM_TOO_LARGE] = {413, "too-large", "Too large"},
	[PIPIT_PROBLEM_BLOB_TOO_LARGE] = {413, "blob-too-large", "The file is larger than the server takes"},
	[PIPIT_PROBLEM_RANGE_UNSATISFIABLE] = {416, "range-unsatisfiable", "The file has no such bytes"},
	[PIPIT_PROBLEM_SLOW_DOWN] = {429, "slow-down", "Too many requests"},
	[PIPIT_PROBLEM_SERVER_FAULT] = {500, "server-fault", "The server failed"},
	[PIPIT_PROBLEM_SERVER_BUSY] = {503, "server-busy", "The server is busy"},
	[PIPIT_PROBLEM_SERVER_FULL] = {507, "server-full", "The server has no room left"},
	[PIPIT_PROBLEM_QUOTA_EXCEEDED] = {507, "quota-exceeded",
					  "The account has as much on the server as it may"},
};

const char *
pipit_problem_code(PipitProblem problem)
{
	return problems[problem].code;
}

const char *
pipit_problem_title(PipitProblem problem)
{
	return problems[problem].title;
}

guint
pipit_problem_status(PipitProblem problem)
{
	return problems[problem].status;
}

GBytes *
pipit_problem_document(PipitProblem problem, const char *detail)
{
	g_autoptr(JsonObject) object = json_object_new();
	json_object_set_string_member(object, "type", "about:blank");
	json_object_set_string_member(object, "title", problems[problem].title);
	json_object_set_int_member(object, "status", problems[problem].status);
	json_object_set_string_member(object, "code", problems[problem].code);
	if (detail != NULL)
		json_object_set_string_member(object, "detail", detail);
	return pipit_json_print(object);
}

static PipitProblem
find_problem(const char *code, guint status)
{
	for (guint i = 0; i < PIPIT_PROBLEM_COUNT; i++)
		if (problems[i].status == status && strcmp(problems[i].code, code) == 0)
			return (PipitProblem)i;
	return PIPIT_PROBLEM_COUNT;
}

PipitProblem
pipit_problem_parse(GBytes *body, guint status, char **detail)
{
	if (detail != NULL)
		*detail = NULL;
	g_autoptr(GError) bad = NULL;
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(body, DOCUMENT_MAX, &bad);
	if (object == NULL)
		return PIPIT_PROBLEM_COUNT;
	const char *code = pipit_json_string(object, "code", CODE_MAX, &bad);
	const char *text = pipit_json_string_or_null(object, "detail", DETAIL_MAX, &bad);
	if (bad != NULL)
		return PIPIT_PROBLEM_COUNT;
	PipitProblem problem = find_problem(code, status);
	if (problem != PIPIT_PROBLEM_COUNT && detail != NULL)
		*detail = g_strdup(text);
	return problem;
}

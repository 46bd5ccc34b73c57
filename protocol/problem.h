/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors over HTTP: RFC 9457 problem documents with the codes of docs/protocol.md, "Requests". */
#pragma once

#include <glib.h>

#define PIPIT_PROBLEM_CONTENT_TYPE "application/problem+json"

typedef enum {
	PIPIT_PROBLEM_BAD_REQUEST,
	PIPIT_PROBLEM_HANDLE_INVALID,
	PIPIT_PROBLEM_PASSWORD_TOO_SHORT,
	PIPIT_PROBLEM_KEYS_INVALID,
	PIPIT_PROBLEM_SIGNATURE_INVALID,
	PIPIT_PROBLEM_PREKEY_INVALID,
	PIPIT_PROBLEM_WRONG_PASSWORD,
	PIPIT_PROBLEM_TOKEN_UNKNOWN,
	PIPIT_PROBLEM_HANDLE_NOT_ACCEPTED,
	PIPIT_PROBLEM_REGISTRATION_CLOSED,
	PIPIT_PROBLEM_INVITE_REQUIRED,
	PIPIT_PROBLEM_INVITE_INVALID,
	PIPIT_PROBLEM_NOT_YOURS,
	PIPIT_PROBLEM_NOT_FOUND,
	PIPIT_PROBLEM_METHOD_NOT_ALLOWED,
	PIPIT_PROBLEM_HANDLE_TAKEN,
	PIPIT_PROBLEM_DISPLACED,
	PIPIT_PROBLEM_PREKEY_ROLLBACK,
	PIPIT_PROBLEM_DEVICE_KEY_TAKEN,
	PIPIT_PROBLEM_TOO_MANY,
	PIPIT_PROBLEM_WRONG_OFFSET,
	PIPIT_PROBLEM_TOO_LARGE,
	PIPIT_PROBLEM_BLOB_TOO_LARGE,
	PIPIT_PROBLEM_RANGE_UNSATISFIABLE,
	PIPIT_PROBLEM_SLOW_DOWN,
	PIPIT_PROBLEM_SERVER_FAULT,
	PIPIT_PROBLEM_SERVER_BUSY,
	PIPIT_PROBLEM_SERVER_FULL,
	PIPIT_PROBLEM_QUOTA_EXCEEDED,
	PIPIT_PROBLEM_COUNT, /* how many there are; also "none of them" */
} PipitProblem;

/** Returns: (transfer none) the stable code, such as "bad-request". */
const char *pipit_problem_code(PipitProblem problem);
/** Returns: (transfer none) a few English words. */
const char *pipit_problem_title(PipitProblem problem);
/** Returns: the HTTP status. */
guint pipit_problem_status(PipitProblem problem);

/** Returns: (transfer full) the document. @detail: what exactly was wrong, for people; NULL for nothing to add. */
GBytes *pipit_problem_document(PipitProblem problem, const char *detail);

/**
 * Reads a document that came with HTTP @status.
 * @detail: out, (transfer full), optional: the detail, NULL if there is none.
 * Returns: the problem; PIPIT_PROBLEM_COUNT if @body is no such document, or its code is unknown or belongs to
 *   another status: then the status alone counts.
 */
PipitProblem pipit_problem_parse(GBytes *body, guint status, char **detail);

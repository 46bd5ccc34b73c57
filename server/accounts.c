/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Creates accounts, gives them handles, and proves their passwords. */
#include "server/accounts.h"

#include "protocol/handle.h"
#include "protocol/json_reader.h"
#include "server/log.h"
#include "server/login.h"
#include "server/password.h"
#include "server/policy.h"
#include "server/store_accounts.h"

const char *
pipitd_accounts_handle(PipitdRequest *request, JsonObject *body)
{
	g_autoptr(GError) bad = NULL;
	const char *handle = pipit_json_string(body, "handle", PIPIT_REQUEST_MAX, &bad);
	if (bad != NULL) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST, bad->message);
		return NULL;
	}
	if (pipit_handle_valid(handle))
		return handle;
	pipitd_request_refuse(request, PIPIT_PROBLEM_HANDLE_INVALID,
			      "a handle is mailto:name@domain in lower case, or tel:+ and digits");
	return NULL;
}

static void
answer_handles(PipitdRequest *request, guint status, char **handles, gboolean with_time)
{
	JsonObject *object = json_object_new();
	pipit_json_set_strings(object, "handles", (const char *const *)handles);
	if (with_time)
		json_object_set_int_member(object, "time", pipitd_request_now(request));
	pipitd_request_answer(request, status, object);
}

static void
answer_account_handles(PipitdRequest *request, guint status, gint64 account, gboolean with_time)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitdSession) session = pipitd_store_reader(request->server->store, &error);
	g_auto(GStrv) handles =
		session == NULL ? NULL : pipitd_store_account_handles(session, account, &error);
	if (handles == NULL)
		pipitd_request_refuse_store(request, error);
	else
		answer_handles(request, status, handles, with_time);
}

static gboolean
check_taken(PipitdRequest *request, const char *handle)
{
	if (pipitd_policy_takes(request->server->options, handle))
		return TRUE;
	pipitd_request_refuse(request, PIPIT_PROBLEM_HANDLE_NOT_ACCEPTED,
			      "GET /v1 says which addresses this server takes");
	return FALSE;
}

/* Creating an account */

typedef struct {
	PipitdLogin login; /* the password alone */
	char *handle;
	gboolean invited;
	guint8 invite[PIPITD_TOKEN_HASH_LEN];
	char *hash; /* of the password; NULL: no memory */
	gint64 account;
} Creation;

static void
creation_free(gpointer data)
{
	Creation *creation = data;
	pipitd_login_clear(&creation->login);
	g_free(creation->handle);
	g_free(creation->hash);
	g_free(creation);
}

static gboolean
check_registration(PipitdRequest *request, Creation *creation, const char *invite)
{
	PipitdRegistration registration = request->server->options->registration;
	if (registration == PIPITD_REGISTRATION_CLOSED) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_REGISTRATION_CLOSED, NULL);
		return FALSE;
	}
	if (registration == PIPITD_REGISTRATION_OPEN)
		return TRUE;
	if (invite == NULL || *invite == '\0') {
		pipitd_request_refuse(request, PIPIT_PROBLEM_INVITE_REQUIRED,
				      "ask whoever runs this server for an invite");
		return FALSE;
	}
	creation->invited = TRUE;
	pipitd_invite_code_hash(invite, creation->invite);
	return TRUE;
}

static gboolean
read_creation(PipitdRequest *request, JsonObject *body, Creation *creation)
{
	const char *handle = pipitd_accounts_handle(request, body);
	if (handle == NULL || !pipitd_login_read(request, body, &creation->login))
		return FALSE;
	creation->handle = g_strdup(handle);
	g_autoptr(GError) bad = NULL;
	const char *invite = pipit_json_string_or_null(body, "invite", PIPIT_INVITE_MAX, &bad);
	if (bad != NULL) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST, bad->message);
		return FALSE;
	}
	return check_taken(request, handle) && check_registration(request, creation, invite);
}

/* Before half a second is spent on hashing; the writer checks again. */
static gboolean
check_early(PipitdRequest *request, const Creation *creation)
{
	g_autoptr(GError) error = NULL;
	gint64 account = 0;
	g_autoptr(PipitdSession) session = pipitd_store_reader(request->server->store, &error);
	if (session != NULL &&
	    (!creation->invited || pipitd_store_check_invite(session, creation->invite, &error)))
		pipitd_store_find_account(session, creation->handle, &account, NULL, &error);
	if (error != NULL)
		pipitd_request_refuse_store(request, error);
	else if (account != 0)
		pipitd_request_refuse(request, PIPIT_PROBLEM_HANDLE_TAKEN, NULL);
	return error == NULL && account == 0;
}

static gboolean
check_rate(PipitdRequest *request)
{
	g_autofree char *network = pipitd_request_network(request);
	guint wait = pipitd_limits_take(request->server->limits, PIPITD_LIMIT_REGISTER_NETWORK, network, 1,
					pipitd_clock_monotonic());
	if (wait == 0)
		return TRUE;
	pipitd_log("too many registrations from %s", network);
	pipitd_request_slow_down(request, wait);
	return FALSE;
}

static void
hash_password(gpointer user_data)
{
	PipitdRequest *request = user_data;
	Creation *creation = request->state;
	const PipitdOptions *options = request->server->options;
	PipitdPasswordCost cost = {(guint)options->password_memory_kib, (guint)options->password_passes};
	creation->hash = pipitd_password_hash(creation->login.password, cost);
}

static gboolean
write_account(PipitdSession *session, gpointer user_data, GError **error)
{
	PipitdRequest *request = user_data;
	Creation *creation = request->state;
	return pipitd_store_create_account(session, creation->handle, creation->hash,
					   creation->invited ? creation->invite : NULL,
					   pipitd_request_now(request), &creation->account, error);
}

static void
account_written(PipitdRequest *request)
{
	Creation *creation = request->state;
	if (request->failure != NULL) {
		pipitd_request_refuse_store(request, request->failure);
		return;
	}
	pipitd_log("account %" G_GINT64_FORMAT " created", creation->account);
	char *handles[] = {creation->handle, NULL};
	answer_handles(request, MHD_HTTP_CREATED, handles, FALSE);
}

static void
password_hashed(PipitdRequest *request)
{
	const Creation *creation = request->state;
	if (creation->hash == NULL)
		pipitd_request_refuse(request, PIPIT_PROBLEM_SERVER_BUSY, "there is no memory for that now");
	else
		pipitd_request_write(request, write_account, account_written);
}

void
pipitd_accounts_create(PipitdRequest *request)
{
	g_autoptr(JsonObject) body = pipitd_request_json(request, PIPIT_REQUEST_MAX);
	if (body == NULL)
		return;
	Creation *creation = g_new0(Creation, 1);
	pipitd_request_keep(request, creation, creation_free);
	if (read_creation(request, body, creation) && check_rate(request) && check_early(request, creation))
		pipitd_request_hash(request, hash_password, password_hashed);
}

/* Proving the password, with a further handle or without */

typedef struct {
	PipitdLogin login;
	char *handle;
} Proof;

static void
proof_free(gpointer data)
{
	Proof *proof = data;
	pipitd_login_clear(&proof->login);
	g_free(proof->handle);
	g_free(proof);
}

static Proof *
read_proof(PipitdRequest *request)
{
	g_autoptr(JsonObject) body = pipitd_request_json(request, PIPIT_REQUEST_MAX);
	if (body == NULL)
		return NULL;
	Proof *proof = g_new0(Proof, 1);
	pipitd_request_keep(request, proof, proof_free);
	const char *handle = pipitd_accounts_handle(request, body);
	if (handle == NULL || !pipitd_login_read(request, body, &proof->login))
		return NULL;
	proof->handle = g_strdup(handle);
	return proof;
}

static gboolean
write_handle(PipitdSession *session, gpointer user_data, GError **error)
{
	PipitdRequest *request = user_data;
	const Proof *proof = request->state;
	return pipitd_store_add_handle(session, request->device->account, proof->handle,
				       pipitd_request_now(request), error);
}

static void
handle_written(PipitdRequest *request)
{
	if (request->failure != NULL) {
		pipitd_request_refuse_store(request, request->failure);
		return;
	}
	pipitd_log("account %" G_GINT64_FORMAT " has one more handle", request->device->account);
	answer_account_handles(request, MHD_HTTP_CREATED, request->device->account, FALSE);
}

static void
proved_for_handle(PipitdRequest *request)
{
	if (pipitd_login_proved(request))
		pipitd_request_write(request, write_handle, handle_written);
}

static gboolean
registration_open(PipitdRequest *request)
{
	if (request->server->options->registration != PIPITD_REGISTRATION_CLOSED)
		return TRUE;
	pipitd_request_refuse(request, PIPIT_PROBLEM_REGISTRATION_CLOSED, NULL);
	return FALSE;
}

void
pipitd_accounts_add_handle(PipitdRequest *request)
{
	Proof *proof = read_proof(request);
	if (proof == NULL || !check_taken(request, proof->handle) || !registration_open(request))
		return;
	/* Counted by the account: the handle is one that nobody has yet. */
	g_autofree char *account = g_strdup_printf("account %" G_GINT64_FORMAT, request->device->account);
	pipitd_login_prove(request, account, request->device->account, proved_for_handle);
}

static void
proved_for_login(PipitdRequest *request)
{
	const Proof *proof = request->state;
	if (!pipitd_login_proved(request))
		return;
	if (proof->login.account != request->device->account) {
		/* Its own password is right, but this device is not that account's. */
		pipitd_request_refuse(request, PIPIT_PROBLEM_WRONG_PASSWORD, NULL);
		return;
	}
	answer_account_handles(request, MHD_HTTP_OK, request->device->account, TRUE);
}

void
pipitd_accounts_login(PipitdRequest *request)
{
	Proof *proof = read_proof(request);
	if (proof != NULL)
		pipitd_login_prove(request, proof->handle, 0, proved_for_login);
}

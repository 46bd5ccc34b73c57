/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks passwords for the handlers that ask for one. */
#include "server/login.h"

#include "crypto/secret.h"
#include "protocol/json_reader.h"
#include "server/log.h"
#include "server/password.h"
#include "server/store_accounts.h"

gboolean
pipitd_login_read(PipitdRequest *request, JsonObject *body, PipitdLogin *login)
{
	g_autoptr(GError) bad = NULL;
	const char *password = pipit_json_string(body, "password", PIPIT_PASSWORD_MAX, &bad);
	if (bad != NULL) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST, bad->message);
		return FALSE;
	}
	if (strlen(password) < PIPIT_PASSWORD_MIN) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_PASSWORD_TOO_SHORT,
				      "a password has at least 8 characters");
		return FALSE;
	}
	login->password = g_strdup(password);
	return TRUE;
}

void
pipitd_login_clear(PipitdLogin *login)
{
	pipit_secret_string_free(login->password);
	g_free(login->hash);
	g_free(login->network);
	g_free(login->limit_key);
}

/* Takes an attempt from both limits before the work, so that many at once cannot slip through; a right password gives
 * them back. Returns: 0, or the seconds to wait. */
static guint
take_attempt(PipitdRequest *request, const PipitdLogin *login)
{
	PipitdLimits *limits = request->server->limits;
	gint64 now = pipitd_clock_monotonic();
	guint wait = pipitd_limits_take(limits, PIPITD_LIMIT_LOGIN_NETWORK, login->network, 1, now);
	if (wait > 0)
		return wait;
	wait = pipitd_limits_take(limits, PIPITD_LIMIT_LOGIN_HANDLE, login->limit_key, 1, now);
	if (wait > 0)
		pipitd_limits_give_back(limits, PIPITD_LIMIT_LOGIN_NETWORK, login->network, 1, now);
	return wait;
}

static void
give_attempt_back(PipitdRequest *request, const PipitdLogin *login)
{
	PipitdLimits *limits = request->server->limits;
	gint64 now = pipitd_clock_monotonic();
	pipitd_limits_give_back(limits, PIPITD_LIMIT_LOGIN_NETWORK, login->network, 1, now);
	pipitd_limits_give_back(limits, PIPITD_LIMIT_LOGIN_HANDLE, login->limit_key, 1, now);
}

static gboolean
find_hash(PipitdRequest *request, PipitdLogin *login, const char *handle, gint64 account, GError **error)
{
	g_autoptr(PipitdSession) session = pipitd_store_reader(request->server->store, error);
	if (session == NULL)
		return FALSE;
	if (account == 0)
		return pipitd_store_find_account(session, handle, &login->account, &login->hash, error);
	login->account = account;
	login->hash = pipitd_store_account_password(session, account, error);
	return login->hash != NULL;
}

static void
verify(gpointer user_data)
{
	PipitdRequest *request = user_data;
	PipitdLogin *login = request->state;
	const PipitdOptions *options = request->server->options;
	PipitdPasswordCost cost = {(guint)options->password_memory_kib, (guint)options->password_passes};
	login->proved = pipitd_password_verify(login->password, login->hash, cost);
}

void
pipitd_login_prove(PipitdRequest *request, const char *handle, gint64 account, PipitdHandler next)
{
	PipitdLogin *login = request->state;
	login->network = pipitd_request_network(request);
	login->limit_key = g_strdup(handle);
	g_autoptr(GError) error = NULL;
	guint wait = take_attempt(request, login);
	if (wait > 0) {
		pipitd_log("too many failed logins from %s", login->network);
		pipitd_request_slow_down(request, wait);
	} else if (!find_hash(request, login, handle, account, &error)) {
		pipitd_request_refuse_store(request, error);
	} else {
		pipitd_request_hash(request, verify, next);
	}
}

gboolean
pipitd_login_proved(PipitdRequest *request)
{
	PipitdLogin *login = request->state;
	if (login->proved) {
		give_attempt_back(request, login);
		return TRUE;
	}
	pipitd_log("login failed from %s", login->network);
	pipitd_request_refuse(request, PIPIT_PROBLEM_WRONG_PASSWORD, NULL);
	return FALSE;
}

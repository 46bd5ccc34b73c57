/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One place turns what goes wrong between client and server into words: what happened, and what to do. */
#include "protocol/failure.h"

#include <string.h>

#include "protocol/i18n.h"

void
pipit_failure_clear(PipitFailure *failure)
{
	g_clear_error(&failure->error);
}

/* "https://pipit.example.org" is for programs; people know the name alone. */
static const char *
name_of(const char *where)
{
	return g_str_has_prefix(where, "https://") ? where + strlen("https://") : where;
}

/* @format takes the server's name, and perhaps a reason. */
G_GNUC_PRINTF(3, 0)
static void
set(PipitFailure *failure, PipitClientError code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_clear_error(&failure->error);
	failure->error = g_error_new_valist(PIPIT_CLIENT_ERROR, (gint)code, format, arguments);
	va_end(arguments);
}

void
pipit_failure_aborted(PipitFailure *failure)
{
	*failure = (PipitFailure){.problem = PIPIT_PROBLEM_COUNT};
	set(failure, PIPIT_CLIENT_ERROR_ABORTED, _("The account went offline."));
}

void
pipit_failure_from_http(PipitFailure *failure, const char *where, const GError *error)
{
	const char *server = name_of(where);

	*failure = (PipitFailure){.problem = PIPIT_PROBLEM_COUNT, .network = TRUE};
	switch ((PipitHttpError)error->code) {
	case PIPIT_HTTP_ERROR_RESOLVE:
		set(failure, PIPIT_CLIENT_ERROR_TRANSIENT,
		    _("There is no computer named %s, or this one is not connected to the network. Check the "
		      "address of the server and your connection."),
		    server);
		return;
	case PIPIT_HTTP_ERROR_CONNECT:
		set(failure, PIPIT_CLIENT_ERROR_TRANSIENT,
		    _("The server %s is not there: it refuses connections. It may be switched off; if "
		      "that does not pass, check its address."),
		    server);
		return;
	case PIPIT_HTTP_ERROR_TIMEOUT:
		set(failure, PIPIT_CLIENT_ERROR_TRANSIENT,
		    _("The server %s does not answer. Check your connection, or try again later."), server);
		return;
	case PIPIT_HTTP_ERROR_NETWORK:
		set(failure, PIPIT_CLIENT_ERROR_TRANSIENT, _("The connection to the server %s broke (%s)."),
		    server, error->message);
		return;
	case PIPIT_HTTP_ERROR_PROXY:
		set(failure, PIPIT_CLIENT_ERROR_TRANSIENT,
		    _("The proxy does not lead to %s (%s). Check the proxy settings of the account."), server,
		    error->message);
		return;
	case PIPIT_HTTP_ERROR_EXPIRED:
		set(failure, PIPIT_CLIENT_ERROR_CERTIFICATE,
		    _("The certificate of the server %s has expired or is not valid yet. Check the clock "
		      "of this computer; if it is right, tell whoever runs the server."),
		    server);
		return;
	case PIPIT_HTTP_ERROR_WRONG_HOST:
		set(failure, PIPIT_CLIENT_ERROR_CERTIFICATE,
		    _("The server %s showed a certificate for another name. Check its address; somebody "
		      "may be listening in between."),
		    server);
		return;
	case PIPIT_HTTP_ERROR_ISSUER:
		set(failure, PIPIT_CLIENT_ERROR_CERTIFICATE,
		    _("The certificate of the server %s comes from an issuer whom this computer does "
		      "not know. If the server has an issuer of its own, set its CA file in the account."),
		    server);
		return;
	case PIPIT_HTTP_ERROR_TLS:
		set(failure, PIPIT_CLIENT_ERROR_TRANSIENT,
		    _("No secure connection to the server %s came about (%s). If that does not pass, "
		      "check its address and port."),
		    server, error->message);
		return;
	case PIPIT_HTTP_ERROR_CA_FILE:
		set(failure, PIPIT_CLIENT_ERROR_INPUT,
		    _("The file of trusted certificates (CA file) can't be read. Check the setting in the "
		      "account."));
		return;
	case PIPIT_HTTP_ERROR_NOT_HTTP:
	case PIPIT_HTTP_ERROR_TOO_LARGE:
		set(failure, PIPIT_CLIENT_ERROR_NOT_PIPIT,
		    _("What answers at %s is not a Pipit server. Check the server's address."), server);
		return;
	case PIPIT_HTTP_ERROR_URL:
		set(failure, PIPIT_CLIENT_ERROR_INPUT, _("The server %s can't be used: %s."), server,
		    error->message);
		return;
	case PIPIT_HTTP_ERROR_ABORTED:
		break;
	}
	pipit_failure_aborted(failure);
}

static void
set_from_problem(PipitFailure *failure, const char *server, const char *detail)
{
	switch (failure->problem) {
	case PIPIT_PROBLEM_WRONG_PASSWORD:
		set(failure, PIPIT_CLIENT_ERROR_WRONG_PASSWORD,
		    _("Wrong password, or %s has no account for this address."), server);
		return;
	case PIPIT_PROBLEM_TOKEN_UNKNOWN:
		set(failure, PIPIT_CLIENT_ERROR_REMOVED,
		    _("The server %s does not know this device any more: it was removed from the account."),
		    server);
		return;
	case PIPIT_PROBLEM_HANDLE_NOT_ACCEPTED:
		set(failure, PIPIT_CLIENT_ERROR_REFUSED,
		    _("The server %s takes no accounts for this address. Use an address of the server's "
		      "own domain, or another server."),
		    server);
		return;
	case PIPIT_PROBLEM_REGISTRATION_CLOSED:
		set(failure, PIPIT_CLIENT_ERROR_REFUSED,
		    _("The server %s takes no new accounts. Ask whoever runs it."), server);
		return;
	case PIPIT_PROBLEM_INVITE_REQUIRED:
		set(failure, PIPIT_CLIENT_ERROR_REFUSED,
		    _("The server %s takes new accounts by invitation. Ask whoever runs it for an "
		      "invite code and enter that."),
		    server);
		return;
	case PIPIT_PROBLEM_INVITE_INVALID:
		set(failure, PIPIT_CLIENT_ERROR_REFUSED,
		    _("The server %s does not know this invite code, or it was used already. Ask for a new "
		      "one."),
		    server);
		return;
	case PIPIT_PROBLEM_HANDLE_TAKEN:
		set(failure, PIPIT_CLIENT_ERROR_INPUT,
		    _("This address already has an account at %s. If it is yours, sign in with its "
		      "password."),
		    server);
		return;
	case PIPIT_PROBLEM_HANDLE_INVALID:
		set(failure, PIPIT_CLIENT_ERROR_INPUT,
		    _("The server %s does not take this for an address. Write it as name@example.org."),
		    server);
		return;
	case PIPIT_PROBLEM_PASSWORD_TOO_SHORT:
		set(failure, PIPIT_CLIENT_ERROR_INPUT,
		    _("The password is too short. Take at least 8 characters."));
		return;
	case PIPIT_PROBLEM_DISPLACED:
		set(failure, PIPIT_CLIENT_ERROR_DISPLACED,
		    _("This device has connected a second time; only one program can use it at once."));
		return;
	case PIPIT_PROBLEM_SLOW_DOWN:
	case PIPIT_PROBLEM_SERVER_BUSY:
		set(failure, PIPIT_CLIENT_ERROR_TRANSIENT,
		    _("The server %s is too busy. Try again a little later."), server);
		return;
	case PIPIT_PROBLEM_SERVER_FAULT:
		set(failure, PIPIT_CLIENT_ERROR_TRANSIENT, _("The server %s has a fault. Try again later."),
		    server);
		return;
	case PIPIT_PROBLEM_SERVER_FULL:
		set(failure, PIPIT_CLIENT_ERROR_TRANSIENT,
		    _("The server %s has no room left. Tell whoever runs it, or try again later."), server);
		return;
	case PIPIT_PROBLEM_BLOB_TOO_LARGE:
		set(failure, PIPIT_CLIENT_ERROR_REFUSED, _("The server %s takes no files that large."),
		    server);
		return;
	case PIPIT_PROBLEM_QUOTA_EXCEEDED:
		set(failure, PIPIT_CLIENT_ERROR_REFUSED,
		    _("What you have sent and others have not fetched yet takes all the room that you have "
		      "at "
		      "%s. Try again when some of it was fetched, or ask whoever runs the server."),
		    server);
		return;
	case PIPIT_PROBLEM_TOO_MANY:
		set(failure, PIPIT_CLIENT_ERROR_REFUSED,
		    _("The account has as many devices or addresses as the server %s allows. Remove one that "
		      "is "
		      "no longer used, then try again."),
		    server);
		return;
	case PIPIT_PROBLEM_DEVICE_KEY_TAKEN:
		set(failure, PIPIT_CLIENT_ERROR_REFUSED,
		    _("The keys of this device belong to another account at %s. A folder of keys must not be "
		      "copied from one account to another."),
		    server);
		return;
	default:
		set(failure, PIPIT_CLIENT_ERROR_REFUSED, _("The server %s refuses: %s."), server,
		    detail != NULL ? detail : pipit_problem_title(failure->problem));
	}
}

static gboolean
status_will_pass(guint status)
{
	return status >= 500 || status == 408 || status == 429;
}

void
pipit_failure_from_response(PipitFailure *failure, const char *where, const PipitHttpResponse *response)
{
	g_autofree char *detail = NULL;

	*failure = (PipitFailure){.retry_after = response->retry_after};
	failure->problem = pipit_problem_parse(response->body, response->status, &detail);
	if (failure->problem != PIPIT_PROBLEM_COUNT)
		set_from_problem(failure, name_of(where), detail);
	else if (status_will_pass(response->status))
		set(failure, PIPIT_CLIENT_ERROR_TRANSIENT,
		    _("The server %s is out of order (HTTP status %u). Try again later."), name_of(where),
		    response->status);
	else
		set(failure, PIPIT_CLIENT_ERROR_NOT_PIPIT,
		    _("What answers at %s is not a Pipit server (HTTP status %u). Check the server's "
		      "address."),
		    name_of(where), response->status);
}

void
pipit_failure_malformed(PipitFailure *failure, const char *where, const char *reason)
{
	*failure = (PipitFailure){.problem = PIPIT_PROBLEM_COUNT};
	set(failure, PIPIT_CLIENT_ERROR_TRANSIENT,
	    _("The server %s gave an answer that makes no sense (%s)."), name_of(where), reason);
}

gboolean
pipit_failure_is_transient(const PipitFailure *failure)
{
	return failure->error->code == PIPIT_CLIENT_ERROR_TRANSIENT;
}

gboolean
pipit_failure_is_aborted(const PipitFailure *failure)
{
	return failure->error->code == PIPIT_CLIENT_ERROR_ABORTED;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What handlers do with a request: read it, wait for other threads, answer. */
#include "server/request.h"

#include <unistd.h>

#include "crypto/secret.h"
#include "protocol/json_reader.h"
#include "server/listener.h"
#include "server/log.h"
#include "server/router.h"

#define FULL_RETRY_SECONDS 30
#define BUSY_RETRY_SECONDS 10

PipitdRequest *
pipitd_request_new(PipitdServer *server, struct MHD_Connection *connection, const char *method,
		   const char *path)
{
	PipitdRequest *request = g_new0(PipitdRequest, 1);
	request->server = server;
	request->connection = connection;
	request->method = g_strdup(method);
	request->path = g_strdup(path);
	request->started = pipitd_clock_monotonic();
	request->body = g_byte_array_new();
	request->file = -1;
	return request;
}

void
pipitd_request_free(PipitdRequest *request)
{
	if (request->state_free != NULL)
		request->state_free(request->state);
	pipit_wipe(request->body->data, request->body->len);
	g_byte_array_unref(request->body);
	pipitd_device_free(request->device);
	g_clear_error(&request->failure);
	g_clear_pointer(&request->answer, g_bytes_unref);
	if (request->file >= 0)
		close(request->file);
	g_free(request->range);
	g_free(request->method);
	g_free(request->path);
	g_free(request->parameter);
	g_free(request);
}

void
pipitd_request_answer(PipitdRequest *request, guint status, JsonObject *object)
{
	request->status = status;
	request->answer = pipit_json_print(object);
	json_object_unref(object);
}

void
pipitd_request_answer_empty(PipitdRequest *request)
{
	request->status = MHD_HTTP_NO_CONTENT;
}

void
pipitd_request_answer_file(PipitdRequest *request, guint status, int file, guint64 first, guint64 count)
{
	request->status = status;
	request->file = file;
	request->file_first = first;
	request->file_count = count;
}

void
pipitd_request_refuse(PipitdRequest *request, PipitProblem problem, const char *detail)
{
	request->status = pipit_problem_status(problem);
	g_clear_pointer(&request->answer, g_bytes_unref);
	request->answer = pipit_problem_document(problem, detail);
	if (problem == PIPIT_PROBLEM_SERVER_BUSY)
		request->retry_after = BUSY_RETRY_SECONDS;
	else if (problem == PIPIT_PROBLEM_SERVER_FULL)
		request->retry_after = FULL_RETRY_SECONDS;
}

void
pipitd_request_slow_down(PipitdRequest *request, guint seconds)
{
	pipitd_request_refuse(request, PIPIT_PROBLEM_SLOW_DOWN, NULL);
	request->retry_after = seconds;
}

static PipitProblem
problem_of(const GError *error)
{
	switch ((PipitdStoreError)error->code) {
	case PIPITD_STORE_ERROR_FULL:
		return PIPIT_PROBLEM_SERVER_FULL;
	case PIPITD_STORE_ERROR_NOT_FOUND:
		return PIPIT_PROBLEM_NOT_FOUND;
	case PIPITD_STORE_ERROR_HANDLE_TAKEN:
		return PIPIT_PROBLEM_HANDLE_TAKEN;
	case PIPITD_STORE_ERROR_TOO_MANY:
		return PIPIT_PROBLEM_TOO_MANY;
	case PIPITD_STORE_ERROR_INVITE_INVALID:
		return PIPIT_PROBLEM_INVITE_INVALID;
	case PIPITD_STORE_ERROR_DEVICE_KEY_TAKEN:
		return PIPIT_PROBLEM_DEVICE_KEY_TAKEN;
	case PIPITD_STORE_ERROR_KEYS_DIFFER:
		return PIPIT_PROBLEM_KEYS_INVALID;
	case PIPITD_STORE_ERROR_PREKEY_ROLLBACK:
		return PIPIT_PROBLEM_PREKEY_ROLLBACK;
	case PIPITD_STORE_ERROR_QUOTA:
		return PIPIT_PROBLEM_QUOTA_EXCEEDED;
	case PIPITD_STORE_ERROR_NEWER:
	case PIPITD_STORE_ERROR_FAULT:
		break;
	}
	return PIPIT_PROBLEM_SERVER_FAULT;
}

void
pipitd_request_refuse_store(PipitdRequest *request, const GError *error)
{
	PipitProblem problem = problem_of(error);
	gboolean operators = problem == PIPIT_PROBLEM_SERVER_FULL || problem == PIPIT_PROBLEM_SERVER_FAULT;
	if (operators)
		pipitd_log("%s %s failed: %s", request->method, request->route->path, error->message);
	/* What SQLite says is the operator's; what we say of a conflict is the client's. */
	pipitd_request_refuse(request, problem, operators ? NULL : error->message);
}

JsonObject *
pipitd_request_json(PipitdRequest *request, gsize max_size)
{
	g_autoptr(GError) bad = NULL;
	JsonObject *object =
		pipit_json_parse((const char *)request->body->data, request->body->len, max_size, &bad);
	if (object == NULL)
		pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST, bad->message);
	return object;
}

void
pipitd_request_keep(PipitdRequest *request, gpointer state, GDestroyNotify state_free)
{
	g_assert(request->state == NULL);
	request->state = state;
	request->state_free = state_free;
}

void
pipitd_request_suspend(PipitdRequest *request, PipitdHandler next)
{
	request->next = next;
	MHD_suspend_connection(request->connection);
}

void
pipitd_request_resume(PipitdRequest *request)
{
	MHD_resume_connection(request->connection);
}

static void
on_written(gpointer user_data, const GError *error)
{
	PipitdRequest *request = user_data;
	g_clear_error(&request->failure);
	request->failure = error == NULL ? NULL : g_error_copy(error);
	pipitd_request_resume(request);
}

void
pipitd_request_write(PipitdRequest *request, PipitdWriteFunc run, PipitdHandler next)
{
	/* In this order: the writer may be done before this returns. */
	pipitd_request_suspend(request, next);
	pipitd_writer_submit(request->server->writer, run, on_written, request);
}

typedef struct {
	PipitdRequest *request;
	void (*work)(gpointer request);
} Work;

static void
do_work(gpointer user_data)
{
	g_autofree Work *work = user_data;
	work->work(work->request);
	pipitd_request_resume(work->request);
}

void
pipitd_request_hash(PipitdRequest *request, void (*work)(gpointer request), PipitdHandler next)
{
	if (pipitd_password_pool_busy(request->server->passwords)) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_SERVER_BUSY, "too many people are signing in");
		return;
	}
	Work *job = g_new(Work, 1);
	*job = (Work){request, work};
	pipitd_request_suspend(request, next);
	pipitd_password_pool_push(request->server->passwords, do_work, job);
}

void
pipitd_request_disk(PipitdRequest *request, void (*work)(gpointer request), PipitdHandler next)
{
	Work *job = g_new(Work, 1);
	*job = (Work){request, work};
	pipitd_request_suspend(request, next);
	pipitd_job_pool_push(request->server->disk, do_work, job);
}

PipitdConnection *
pipitd_request_connection(PipitdRequest *request)
{
	return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
		->socket_context;
}

char *
pipitd_request_network(PipitdRequest *request)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	return pipitd_address_network(info->client_addr);
}

int
pipitd_request_socket(PipitdRequest *request)
{
	return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

const char *
pipitd_request_header(PipitdRequest *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

gint64
pipitd_request_now(const PipitdRequest *request)
{
	return pipitd_clock_now(&request->server->clock);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts the server together, and takes it apart in the order that loses nothing. */
#include "server/server.h"

#include <sys/resource.h>

#include "server/blob_upkeep.h"
#include "server/control.h"
#include "server/front.h"
#include "server/log.h"

#define LOGIN_WINDOW_SECONDS (15 * 60)
#define HOUR_SECONDS (60 * 60)
#define DISK_THREADS 4   /* one may be at the end of a long file while others go on */
#define OTHER_FILES 1024 /* that are no client's connection: blobs on their way, and a few of our own */

static void
set_limits(PipitdLimits *limits, const PipitdOptions *options)
{
	pipitd_limits_set(limits, PIPITD_LIMIT_LOGIN_HANDLE, (guint)options->failed_logins_per_handle,
			  LOGIN_WINDOW_SECONDS);
	pipitd_limits_set(limits, PIPITD_LIMIT_LOGIN_NETWORK, (guint)options->failed_logins_per_address,
			  LOGIN_WINDOW_SECONDS);
	pipitd_limits_set(limits, PIPITD_LIMIT_REGISTER_NETWORK, (guint)options->registrations_per_address,
			  HOUR_SECONDS);
	pipitd_limits_set(limits, PIPITD_LIMIT_LOOKUP_ACCOUNT, (guint)options->lookups_per_account,
			  HOUR_SECONDS);
}

static void
raise_file_limit(const PipitdOptions *options)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)options->max_connections + OTHER_FILES;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = MIN(wanted, limit.rlim_max);
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < wanted)
		pipitd_log("only %" G_GUINT64_FORMAT
			   " files may be open, which is too few for %d connections",
			   (guint64)limit.rlim_cur, options->max_connections);
}

static gboolean
write_port_file(const PipitdServer *server, GError **error)
{
	if (server->options->port_file == NULL)
		return TRUE;
	g_autofree char *text = g_strconcat(pipitd_server_address(server), "\n", NULL);
	/* Written beside it and renamed: who waits for the file never reads half of it. */
	return g_file_set_contents(server->options->port_file, text, -1, error);
}

static gboolean
start_blobs(PipitdServer *server, GError **error)
{
	g_autofree char *folder = pipitd_state_dir_path(server->dir, "blobs");
	server->blob_files = pipitd_blob_files_open(folder, error);
	if (server->blob_files == NULL)
		return FALSE;
	server->blob_claims = pipitd_blob_claims_new();
	server->disk = pipitd_job_pool_new(DISK_THREADS);
	server->blob_upkeep = pipitd_blob_upkeep_start(server);
	return TRUE;
}

static gboolean
start_parts(PipitdServer *server, GError **error)
{
	const PipitdOptions *options = server->options;
	server->dir = pipitd_state_dir_open(options->state, error);
	if (server->dir == NULL)
		return FALSE;
	g_autofree char *path = pipitd_state_dir_path(server->dir, "pipitd.db");
	server->store = pipitd_store_open(path, (gint64)options->store_max_mib * 1024 * 1024, error);
	if (server->store == NULL)
		return FALSE;
	server->writer = pipitd_writer_new(server->store, &server->clock);
	server->watcher = pipitd_watcher_new(error);
	if (server->watcher == NULL)
		return FALSE;
	server->parking = pipitd_parking_new(server->watcher);
	server->passwords = pipitd_password_pool_new((guint)options->password_threads);
	server->limits = pipitd_limits_new();
	set_limits(server->limits, options);
	if (!start_blobs(server, error))
		return FALSE;
	server->front = pipitd_front_start(server, error);
	if (server->front == NULL)
		return FALSE;
	server->control = pipitd_control_start(server, error);
	return server->control != NULL && write_port_file(server, error);
}

PipitdServer *
pipitd_server_start(const PipitdOptions *options, GError **error)
{
	g_autoptr(PipitdServer) server = g_new0(PipitdServer, 1);
	server->options = options;
	server->clock.offset_ms = options->clock_offset * PIPITD_MS_PER_SECOND;
	raise_file_limit(options);
	if (!start_parts(server, error))
		return NULL;
	pipitd_log("pipitd " PIPIT_VERSION " listens on %s://%s", options->cert == NULL ? "http" : "https",
		   pipitd_server_address(server));
	return g_steal_pointer(&server);
}

void
pipitd_server_stop(PipitdServer *server)
{
	if (server == NULL)
		return;
	pipitd_control_stop(server->control);
	/* Polls and uploads first, since they would wait for minutes; then what was begun, which needs all the threads; then
	 * the threads, after which nothing resumes a connection; and only then the connections. */
	if (server->parking != NULL)
		pipitd_parking_close(server->parking);
	if (server->blob_claims != NULL)
		pipitd_blob_claims_close(server->blob_claims);
	if (server->front != NULL)
		pipitd_front_drain(server->front);
	pipitd_blob_upkeep_close(server->blob_upkeep);
	pipitd_job_pool_free(server->disk);
	pipitd_password_pool_free(server->passwords);
	pipitd_writer_free(server->writer);
	if (server->front != NULL)
		pipitd_front_stop(server->front);
	pipitd_watcher_free(server->watcher);
	pipitd_front_free(server->front);
	pipitd_parking_free(server->parking);
	pipitd_blob_upkeep_free(server->blob_upkeep);
	pipitd_blob_claims_free(server->blob_claims);
	pipitd_blob_files_free(server->blob_files);
	pipitd_limits_free(server->limits);
	pipitd_store_close(server->store);
	pipitd_state_dir_close(server->dir);
	g_free(server);
}

const char *
pipitd_server_address(const PipitdServer *server)
{
	return pipitd_front_address(server->front);
}

void
pipitd_server_reload(PipitdServer *server)
{
	g_autoptr(GError) error = NULL;
	if (pipitd_front_reload(server->front, &error))
		pipitd_log("the certificate was read again");
	else
		pipitd_log("the old certificate stays in use: %s", error->message);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking the directory: what several conversations want to know at once goes out as one request, and nobody asks for a
 * handle twice at a time. Answers are read in a worker, since that verifies signatures. */
#include "protocol/client_private.h"

#include "protocol/limits.h"

/* Somebody who waits for all of some handles. */
typedef struct {
	GHashTable *missing; /* handles that were not answered yet */
	PipitLookedUp done;
	gpointer user_data;
} Waiter;

/* One request on its way. */
typedef struct {
	PipitSession *session;
	char **handles;
	gint64 begun; /* ms, our clock */
} Asked;

/* Its answer in a worker. */
typedef struct {
	char **handles;
	gint64 begun;
	GBytes *body;
	PipitLookupAnswer *answer;
	GError *bad;
} AnswerJob;

struct PipitLookups {
	PipitSession *session;
	GList *waiters;     /* of Waiter, the latest first */
	GHashTable *wanted; /* handles to be asked for at the end of this turn */
	GHashTable *asked;  /* handles on their way */
	guint timer;
};

static GHashTable *
handle_set_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void
waiter_finish(Waiter *waiter, const PipitFailure *failure)
{
	PipitLookedUp done = waiter->done;
	gpointer user_data = waiter->user_data;

	g_hash_table_unref(waiter->missing);
	g_free(waiter);
	done(user_data, failure);
}

/* Takes out those who need not wait any more: with a @failure, everybody who waits for one of @handles; else those for
 * whom these were the last. */
static GList *
take_waiters(PipitLookups *lookups, const char *const *handles, const PipitFailure *failure)
{
	GList *ready = NULL;

	for (GList *link = lookups->waiters, *next; link != NULL; link = next) {
		Waiter *waiter = link->data;
		gboolean touched = FALSE;
		next = link->next;
		for (guint i = 0; handles[i] != NULL; i++)
			touched |= g_hash_table_remove(waiter->missing, handles[i]);
		if (!touched || (failure == NULL && g_hash_table_size(waiter->missing) > 0))
			continue;
		lookups->waiters = g_list_remove_link(lookups->waiters, link);
		ready = g_list_concat(link, ready);
	}
	return ready;
}

/* A waiter may end the session in there: the others were taken out already, and hear of it here. */
static void
finish_all(PipitSession *session, GList *waiters, const PipitFailure *failure)
{
	g_auto(PipitFailure) aborted = {0};

	pipit_failure_aborted(&aborted);
	for (GList *link = waiters; link != NULL; link = link->next)
		waiter_finish(link->data, session->closed ? &aborted : failure);
	g_list_free(waiters);
}

static void
settle(PipitSession *ending, const char *const *handles, const PipitFailure *failure)
{
	g_autoptr(PipitSession) session = pipit_session_ref(ending);
	PipitLookups *lookups = session->lookups;

	for (guint i = 0; handles[i] != NULL; i++)
		g_hash_table_remove(lookups->asked, handles[i]);
	finish_all(session, take_waiters(lookups, handles, failure), failure);
}

static void
run_answer_job(gpointer job)
{
	AnswerJob *answer = job;

	answer->answer =
		pipit_lookup_answer_parse(answer->body, (const char *const *)answer->handles, &answer->bad);
}

static void
free_answer_job(gpointer job)
{
	AnswerJob *answer = job;

	g_strfreev(answer->handles);
	g_bytes_unref(answer->body);
	pipit_lookup_answer_free(answer->answer);
	g_clear_error(&answer->bad);
	g_free(answer);
}

static void
on_read(gpointer job, gpointer user_data)
{
	g_autoptr(PipitSession) session = pipit_session_ref(user_data);
	AnswerJob *read = job;
	const char *const *handles = (const char *const *)read->handles;
	GError *store_error = NULL;
	g_auto(PipitFailure) failure = {0};

	if (read->answer == NULL) {
		pipit_failure_malformed(&failure, pipit_api_origin(session->api), read->bad->message);
		settle(session, handles, &failure);
		return;
	}
	pipit_session_set_server_time(session, read->answer->time);
	if (!pipit_directory_digest(session->client->directory, read->answer, read->begun, &store_error)) {
		pipit_session_fail_store(session, store_error);
		return;
	}
	/* Before what those who wait will show. */
	pipit_session_tell_new_devices(session);
	if (!session->closed)
		settle(session, handles, NULL);
}

static void
asked_free(Asked *asked)
{
	g_strfreev(asked->handles);
	pipit_session_unref(asked->session);
	g_free(asked);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Asked, asked_free)

static void
on_answer(gpointer user_data, GBytes *body, const PipitFailure *failure)
{
	g_autoptr(Asked) asked = user_data;
	PipitSession *session = asked->session;

	if (session->closed)
		return; /* pipit_lookups_free() tells those who wait */
	if (failure != NULL) {
		settle(session, (const char *const *)asked->handles, failure);
		return;
	}
	AnswerJob *job = g_new0(AnswerJob, 1);
	job->handles = g_steal_pointer(&asked->handles);
	job->begun = asked->begun;
	job->body = g_bytes_ref(body);
	pipit_workers_push(session->workers, job, run_answer_job, on_read, session, free_answer_job);
}

/* Moves up to 64 handles from wanted to asked. */
static char **
take_wanted(PipitLookups *lookups)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	GHashTableIter iter;
	gpointer handle;
	guint count = 0;

	g_hash_table_iter_init(&iter, lookups->wanted);
	while (count < PIPIT_LOOKUP_MAX_HANDLES && g_hash_table_iter_next(&iter, &handle, NULL)) {
		g_strv_builder_add(builder, handle);
		g_hash_table_add(lookups->asked, g_strdup(handle));
		g_hash_table_iter_remove(&iter);
		count++;
	}
	return g_strv_builder_end(builder);
}

static gboolean
on_ask(gpointer user_data)
{
	PipitLookups *lookups = user_data;
	PipitSession *session = lookups->session;

	lookups->timer = 0;
	while (g_hash_table_size(lookups->wanted) > 0) {
		Asked *asked = g_new(Asked, 1);
		*asked = (Asked){
			.session = pipit_session_ref(session),
			.handles = take_wanted(lookups),
			.begun = pipit_client_now(),
		};
		g_autoptr(GBytes) request = pipit_lookup_request((const char *const *)asked->handles);
		pipit_api_look_up(session->api, request, on_answer, asked);
	}
	return G_SOURCE_REMOVE;
}

PipitLookups *
pipit_lookups_new(PipitSession *session)
{
	PipitLookups *lookups = g_new0(PipitLookups, 1);

	lookups->session = session;
	lookups->wanted = handle_set_new();
	lookups->asked = handle_set_new();
	return lookups;
}

void
pipit_lookups_free(PipitLookups *lookups)
{
	if (lookups->timer != 0)
		lookups->session->client->loop->timeout_remove(lookups->timer);
	finish_all(lookups->session, g_list_reverse(g_steal_pointer(&lookups->waiters)), NULL);
	g_hash_table_unref(lookups->wanted);
	g_hash_table_unref(lookups->asked);
	g_free(lookups);
}

void
pipit_lookups_add(PipitLookups *lookups, const char *const *handles, PipitLookedUp done, gpointer user_data)
{
	Waiter *waiter = g_new(Waiter, 1);

	*waiter = (Waiter){.missing = handle_set_new(), .done = done, .user_data = user_data};
	for (guint i = 0; handles[i] != NULL; i++) {
		g_hash_table_add(waiter->missing, g_strdup(handles[i]));
		if (!g_hash_table_contains(lookups->asked, handles[i]))
			g_hash_table_add(lookups->wanted, g_strdup(handles[i]));
	}
	lookups->waiters = g_list_prepend(lookups->waiters, waiter);
	if (lookups->timer == 0)
		lookups->timer = lookups->session->client->loop->timeout_add(0, on_ask, lookups);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One thread on one epoll. Watches are named by number, so that an event that is late finds nothing, not another's. */
#include "server/watcher.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/clock.h"

#define WAKE_ID 0
#define EVENTS_AT_ONCE 64

typedef struct {
	gint64 deadline;
	guint64 id;
	int fd;
	PipitdWatchFunc func;
	gpointer user_data;
} Watch;

struct PipitdWatcher {
	int epoll;
	int wake;
	GThread *thread;
	GMutex lock; /* over what follows */
	guint64 last_id;
	GHashTable *watches; /* id -> Watch, owns it */
	GTree *deadlines;    /* of the same Watches, earliest first */
	gboolean stopping;
};

static gint
compare_deadlines(gconstpointer a, gconstpointer b)
{
	const Watch *x = a;
	const Watch *y = b;
	if (x->deadline != y->deadline)
		return x->deadline < y->deadline ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Takes a watch out of the tables. Returns: (transfer full) NULL if it is not there any more. Call with the lock held. */
static Watch *
take(PipitdWatcher *watcher, guint64 id)
{
	gpointer value = NULL;
	if (!g_hash_table_steal_extended(watcher->watches, &id, NULL, &value))
		return NULL;
	Watch *watch = value;
	g_tree_remove(watcher->deadlines, watch);
	if (watch->fd >= 0)
		epoll_ctl(watcher->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	return watch;
}

static void
fire(PipitdWatcher *watcher, guint64 id, PipitdWatchEvent event)
{
	g_mutex_lock(&watcher->lock);
	g_autofree Watch *watch = take(watcher, id);
	g_mutex_unlock(&watcher->lock);
	if (watch != NULL)
		watch->func(watch->user_data, id, event);
}

static const Watch *
earliest(PipitdWatcher *watcher)
{
	GTreeNode *node = g_tree_node_first(watcher->deadlines);
	return node == NULL ? NULL : g_tree_node_key(node);
}

/* Fires what is due. Returns: milliseconds until the next deadline, -1 if there is none. */
static int
fire_due(PipitdWatcher *watcher)
{
	for (;;) {
		g_mutex_lock(&watcher->lock);
		const Watch *next = earliest(watcher);
		gint64 wait = next == NULL ? -1 : MAX(next->deadline - pipitd_clock_monotonic(), 0);
		guint64 id = next == NULL ? 0 : next->id;
		g_mutex_unlock(&watcher->lock);
		if (wait != 0)
			return (int)MIN(wait, G_MAXINT);
		fire(watcher, id, PIPITD_WATCH_DEADLINE);
	}
}

static gpointer
watch_loop(gpointer user_data)
{
	PipitdWatcher *watcher = user_data;
	for (;;) {
		struct epoll_event events[EVENTS_AT_ONCE];
		int count = epoll_wait(watcher->epoll, events, EVENTS_AT_ONCE, fire_due(watcher));
		for (int i = 0; i < count; i++) {
			if (events[i].data.u64 != WAKE_ID) {
				fire(watcher, events[i].data.u64, PIPITD_WATCH_GONE);
				continue;
			}
			eventfd_t value;
			eventfd_read(watcher->wake, &value);
		}
		g_mutex_lock(&watcher->lock);
		gboolean stopping = watcher->stopping;
		g_mutex_unlock(&watcher->lock);
		if (stopping)
			return NULL;
	}
}

PipitdWatcher *
pipitd_watcher_new(GError **error)
{
	PipitdWatcher *watcher = g_new0(PipitdWatcher, 1);
	g_mutex_init(&watcher->lock);
	watcher->watches = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
	watcher->deadlines = g_tree_new(compare_deadlines);
	watcher->epoll = epoll_create1(EPOLL_CLOEXEC);
	watcher->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = WAKE_ID};
	if (watcher->epoll < 0 || watcher->wake < 0 ||
	    epoll_ctl(watcher->epoll, EPOLL_CTL_ADD, watcher->wake, &event) != 0) {
		g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "epoll: %s",
			    g_strerror(errno));
		pipitd_watcher_free(watcher);
		return NULL;
	}
	watcher->thread = g_thread_new("watcher", watch_loop, watcher);
	return watcher;
}

void
pipitd_watcher_free(PipitdWatcher *watcher)
{
	if (watcher == NULL)
		return;
	if (watcher->thread != NULL) {
		g_mutex_lock(&watcher->lock);
		watcher->stopping = TRUE;
		g_mutex_unlock(&watcher->lock);
		eventfd_write(watcher->wake, 1);
		g_thread_join(watcher->thread);
	}
	if (watcher->epoll >= 0)
		close(watcher->epoll);
	if (watcher->wake >= 0)
		close(watcher->wake);
	g_tree_unref(watcher->deadlines);
	g_hash_table_unref(watcher->watches);
	g_mutex_clear(&watcher->lock);
	g_free(watcher);
}

guint64
pipitd_watcher_add(PipitdWatcher *watcher, int fd, gint64 deadline, PipitdWatchFunc func, gpointer user_data)
{
	Watch *watch = g_new0(Watch, 1);
	*watch = (Watch){.deadline = deadline, .fd = fd, .func = func, .user_data = user_data};
	g_mutex_lock(&watcher->lock);
	guint64 id = watch->id = ++watcher->last_id;
	g_hash_table_insert(watcher->watches, &watch->id, watch);
	g_tree_insert(watcher->deadlines, watch, watch);
	gboolean sooner = earliest(watcher) == watch;
	/* In the set as the last step: an error here (no memory) leaves the deadline, which is enough. */
	struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.u64 = id};
	if (fd >= 0)
		epoll_ctl(watcher->epoll, EPOLL_CTL_ADD, fd, &event);
	g_mutex_unlock(&watcher->lock);
	if (sooner)
		eventfd_write(watcher->wake, 1);
	return id;
}

void
pipitd_watcher_remove(PipitdWatcher *watcher, guint64 id)
{
	g_mutex_lock(&watcher->lock);
	g_autofree Watch *watch = take(watcher, id);
	g_mutex_unlock(&watcher->lock);
	(void)watch;
}

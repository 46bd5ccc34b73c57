/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the waiting polls. Who takes one out of the table wakes it, so that it is woken once whatever coincides. */
#include "server/parking.h"

struct PipitdParking {
	PipitdWatcher *watcher;
	GMutex lock;         /* over what follows */
	GHashTable *devices; /* device -> PipitdParked */
	GHashTable *watches; /* watch -> PipitdParked */
	guint64 last_ticket;
	gboolean closed;
};

PipitdParking *
pipitd_parking_new(PipitdWatcher *watcher)
{
	PipitdParking *parking = g_new0(PipitdParking, 1);
	parking->watcher = watcher;
	g_mutex_init(&parking->lock);
	parking->devices = g_hash_table_new(g_int64_hash, g_int64_equal);
	parking->watches = g_hash_table_new(g_int64_hash, g_int64_equal);
	return parking;
}

void
pipitd_parking_free(PipitdParking *parking)
{
	if (parking == NULL)
		return;
	g_hash_table_unref(parking->devices);
	g_hash_table_unref(parking->watches);
	g_mutex_clear(&parking->lock);
	g_free(parking);
}

guint64
pipitd_parking_ticket(PipitdParking *parking)
{
	g_mutex_lock(&parking->lock);
	guint64 ticket = ++parking->last_ticket;
	g_mutex_unlock(&parking->lock);
	return ticket;
}

/* Takes a poll out of the tables; call with the lock held. */
static void
take(PipitdParking *parking, PipitdParked *parked, PipitdWake wake)
{
	g_hash_table_remove(parking->devices, &parked->device);
	g_hash_table_remove(parking->watches, &parked->watch);
	parked->wake = wake;
}

/* Wakes one that was taken; call without the lock. */
static void
wake_taken(PipitdParking *parking, PipitdParked *parked)
{
	/* First out of the epoll set: once woken, its socket may be closed and the number be another's. */
	pipitd_watcher_remove(parking->watcher, parked->watch);
	parked->woken(parked);
}

static void
on_watch(gpointer user_data, guint64 watch, PipitdWatchEvent event)
{
	PipitdParking *parking = user_data;
	g_mutex_lock(&parking->lock);
	PipitdParked *parked = g_hash_table_lookup(parking->watches, &watch);
	if (parked != NULL)
		take(parking, parked, event == PIPITD_WATCH_GONE ? PIPITD_WAKE_GONE : PIPITD_WAKE_TIME);
	g_mutex_unlock(&parking->lock);
	if (parked != NULL)
		parked->woken(parked);
}

void
pipitd_parking_park(PipitdParking *parking, PipitdParked *parked)
{
	PipitdParked *loser = NULL;
	g_mutex_lock(&parking->lock);
	PipitdParked *other = g_hash_table_lookup(parking->devices, &parked->device);
	if (parking->closed) {
		parked->wake = PIPITD_WAKE_CLOSING;
		loser = parked;
	} else if (other != NULL && other->ticket > parked->ticket) {
		/* It came later, and was only quicker to get here. */
		parked->wake = PIPITD_WAKE_DISPLACED;
		loser = parked;
	} else if (other != NULL) {
		take(parking, other, PIPITD_WAKE_DISPLACED);
		loser = other;
	}
	if (loser != parked) {
		parked->watch =
			pipitd_watcher_add(parking->watcher, parked->fd, parked->deadline, on_watch, parking);
		g_hash_table_insert(parking->devices, &parked->device, parked);
		g_hash_table_insert(parking->watches, &parked->watch, parked);
	}
	g_mutex_unlock(&parking->lock);
	if (loser != NULL)
		wake_taken(parking, loser);
}

void
pipitd_parking_wake(PipitdParking *parking, gint64 device, PipitdWake wake)
{
	g_mutex_lock(&parking->lock);
	PipitdParked *parked = g_hash_table_lookup(parking->devices, &device);
	if (parked != NULL)
		take(parking, parked, wake);
	g_mutex_unlock(&parking->lock);
	if (parked != NULL)
		wake_taken(parking, parked);
}

gboolean
pipitd_parking_hand(PipitdParking *parking, gint64 device, PipitdMessage *message)
{
	g_mutex_lock(&parking->lock);
	PipitdParked *parked = g_hash_table_lookup(parking->devices, &device);
	if (parked != NULL) {
		take(parking, parked, PIPITD_WAKE_EPHEMERAL);
		parked->ephemeral = message;
	}
	g_mutex_unlock(&parking->lock);
	if (parked != NULL)
		wake_taken(parking, parked);
	return parked != NULL;
}

void
pipitd_parking_close(PipitdParking *parking)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	g_mutex_lock(&parking->lock);
	parking->closed = TRUE;
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, parking->devices);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		g_ptr_array_add(all, value);
	for (guint i = 0; i < all->len; i++)
		take(parking, all->pdata[i], PIPITD_WAKE_CLOSING);
	g_mutex_unlock(&parking->lock);
	for (guint i = 0; i < all->len; i++)
		wake_taken(parking, all->pdata[i]);
}

guint
pipitd_parking_count(PipitdParking *parking)
{
	g_mutex_lock(&parking->lock);
	guint count = g_hash_table_size(parking->devices);
	g_mutex_unlock(&parking->lock);
	return count;
}

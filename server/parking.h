/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Polls that wait for a message. One a device: a second one displaces the first, so that the first one's client learns
 * that somebody else uses its device. */
#pragma once

#include "server/store_queue.h"
#include "server/watcher.h"

typedef enum {
	PIPITD_WAKE_MESSAGE,   /* look into the queue */
	PIPITD_WAKE_EPHEMERAL, /* take parked->ephemeral */
	PIPITD_WAKE_TIME,      /* nothing came */
	PIPITD_WAKE_GONE,      /* the client went away */
	PIPITD_WAKE_DISPLACED, /* by a second poll */
	PIPITD_WAKE_REMOVED,   /* the device was removed */
	PIPITD_WAKE_CLOSING,   /* the server stops */
} PipitdWake;

typedef struct PipitdParked PipitdParked;

/* A poll that waits; owned by whoever parks it, and untouched by others once it was woken. */
struct PipitdParked {
	gint64 device;
	guint64 ticket;  /* in the order in which polls came */
	int fd;          /* the client's socket */
	gint64 deadline; /* pipitd_clock_monotonic() */
	/** Called once, on any thread, with the lock of nobody held. */
	void (*woken)(PipitdParked *parked);
	gpointer user_data;
	/* Set when it is woken: */
	PipitdWake wake;
	PipitdMessage *ephemeral; /* (owned) */
	guint64 watch;            /* parking's own */
};

typedef struct PipitdParking PipitdParking;

PipitdParking *pipitd_parking_new(PipitdWatcher *watcher);
/** Nobody may be parked any more. NULL is fine. */
void pipitd_parking_free(PipitdParking *parking);

/** Returns: the number of a poll that came now. */
guint64 pipitd_parking_ticket(PipitdParking *parking);

/** Parks a poll. It may be woken before this returns. */
void pipitd_parking_park(PipitdParking *parking, PipitdParked *parked);

/** Wakes the device's poll, if one waits. */
void pipitd_parking_wake(PipitdParking *parking, gint64 device, PipitdWake wake);

/** Hands an ephemeral message to the device's poll; FALSE, and @message stays the caller's, if none waits. */
gboolean pipitd_parking_hand(PipitdParking *parking, gint64 device, PipitdMessage *message);

/** Wakes all, and whoever parks from now on at once. */
void pipitd_parking_close(PipitdParking *parking);

/** Returns: how many wait. */
guint pipitd_parking_count(PipitdParking *parking);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdParking, pipitd_parking_free)

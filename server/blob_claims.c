/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of who works on which blob. */
#include "server/blob_claims.h"

typedef struct {
	char *id;
	gint64 account;     /* 0: not an upload */
	PipitdClaimEnd end; /* NULL: gives it back by itself */
	gpointer holder;
	GQueue waiting; /* of Waiter */
} Claim;

typedef struct {
	PipitdClaimGranted granted;
	gpointer user_data;
} Waiter;

struct PipitdBlobClaims {
	GMutex lock;
	GHashTable *held; /* id -> Claim */
	gboolean closed;
};

static void
claim_free(gpointer data)
{
	Claim *claim = data;
	g_free(claim->id);
	g_free(claim);
}

PipitdBlobClaims *
pipitd_blob_claims_new(void)
{
	PipitdBlobClaims *claims = g_new0(PipitdBlobClaims, 1);
	g_mutex_init(&claims->lock);
	claims->held = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, claim_free);
	return claims;
}

void
pipitd_blob_claims_free(PipitdBlobClaims *claims)
{
	if (claims == NULL)
		return;
	g_hash_table_unref(claims->held);
	g_mutex_clear(&claims->lock);
	g_free(claims);
}

/* With the lock held. */
static void
tell_to_end(Claim *claim)
{
	if (claim->end != NULL)
		claim->end(claim->holder);
}

/* With the lock held, when nobody has it. */
static Claim *
add(PipitdBlobClaims *claims, const char *id)
{
	Claim *claim = g_new0(Claim, 1);
	claim->id = g_strdup(id);
	g_queue_init(&claim->waiting);
	g_hash_table_insert(claims->held, claim->id, claim);
	return claim;
}

gboolean
pipitd_blob_claims_take(PipitdBlobClaims *claims, const char *id, gint64 account, PipitdClaimEnd end,
			gpointer holder)
{
	g_mutex_lock(&claims->lock);
	Claim *claim = g_hash_table_lookup(claims->held, id);
	gboolean taken = claim == NULL;
	if (taken) {
		claim = add(claims, id);
		claim->account = account;
		claim->end = end;
		claim->holder = holder;
	}
	if (!taken || claims->closed)
		tell_to_end(claim);
	g_mutex_unlock(&claims->lock);
	return taken;
}

gboolean
pipitd_blob_claims_try(PipitdBlobClaims *claims, const char *id)
{
	g_mutex_lock(&claims->lock);
	gboolean taken = !g_hash_table_contains(claims->held, id);
	if (taken)
		add(claims, id);
	g_mutex_unlock(&claims->lock);
	return taken;
}

void
pipitd_blob_claims_wait(PipitdBlobClaims *claims, const char *id, PipitdClaimGranted granted,
			gpointer user_data)
{
	g_mutex_lock(&claims->lock);
	Claim *claim = g_hash_table_lookup(claims->held, id);
	if (claim != NULL) {
		Waiter *waiter = g_new(Waiter, 1);
		*waiter = (Waiter){granted, user_data};
		g_queue_push_tail(&claim->waiting, waiter);
		tell_to_end(claim);
	} else {
		add(claims, id);
	}
	g_mutex_unlock(&claims->lock);
	if (claim == NULL)
		granted(user_data);
}

void
pipitd_blob_claims_settle(PipitdBlobClaims *claims, const char *id)
{
	g_mutex_lock(&claims->lock);
	Claim *claim = g_hash_table_lookup(claims->held, id);
	claim->end = NULL;
	g_mutex_unlock(&claims->lock);
}

void
pipitd_blob_claims_release(PipitdBlobClaims *claims, const char *id)
{
	g_mutex_lock(&claims->lock);
	Claim *claim = g_hash_table_lookup(claims->held, id);
	g_autofree Waiter *next = g_queue_pop_head(&claim->waiting);
	claim->account = 0;
	claim->end = NULL;
	if (next == NULL)
		g_hash_table_remove(claims->held, id);
	g_mutex_unlock(&claims->lock);
	if (next != NULL)
		next->granted(next->user_data);
}

guint
pipitd_blob_claims_count(PipitdBlobClaims *claims, gint64 account)
{
	guint count = 0;
	GHashTableIter iter;
	gpointer value;
	g_mutex_lock(&claims->lock);
	g_hash_table_iter_init(&iter, claims->held);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const Claim *claim = value;
		count += claim->account != 0 && (account == 0 || claim->account == account) ? 1 : 0;
	}
	g_mutex_unlock(&claims->lock);
	return count;
}

void
pipitd_blob_claims_close(PipitdBlobClaims *claims)
{
	GHashTableIter iter;
	gpointer value;
	g_mutex_lock(&claims->lock);
	claims->closed = TRUE;
	g_hash_table_iter_init(&iter, claims->held);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		tell_to_end(value);
	g_mutex_unlock(&claims->lock);
}

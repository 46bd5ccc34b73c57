/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Token buckets. A full bucket is like none, so those are dropped and memory follows the abuse, not the users. */
#include "server/limits.h"

#include <math.h>

#define SWEEP_SIZE 1024 /* buckets of one kind before full ones are looked for */

typedef struct {
	double level;
	gint64 at; /* when it stood at that level */
} Bucket;

typedef struct {
	double capacity;
	double per_ms;
	GHashTable *buckets; /* key -> Bucket */
	guint sweep_at;
} Kind;

struct PipitdLimits {
	GMutex lock;
	Kind kinds[PIPITD_LIMIT_COUNT];
};

PipitdLimits *
pipitd_limits_new(void)
{
	PipitdLimits *limits = g_new0(PipitdLimits, 1);
	g_mutex_init(&limits->lock);
	for (guint i = 0; i < PIPITD_LIMIT_COUNT; i++) {
		limits->kinds[i].buckets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
		limits->kinds[i].sweep_at = SWEEP_SIZE;
	}
	return limits;
}

void
pipitd_limits_free(PipitdLimits *limits)
{
	if (limits == NULL)
		return;
	for (guint i = 0; i < PIPITD_LIMIT_COUNT; i++)
		g_hash_table_unref(limits->kinds[i].buckets);
	g_mutex_clear(&limits->lock);
	g_free(limits);
}

void
pipitd_limits_set(PipitdLimits *limits, PipitdLimit limit, guint count, guint window_seconds)
{
	limits->kinds[limit].capacity = count;
	limits->kinds[limit].per_ms = count / (window_seconds * 1000.0);
}

static void
refill(const Kind *kind, Bucket *bucket, gint64 now)
{
	bucket->level = MIN(kind->capacity, bucket->level + (double)(now - bucket->at) * kind->per_ms);
	bucket->at = now;
}

static void
sweep(Kind *kind, gint64 now)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, kind->buckets);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		Bucket *bucket = value;
		refill(kind, bucket, now);
		if (bucket->level >= kind->capacity)
			g_hash_table_iter_remove(&iter);
	}
	kind->sweep_at = MAX(SWEEP_SIZE, 2 * g_hash_table_size(kind->buckets));
}

static Bucket *
bucket_of(Kind *kind, const char *key, gint64 now)
{
	Bucket *bucket = g_hash_table_lookup(kind->buckets, key);
	if (bucket != NULL) {
		refill(kind, bucket, now);
		return bucket;
	}
	if (g_hash_table_size(kind->buckets) >= kind->sweep_at)
		sweep(kind, now);
	bucket = g_new(Bucket, 1);
	*bucket = (Bucket){kind->capacity, now};
	g_hash_table_insert(kind->buckets, g_strdup(key), bucket);
	return bucket;
}

guint
pipitd_limits_take(PipitdLimits *limits, PipitdLimit limit, const char *key, guint amount, gint64 now)
{
	g_mutex_lock(&limits->lock);
	Kind *kind = &limits->kinds[limit];
	Bucket *bucket = bucket_of(kind, key, now);
	guint wait = 0;
	if (bucket->level >= amount)
		bucket->level -= amount;
	else
		wait = (guint)ceil((amount - bucket->level) / kind->per_ms / 1000.0);
	g_mutex_unlock(&limits->lock);
	return wait;
}

void
pipitd_limits_give_back(PipitdLimits *limits, PipitdLimit limit, const char *key, guint amount, gint64 now)
{
	g_mutex_lock(&limits->lock);
	Kind *kind = &limits->kinds[limit];
	Bucket *bucket = bucket_of(kind, key, now);
	bucket->level = MIN(kind->capacity, bucket->level + amount);
	g_mutex_unlock(&limits->lock);
}

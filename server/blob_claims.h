/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who works on which blob: one at a time. An upload holds its blob's claim for as long as it runs, and can be told to end:
 * its connection may have broken without a word, while the device that made it wants to go on by another one. */
#pragma once

#include <glib.h>

typedef struct PipitdBlobClaims PipitdBlobClaims;

/** Tells the holder of a claim to give it back soon. Called with a lock held, perhaps several times: it must not call back. */
typedef void (*PipitdClaimEnd)(gpointer holder);

/** Tells that a claim that was waited for is held. */
typedef void (*PipitdClaimGranted)(gpointer user_data);

PipitdBlobClaims *pipitd_blob_claims_new(void);
/** Nobody may hold one. NULL is fine. */
void pipitd_blob_claims_free(PipitdBlobClaims *claims);

/** Takes the claim on a blob for an upload that @account pays for. FALSE if another has it; that one is told to end. */
gboolean pipitd_blob_claims_take(PipitdBlobClaims *claims, const char *id, gint64 account, PipitdClaimEnd end,
				 gpointer holder);

/** Takes a claim for a moment. FALSE if another has it, who is left alone. */
gboolean pipitd_blob_claims_try(PipitdBlobClaims *claims, const char *id);

/** Waits for a claim, which an upload that has it is told to give back. @granted is called once, perhaps at once. */
void pipitd_blob_claims_wait(PipitdBlobClaims *claims, const char *id, PipitdClaimGranted granted,
			     gpointer user_data);

/** The holder of a claim is about to give it back, and can't be told to end any more. */
void pipitd_blob_claims_settle(PipitdBlobClaims *claims, const char *id);

/** Gives a claim back. */
void pipitd_blob_claims_release(PipitdBlobClaims *claims, const char *id);

/** Returns: how many uploads run now; of @account, or of all with 0. */
guint pipitd_blob_claims_count(PipitdBlobClaims *claims, gint64 account);

/** Tells all uploads to end, and each that comes later at once. */
void pipitd_blob_claims_close(PipitdBlobClaims *claims);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdBlobClaims, pipitd_blob_claims_free)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One change of a group, as its author wrote it (docs/protocol.md, "Groups"). Its text never changes again: its hash is its
 * name, by which later changes say what they build on. */
#pragma once

#include <glib.h>

#include "protocol/json_reader.h"

typedef enum {
	PIPIT_GROUP_CREATE,
	PIPIT_GROUP_ADD,
	PIPIT_GROUP_REMOVE,
	PIPIT_GROUP_LEAVE,
	PIPIT_GROUP_NAME,
	PIPIT_GROUP_PICTURE,
	PIPIT_GROUP_OTHER, /* of a later client: others may build on it, and it changes nothing */
} PipitGroupChangeKind;

#define PIPIT_GROUP_HASH_LEN 44 /* base64 of a SHA-256 */

/* Immutable, reference counted (atomically). */
typedef struct {
	PipitGroupChangeKind kind;
	char *text; /* JSON */
	char *hash; /* of @text */
	char *gid;  /* UUID; of CREATE it is made of the hash, so that a group has one beginning */
	char *author;
	gint64 version;   /* 1 of CREATE, else one more than the highest that it builds on */
	char **builds_on; /* hashes: what its author had seen, NULL-terminated; empty of CREATE alone */
	gint64 at;        /* ms, by its author */
	char **handles;   /* of CREATE, ADD, REMOVE: 1 to 256, NULL-terminated; else empty */
	char *nonce;    /* of CREATE: a new UUID, so that two groups of the same people are two; else NULL */
	char *name;     /* of CREATE, NAME; or NULL */
	char *picture;  /* of PICTURE: the hash of its bytes, or NULL for none */
	gboolean quiet; /* of LEAVE: nobody is to be told */
} PipitGroupChange;

PipitGroupChange *pipit_group_change_ref(PipitGroupChange *change);
void pipit_group_change_unref(PipitGroupChange *change);

/** Writes a change down. @given: all but its text and hash; of CREATE without its gid too. Returns: (transfer full) */
PipitGroupChange *pipit_group_change_new(const PipitGroupChange *given);

/** Returns: (transfer full) NULL if @text is none. */
PipitGroupChange *pipit_group_change_parse(const char *text);

/** TRUE if @handle is put in by @change (of CREATE its author too), or out (of LEAVE its author). */
gboolean pipit_group_change_adds(const PipitGroupChange *change, const char *handle);
gboolean pipit_group_change_removes(const PipitGroupChange *change, const char *handle);

/** TRUE if a group may be called so. */
gboolean pipit_group_name_valid(const char *name);
/** TRUE if @text has the form of a hash. */
gboolean pipit_group_hash_valid(const char *text);
/** Returns: (transfer full) base64 of the SHA-256 of the bytes. */
char *pipit_group_hash(gconstpointer bytes, gsize size);

/** Reads an array of @min to PIPIT_GROUP_MAX_HEADS hashes; sticky (json_reader.h). Returns: (transfer full) NULL-terminated. */
char **pipit_group_read_hashes(JsonObject *object, const char *name, guint min, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitGroupChange, pipit_group_change_unref)

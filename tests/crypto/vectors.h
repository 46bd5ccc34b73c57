/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running the vector files of others: what a kind of test needs to read its input and to say how it went. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

/* All files of one run. */
typedef struct {
	guint passed;
	guint failed;
} VectorTally;

/* One file. */
typedef struct {
	const char *name;
	VectorTally *tally;
	GHashTable *left_out; /* why -> how many tests */
} VectorFile;

typedef enum {
	VECTOR_REFUSED, /* our code did not take the input */
	VECTOR_RIGHT,   /* it did, and gave what was expected */
	VECTOR_WRONG,   /* it gave something else */
} VectorOutcome;

/** Counts a Wycheproof test: "valid" must be right, "invalid" refused, "acceptable" one of the two. */
void vector_count(VectorFile *file, JsonObject *test, VectorOutcome outcome);

/** Counts a test that has no verdict of its own: it must be right. @id: what to call it. */
void vector_count_right(VectorFile *file, const char *id, gboolean right);

/** Counts @n tests that are not run. @why: a string that lives as long as the program. */
void vector_leave_out(VectorFile *file, const char *why, guint n);

/** Returns: (transfer none) a string, object or array member; NULL if there is none, or it is of another type. */
const char *vector_string(JsonObject *object, const char *name);
JsonObject *vector_object(JsonObject *object, const char *name);
JsonArray *vector_array(JsonObject *object, const char *name);

/** Returns: (transfer none) a string member; "" if there is none. */
const char *vector_text(JsonObject *object, const char *name);

/** Returns: (transfer full) a member in hexadecimal digits, an odd number of them too; empty if there is none, or it has
 * others. */
GBytes *vector_hex(JsonObject *object, const char *name);

/** Copies a number right-aligned into @size bytes; FALSE if it does not fit. */
gboolean vector_number(GBytes *number, guint8 *field, gsize size);

/** RIGHT if the bytes are those of @expected, else WRONG. */
VectorOutcome vector_compare(gconstpointer bytes, gsize size, GBytes *expected);

/* Each runs one group of Wycheproof tests of its algorithm, or leaves it out. Its "tests" are an array of objects. */
void vector_group_oaep(VectorFile *file, JsonObject *group);
void vector_group_ecdsa(VectorFile *file, JsonObject *group);
void vector_group_ecdh(VectorFile *file, JsonObject *group);
void vector_group_hkdf(VectorFile *file, JsonObject *group);
void vector_group_hmac_sha1(VectorFile *file, JsonObject *group);
void vector_group_hmac_sha256(VectorFile *file, JsonObject *group);

/* Each runs a whole file that is not Wycheproof's; FALSE if it is not of that form. */
gboolean vector_file_aes_ctr(VectorFile *file, JsonObject *root);
gboolean vector_file_rfc6979(VectorFile *file, JsonObject *root);

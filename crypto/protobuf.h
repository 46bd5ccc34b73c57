/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The little of protobuf that the formats need. Read as its readers do (any order, unknown fields skipped), but for two
 * things: a field that is asked for must not come twice, and groups, long deprecated, are refused. */
#pragma once

#include <glib.h>

typedef enum {
	PIPIT_PROTOBUF_VARINT = 0,
	PIPIT_PROTOBUF_FIXED64 = 1,
	PIPIT_PROTOBUF_BYTES = 2,
	PIPIT_PROTOBUF_FIXED32 = 5,
} PipitProtobufType;

typedef struct {
	guint32 number;         /* which field is asked for … */
	PipitProtobufType type; /* … and of which type it must be */
	gboolean present;       /* the rest is what was read */
	guint64 value;          /* VARINT, FIXED64 and FIXED32 */
	const guint8 *bytes;    /* BYTES: inside what was parsed */
	gsize size;
} PipitProtobufField;

/**
 * Reads the @n_fields fields that are asked for out of exactly @size bytes.
 * Returns: FALSE if the bytes are malformed, or a field that is asked for comes twice or with another type.
 */
gboolean pipit_protobuf_parse(const guint8 *bytes, gsize size, PipitProtobufField *fields, gsize n_fields);

/** TRUE if @field was there and has @size bytes. */
gboolean pipit_protobuf_has_bytes(const PipitProtobufField *field, gsize size);

/** Returns: how many bytes @value takes as a varint. */
gsize pipit_protobuf_varint_size(guint64 value);

void pipit_protobuf_append_varint(GByteArray *out, guint32 number, guint64 value);
void pipit_protobuf_append_fixed64(GByteArray *out, guint32 number, guint64 value);

void pipit_protobuf_append_bytes(GByteArray *out, guint32 number, const guint8 *bytes, gsize size);

/** Appends what stands before a field of @size bytes, which the caller appends. */
void pipit_protobuf_append_bytes_header(GByteArray *out, guint32 number, gsize size);

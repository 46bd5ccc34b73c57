/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks how a request's head frames its body (RFC 9112, section 6.3) and names its host (section 3.2). */
#include "server/header_guard.h"

#include <glib.h>

typedef struct {
	guint hosts;
	guint encodings;
	const char *length;
	const char *wrong;
} Head;

static void
look_at_length(Head *head, const char *value)
{
	/* Twice the same is harmless, and RFC 9110 section 8.6 lets a server take it; "+1" and "1, 1" are not. */
	for (const char *digit = value; *digit != '\0'; digit++) {
		if (!g_ascii_isdigit(*digit))
			head->wrong = "Content-Length is no number";
	}
	if (*value == '\0')
		head->wrong = "Content-Length is empty";
	if (head->length != NULL && !g_str_equal(head->length, value))
		head->wrong = "two different Content-Length";
	head->length = value;
}

static enum MHD_Result
look_at(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_size, const char *value,
	size_t value_size)
{
	(void)kind;
	Head *head = cls;
	if (value == NULL)
		value = "";
	if (strlen(name) != name_size || strlen(value) != value_size)
		head->wrong = "a header holds a NUL";
	if (g_ascii_strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0)
		head->hosts++;
	else if (g_ascii_strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0)
		look_at_length(head, value);
	else if (g_ascii_strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
		head->encodings++;
		if (g_ascii_strcasecmp(value, "chunked") != 0)
			head->wrong = "Transfer-Encoding is not chunked";
	}
	return MHD_YES;
}

const char *
pipitd_header_guard(struct MHD_Connection *connection)
{
	Head head = {0};
	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, look_at, &head);
	if (head.wrong != NULL)
		return head.wrong;
	if (head.hosts > 1)
		return "two Host";
	if (head.encodings > 1)
		return "two Transfer-Encoding";
	if (head.encodings > 0 && head.length != NULL)
		return "Content-Length and Transfer-Encoding";
	return NULL;
}

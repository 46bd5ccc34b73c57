/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handles: one normal form, so that two spellings of an address never are two people. */
#include "protocol/handle.h"

#include <string.h>

#include "protocol/limits.h"

#define MAILTO "mailto:"
#define TEL "tel:"
#define LOCAL_PART_MAX 64
#define DOMAIN_MAX 255
#define LABEL_MAX 63
#define PHONE_MIN_DIGITS 7
#define PHONE_MAX_DIGITS 15

static gboolean
is_lower_or_digit(char c)
{
	return g_ascii_islower(c) || g_ascii_isdigit(c);
}

static gboolean
local_part_valid(const char *local, gsize length)
{
	if (length < 1 || length > LOCAL_PART_MAX || local[0] == '.' || local[length - 1] == '.')
		return FALSE;
	for (gsize i = 0; i < length; i++) {
		if (!is_lower_or_digit(local[i]) && strchr(".!#$%&'*+-/=?^_{|}~`", local[i]) == NULL)
			return FALSE;
		if (local[i] == '.' && local[i + 1] == '.')
			return FALSE;
	}
	return TRUE;
}

static gboolean
label_valid(const char *label)
{
	gsize length = strlen(label);
	if (length < 1 || length > LABEL_MAX || label[0] == '-' || label[length - 1] == '-')
		return FALSE;
	for (gsize i = 0; i < length; i++)
		if (!is_lower_or_digit(label[i]) && label[i] != '-')
			return FALSE;
	return TRUE;
}

static gboolean
domain_valid(const char *domain)
{
	if (strlen(domain) > DOMAIN_MAX)
		return FALSE;
	g_auto(GStrv) labels = g_strsplit(domain, ".", -1);
	if (labels[0] == NULL)
		return FALSE;
	for (guint i = 0; labels[i] != NULL; i++)
		if (!label_valid(labels[i]))
			return FALSE;
	return TRUE;
}

static gboolean
address_valid(const char *address)
{
	const char *at = strchr(address, '@');
	return at != NULL && strlen(address) <= PIPIT_ADDRESS_MAX &&
	       local_part_valid(address, (gsize)(at - address)) && domain_valid(at + 1);
}

static gboolean
phone_valid(const char *phone)
{
	if (phone[0] != '+' || phone[1] == '0')
		return FALSE;
	gsize digits = strspn(phone + 1, "0123456789");
	return digits >= PHONE_MIN_DIGITS && digits <= PHONE_MAX_DIGITS && phone[1 + digits] == '\0';
}

gboolean
pipit_handle_valid(const char *uri)
{
	if (g_str_has_prefix(uri, MAILTO))
		return address_valid(uri + strlen(MAILTO));
	return g_str_has_prefix(uri, TEL) && phone_valid(uri + strlen(TEL));
}

static void
drop_phone_punctuation(char *phone)
{
	char *end = phone;
	for (const char *c = phone; *c != '\0'; c++)
		if (strchr(" -.()", *c) == NULL)
			*end++ = *c;
	*end = '\0';
}

static char *
behind_scheme(char *text, const char *scheme)
{
	return g_str_has_prefix(text, scheme) ? text + strlen(scheme) : NULL;
}

char *
pipit_handle_parse(const char *typed)
{
	g_autofree char *text = g_ascii_strdown(typed, -1);
	g_strstrip(text);
	char *address = behind_scheme(text, MAILTO);
	char *phone = behind_scheme(text, TEL);
	if (address == NULL && phone == NULL) {
		address = text;
		phone = text;
	}
	if (address != NULL && address_valid(address))
		return g_strconcat(MAILTO, address, NULL);
	if (phone == NULL || phone[0] != '+')
		return NULL;
	drop_phone_punctuation(phone);
	return phone_valid(phone) ? g_strconcat(TEL, phone, NULL) : NULL;
}

const char *
pipit_handle_display(const char *uri)
{
	const char *colon = strchr(uri, ':');
	return colon != NULL ? colon + 1 : uri;
}

const char *
pipit_handle_domain(const char *uri)
{
	const char *at = g_str_has_prefix(uri, MAILTO) ? strchr(uri, '@') : NULL;
	return at != NULL ? at + 1 : NULL;
}

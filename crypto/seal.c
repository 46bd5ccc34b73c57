/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every payload that does not open looks the same from outside: whoever sends one learns nothing from how it failed. */
#include "crypto/seal.h"

#include "crypto/i18n.h"

G_DEFINE_QUARK(pipit - seal - error - quark, pipit_seal_error)

static const char *const suite_names[] = {
	[PIPIT_SUITE_PAIR] = "pair",
	[PIPIT_SUITE_PAIR_EC] = "pair-ec",
};

const char *
pipit_suite_name(PipitSuite suite)
{
	return suite_names[suite];
}

gboolean
pipit_suite_parse(const char *name, PipitSuite *suite)
{
	for (guint i = 0; i < G_N_ELEMENTS(suite_names); i++) {
		if (g_str_equal(name, suite_names[i])) {
			*suite = (PipitSuite)i;
			return TRUE;
		}
	}
	return FALSE;
}

GBytes *
pipit_seal_refuse(GError **error)
{
	g_set_error_literal(
		error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_REFUSED,
		_("The message could not be opened: it was not sealed by this sender for this device."));
	return NULL;
}

GBytes *
pipit_seal_fail(GError **error)
{
	g_set_error_literal(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_FAILED,
			    _("The message could not be sealed: there was no memory for it. Try again."));
	return NULL;
}

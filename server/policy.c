/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decides which handles are taken. */
#include "server/policy.h"

#include "protocol/handle.h"

gboolean
pipitd_policy_takes(const PipitdOptions *options, const char *handle)
{
	const char *domain = pipit_handle_domain(handle);
	if (domain == NULL)
		return options->phone_numbers;
	return options->any_address ||
	       (options->domains != NULL && g_strv_contains((const char *const *)options->domains, domain));
}

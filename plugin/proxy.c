/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: libcurl makes the connections, so libpurple's own proxy code never sees them. */
#include "plugin/proxy.h"

#include <purple.h>

#include "protocol/i18n.h"

static gboolean
read_type(PurpleProxyType type, PipitProxyType *out)
{
	switch (type) {
	case PURPLE_PROXY_NONE:
		*out = PIPIT_PROXY_NONE;
		return TRUE;
	case PURPLE_PROXY_HTTP:
	case PURPLE_PROXY_USE_ENVVAR: /* purple_proxy_get_setup() filled in an HTTP proxy from the environment */
		*out = PIPIT_PROXY_HTTP;
		return TRUE;
	case PURPLE_PROXY_SOCKS4:
		*out = purple_prefs_get_bool("/purple/proxy/socks4_remotedns") ? PIPIT_PROXY_SOCKS4A
									       : PIPIT_PROXY_SOCKS4;
		return TRUE;
	case PURPLE_PROXY_SOCKS5:
	case PURPLE_PROXY_TOR:
		*out = PIPIT_PROXY_SOCKS5;
		return TRUE;
	case PURPLE_PROXY_USE_GLOBAL:
		break;
	}
	return FALSE;
}

static gboolean
is_empty(const char *string)
{
	return string == NULL || *string == '\0';
}

gboolean
pipit_proxy_of_account(PurpleAccount *account, PipitProxy *proxy, GError **error)
{
	PurpleProxyInfo *setup = purple_proxy_get_setup(account);
	PipitProxy read = {.type = PIPIT_PROXY_NONE};
	if (!read_type(purple_proxy_info_get_type(setup), &read.type)) {
		g_set_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
			    _("The proxy of this account is of a kind that Pipit does not know. "
			      "Choose another one in the account's proxy settings."));
		return FALSE;
	}
	if (read.type != PIPIT_PROXY_NONE) {
		read.host = purple_proxy_info_get_host(setup);
		int port = purple_proxy_info_get_port(setup);
		if (is_empty(read.host) || port <= 0 || port > G_MAXUINT16) {
			g_set_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
				    _("The proxy settings lack the proxy's host or port."));
			return FALSE;
		}
		read.port = (guint)port;
		if (!is_empty(purple_proxy_info_get_username(setup)))
			read.username = purple_proxy_info_get_username(setup);
		if (!is_empty(purple_proxy_info_get_password(setup)))
			read.password = purple_proxy_info_get_password(setup);
	}
	*proxy = read;
	return TRUE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host asks of files: sending, fetching, and what of both is on its way. */
#include "protocol/client_private.h"

#include "protocol/i18n.h"

static gboolean
fail_input(GError **error)
{
	g_set_error_literal(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
			    _("There is no such file."));
	return FALSE;
}

gint64
pipit_client_send_files(PipitClient *client G_GNUC_UNUSED, const char *peer G_GNUC_UNUSED,
			const PipitOutgoingFile *files G_GNUC_UNUSED, guint n_files G_GNUC_UNUSED,
			const char *text G_GNUC_UNUSED, const char *html G_GNUC_UNUSED, GError **error)
{
	fail_input(error);
	return 0;
}

gboolean
pipit_client_fetch(PipitClient *client G_GNUC_UNUSED, gint64 number G_GNUC_UNUSED,
		   const char *path G_GNUC_UNUSED, GError **error)
{
	return fail_input(error);
}

gboolean
pipit_client_fetch_into(PipitClient *client G_GNUC_UNUSED, gint64 number G_GNUC_UNUSED,
			const char *folder G_GNUC_UNUSED, GError **error)
{
	return fail_input(error);
}

void
pipit_client_fetch_bytes(PipitClient *client G_GNUC_UNUSED, gint64 number G_GNUC_UNUSED,
			 gsize max G_GNUC_UNUSED, PipitClientBytes done, gpointer user_data)
{
	g_autoptr(GError) error = NULL;

	fail_input(&error);
	done(user_data, NULL, error);
}

void
pipit_client_cancel_transfer(PipitClient *client G_GNUC_UNUSED, gint64 number G_GNUC_UNUSED)
{
}

gboolean
pipit_client_retry_transfer(PipitClient *client G_GNUC_UNUSED, gint64 number G_GNUC_UNUSED, GError **error)
{
	return fail_input(error);
}

void
pipit_client_drop_attachment(PipitClient *client G_GNUC_UNUSED, gint64 number G_GNUC_UNUSED)
{
}

void
pipit_client_transfers(PipitClient *client G_GNUC_UNUSED, PipitClientTransfer each G_GNUC_UNUSED,
		       gpointer user_data G_GNUC_UNUSED)
{
}

void
pipit_client_attachments(PipitClient *client G_GNUC_UNUSED, const char *peer G_GNUC_UNUSED,
			 PipitClientAttachment each G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
}

gint64
pipit_client_file_max(const PipitClient *client G_GNUC_UNUSED)
{
	return 0;
}

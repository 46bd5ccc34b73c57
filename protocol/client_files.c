/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host asks of files: sending, fetching, and what of both is on its way. */
#include "protocol/client_transfer.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "protocol/file_name.h"
#include "protocol/peer.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"

#define DRAFTS_FOLDER "drafts"

G_STATIC_ASSERT(PIPIT_MESSAGE_MAX_FILES == PIPIT_MESSAGE_MAX_ATTACHMENTS);

G_GNUC_PRINTF(2, 3)
static gboolean
fail_input(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error != NULL)
		*error = g_error_new_valist(PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT, format, arguments);
	va_end(arguments);
	return FALSE;
}

/* @error: (transfer full), the store's. */
static gboolean
fail_store(GError *failed, GError **error)
{
	g_autoptr(GError) store_error = failed;

	g_propagate_error(error, pipit_client_error_from(store_error));
	return FALSE;
}

char **
pipit_client_recipients(const PipitClient *client, const char *peer, GError **error)
{
	const char *const person[] = {peer, NULL};
	g_auto(PipitPeerAddress) address = {0};
	g_autoptr(GStrvBuilder) recipients = g_strv_builder_new();
	gboolean found = FALSE;

	if (!pipit_peer_is_group(peer))
		return g_strdupv((char **)person);
	if (!pipit_peer_find_address(client->store, peer, client->handle, &address, &found, error))
		return NULL;
	/* Oneself alone where there is nobody else: the server wants somebody. */
	gboolean alone = found && address.recipients[1] == NULL;
	for (guint i = 0; found && address.recipients[i] != NULL; i++)
		if (alone || strcmp(address.recipients[i], address.from) != 0)
			g_strv_builder_add(recipients, address.recipients[i]);
	return g_strv_builder_end(recipients);
}

PipitAttachment
pipit_client_attachment_of(const PipitReceivedFile *file)
{
	return (PipitAttachment){
		.number = file->number,
		.name = file->name,
		.type = file->type,
		.size = file->blob.size,
		.width = file->width,
		.height = file->height,
	};
}

gint64
pipit_client_file_max(const PipitClient *client)
{
	return MAX(client->file_max, 0);
}

gboolean
pipit_client_check_file_size(const PipitClient *client, const char *name, gint64 size, GError **error)
{
	g_autofree char *is = g_format_size((guint64)size);
	g_autofree char *may_be = g_format_size((guint64)MAX(client->file_max, 0));

	if (client->file_max < 0 || size <= client->file_max)
		return TRUE;
	if (client->file_max == 0)
		return fail_input(error, _("The server takes no files."));
	return fail_input(error, _("%s is too large: it has %s, and the server takes files of up to %s."),
			  name, is, may_be);
}

/* Copies of what is to be sent. */

static char *
drafts_folder(const PipitClient *client)
{
	return g_build_filename(pipit_store_folder(client->store), DRAFTS_FOLDER, NULL);
}

char *
pipit_client_draft_copy(const PipitClient *client, gint64 number, guint position)
{
	g_autofree char *folder = drafts_folder(client);

	return g_strdup_printf("%s/%" G_GINT64_FORMAT "-%u", folder, number, position);
}

static gboolean
is_of_a_draft(const PipitClient *client, const char *name)
{
	PipitTransferItem *item = pipit_transfer_find(client, g_ascii_strtoll(name, NULL, 10));

	return item != NULL && item->draft != NULL && !g_str_has_suffix(name, ".new");
}

/* What was copied for a draft that never came to be, or that was done with when the program died. */
static void
sweep_copies(const PipitClient *client)
{
	g_autofree char *folder = drafts_folder(client);
	g_autoptr(GDir) copies = g_dir_open(folder, 0, NULL);

	for (const char *name; copies != NULL && (name = g_dir_read_name(copies)) != NULL;) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (!is_of_a_draft(client, name))
			unlink(path);
	}
}

void
pipit_client_open_drafts(PipitClient *client)
{
	g_autofree char *folder = drafts_folder(client);
	g_autoptr(GPtrArray) drafts = pipit_store_read_drafts(client->store, NULL);

	client->parts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	g_mkdir(folder, 0700);
	/* A store that can't be read says so at its next use. */
	if (drafts == NULL)
		return;
	g_ptr_array_set_free_func(drafts, NULL);
	for (guint i = 0; i < drafts->len; i++)
		pipit_transfer_add_upload(client, drafts->pdata[i]);
	sweep_copies(client);
}

void
pipit_client_close_files(PipitClient *client)
{
	while (client->transfers != NULL)
		pipit_transfer_remove(client->transfers->data);
	g_clear_pointer(&client->parts, g_hash_table_unref);
}

void
pipit_session_begin_files(PipitSession *session)
{
	/* What kept them from it may have passed with the old connection. */
	for (const GList *l = session->client->transfers; l != NULL; l = l->next) {
		PipitTransferItem *item = l->data;
		item->due = 0;
	}
	pipit_session_pump_uploads(session);
	pipit_session_pump_downloads(session);
	pipit_session_say_farewells(session);
	pipit_session_fetch_contents(session);
}

void
pipit_session_stop_files(PipitSession *session)
{
	pipit_session_stop_uploads(session);
	pipit_session_stop_contents(session);
	pipit_session_stop_downloads(session);
}

/* Sending. */

static gboolean
check_set_up(const PipitClient *client, GError **error)
{
	return client->outbox != NULL ||
	       fail_input(error, _("This account was never online here: connect it first."));
}

static gboolean
check_peer(const PipitClient *client, const char *peer, GError **error)
{
	GError *failed = NULL;
	g_auto(GStrv) recipients = pipit_client_recipients(client, peer, &failed);

	if (recipients == NULL)
		return fail_store(failed, error);
	return recipients[0] != NULL || fail_input(error, _("You are not in this group."));
}

static gboolean
check_path(const PipitClient *client, const char *path, GError **error)
{
	struct stat status;
	g_autofree char *shown = g_filename_display_name(path);

	if (!g_path_is_absolute(path) || stat(path, &status) != 0)
		return fail_input(error, _("There is no file %s."), shown);
	if (!S_ISREG(status.st_mode))
		return fail_input(
			error, _("%s is no file. Put what is in it into an archive, and send that."), shown);
	if (access(path, R_OK) != 0)
		return fail_input(error, _("The file %s can't be read: %s."), shown, g_strerror(errno));
	return pipit_client_check_file_size(client, shown, status.st_size, error);
}

static gboolean
check_file(const PipitClient *client, const PipitOutgoingFile *file, GError **error)
{
	if (file->path != NULL)
		return check_path(client, file->path, error);
	if (file->bytes == NULL)
		return fail_input(error, _("There is no file to send."));
	return pipit_client_check_file_size(client, file->name != NULL ? file->name : "",
					    (gint64)g_bytes_get_size(file->bytes), error);
}

static gboolean
check_text(const char *text, const char *html, GError **error)
{
	if (!g_utf8_validate(text, -1, NULL) || (html != NULL && !g_utf8_validate(html, -1, NULL)))
		return fail_input(error, _("The text holds something that is no text (not UTF-8)."));
	if (strlen(text) > PIPIT_TEXT_MAX || (html != NULL && strlen(html) > PIPIT_TEXT_MAX))
		return fail_input(error, _("The message is too long. Send it in several parts."));
	return TRUE;
}

static gboolean
check_files(const PipitClient *client, const PipitOutgoingFile *files, guint n_files, GError **error)
{
	if (n_files == 0)
		return fail_input(error, _("There is no file to send."));
	if (n_files > PIPIT_MESSAGE_MAX_FILES)
		return fail_input(error,
				  _("One message holds up to %d files. Send the others in another one."),
				  PIPIT_MESSAGE_MAX_FILES);
	for (guint i = 0; i < n_files; i++)
		if (!check_file(client, &files[i], error))
			return FALSE;
	return TRUE;
}

static gboolean
is_name_or_null(const char *type)
{
	return type == NULL || (strlen(type) <= PIPIT_MEDIA_TYPE_MAX && g_utf8_validate(type, -1, NULL));
}

/* For now: it is looked at before it goes out. */
static gint64
size_of(const PipitOutgoingFile *file)
{
	struct stat status;

	if (file->path == NULL)
		return (gint64)g_bytes_get_size(file->bytes);
	return stat(file->path, &status) == 0 ? status.st_size : 0;
}

static PipitDraftFile *
draft_file_of(const PipitClient *client, const PipitOutgoingFile *file, gint64 number, guint position)
{
	PipitDraftFile *draft = pipit_draft_file_new();
	g_autofree char *last = file->path != NULL ? g_path_get_basename(file->path) : NULL;
	g_autofree char *shown = last != NULL ? g_filename_display_name(last) : NULL;

	draft->copied = file->path == NULL;
	draft->path =
		file->path != NULL ? g_strdup(file->path) : pipit_client_draft_copy(client, number, position);
	draft->keep_metadata = file->keep_metadata;
	draft->blob.size = size_of(file);
	draft->name = pipit_file_name_safe(file->name != NULL ? file->name : shown);
	draft->type = is_name_or_null(file->type) ? g_strdup(file->type) : NULL;
	return draft;
}

static PipitDraft *
draft_new(const PipitClient *client, gint64 number, const char *peer, const PipitOutgoingFile *files,
	  guint n_files, const char *text, const char *html)
{
	PipitDraft *draft = g_new0(PipitDraft, 1);

	draft->number = number;
	draft->from = g_strdup(client->handle);
	draft->peer = g_strdup(peer);
	draft->created_at = pipit_client_server_now(client);
	draft->text = g_strdup(text != NULL ? text : "");
	draft->html = g_strdup(html);
	draft->files = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_draft_file_free);
	for (guint i = 0; i < n_files; i++)
		g_ptr_array_add(draft->files, draft_file_of(client, &files[i], number, i));
	return draft;
}

/* What is in memory is on disk before the draft says that it is. */
static gboolean
write_copy(const char *path, GBytes *bytes, GError **error)
{
	gsize size = 0;
	const char *start = g_bytes_get_data(bytes, &size);

	return g_file_set_contents_full(path, size > 0 ? start : "", (gssize)size,
					G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
					error);
}

static gboolean
write_copies(const PipitDraft *draft, const PipitOutgoingFile *files, GError **error)
{
	g_autoptr(GError) failed = NULL;

	for (guint i = 0; i < draft->files->len; i++) {
		const PipitDraftFile *file = draft->files->pdata[i];
		if (!file->copied || write_copy(file->path, files[i].bytes, &failed))
			continue;
		g_set_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_STORE,
			    _("A copy of %s can't be kept until it is sent: %s."), file->name,
			    failed->message);
		return FALSE;
	}
	return TRUE;
}

/* Returns NULL with an error in PIPIT_CLIENT_ERROR. */
static PipitDraft *
write_draft(PipitClient *client, const char *peer, const PipitOutgoingFile *files, guint n_files,
	    const char *text, const char *html, GError **error)
{
	GError *failed = NULL;
	gint64 number = 0;

	if (!pipit_store_take_number(client->store, &number, &failed)) {
		fail_store(failed, error);
		return NULL;
	}
	g_autoptr(PipitDraft) draft = draft_new(client, number, peer, files, n_files, text, html);
	if (!write_copies(draft, files, error)) {
		pipit_draft_remove_copies(draft);
		return NULL;
	}
	if (pipit_store_add_draft(client->store, draft, &failed))
		return g_steal_pointer(&draft);
	pipit_draft_remove_copies(draft);
	fail_store(failed, error);
	return NULL;
}

gint64
pipit_client_send_files(PipitClient *client, const char *peer, const PipitOutgoingFile *files, guint n_files,
			const char *text, const char *html, GError **error)
{
	g_autofree char *handle = pipit_peer_parse(peer);

	if (!check_set_up(client, error))
		return 0;
	if (handle == NULL) {
		fail_input(error, _("“%s” is no address."), peer);
		return 0;
	}
	if (!check_peer(client, handle, error) || !check_files(client, files, n_files, error) ||
	    !check_text(text != NULL ? text : "", html, error))
		return 0;
	PipitDraft *draft = write_draft(client, handle, files, n_files, text, html, error);
	if (draft == NULL)
		return 0;
	PipitTransferItem *item = pipit_transfer_add_upload(client, draft);
	if (client->session != NULL)
		pipit_session_pump_uploads(client->session);
	return item->number;
}

/* Fetching. */

/* The person gives the file up: nothing of it is to lie about. */
static void
remove_part(PipitClient *client, const PipitReceivedFile *file)
{
	const char *path = g_hash_table_lookup(client->parts, &file->number);

	if (path == NULL)
		return;
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *name = g_path_get_basename(path);
	g_autoptr(PipitBlobWriter) writer = pipit_blob_writer_new_file(folder, name, &file->blob);
	if (client->session != NULL)
		pipit_session_discard_part(client->session, g_steal_pointer(&writer));
	else
		pipit_blob_writer_discard(writer);
	g_hash_table_remove(client->parts, &file->number);
}

/* What a former fetch left in another place is not needed there. */
static void
remember_part(PipitClient *client, const PipitTransferItem *item)
{
	g_autofree char *path = g_build_filename(item->folder, item->name, NULL);

	if (g_strcmp0(g_hash_table_lookup(client->parts, &item->number), path) != 0)
		remove_part(client, item->file);
	g_hash_table_replace(client->parts, g_memdup2(&item->number, sizeof item->number),
			     g_steal_pointer(&path));
}

static gboolean
fetch(PipitClient *client, gint64 number, const char *folder, const char *name, GError **error)
{
	GError *failed = NULL;
	PipitReceivedFile *file = NULL;
	g_autofree char *shown = g_filename_display_name(folder);

	if (pipit_transfer_find(client, number) != NULL)
		return fail_input(error, _("That file is being fetched already."));
	if (!g_path_is_absolute(folder) || !g_file_test(folder, G_FILE_TEST_IS_DIR))
		return fail_input(error, _("There is no folder %s."), shown);
	if (!pipit_store_read_file(client->store, number, &file, &failed))
		return fail_store(failed, error);
	if (file == NULL)
		return fail_input(error, _("There is no file of that number any more."));
	remember_part(client,
		      pipit_transfer_add_fetch(client, file, folder, name != NULL ? name : file->name));
	if (client->session != NULL)
		pipit_session_pump_downloads(client->session);
	return TRUE;
}

gboolean
pipit_client_fetch(PipitClient *client, gint64 number, const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *name = g_path_get_basename(path);

	return fetch(client, number, folder, name, error);
}

gboolean
pipit_client_fetch_into(PipitClient *client, gint64 number, const char *folder, GError **error)
{
	return fetch(client, number, folder, NULL, error);
}

/* Ending. */

static void
forget_upload(PipitTransferItem *item)
{
	PipitClient *client = item->client;

	if (client->session != NULL)
		pipit_session_leave_upload(client->session, item);
	for (guint i = 0; i < item->draft->files->len; i++) {
		const PipitDraftFile *file = item->draft->files->pdata[i];
		if (file->blob.uri != NULL)
			pipit_store_add_farewell(client->store, file->blob.uri, TRUE, NULL);
	}
	/* What the store refuses now comes back in the next run, to be cancelled again. */
	if (pipit_store_remove_draft(client->store, item->number, NULL))
		pipit_draft_remove_copies(item->draft);
}

static void
end_fetch(PipitTransferItem *item)
{
	PipitClient *client = item->client;

	if (item->download == NULL) {
		remove_part(client, item->file);
		return;
	}
	g_clear_pointer(&item->download, pipit_blob_download_discard);
	client->session->downloads--;
}

void
pipit_client_cancel_transfer(PipitClient *client, gint64 number)
{
	PipitTransferItem *item = pipit_transfer_find(client, number);

	if (item == NULL)
		return;
	if (item->draft != NULL)
		forget_upload(item);
	else
		end_fetch(item);
	if (client->session != NULL) {
		pipit_session_pump_uploads(client->session);
		pipit_session_pump_downloads(client->session);
		pipit_session_say_farewells(client->session);
	}
	pipit_transfer_end(item, PIPIT_TRANSFER_CANCELLED, NULL, NULL);
}

gboolean
pipit_client_retry_transfer(PipitClient *client, gint64 number, GError **error)
{
	PipitTransferItem *item = pipit_transfer_find(client, number);
	GError *failed = NULL;

	if (item == NULL || item->draft == NULL)
		return fail_input(error, _("There is nothing of that number to be sent."));
	if (item->state == PIPIT_TRANSFER_RUNNING)
		return TRUE;
	if (!pipit_store_write_draft_failed(client->store, number, NULL, &failed))
		return fail_store(failed, error);
	item->state = PIPIT_TRANSFER_WAITING;
	item->attempts = 0;
	item->due = 0;
	g_clear_error(&item->error);
	if (client->session != NULL)
		pipit_session_pump_uploads(client->session);
	return TRUE;
}

static void
forget_attachment(PipitClient *client, const PipitReceivedFile *file)
{
	/* What the store refuses is dropped by the server in its time. */
	if (pipit_store_add_farewell(client->store, file->blob.uri, FALSE, NULL))
		pipit_store_remove_file(client->store, file->number, NULL);
	if (pipit_transfer_find(client, file->number) == NULL)
		remove_part(client, file);
}

void
pipit_client_drop_attachment(PipitClient *client, gint64 number)
{
	g_autoptr(PipitReceivedFile) file = NULL;
	PipitTransferItem *item = pipit_transfer_find(client, number);

	if (item != NULL && item->draft != NULL)
		return;
	if (pipit_store_read_file(client->store, number, &file, NULL) && file != NULL)
		forget_attachment(client, file);
	if (client->session != NULL)
		pipit_session_say_farewells(client->session);
	if (item != NULL)
		pipit_client_cancel_transfer(client, number);
}

/* Telling. */

void
pipit_client_transfers(PipitClient *client, PipitClientTransfer each, gpointer user_data)
{
	for (const GList *l = client->transfers; l != NULL; l = l->next) {
		PipitTransfer transfer = pipit_transfer_describe(l->data);
		each(user_data, &transfer);
	}
}

void
pipit_client_attachments(PipitClient *client, const char *peer, PipitClientAttachment each,
			 gpointer user_data)
{
	g_autoptr(GPtrArray) files = pipit_store_read_files(client->store, peer, NULL);

	for (guint i = 0; files != NULL && i < files->len; i++) {
		const PipitReceivedFile *file = files->pdata[i];
		PipitAttachment attachment = pipit_client_attachment_of(file);
		each(user_data, file->peer, &attachment);
	}
}

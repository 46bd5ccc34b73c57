/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host that tests have in place of libpurple: it shows nothing and remembers all. */
#include "tests/support/person.h"

#include "protocol/handle.h"
#include "protocol/host_glib.h"
#include "tests/support/test_folder.h"
#include "tests/support/wait.h"

static void
shown_free(gpointer element)
{
	PipitShown *shown = element;

	g_free(shown->id);
	g_free(shown->peer);
	g_free(shown->from);
	g_free(shown->text);
	g_free(shown->html);
	g_ptr_array_unref(shown->files);
	g_free(shown);
}

static void
shown_file_free(gpointer element)
{
	PipitShownFile *file = element;

	g_free(file->name);
	g_free(file->type);
	g_free(file);
}

static GPtrArray *
copy_files(const PipitIncoming *incoming)
{
	GPtrArray *files = g_ptr_array_new_with_free_func(shown_file_free);

	for (guint i = 0; i < incoming->n_attachments; i++) {
		const PipitAttachment *attachment = &incoming->attachments[i];
		PipitShownFile *file = g_new(PipitShownFile, 1);
		*file = (PipitShownFile){
			.number = attachment->number,
			.name = g_strdup(attachment->name),
			.type = g_strdup(attachment->type),
			.size = attachment->size,
			.width = attachment->width,
			.height = attachment->height,
		};
		g_ptr_array_add(files, file);
	}
	return files;
}

static void
told_clear(PipitTold *told)
{
	g_free(told->peer);
	g_free(told->name);
	g_free(told->path);
	g_free(told->id);
	g_clear_error(&told->error);
}

static void
told_free(gpointer element)
{
	told_clear(element);
	g_free(element);
}

static void
sent_free(gpointer element)
{
	PipitSent *sent = element;

	g_free(sent->id);
	g_free(sent->peer);
	g_clear_error(&sent->error);
	g_free(sent);
}

static void
on_state(gpointer host, PipitClientState state, const char *step, const GError *error)
{
	PipitPerson *person = host;

	if (step != NULL)
		g_ptr_array_add(person->steps, g_strdup(step));
	if (state == PIPIT_CLIENT_ONLINE && person->ends_on_online)
		pipit_person_end(person);
	if (state != PIPIT_CLIENT_OFFLINE)
		return;
	person->went_offline++;
	g_clear_error(&person->error);
	person->error = error != NULL ? g_error_copy(error) : NULL;
}

static gboolean
on_message(gpointer host, const PipitIncoming *incoming)
{
	PipitPerson *person = host;

	if (person->looks_away)
		return FALSE;
	PipitShown *shown = g_new(PipitShown, 1);
	*shown = (PipitShown){
		.id = g_strdup(incoming->id),
		.peer = g_strdup(incoming->peer),
		.from = g_strdup(incoming->from),
		.own = incoming->own,
		.text = g_strdup(incoming->text),
		.html = g_strdup(incoming->html),
		.sent_at = incoming->sent_at,
		.received_at = incoming->received_at,
		.delayed = incoming->delayed,
		.files = copy_files(incoming),
	};
	g_ptr_array_add(person->shown, shown);
	if (person->ends_on_message)
		pipit_person_end(person);
	return TRUE;
}

static void
on_sent(gpointer host, const char *id, const char *peer, const GError *error)
{
	PipitPerson *person = host;
	PipitSent *sent = g_new(PipitSent, 1);

	*sent = (PipitSent){
		.id = g_strdup(id),
		.peer = g_strdup(peer),
		.error = error != NULL ? g_error_copy(error) : NULL,
	};
	g_ptr_array_add(person->sent, sent);
	if (person->ends_on_sent)
		pipit_person_end(person);
}

static void
on_notice(gpointer host, const char *peer G_GNUC_UNUSED, const char *text)
{
	PipitPerson *person = host;

	g_ptr_array_add(person->notices, g_strdup(text));
}

static gboolean
on_new_device(gpointer host, const char *peer G_GNUC_UNUSED, const char *text)
{
	PipitPerson *person = host;

	if (person->no_window)
		return FALSE;
	g_ptr_array_add(person->new_devices, g_strdup(text));
	return TRUE;
}

static void
on_account_notice(gpointer host, const char *text)
{
	PipitPerson *person = host;

	g_ptr_array_add(person->account_notices, g_strdup(text));
}

static void
on_own_devices_missed(gpointer host, const char *peer G_GNUC_UNUSED, const char *text)
{
	PipitPerson *person = host;

	g_ptr_array_add(person->own_missed, g_strdup(text));
}

static void
on_read_elsewhere(gpointer host, const char *peer)
{
	PipitPerson *person = host;

	g_ptr_array_add(person->read_elsewhere, g_strdup(peer));
}

static void
receipted_free(gpointer element)
{
	PipitReceipted *receipted = element;

	g_free(receipted->peer);
	g_free(receipted->id);
	g_free(receipted->from);
	g_free(receipted);
}

static void
on_receipt(gpointer host, const PipitReceipt *receipt)
{
	PipitPerson *person = host;
	PipitReceipted *receipted = g_new(PipitReceipted, 1);

	*receipted = (PipitReceipted){
		.peer = g_strdup(receipt->peer),
		.id = g_strdup(receipt->id),
		.from = g_strdup(receipt->from),
		.count = receipt->count,
		.read = receipt->read,
		.latest = receipt->latest,
		.sent_at = receipt->sent_at,
		.at = receipt->at,
	};
	g_ptr_array_add(person->receipts, receipted);
}

static void
on_typing(gpointer host, const char *peer, gboolean typing)
{
	PipitPerson *person = host;

	g_ptr_array_add(person->typing, g_strconcat(typing ? "begun " : "stopped ", peer, NULL));
}

static PipitTold *
find_told(const PipitPerson *person, gint64 number)
{
	for (guint i = 0; i < person->transfers->len; i++) {
		PipitTold *told = person->transfers->pdata[i];
		if (told->number == number)
			return told;
	}
	return NULL;
}

static void
on_transfer(gpointer host, const PipitTransfer *transfer)
{
	PipitPerson *person = host;
	PipitTold *told = find_told(person, transfer->number);

	if (told == NULL) {
		told = g_new0(PipitTold, 1);
		g_ptr_array_add(person->transfers, told);
	}
	guint count = told->told + (transfer->state == PIPIT_TRANSFER_RUNNING ? 1 : 0);
	told_clear(told);
	*told = (PipitTold){
		.number = transfer->number,
		.upload = transfer->upload,
		.state = transfer->state,
		.size = transfer->size,
		.moved = transfer->moved,
		.peer = g_strdup(transfer->peer),
		.name = g_strdup(transfer->name),
		.path = g_strdup(transfer->path),
		.id = g_strdup(transfer->id),
		.error = transfer->error != NULL ? g_error_copy(transfer->error) : NULL,
		.told = count,
	};
	if (person->on_transfer != NULL)
		person->on_transfer(person->test, transfer);
}

static void
on_group_typing(gpointer host, const char *peer, const char *from, gboolean typing)
{
	PipitPerson *person = host;

	g_ptr_array_add(person->typing, g_strjoin(" ", typing ? "begun" : "stopped", peer, from, NULL));
}

static gboolean
on_group(gpointer host, const PipitGroupNews *news)
{
	static const char *const words[] = {
		[PIPIT_GROUP_NEWS_JOINED] = "joined",     [PIPIT_GROUP_NEWS_ASKED] = "asked",
		[PIPIT_GROUP_NEWS_ADDED] = "added",       [PIPIT_GROUP_NEWS_REMOVED] = "removed",
		[PIPIT_GROUP_NEWS_LEFT] = "left",         [PIPIT_GROUP_NEWS_NAMED] = "named",
		[PIPIT_GROUP_NEWS_PICTURED] = "pictured",
	};
	PipitPerson *person = host;
	g_autoptr(GString) line = g_string_new(words[news->kind]);

	if (person->looks_away)
		return FALSE;
	g_string_append_printf(line, " %s", pipit_handle_display(news->by));
	for (guint i = 0; news->handles[i] != NULL; i++)
		g_string_append_printf(line, "%s%s", i == 0 ? ": " : " ",
				       pipit_handle_display(news->handles[i]));
	if (news->name != NULL)
		g_string_append_printf(line, " “%s”", news->name);
	if (news->told_by != NULL)
		g_string_append_printf(line, ", says %s", pipit_handle_display(news->told_by));
	if (news->quiet)
		g_string_append(line, ", quietly");
	g_ptr_array_add(person->group_news, g_strdup(line->str));
	return TRUE;
}

static gboolean
on_is_contact(gpointer host, const char *handle G_GNUC_UNUSED)
{
	const PipitPerson *person = host;

	return !person->knows_nobody;
}

static void
start(PipitPerson *person)
{
	const PipitClientEvents events = {
		.state = on_state,
		.message = on_message,
		.sent = on_sent,
		.notice = on_notice,
		.new_device = on_new_device,
		.account_notice = on_account_notice,
		.own_devices_missed = on_own_devices_missed,
		.read_elsewhere = on_read_elsewhere,
		.receipt = on_receipt,
		.typing = on_typing,
		.group = on_group,
		.group_typing = on_group_typing,
		.is_contact = on_is_contact,
		.transfer = on_transfer,
	};
	g_autoptr(GError) error = NULL;

	person->client = pipit_client_new(pipit_loop_glib(), &events, person, &person->options, &error);
	g_assert_no_error(error);
}

PipitPerson *
pipit_person_new(const char *handle, const char *server, const PipitClientOptions *options)
{
	PipitPerson *person = g_new0(PipitPerson, 1);

	person->folder = options != NULL && options->storage_dir != NULL ? g_strdup(options->storage_dir)
									 : pipit_test_folder_new();
	if (options != NULL)
		person->options = *options;
	else
		person->options = (PipitClientOptions){
			.password = "correct horse battery staple",
			.register_account = TRUE,
			.device_name = "Test",
		};
	person->options.handle = g_strdup(handle);
	person->options.server = g_strdup(server);
	person->options.storage_dir = person->folder;
	person->shown = g_ptr_array_new_with_free_func(shown_free);
	person->sent = g_ptr_array_new_with_free_func(sent_free);
	person->notices = g_ptr_array_new_with_free_func(g_free);
	person->new_devices = g_ptr_array_new_with_free_func(g_free);
	person->account_notices = g_ptr_array_new_with_free_func(g_free);
	person->own_missed = g_ptr_array_new_with_free_func(g_free);
	person->read_elsewhere = g_ptr_array_new_with_free_func(g_free);
	person->receipts = g_ptr_array_new_with_free_func(receipted_free);
	person->typing = g_ptr_array_new_with_free_func(g_free);
	person->group_news = g_ptr_array_new_with_free_func(g_free);
	person->transfers = g_ptr_array_new_with_free_func(told_free);
	person->steps = g_ptr_array_new_with_free_func(g_free);
	start(person);
	return person;
}

void
pipit_person_end(PipitPerson *person)
{
	pipit_client_free(g_steal_pointer(&person->client));
}

void
pipit_person_restart(PipitPerson *person)
{
	pipit_person_end(person);
	start(person);
}

void
pipit_person_free(PipitPerson *person)
{
	pipit_person_end(person);
	g_ptr_array_unref(person->shown);
	g_ptr_array_unref(person->sent);
	g_ptr_array_unref(person->notices);
	g_ptr_array_unref(person->new_devices);
	g_ptr_array_unref(person->account_notices);
	g_ptr_array_unref(person->own_missed);
	g_ptr_array_unref(person->read_elsewhere);
	g_ptr_array_unref(person->receipts);
	g_ptr_array_unref(person->typing);
	g_ptr_array_unref(person->group_news);
	g_ptr_array_unref(person->transfers);
	g_ptr_array_unref(person->steps);
	g_clear_error(&person->error);
	g_free((char *)person->options.handle);
	g_free((char *)person->options.server);
	pipit_test_folder_free(person->folder);
	g_free(person);
}

void
pipit_person_go_online(PipitPerson *person)
{
	guint offline = person->went_offline;

	pipit_client_connect(person->client);
	pipit_wait_until(pipit_client_state(person->client) == PIPIT_CLIENT_ONLINE ||
			 person->went_offline > offline);
	g_assert_no_error(person->error);
	g_assert_cmpint(pipit_client_state(person->client), ==, PIPIT_CLIENT_ONLINE);
}

void
pipit_person_fail_online(PipitPerson *person, PipitClientError code)
{
	guint offline = person->went_offline;

	pipit_client_connect(person->client);
	pipit_wait_until(person->went_offline > offline ||
			 pipit_client_state(person->client) == PIPIT_CLIENT_ONLINE);
	g_assert_error(person->error, PIPIT_CLIENT_ERROR, (gint)code);
	g_assert_cmpint(pipit_client_state(person->client), ==, PIPIT_CLIENT_OFFLINE);
}

char *
pipit_person_write(PipitPerson *person, const char *peer, const char *text)
{
	g_autoptr(GError) error = NULL;
	char *id = pipit_client_send(person->client, peer, text, NULL, &error);

	g_assert_no_error(error);
	return id;
}

const char *
pipit_person_wait_news(PipitPerson *person, guint count)
{
	pipit_wait_until(person->group_news->len >= count);
	g_assert_cmpuint(person->group_news->len, ==, count);
	return g_ptr_array_index(person->group_news, count - 1);
}

char *
pipit_person_group(PipitPerson *person, const char *peer)
{
	g_autoptr(PipitGroup) group = pipit_client_group(person->client, peer);
	if (group == NULL || group->state != PIPIT_GROUP_IN)
		return NULL;
	g_autoptr(GString) words = g_string_new(group->name != NULL ? group->name : "(no name)");
	for (guint i = 0; group->members[i] != NULL; i++)
		g_string_append_printf(words, "%s%s", i == 0 ? ": " : " ",
				       pipit_handle_display(group->members[i]));
	return g_strdup(words->str);
}

void
pipit_person_wait_shown(PipitPerson *person, guint count)
{
	pipit_wait_until(person->shown->len >= count);
	g_assert_cmpuint(person->shown->len, ==, count);
}

void
pipit_person_wait_sent(PipitPerson *person, guint count)
{
	pipit_wait_until(person->sent->len >= count);
	g_assert_cmpuint(person->sent->len, ==, count);
}

const PipitShownFile *
pipit_person_file(const PipitPerson *person, guint i, guint file)
{
	const PipitShown *shown = pipit_person_shown(person, i);

	g_assert_cmpuint(file, <, shown->files->len);
	return shown->files->pdata[file];
}

const PipitTold *
pipit_person_told(const PipitPerson *person, gint64 number)
{
	return find_told(person, number);
}

static gboolean
is_in_state(const PipitPerson *person, gint64 number, PipitTransferState state)
{
	const PipitTold *told = find_told(person, number);

	if (told == NULL)
		return FALSE;
	if (told->state != state && told->state >= PIPIT_TRANSFER_DONE)
		g_error("transfer %" G_GINT64_FORMAT " ended in state %d: %s", number, (int)told->state,
			told->error != NULL ? told->error->message : "no error");
	return told->state == state;
}

void
pipit_person_wait_transfer(PipitPerson *person, gint64 number, PipitTransferState state)
{
	pipit_wait_until(is_in_state(person, number, state));
}

gint64
pipit_person_send_file(PipitPerson *person, const char *peer, const char *path, const char *text)
{
	g_autoptr(GError) error = NULL;
	const PipitOutgoingFile file = {.path = path};
	gint64 number = pipit_client_send_files(person->client, peer, &file, 1, text, NULL, &error);

	g_assert_no_error(error);
	g_assert_cmpint(number, >, 0);
	return number;
}

const PipitShown *
pipit_person_shown(const PipitPerson *person, guint i)
{
	return g_ptr_array_index(person->shown, i);
}

const PipitSent *
pipit_person_sent(const PipitPerson *person, guint i)
{
	return g_ptr_array_index(person->sent, i);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a message for many is cut into requests. */
#include "protocol/outbox_group.h"

#include <glib.h>

#include "protocol/limits.h"

static PipitDeviceSecrets *device;

/* A message for @n members with @devices each, and payloads of @size bytes. */
static PipitOutboxItem *
message_for(guint n, guint devices, gsize size)
{
	PipitOutboxItem *item = g_new0(PipitOutboxItem, 1);
	g_autofree char *bytes = g_malloc0(size);
	g_autoptr(GBytes) payload = g_bytes_new(bytes, size);
	item->unsent = g_new0(PipitUnsent, 1);
	item->unsent->peer = g_strdup("group:7b0c1111-2222-4333-8444-555566667777");
	item->device = pipit_device_secrets_ref(device);
	item->sealings = g_ptr_array_new();
	item->recipients = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_recipient_free);
	for (guint i = 0; i < n; i++) {
		g_autofree char *handle = g_strdup_printf("mailto:p%u@example.org", i);
		PipitRecipient *recipient = pipit_recipient_new(handle);
		for (guint j = 0; j < devices; j++) {
			PipitCopy *copy = g_new0(PipitCopy, 1);
			copy->push_token = g_bytes_ref(payload);
			copy->payload = g_bytes_ref(payload);
			g_ptr_array_add(recipient->copies, copy);
		}
		g_ptr_array_add(item->recipients, recipient);
	}
	return item;
}

/* Takes the next request's recipients away, as if the relay had accepted them. Returns how many they were. */
static guint
take_batch(const PipitOutboxItem *item)
{
	g_autoptr(GPtrArray) batch = pipit_outbox_batch(item);
	guint count = batch->len;
	for (guint i = 0; i < count; i++)
		g_assert_true(batch->pdata[i] == item->recipients->pdata[i]);
	if (count > 0)
		g_ptr_array_remove_range(item->recipients, 0, count);
	return count;
}

static void
test_by_recipients(void)
{
	g_autoptr(PipitOutboxItem) item = message_for(PIPIT_SEND_MAX_RECIPIENTS + 1, 1, 100);
	g_assert_cmpuint(take_batch(item), ==, PIPIT_SEND_MAX_RECIPIENTS);
	g_assert_cmpuint(take_batch(item), ==, 1);
	g_assert_cmpuint(take_batch(item), ==, 0);
}

static void
test_by_copies(void)
{
	g_autoptr(PipitOutboxItem) item = message_for(200, 30, 100);
	guint most = PIPIT_SEND_MAX_COPIES / 30;
	g_assert_cmpuint(take_batch(item), ==, most);
	g_assert_cmpuint(take_batch(item), ==, most);
	g_assert_cmpuint(take_batch(item), ==, 200 - 2 * most);
}

/* Base64 and what is around it count as well. */
static void
test_by_bytes(void)
{
	g_autoptr(PipitOutboxItem) item = message_for(PIPIT_SEND_MAX_RECIPIENTS, 4, PIPIT_RELAY_CAP);
	guint most = PIPIT_SEND_REQUEST_MAX / (4 * PIPIT_RELAY_CAP / 3 * 4);
	guint first = take_batch(item);
	g_assert_cmpuint(first, <, most);
	g_assert_cmpuint(first, >, most * 9 / 10);
	g_assert_cmpuint(take_batch(item), ==, first);
}

/* One that is larger than a request may be goes alone: the server says what it thinks of it. */
static void
test_one_at_least(void)
{
	g_autoptr(PipitOutboxItem) item = message_for(2, 1, PIPIT_SEND_REQUEST_MAX);
	g_assert_cmpuint(take_batch(item), ==, 1);
	g_assert_cmpuint(take_batch(item), ==, 1);
}

static void
test_without_the_unreachable(void)
{
	g_autoptr(PipitOutboxItem) item = message_for(3, 1, 100);
	g_assert_true(pipit_outbox_go_without(item, "mailto:p1@example.org", PIPIT_OUTBOX_ERROR_UNREACHABLE));
	g_autoptr(GPtrArray) batch = pipit_outbox_batch(item);
	g_assert_cmpuint(batch->len, ==, 2);
	g_assert_cmpstr(((const PipitRecipient *)batch->pdata[1])->to, ==, "mailto:p2@example.org");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	device = pipit_device_secrets_generate();
	g_test_add_func("/outbox-group/by-recipients", test_by_recipients);
	g_test_add_func("/outbox-group/by-copies", test_by_copies);
	g_test_add_func("/outbox-group/by-bytes", test_by_bytes);
	g_test_add_func("/outbox-group/one-at-least", test_one_at_least);
	g_test_add_func("/outbox-group/without-the-unreachable", test_without_the_unreachable);
	int status = g_test_run();
	pipit_device_secrets_unref(device);
	return status;
}

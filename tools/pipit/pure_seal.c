/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit seal`: standard input, sealed for one device. */
#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "protocol/i18n.h"
#include "tools/pipit/command.h"
#include "tools/pipit/pure_io.h"
#include "tools/pipit/pure_suite.h"

#define SECONDS_1970_TO_2020 1577836800

/* The counter that was asked for. This command keeps no state, so by default time stands for it. */
static gboolean
read_counter(const char *text, guint32 *counter, GError **error)
{
	guint64 number = (guint64)(g_get_real_time() / G_USEC_PER_SEC - SECONDS_1970_TO_2020);
	if (text != NULL && !g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &number, error)) {
		g_prefix_error(error, "--counter: ");
		return FALSE;
	}
	*counter = (guint32)number;
	return TRUE;
}

static GBytes *
seal(PipitSuite suite, const PipitPrivateKeys *sender, const PipitDevicePublic *recipient, guint32 counter,
     GBytes *plaintext, GError **error)
{
	if (suite == PIPIT_SUITE_PAIR)
		return pipit_pair_seal(sender->device, recipient, plaintext, error);
	return pipit_pair_ec_seal(sender->device, recipient, counter, plaintext, error);
}

static GBytes *
seal_stdin(const PipitSealOptions *options, PipitSuite suite, GError **error)
{
	guint32 counter = 0;
	g_auto(PipitPrivateKeys) sender = {NULL, NULL};
	g_autoptr(GBytes) plaintext = pipit_stdin_read(error);
	if (plaintext == NULL || !read_counter(options->counter, &counter, error) ||
	    !pipit_private_keys_load(&sender, options->sender, error))
		return NULL;
	g_autoptr(PipitDevicePublic) recipient = pipit_public_keys_load(options->recipient, error);
	if (recipient == NULL)
		return NULL;
	return seal(suite, &sender, recipient, counter, plaintext, error);
}

int
pipit_command_seal(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_auto(PipitSealOptions) options = {NULL};
	PipitSuite suite = PIPIT_SUITE_PAIR;
	if (!pipit_seal_options_parse(
		    &options, &suite,
		    _("Seals standard input for a device and writes the payload to standard output. "
		      "The sender's keys are private, the recipient's public."),
		    TRUE, argc, argv, &error))
		return pipit_command_fail(error);
	g_autoptr(GBytes) payload = seal_stdin(&options, suite, &error);
	if (payload == NULL)
		return pipit_command_fail(error);
	gsize size = 0;
	gconstpointer bytes = g_bytes_get_data(payload, &size);
	return pipit_stdout_write(bytes, size, &error) ? 0 : pipit_command_fail(error);
}

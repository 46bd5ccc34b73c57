/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit open`: a sealed payload from standard input, opened. It remembers nothing: a payload opens twice here. */
#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "protocol/i18n.h"
#include "tools/pipit/command.h"
#include "tools/pipit/pure_io.h"
#include "tools/pipit/pure_suite.h"

static GBytes *
open_payload(PipitSuite suite, const PipitPrivateKeys *recipient, const PipitDevicePublic *sender,
	     GBytes *payload, GError **error)
{
	PipitPairEcOpened opened;
	guint8 replay[PIPIT_PAIR_REPLAY_LEN];
	if (suite == PIPIT_SUITE_PAIR)
		return pipit_pair_open(recipient->device, sender, payload, replay, error);
	return pipit_pair_ec_open(recipient->device, &recipient->prekey, 1, sender, payload, &opened, error);
}

static GBytes *
open_stdin(const PipitSealOptions *options, PipitSuite suite, GError **error)
{
	g_auto(PipitPrivateKeys) recipient = {NULL, NULL};
	g_autoptr(GBytes) payload = pipit_stdin_read(error);
	if (payload == NULL || !pipit_private_keys_load(&recipient, options->recipient, error))
		return NULL;
	g_autoptr(PipitDevicePublic) sender = pipit_public_keys_load(options->sender, error);
	if (sender == NULL)
		return NULL;
	return open_payload(suite, &recipient, sender, payload, error);
}

int
pipit_command_open(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_auto(PipitSealOptions) options = {NULL};
	PipitSuite suite = PIPIT_SUITE_PAIR;
	if (!pipit_seal_options_parse(
		    &options, &suite,
		    _("Opens a payload from standard input and writes the plaintext to standard output. "
		      "The recipient's keys are private, the sender's public."),
		    FALSE, argc, argv, &error))
		return pipit_command_fail(error);
	g_autoptr(GBytes) plaintext = open_stdin(&options, suite, &error);
	if (plaintext == NULL)
		return pipit_command_fail(error);
	gsize size = 0;
	gconstpointer bytes = g_bytes_get_data(plaintext, &size);
	return pipit_stdout_write(bytes, size, &error) ? 0 : pipit_command_fail(error);
}

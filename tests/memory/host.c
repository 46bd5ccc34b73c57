/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that has had secrets and lives on: test_core_dump.py takes a core of it at each stop and looks for them.
 *
 * usage: memory_host FOLDER SERVER
 * Before each stop it writes a word to standard output, and goes on at the next line on standard input. In FOLDER: what
 * was drawn at random, the stores of both people, and from the last step the plaintext and both payloads. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "protocol/key_file.h"
#include "tests/support/person.h"
#include "tests/support/wait.h"

#define DRAWN_LEN 32 /* scalars, nonces and tokens */
#define PLAINTEXT_LEN 300
#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"

static int drawn_fd = -1;

static void
write_whole(int fd, gconstpointer bytes, gsize size)
{
	if (write(fd, bytes, size) != (gssize)size)
		g_error("can't write: %s", g_strerror(errno));
}

/* Stands in for crypto/random.c, and tells the test what it must not find. */
void
pipit_random(gpointer buffer, gsize size)
{
	guint8 *bytes = buffer;
	for (gsize done = 0; done < size;) {
		gssize got = getrandom(bytes + done, size - done, 0);
		if (got < 0 && errno != EINTR)
			g_error("no randomness: %s", g_strerror(errno));
		done += got > 0 ? (gsize)got : 0;
	}
	if (size == DRAWN_LEN)
		write_whole(drawn_fd, bytes, size);
}

void
pipit_random_nettle(void *context G_GNUC_UNUSED, size_t size, uint8_t *buffer)
{
	pipit_random(buffer, size);
}

static int
open_new(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		g_error("%s: %s", path, g_strerror(errno));
	return fd;
}

static void
write_bytes(const char *folder, const char *name, GBytes *bytes)
{
	int fd = open_new(folder, name);
	write_whole(fd, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	close(fd);
}

static void
stop_at(const char *word)
{
	char line[2];
	while (g_main_context_iteration(NULL, FALSE)) {
	}
	printf("%s\n", word);
	fflush(stdout);
	if (read(STDIN_FILENO, line, sizeof line) <= 0)
		g_error("the test is gone");
}

static PipitPerson *
person_in(const char *folder, const char *name, const char *handle, const char *server)
{
	g_autofree char *storage = g_build_filename(folder, name, NULL);
	PipitClientOptions options = {
		.password = "correct horse battery staple",
		.register_account = TRUE,
		.device_name = name,
		.storage_dir = storage,
	};
	return pipit_person_new(handle, server, &options);
}

static void
leave(PipitPerson *person)
{
	pipit_person_end(person);
	g_clear_pointer(&person->folder, g_free); /* else it would be removed with all that is in it */
	pipit_person_free(person);
}

/* They talk, once each way, and go. What they kept stays on disk. */
static void
converse(const char *folder, const char *server)
{
	PipitPerson *alice = person_in(folder, "alice", ALICE, server);
	PipitPerson *bob = person_in(folder, "bob", BOB, server);
	pipit_person_go_online(alice);
	pipit_person_go_online(bob);
	g_free(pipit_person_write(alice, BOB, "How do you do?"));
	pipit_person_wait_shown(bob, 1);
	g_free(pipit_person_write(bob, ALICE, "How do you do?"));
	pipit_person_wait_shown(alice, 1);
	pipit_person_wait_sent(alice, 1);
	pipit_person_wait_sent(bob, 1);
	stop_at("online");
	leave(bob);
	leave(alice);
}

typedef struct {
	const char *folder;
	char *device_path;
	char *prekey_path;
	const char *suffix; /* of the files that it writes */
} Pure;

static GBytes *
new_plaintext(void)
{
	guint8 *bytes = pipit_scratch_new(PLAINTEXT_LEN);
	pipit_random(bytes, PLAINTEXT_LEN);
	return pipit_secret_bytes_take(bytes, bytes, PLAINTEXT_LEN);
}

/* Seals for itself and opens it again, in both formats. */
static gpointer
seal_and_open(gpointer user_data)
{
	const Pure *pure = user_data;
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitDeviceSecrets) device = pipit_key_file_read_device(pure->device_path, &error);
	g_assert_no_error(error);
	g_autoptr(PipitPrekeySecret) prekey = pipit_key_file_read_prekey(pure->prekey_path, &error);
	g_assert_no_error(error);
	g_autoptr(PipitDevicePublic) shown = pipit_device_public_of(device, prekey);
	g_autoptr(GBytes) plaintext = new_plaintext();
	g_autoptr(GBytes) pair = pipit_pair_seal(device, shown, plaintext, &error);
	g_assert_no_error(error);
	g_autoptr(GBytes) pair_ec = pipit_pair_ec_seal(device, shown, 1, plaintext, &error);
	g_assert_no_error(error);
	guint8 replay[PIPIT_PAIR_REPLAY_LEN];
	g_autoptr(GBytes) from_pair = pipit_pair_open(device, shown, pair, replay, &error);
	g_assert_no_error(error);
	PipitPairEcOpened opened;
	g_autoptr(GBytes) from_pair_ec =
		pipit_pair_ec_open(device, &prekey, 1, shown, pair_ec, &opened, &error);
	g_assert_no_error(error);
	g_assert_true(g_bytes_equal(plaintext, from_pair) && g_bytes_equal(plaintext, from_pair_ec));
	g_autofree char *plaintext_name = g_strconcat("plaintext-", pure->suffix, NULL);
	g_autofree char *pair_name = g_strconcat("pair-", pure->suffix, NULL);
	g_autofree char *pair_ec_name = g_strconcat("pair-ec-", pure->suffix, NULL);
	write_bytes(pure->folder, plaintext_name, plaintext);
	write_bytes(pure->folder, pair_name, pair);
	write_bytes(pure->folder, pair_ec_name, pair_ec);
	return NULL;
}

/* Once on this thread, and once on one that ends: its stack stays mapped. */
static void
work_alone(const char *folder)
{
	Pure pure = {
		.folder = folder,
		.device_path = g_build_filename(folder, "device", NULL),
		.prekey_path = g_build_filename(folder, "prekey", NULL),
		.suffix = "main",
	};
	seal_and_open(&pure);
	pure.suffix = "thread";
	g_thread_join(g_thread_new("pipit", seal_and_open, &pure));
	g_free(pure.device_path);
	g_free(pure.prekey_path);
}

int
main(int argc, char **argv)
{
	if (argc != 3)
		g_error("usage: memory_host FOLDER SERVER");
	drawn_fd = open_new(argv[1], "drawn");
	converse(argv[1], argv[2]);
	stop_at("made");
	converse(argv[1], argv[2]);
	stop_at("read");
	work_alone(argv[1]);
	stop_at("alone");
	return 0;
}

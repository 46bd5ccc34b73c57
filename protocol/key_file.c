/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private keys on disk, as short text: a first line with the kind, a line for each value, a last line with the SHA-256
 * of all before it. */
#include "protocol/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"

#define FILE_MAX 8192
#define CHECK_NAME "sha256 "
#define CHECK_LINE_LEN (sizeof CHECK_NAME - 1 + 2UL * SHA256_DIGEST_SIZE + 1)

#define DEVICE_KIND "pipit device 1\n"
#define PREKEY_KIND "pipit prekey 1\n"
#define TOKEN_KIND "pipit token 1\n"

G_DEFINE_QUARK(pipit - key - file - error - quark, pipit_key_file_error)

/* The text of one file, in memory that is wiped, never grown. */
typedef struct {
	gsize length;
	gsize at; /* how far it is read */
	char text[FILE_MAX + 1];
} KeyText;

static void
key_text_free(KeyText *text)
{
	pipit_secret_free(text);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeyText, key_text_free)

static gboolean
fail_io(const char *path, GError **error)
{
	int code = errno;
	g_set_error(error, PIPIT_KEY_FILE_ERROR,
		    code == ENOENT ? PIPIT_KEY_FILE_ERROR_MISSING : PIPIT_KEY_FILE_ERROR_IO, "%s: %s", path,
		    g_strerror(code));
	return FALSE;
}

static gboolean
fail_damaged(const char *path, GError **error)
{
	g_set_error(error, PIPIT_KEY_FILE_ERROR, PIPIT_KEY_FILE_ERROR_DAMAGED, _("%s is damaged"), path);
	return FALSE;
}

static void
append(KeyText *text, const char *words)
{
	gsize length = strlen(words);
	g_assert(text->length + length <= FILE_MAX);
	memcpy(text->text + text->length, words, length);
	text->length += length;
}

static void
append_hex(KeyText *text, const char *name, const guint8 *bytes, gsize size)
{
	static const char digits[] = "0123456789abcdef";
	append(text, name);
	for (gsize i = 0; i < size; i++) {
		const char pair[] = {digits[bytes[i] >> 4], digits[bytes[i] & 15], '\0'};
		append(text, pair);
	}
	append(text, "\n");
}

static void
digest(const KeyText *text, gsize length, guint8 out[static SHA256_DIGEST_SIZE])
{
	struct sha256_ctx context;
	sha256_init(&context);
	sha256_update(&context, length, (const uint8_t *)text->text);
	sha256_digest(&context, SHA256_DIGEST_SIZE, out);
	pipit_wipe(&context, sizeof context);
}

static gboolean
take(KeyText *text, const char *words)
{
	gsize length = strlen(words);
	if (text->length - text->at < length || memcmp(text->text + text->at, words, length) != 0)
		return FALSE;
	text->at += length;
	return TRUE;
}

static gboolean
take_hex(KeyText *text, const char *name, guint8 *bytes, gsize size)
{
	if (!take(text, name) || text->length - text->at < 2 * size)
		return FALSE;
	for (gsize i = 0; i < size; i++) {
		int high = g_ascii_xdigit_value(text->text[text->at++]);
		int low = g_ascii_xdigit_value(text->text[text->at++]);
		if (high < 0 || low < 0)
			return FALSE;
		bytes[i] = (guint8)(high << 4 | low);
	}
	return take(text, "\n");
}

static gboolean
write_all(int fd, const char *bytes, gsize size)
{
	while (size > 0) {
		ssize_t written = write(fd, bytes, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return FALSE;
		bytes += written;
		size -= (gsize)written;
	}
	return TRUE;
}

static gboolean
sync_folder_of(const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return FALSE;
	gboolean synced = fsync(fd) == 0;
	close(fd);
	return synced;
}

static gboolean
write_new_file(const char *path, const KeyText *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return FALSE;
	gboolean written = fchmod(fd, 0600) == 0 && write_all(fd, text->text, text->length) && fsync(fd) == 0;
	return close(fd) == 0 && written;
}

static gboolean
write_file(const char *path, KeyText *text, GError **error)
{
	guint8 check[SHA256_DIGEST_SIZE];
	digest(text, text->length, check);
	append_hex(text, CHECK_NAME, check, sizeof check);
	g_autofree char *temporary = g_strconcat(path, PIPIT_KEY_FILE_UNFINISHED, NULL);
	if (!write_new_file(temporary, text) || rename(temporary, path) != 0 || !sync_folder_of(path))
		return fail_io(path, error);
	return TRUE;
}

static gboolean
read_text(int fd, KeyText *text)
{
	for (;;) {
		ssize_t got = read(fd, text->text + text->length, FILE_MAX - text->length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		text->length += (gsize)got;
	}
}

/* Checks the last line and cuts it off. */
static gboolean
take_check(KeyText *text)
{
	if (text->length < CHECK_LINE_LEN)
		return FALSE;
	guint8 expected[SHA256_DIGEST_SIZE];
	guint8 found[SHA256_DIGEST_SIZE];
	gsize body = text->length - CHECK_LINE_LEN;
	digest(text, body, expected);
	text->at = body;
	if (!take_hex(text, CHECK_NAME, found, sizeof found) || memcmp(expected, found, sizeof found) != 0)
		return FALSE;
	text->text[body] = '\0';
	text->length = body;
	text->at = 0;
	return TRUE;
}

/* Reads a file of this kind, up to the line behind its first. */
static KeyText *
read_file(const char *path, const char *kind, GError **error)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		fail_io(path, error);
		return NULL;
	}
	g_autoptr(KeyText) text = pipit_secret_new(sizeof(KeyText));
	gboolean read_whole = read_text(fd, text);
	if (!read_whole)
		fail_io(path, error);
	close(fd);
	if (!read_whole)
		return NULL;
	if (!take_check(text) || !take(text, kind)) {
		fail_damaged(path, error);
		return NULL;
	}
	return g_steal_pointer(&text);
}

gboolean
pipit_key_file_write_device(const char *path, const PipitDeviceSecrets *device, GError **error)
{
	g_autoptr(KeyText) text = pipit_secret_new(sizeof(KeyText));
	guint8 pair_signing[PIPIT_P256_SCALAR_LEN];
	guint8 compact[PIPIT_P256_SCALAR_LEN];
	pipit_device_secrets_scalars(device, pair_signing, compact);
	char *rsa_pem = pipit_device_secrets_rsa_pem(device);
	append(text, DEVICE_KIND);
	append_hex(text, "pair-signing ", pair_signing, sizeof pair_signing);
	append_hex(text, "device ", compact, sizeof compact);
	append(text, rsa_pem);
	pipit_wipe(pair_signing, sizeof pair_signing);
	pipit_wipe(compact, sizeof compact);
	pipit_secret_string_free(rsa_pem);
	return write_file(path, text, error);
}

PipitDeviceSecrets *
pipit_key_file_read_device(const char *path, GError **error)
{
	g_autoptr(KeyText) text = read_file(path, DEVICE_KIND, error);
	if (text == NULL)
		return NULL;
	guint8 pair_signing[PIPIT_P256_SCALAR_LEN];
	guint8 compact[PIPIT_P256_SCALAR_LEN];
	PipitDeviceSecrets *device = NULL;
	if (take_hex(text, "pair-signing ", pair_signing, sizeof pair_signing) &&
	    take_hex(text, "device ", compact, sizeof compact))
		device = pipit_device_secrets_new(pair_signing, compact, text->text + text->at, NULL);
	pipit_wipe(pair_signing, sizeof pair_signing);
	pipit_wipe(compact, sizeof compact);
	if (device == NULL)
		fail_damaged(path, error);
	return device;
}

static void
double_to_bytes(double value, guint8 bytes[static 8])
{
	guint64 bits;
	memcpy(&bits, &value, sizeof bits);
	for (guint i = 0; i < 8; i++)
		bytes[i] = (guint8)(bits >> (56 - 8 * i));
}

static double
double_from_bytes(const guint8 bytes[static 8])
{
	guint64 bits = 0;
	for (guint i = 0; i < 8; i++)
		bits = bits << 8 | bytes[i];
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

gboolean
pipit_key_file_write_prekey(const char *path, const PipitPrekeySecret *prekey, GError **error)
{
	g_autoptr(KeyText) text = pipit_secret_new(sizeof(KeyText));
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 timestamp[8];
	pipit_prekey_secret_scalar(prekey, scalar);
	double_to_bytes(pipit_prekey_secret_timestamp(prekey), timestamp);
	append(text, PREKEY_KIND);
	append_hex(text, "scalar ", scalar, sizeof scalar);
	append_hex(text, "timestamp ", timestamp, sizeof timestamp);
	pipit_wipe(scalar, sizeof scalar);
	return write_file(path, text, error);
}

PipitPrekeySecret *
pipit_key_file_read_prekey(const char *path, GError **error)
{
	g_autoptr(KeyText) text = read_file(path, PREKEY_KIND, error);
	if (text == NULL)
		return NULL;
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 timestamp[8];
	PipitPrekeySecret *prekey = NULL;
	if (take_hex(text, "scalar ", scalar, sizeof scalar) &&
	    take_hex(text, "timestamp ", timestamp, sizeof timestamp) && text->at == text->length)
		prekey = pipit_prekey_secret_new(scalar, double_from_bytes(timestamp), NULL);
	pipit_wipe(scalar, sizeof scalar);
	if (prekey == NULL)
		fail_damaged(path, error);
	return prekey;
}

gboolean
pipit_key_file_write_token(const char *path, GBytes *token, GError **error)
{
	g_autoptr(KeyText) text = pipit_secret_new(sizeof(KeyText));
	g_assert(g_bytes_get_size(token) == PIPIT_TOKEN_LEN);
	append(text, TOKEN_KIND);
	append_hex(text, "token ", g_bytes_get_data(token, NULL), PIPIT_TOKEN_LEN);
	return write_file(path, text, error);
}

GBytes *
pipit_key_file_read_token(const char *path, GError **error)
{
	g_autoptr(KeyText) text = read_file(path, TOKEN_KIND, error);
	if (text == NULL)
		return NULL;
	guint8 token[PIPIT_TOKEN_LEN];
	GBytes *bytes = NULL;
	if (take_hex(text, "token ", token, sizeof token) && text->at == text->length)
		bytes = pipit_secret_bytes(token, sizeof token);
	pipit_wipe(token, sizeof token);
	if (bytes == NULL)
		fail_damaged(path, error);
	return bytes;
}

static gboolean
overwrite(int fd)
{
	static const char zeros[FILE_MAX];
	struct stat status;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return FALSE;
	gsize size = (gsize)MIN(status.st_size, FILE_MAX);
	return write_all(fd, zeros, size) && fsync(fd) == 0;
}

static gboolean
wipe_file(const char *path, GError **error)
{
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return TRUE;
	if (fd < 0)
		return fail_io(path, error);
	gboolean overwritten = overwrite(fd);
	if (!overwritten)
		fail_io(path, error);
	close(fd);
	if (!overwritten)
		return FALSE;
	return (unlink(path) == 0 && sync_folder_of(path)) || fail_io(path, error);
}

/* Under its own name a file that is half wiped would be a damaged key, and the whole store refused. */
gboolean
pipit_key_file_remove(const char *path, GError **error)
{
	g_autofree char *unfinished = g_strconcat(path, PIPIT_KEY_FILE_UNFINISHED, NULL);
	if (rename(path, unfinished) != 0 && errno != ENOENT)
		return fail_io(path, error);
	return sync_folder_of(path) ? wipe_file(unfinished, error) : fail_io(path, error);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One table of settings serves the command line, the file and --help, so that the three never disagree. */
#include "server/options.h"

#include <stddef.h>
#include <string.h>

#include "protocol/handle.h"
#include "protocol/limits.h"
#include "server/listener.h"
#include "server/password.h"

#define BLOB_MAX (G_GINT64_CONSTANT(2) << 30)
#define BYTES_MAX (G_GINT64_CONSTANT(1) << 50)

G_DEFINE_QUARK(pipit - options - error - quark, pipitd_options_error)

typedef enum {
	SETTING_TEXT,
	SETTING_LIST, /* can be repeated; on the command line adds to the file's */
	SETTING_FLAG,
	SETTING_COUNT,
	SETTING_BYTES, /* more than an int holds */
} SettingKind;

typedef struct {
	const char *name;
	SettingKind kind;
	gsize offset;
	int min, max; /* SETTING_COUNT */
	const char *argument;
	const char *help;
} Setting;

#define AT(member) offsetof(PipitdOptions, member)
#define TEXT(name, member, argument, help)                                                                   \
	{                                                                                                    \
		name, SETTING_TEXT, AT(member), 0, 0, argument, help                                         \
	}
#define LIST(name, member, argument, help)                                                                   \
	{                                                                                                    \
		name, SETTING_LIST, AT(member), 0, 0, argument, help                                         \
	}
#define FLAG(name, member, help)                                                                             \
	{                                                                                                    \
		name, SETTING_FLAG, AT(member), 0, 0, NULL, help                                             \
	}
#define COUNT(name, member, min, max, argument, help)                                                        \
	{                                                                                                    \
		name, SETTING_COUNT, AT(member), min, max, argument, help                                    \
	}

#define BYTES(name, member, help)                                                                            \
	{                                                                                                    \
		name, SETTING_BYTES, AT(member), 0, 0, "BYTES", help                                         \
	}

static const Setting settings[] = {
	TEXT("state", state, "DIR", "Folder for all that is kept (mode 0700; made if missing)"),
	TEXT("listen", listen, "ADDR:PORT", "Where to listen; port 0 takes a free one (127.0.0.1:8470)"),
	TEXT("port-file", port_file, "FILE", "Write the address listened on to FILE"),
	TEXT("url", url, "https://HOST", "The public origin, told in /.well-known/pipit"),
	TEXT("cert", cert, "FILE", "TLS certificate chain (PEM); read again on SIGHUP"),
	TEXT("key", key, "FILE", "TLS private key (PEM)"),
	LIST("domain", domains, "DOMAIN", "Take addresses of this domain (can be repeated)"),
	FLAG("any-address", any_address, "Take addresses of any domain"),
	FLAG("phone-numbers", phone_numbers, "Take phone numbers"),
	TEXT("registration", registration_name, "open|invite|closed", "Who may create an account (invite)"),
	COUNT("relay-cap", relay_cap, 1024, 1024 * 1024, "N", "Largest sealed message in bytes (16384)"),
	COUNT("queue-max-messages", queue_max_messages, 1, G_MAXINT, "N",
	      "Messages waiting for one device (20000)"),
	COUNT("queue-max-mib", queue_max_mib, 1, 1024 * 1024, "N", "MiB waiting for one device (128)"),
	COUNT("store-max-mib", store_max_mib, 0, G_MAXINT / 1024, "N",
	      "Largest database in MiB; 0: the disk (0)"),
	COUNT("reserve-mib", reserve_mib, 0, G_MAXINT / 1024, "N",
	      "Refuse messages when less MiB of disk are free (64)"),
	BYTES("blob-max", blob_max, "Largest file in bytes (2147483648)"),
	BYTES("blob-quota", blob_quota, "Bytes of files that one account may have here (4294967296)"),
	COUNT("blob-count", blob_count, 1, G_MAXINT, "N", "Files that one account may have here (1000)"),
	COUNT("max-connections", max_connections, 4, 1000000, "N", "Connections in all (10000)"),
	COUNT("max-connections-per-address", max_connections_per_address, 1, 1000000, "N",
	      "Connections of one address, loopback aside (200)"),
	COUNT("http-threads", http_threads, 1, 64, "N", "Threads that serve (2)"),
	COUNT("password-memory-kib", password_memory_kib, PIPITD_PASSWORD_MIN_KIB, PIPITD_PASSWORD_MAX_KIB,
	      "N", "Argon2id memory in KiB (65536)"),
	COUNT("password-passes", password_passes, 1, PIPITD_PASSWORD_MAX_PASSES, "N", "Argon2id passes (3)"),
	COUNT("password-threads", password_threads, 1, 64, "N", "Passwords checked at the same time (2)"),
	COUNT("failed-logins-per-handle", failed_logins_per_handle, 1, G_MAXINT, "N",
	      "Wrong passwords for one handle in 15 minutes (20)"),
	COUNT("failed-logins-per-address", failed_logins_per_address, 1, G_MAXINT, "N",
	      "Wrong passwords from one network address in 15 minutes (100)"),
	COUNT("registrations-per-address", registrations_per_address, 1, G_MAXINT, "N",
	      "New accounts from one network address in an hour (100)"),
	COUNT("lookups-per-account", lookups_per_account, 64, G_MAXINT, "N",
	      "Handles that one account looks up in an hour (20000)"),
	COUNT("clock-offset", clock_offset, G_MININT, G_MAXINT, "SECONDS",
	      "Move the server's clock (for tests)"),
	FLAG("verbose", verbose, "Log every request"),
};

PipitdOptions *
pipitd_options_new(void)
{
	PipitdOptions *options = g_new0(PipitdOptions, 1);
	options->listen = g_strdup("127.0.0.1:8470");
	options->registration_name = g_strdup("invite");
	options->relay_cap = PIPIT_RELAY_CAP;
	options->queue_max_messages = 20000;
	options->queue_max_mib = 128;
	options->reserve_mib = 64;
	options->blob_max = BLOB_MAX;
	options->blob_quota = 2 * BLOB_MAX;
	options->blob_count = 1000;
	options->max_connections = 10000;
	options->max_connections_per_address = 200;
	options->http_threads = 2;
	options->password_memory_kib = 64 * 1024;
	options->password_passes = 3;
	options->password_threads = 2;
	options->failed_logins_per_handle = 20;
	options->failed_logins_per_address = 100;
	options->registrations_per_address = 100;
	options->lookups_per_account = 20000;
	return options;
}

void
pipitd_options_free(PipitdOptions *options)
{
	if (options == NULL)
		return;
	g_free(options->state);
	g_free(options->listen);
	g_free(options->port_file);
	g_free(options->url);
	g_free(options->cert);
	g_free(options->key);
	g_strfreev(options->domains);
	g_free(options->registration_name);
	g_free(options);
}

static gboolean G_GNUC_PRINTF(2, 3) refuse(GError **error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	g_autofree char *message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error_literal(error, PIPITD_OPTIONS_ERROR, PIPITD_OPTIONS_ERROR_VALUE, message);
	return FALSE;
}

static void *
member_of(PipitdOptions *options, const Setting *setting)
{
	return (char *)options + setting->offset;
}

static const Setting *
find_setting(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	}
	return NULL;
}

static void
append(char ***list, const char *text)
{
	gsize length = *list == NULL ? 0 : g_strv_length(*list);
	*list = g_renew(char *, *list, length + 2);
	(*list)[length] = g_strdup(text);
	(*list)[length + 1] = NULL;
}

static gboolean
assign_count(int *count, const Setting *setting, const char *text, GError **error)
{
	gint64 value;
	if (!g_ascii_string_to_signed(text, 10, setting->min, setting->max, &value, NULL))
		return refuse(error, "%s must be a number from %d to %d", setting->name, setting->min,
			      setting->max);
	*count = (int)value;
	return TRUE;
}

static gboolean
assign_bytes(gint64 *bytes, const Setting *setting, const char *text, GError **error)
{
	return g_ascii_string_to_signed(text, 10, 1, BYTES_MAX, bytes, NULL) ||
	       refuse(error, "%s must be a number of bytes, from 1 to %" G_GINT64_FORMAT, setting->name,
		      BYTES_MAX);
}

static gboolean
assign_flag(gboolean *flag, const Setting *setting, const char *text, GError **error)
{
	*flag = strcmp(text, "true") == 0;
	return *flag || strcmp(text, "false") == 0 ||
	       refuse(error, "%s must be true or false", setting->name);
}

static gboolean
assign(PipitdOptions *options, const Setting *setting, const char *text, GError **error)
{
	void *member = member_of(options, setting);
	switch (setting->kind) {
	case SETTING_COUNT:
		return assign_count(member, setting, text, error);
	case SETTING_BYTES:
		return assign_bytes(member, setting, text, error);
	case SETTING_FLAG:
		return assign_flag(member, setting, text, error);
	case SETTING_LIST:
		append(member, text);
		return TRUE;
	case SETTING_TEXT:
		g_free(*(char **)member);
		*(char **)member = g_strdup(text);
		return TRUE;
	}
	return FALSE;
}

static gboolean
load_key(PipitdOptions *options, GKeyFile *file, const char *name, GError **error)
{
	const Setting *setting = find_setting(name);
	if (setting == NULL) /* a typing error would otherwise pass for a setting */
		return refuse(error, "there is no setting \"%s\"", name);
	g_auto(GStrv) values = g_key_file_get_string_list(file, "pipitd", name, NULL, error);
	if (values == NULL)
		return FALSE;
	if (g_strv_length(values) != 1 && setting->kind != SETTING_LIST)
		return refuse(error, "%s takes one value", name);
	for (gsize i = 0; values[i] != NULL; i++) {
		if (!assign(options, setting, values[i], error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
load_file(PipitdOptions *options, const char *path, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, error))
		return FALSE;
	g_auto(GStrv) keys = g_key_file_get_keys(file, "pipitd", NULL, NULL);
	if (keys == NULL)
		return refuse(error, "there is no [pipitd] section");
	for (gsize i = 0; keys[i] != NULL; i++) {
		if (!load_key(options, file, keys[i], error))
			return FALSE;
	}
	return TRUE;
}

/* What the command line says, kept until the file that it names is read: it goes over the file. */
typedef struct {
	char *config;
	gboolean version;
	GPtrArray *settings; /* of const Setting */
	GPtrArray *texts;
} CommandLine;

static void
command_line_clear(CommandLine *line)
{
	g_free(line->config);
	g_ptr_array_unref(line->settings);
	g_ptr_array_unref(line->texts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CommandLine, command_line_clear)

static gboolean
note_option(const char *option, const char *value, gpointer user_data, GError **error)
{
	(void)error;
	CommandLine *line = user_data;
	g_ptr_array_add(line->settings, (gpointer)find_setting(option + strlen("--")));
	g_ptr_array_add(line->texts, g_strdup(value == NULL ? "true" : value));
	return TRUE;
}

static GOptionContext *
option_context(CommandLine *line)
{
	GOptionEntry entries[G_N_ELEMENTS(settings) + 3] = {
		{"config", 'c', 0, G_OPTION_ARG_FILENAME, &line->config, "Read settings from FILE", "FILE"},
		{"version", 0, 0, G_OPTION_ARG_NONE, &line->version, "Say the version", NULL},
	};
	for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
		entries[i + 2] = (GOptionEntry){
			.long_name = settings[i].name,
			.flags = settings[i].kind == SETTING_FLAG ? G_OPTION_FLAG_NO_ARG : 0,
			.arg = G_OPTION_ARG_CALLBACK,
			.arg_data = (gpointer)note_option,
			.description = settings[i].help,
			.arg_description = settings[i].argument,
		};
	}
	GOptionGroup *group = g_option_group_new("pipitd", "", "", line, NULL);
	g_option_group_add_entries(group, entries);
	GOptionContext *context = g_option_context_new("- the Pipit server");
	g_option_context_set_main_group(context, group);
	g_option_context_set_summary(context,
				     "Keeps accounts, the directory of devices, and messages until they are "
				     "fetched. It never sees what a message says.");
	g_option_context_set_description(context, "See pipitd(8).");
	return context;
}

static gboolean
read_command_line(CommandLine *line, int argc, char **argv, GError **error)
{
	g_autoptr(GOptionContext) context = option_context(line);
	g_autofree char **words = g_memdup2(argv, ((gsize)argc + 1) * sizeof *argv);
	if (!g_option_context_parse(context, &argc, &words, error))
		return FALSE;
	if (argc > 1)
		return refuse(error, "\"%s\" is no option; see pipitd --help", words[1]);
	return TRUE;
}

static gboolean
apply_command_line(PipitdOptions *options, const CommandLine *line, GError **error)
{
	for (guint i = 0; i < line->settings->len; i++) {
		if (!assign(options, line->settings->pdata[i], line->texts->pdata[i], error))
			return FALSE;
	}
	return TRUE;
}

PipitdOptions *
pipitd_options_parse(int argc, char **argv, GError **error)
{
	g_autoptr(PipitdOptions) options = pipitd_options_new();
	g_auto(CommandLine) line = {
		.settings = g_ptr_array_new(),
		.texts = g_ptr_array_new_with_free_func(g_free),
	};
	if (!read_command_line(&line, argc, argv, error))
		return NULL;
	options->version = line.version;
	if (options->version)
		return g_steal_pointer(&options);
	if (line.config != NULL && !load_file(options, line.config, error)) {
		g_prefix_error(error, "%s: ", line.config);
		return NULL;
	}
	if (!apply_command_line(options, &line, error) || !pipitd_options_check(options, error))
		return NULL;
	return g_steal_pointer(&options);
}

static gboolean
check_registration(PipitdOptions *options, GError **error)
{
	static const char *const names[] = {"open", "invite", "closed", NULL};
	for (guint i = 0; names[i] != NULL; i++) {
		if (g_strcmp0(options->registration_name, names[i]) == 0) {
			options->registration = (PipitdRegistration)i;
			return TRUE;
		}
	}
	return refuse(error, "registration must be open, invite or closed");
}

static gboolean
check_domains(PipitdOptions *options, GError **error)
{
	gboolean some = options->domains != NULL && options->domains[0] != NULL;
	if (!some && !options->any_address && !options->phone_numbers)
		return refuse(
			error,
			"say whose addresses this server takes: --domain example.org (can be repeated), "
			"--any-address, or --phone-numbers");
	for (gsize i = 0; some && options->domains[i] != NULL; i++) {
		char *lower = g_ascii_strdown(options->domains[i], -1);
		g_free(options->domains[i]);
		options->domains[i] = lower;
		g_autofree char *probe = g_strconcat("mailto:a@", lower, NULL);
		if (!pipit_handle_valid(probe))
			return refuse(error, "\"%s\" is no domain", lower);
	}
	return TRUE;
}

static gboolean
check_transport(PipitdOptions *options, GError **error)
{
	if ((options->cert == NULL) != (options->key == NULL))
		return refuse(error, "--cert and --key go together");
	PipitdAddress address;
	if (!pipitd_address_parse(options->listen, &address, error))
		return FALSE;
	if (options->cert == NULL && !pipitd_address_is_loopback((const struct sockaddr *)&address.address))
		return refuse(
			error,
			"%s can be reached from other machines, and plain http would show passwords to "
			"the network: give --cert and --key, or listen on 127.0.0.1 behind a proxy with TLS",
			options->listen);
	if (options->url != NULL && !g_str_has_prefix(options->url, "https://"))
		return refuse(error, "--url must be https://…, without a path");
	return TRUE;
}

gboolean
pipitd_options_check(PipitdOptions *options, GError **error)
{
	if (options->state == NULL)
		return refuse(error, "say where to keep the server's state: --state DIR");
	return check_registration(options, error) && check_domains(options, error) &&
	       check_transport(options, error);
}

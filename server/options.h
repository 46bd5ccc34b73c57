/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's settings: from the command line, else from a file, else their defaults. docs/pipitd.8 explains each. */
#pragma once

#include <glib.h>

#define PIPITD_OPTIONS_ERROR (pipitd_options_error_quark())
GQuark pipitd_options_error_quark(void);

typedef enum {
	PIPITD_OPTIONS_ERROR_VALUE,
} PipitdOptionsError;

typedef enum {
	PIPITD_REGISTRATION_OPEN,
	PIPITD_REGISTRATION_INVITE,
	PIPITD_REGISTRATION_CLOSED,
} PipitdRegistration;

typedef struct {
	/* Where it lives */
	char *state;
	char *listen;
	char *port_file;
	char *url; /* the public origin, or NULL */
	char *cert;
	char *key;
	/* Whom it serves */
	char **domains;
	gboolean any_address;
	gboolean phone_numbers;
	char *registration_name;
	PipitdRegistration registration;
	/* How much */
	int relay_cap;
	int queue_max_messages; /* a device */
	int queue_max_mib;      /* a device */
	int store_max_mib;      /* 0: no limit but the disk's */
	int reserve_mib;        /* free disk kept for acknowledgements */
	gint64 blob_max;        /* bytes of one blob */
	gint64 blob_quota;      /* bytes of an account's blobs */
	int blob_count;         /* an account's blobs */
	int max_connections;
	int max_connections_per_address; /* loopback is not counted */
	int http_threads;
	int password_memory_kib;
	int password_passes;
	int password_threads;
	/* How often */
	int failed_logins_per_handle;  /* in 15 minutes */
	int failed_logins_per_address; /* in 15 minutes */
	int registrations_per_address; /* in an hour */
	int lookups_per_account;       /* handles, in an hour */
	/* For tests and for looking closely */
	int clock_offset; /* seconds */
	gboolean verbose;
	gboolean version;
} PipitdOptions;

/** Returns: (transfer full) the defaults. */
PipitdOptions *pipitd_options_new(void);
void pipitd_options_free(PipitdOptions *options);

/**
 * Reads the command line over the file that --config names over the defaults, and checks the whole.
 * "--help" prints the help and ends the process, as GLib does.
 * Returns: (transfer full) NULL with an error whose message is a sentence for the operator.
 */
PipitdOptions *pipitd_options_parse(int argc, char **argv, GError **error);

/** Checks that the settings make sense together; part of pipitd_options_parse(). */
gboolean pipitd_options_check(PipitdOptions *options, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdOptions, pipitd_options_free)

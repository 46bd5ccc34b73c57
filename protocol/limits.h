/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers of docs/protocol.md that both sides must agree on. Sizes are bytes unless a name says otherwise. */
#pragma once

#define PIPIT_HANDLE_MAX 261 /* "mailto:" and 254 */
#define PIPIT_ADDRESS_MAX 254
#define PIPIT_TOKEN_LEN 32 /* push tokens and auth tokens */
#define PIPIT_UUID_LEN 36
#define PIPIT_EPOCH_MAX 64
#define PIPIT_PAIR_IDENTITY_MAX 1024 /* RSA-4096 makes 635 */
#define PIPIT_PREKEY_RECORD_MAX 256  /* 109 without unknown fields */

#define PIPIT_PASSWORD_MIN 8
#define PIPIT_PASSWORD_MAX 1024
#define PIPIT_DEVICE_NAME_MAX_CHARS 64
#define PIPIT_INVITE_MAX 128

#define PIPIT_LOOKUP_MAX_HANDLES 64
#define PIPIT_HANDLE_MAX_DEVICES 32
#define PIPIT_HANDLE_MAX_REMOVED 32 /* of the removed ones that a look-up lists */
#define PIPIT_ACCOUNT_MAX_HANDLES 64

#define PIPIT_SEND_MAX_RECIPIENTS 256
#define PIPIT_SEND_MAX_COPIES 2048
#define PIPIT_RELAY_CAP 16384 /* a payload, unless GET /v1 says otherwise */

#define PIPIT_BLOB_ID_CHARS 43 /* base64url of 32 bytes */
#define PIPIT_BLOB_MAX_RECIPIENTS 256

#define PIPIT_POLL_MAX_ACKS 1000
#define PIPIT_POLL_MAX_MESSAGES 100
#define PIPIT_POLL_MAX_WAIT 300 /* seconds */

#define PIPIT_REQUEST_MAX 262144       /* 256 KiB */
#define PIPIT_SEND_REQUEST_MAX 8388608 /* 8 MiB */
#define PIPIT_ANSWER_MAX 8388608

#define PIPIT_MESSAGE_MAX 1048576 /* 1 MiB, inflated */
#define PIPIT_TEXT_MAX 262144
#define PIPIT_MESSAGE_MAX_TO 256
#define PIPIT_RECEIPT_MAX_IDS 256
#define PIPIT_EPHEMERAL_LIFE_MS (G_GINT64_CONSTANT(60) * 1000)

#define PIPIT_GROUP_MAX_MEMBERS 256
#define PIPIT_GROUP_NAME_MAX_CHARS 256
#define PIPIT_GROUP_NAME_MAX 1024
#define PIPIT_GROUP_PICTURE_MAX 12288
#define PIPIT_GROUP_CHANGE_MAX 81920 /* 256 of the longest handles */
#define PIPIT_GROUP_MAX_HEADS 64     /* changes that one builds on */
#define PIPIT_GROUP_MAX_CHANGES 4096
#define PIPIT_GROUP_MAX_SIZE 786432         /* of all changes: one message brings them to who comes in */
#define PIPIT_GROUP_AUTHOR_MAX_CHANGES 1024 /* of them, by one member */
#define PIPIT_GROUP_MAX_ADDITIONS 256       /* of them, of one handle */
#define PIPIT_GROUP_MAX_NAMED 4096          /* handles that ever were put in or out */
/* Of these, what is kept for those who go or are put out, so that a group that is full can still be left ... */
#define PIPIT_GROUP_EXIT_CHANGES 1024
#define PIPIT_GROUP_EXIT_SIZE 131072
#define PIPIT_GROUP_AUTHOR_EXIT_CHANGES 256
/* ... and of that, for oneself. */
#define PIPIT_GROUP_OWN_EXIT_CHANGES PIPIT_ACCOUNT_MAX_HANDLES
#define PIPIT_GROUP_OWN_EXIT_SIZE 16384
#define PIPIT_GROUP_SMALL 16 /* up to so many members tell each other of delivery and typing */
#define PIPIT_MESSAGE_MAX_ATTACHMENTS 16
#define PIPIT_FILE_NAME_MAX 1024 /* as it is sent */
#define PIPIT_MEDIA_TYPE_MAX 127
#define PIPIT_PICTURE_SIDE_MAX 1000000 /* pixels */

#define PIPIT_BLOBS_PATH "/v1/blobs/"
#define PIPIT_BLOB_MAX (G_GINT64_CONSTANT(1) << 46)
#define PIPIT_BLOB_LIFE_MS (35 * PIPIT_DAY_MS)

#define PIPIT_TIME_MAX G_GINT64_CONSTANT(253402300799999) /* ms: the end of the year 9999 */
#define PIPIT_DAY_MS (G_GINT64_CONSTANT(24) * 60 * 60 * 1000)

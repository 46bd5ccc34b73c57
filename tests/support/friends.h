/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Alice, Bob and Carol, in a group of the name "Friends" that Alice made. */
#pragma once

#include "tests/support/people.h"

#define CAROL "mailto:carol@example.org"
#define DAVE "mailto:dave@example.org"

typedef struct {
	PipitPeople *people;
	PipitPerson *carol;
	char *peer;
} PipitFriends;

/** Returns once all of them know of the group. */
PipitFriends pipit_friends_new(PipitPeople *people);
void pipit_friends_clear(PipitFriends *friends);
/** Returns: (transfer full) the group that @person makes. */
char *pipit_friends_create(PipitPerson *person, const char *name, const char *const *members);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PipitFriends, pipit_friends_clear)

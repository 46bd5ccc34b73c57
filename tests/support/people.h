/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A server, and two people who are signed in there: what tests of several clients begin with. */
#pragma once

#include "tests/support/person.h"
#include "tests/support/server.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"

typedef struct {
	PipitTestServer *server;
	PipitPerson *alice;
	PipitPerson *laptop; /* a second device of hers, once a test has set it */
	PipitPerson *bob;
} PipitPeople;

/** Returns: (transfer full) somebody who is signed in at their server. */
PipitPerson *pipit_people_sign_in(PipitPeople *people, const char *handle);

/** g_test_add() with people of its own for @test. */
void pipit_people_add_test(const char *path, void (*test)(PipitPeople *people, gconstpointer unused));

# SPDX-License-Identifier: GPL-2.0-or-later
"""One person with three clients and a friend with two, all talking while any of them, and the server, is killed: each of the
five shows each message once, what was written on another own device as well, in the order in which it was written there."""

import collections
import itertools
import os
import random

import pytest

from ledger import audit, settled
from scene import let_pass
from waiting import until

LONG = bool(os.environ.get("PIPIT_LONG"))
# The long run takes the long tests alone: it tries all of these once more, many times.
pytestmark = [pytest.mark.long] if LONG else []
ROUNDS = 1000 if LONG else 20
MOMENT_S = 0.4
# How many die at once.
VICTIMS = [1, 1, 1, 2, 3]
PATIENCE_S = 600 if LONG else 120


@pytest.fixture
def everyone(scene):
    """Alice's three and Bob's two, all of whom the directory knows; the first of each made the account."""
    people = [scene.person(name, device=device) for name, device in
              [("alice", 1), ("bob", 1), ("alice", 2), ("alice", 3), ("bob", 2)]]
    for first in people[:2]:
        first.start().online()
    for other in people[2:]:
        other.start()
    for person in people:
        person.online()
    return people


def friend_of(person, everyone):
    return next(other for other in everyone if other.handle != person.handle)


def all_write(everyone):
    for person in everyone:
        if not person.running:
            person.start()
        person.write(friend_of(person, everyone))


def settle(everyone, what):
    """Lets all live and write once more, so that nothing is left behind; then holds all books against each other."""
    pairs = list(itertools.permutations(everyone, 2))
    all_write(everyone)
    until(lambda: all(person.obeyed() for person in everyone) and all(settled(*pair) for pair in pairs),
          lambda: "\n".join([what, *(person.story() for person in everyone)]), PATIENCE_S)
    again = collections.Counter()
    arrived = collections.defaultdict(set)
    for sender, receiver in pairs:
        found = audit(sender, receiver)
        again[receiver.folder.name] += found.again
        arrived[sender.folder.name].add(found.arrived)
    # What was not shown as written when its writer died is everywhere or nowhere.
    assert all(len(counts) == 1 for counts in arrived.values()), f"{what}: {arrived}"
    for person in everyone:
        assert again[person.folder.name] <= person.deaths
    print(f"{what}: {sum(person.texts for person in everyone)} texts; deaths: "
          f"{', '.join(f'{person.folder.name} {person.deaths}' for person in everyone)}; shown again: {dict(again)}")


def test_any_of_five_dies(scene, everyone):
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    server_deaths = 0
    for _ in range(ROUNDS):
        all_write(everyone)
        let_pass(chance.random() * MOMENT_S)
        for victim in chance.sample([*everyone, scene.server], chance.choice(VICTIMS)):
            victim.kill()
            if victim is scene.server:
                scene.server.start()
                server_deaths += 1
    settle(everyone, f"seed {seed}, the server died {server_deaths} times")
    assert sum(person.deaths for person in everyone) + server_deaths >= ROUNDS

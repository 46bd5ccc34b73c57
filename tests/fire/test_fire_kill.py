# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 at any instant, and at each step: before and after each commit, each sync of the disk, each packet. Nothing is
lost, nothing comes twice but what was being shown at the very moment."""

import os
import random
import signal

import pytest

from ledger import audit, settled
from scene import let_pass
from waiting import until

# How many deaths of each kind. They are drawn anew each time; the seed is told when a test fails.
SHORT = {"random": 20, "steps": 5}
MANY = {"random": 1000, "steps": 1}
LONG = bool(os.environ.get("PIPIT_LONG"))
COUNTS = MANY if LONG else SHORT
# The long run takes the long tests alone: it tries all of these once more, many times.
pytestmark = [pytest.mark.long] if LONG else []
STEPS = [(kind, when) for kind in ("commit", "sync", "send", "recv") for when in ("before", "after")]
TEXTS = 3
MOMENT_S = 0.25
# The least that must be met of each kind, to know that dying works at all: packets join as they like, so that the sixth may
# never come.
LEAST = 5 if LONG else 1
# A client that is not killed within this many steps of a kind was not killed by the last.
STEPS_MAX = 200


@pytest.fixture
def pair(scene):
    """Alice and Bob, who have met."""
    alice, bob = scene.person("alice").start(), scene.person("bob").start()
    alice.online()
    bob.online()
    alice.write(bob)
    bob.write(alice)
    until(lambda: settled(alice, bob) and settled(bob, alice), lambda: alice.story() + bob.story())
    return alice, bob


def settle(pair, what):
    """Lets both live, and audits both directions once all has arrived, and one text more: nothing comes behind it."""
    for person in pair:
        if not person.running:
            person.start()
    talk(pair, 1)
    alice, bob = pair
    until(lambda: all(person.obeyed() for person in pair) and settled(alice, bob) and settled(bob, alice),
          lambda: f"{what}\n{alice.story()}\n{bob.story()}", 120)
    audits = audit(alice, bob), audit(bob, alice)
    shown_again = sum(a.again for a in audits)
    assert shown_again <= alice.deaths + bob.deaths
    print(f"{what}: {sum(a.promised for a in audits)} promised, {sum(a.arrived for a in audits)} arrived, "
          f"{shown_again} shown again; deaths: {alice.deaths} and {bob.deaths}")


def talk(pair, count=TEXTS):
    alice, bob = pair
    alice.write(bob, count)
    bob.write(alice, count)


@pytest.mark.parametrize("victim", [0, 1], ids=["alice", "bob"])
def test_client_dies_at_random(pair, victim):
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    for _ in range(COUNTS["random"]):
        if not pair[victim].running:
            pair[victim].start()
        talk(pair)
        let_pass(chance.random() * MOMENT_S)
        pair[victim].kill()
    settle(pair, f"seed {seed}")
    assert pair[victim].deaths == COUNTS["random"]


def test_server_dies_at_random(scene, pair):
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    for _ in range(COUNTS["random"]):
        talk(pair)
        let_pass(chance.random() * MOMENT_S)
        scene.server.kill()
        scene.server.start()
    settle(pair, f"seed {seed}")


@pytest.mark.parametrize("kind,when", STEPS, ids=["-".join(step) for step in STEPS])
def test_client_dies_at_each_step(pair, kind, when):
    """From its start over connecting, sending and receiving to the last receipt: at the n-th step for each n (each fifth
    one in the short run)."""
    alice, bob = pair
    alice.quit()
    for number in range(1, STEPS_MAX, COUNTS["steps"]):
        bob.write(alice, 1)
        alice.start(PIPIT_FATE=f"{kind}:{when}:{number}")
        alice.write(bob, 1)
        until(lambda: not alice.running or (settled(alice, bob) and settled(bob, alice)), alice.story)
        if alice.running:
            break
        alice.buried()
    if alice.running:
        alice.kill()  # its step may still come
    assert alice.deaths >= LEAST, f"the steps of {kind} are not met\n{alice.story()}"
    settle(pair, f"{kind} {when}")


@pytest.mark.parametrize("kind,when", STEPS, ids=["-".join(step) for step in STEPS])
def test_server_dies_at_each_step(scene, pair, kind, when):
    alice, bob = pair
    deaths = 0
    scene.server.stop()
    for number in range(1, STEPS_MAX, COUNTS["steps"]):
        try:
            scene.server.start(PIPIT_FATE=f"{kind}:{when}:{number}")
        except AssertionError:  # it did not live to listen
            assert scene.server.program.process.poll() == -signal.SIGKILL
            deaths += 1
            continue
        talk(pair)
        until(lambda: not scene.server.program.running or (settled(alice, bob) and settled(bob, alice)),
              lambda: alice.story() + bob.story())
        if scene.server.program.running:
            break
        deaths += 1
    assert deaths >= LEAST, f"the steps of {kind} are not met"
    if scene.server.program.running:
        scene.server.kill()  # its step may still come
    scene.server.start()
    settle(pair, f"{kind} {when}")

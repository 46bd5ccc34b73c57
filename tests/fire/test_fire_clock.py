# SPDX-License-Identifier: GPL-2.0-or-later
"""Clocks that are off, by a day, ten years, and past the end of 32-bit time, at the server or at a client: people talk all
the same, over restarts, and see times that lie near the relay's."""

import datetime
import time

import pytest

from ledger import audit, settled
from waiting import until

DAY = 86400
PAST_2038 = int(datetime.datetime(2038, 1, 20, tzinfo=datetime.timezone.utc).timestamp() - time.time())
OFFSETS = {"a-day-ahead": DAY, "a-day-behind": -DAY, "ten-years-ahead": 3653 * DAY, "ten-years-behind": -3653 * DAY,
           "past-2038": PAST_2038}
NEAR_MS = 31 * DAY * 1000


def talk(alice, bob, server_offset):
    alice.online()
    bob.online()
    alice.write(bob, 2)
    bob.write(alice, 2)
    until(lambda: alice.obeyed() and bob.obeyed() and settled(alice, bob) and settled(bob, alice),
          lambda: f"{alice.story()}\n{bob.story()}")
    assert audit(alice, bob).again == audit(bob, alice).again == 0
    relay_ms = (time.time() + server_offset) * 1000
    for person in (alice, bob):
        for entry in person.ledger.of("shown")[-2:]:
            assert abs(int(entry[3]) - relay_ms) <= NEAR_MS, f"shown as of {entry[3]}, relay: {relay_ms}"


def assert_lives_in(person, offset):
    """The clock that its program reads is off by so much, indeed."""
    reports = len(person.ledger.of("clock"))
    person.do("report")
    until(lambda: len(person.ledger.of("clock")) > reports, person.story)
    assert abs(int(person.ledger.of("clock")[-1][0]) / 1000 - offset - time.time()) < 3600


@pytest.mark.parametrize("offset", OFFSETS.values(), ids=OFFSETS)
def test_client_clock(scene, offset):
    """From the first moment on, and over a restart with the same clock, then with the right one."""
    alice, bob = scene.person("alice"), scene.person("bob").start()
    for clock in (offset, offset, 0):
        alice.start(PIPIT_FATE_CLOCK=clock)
        talk(alice, bob, 0)
        assert_lives_in(alice, clock)
        alice.quit()


@pytest.mark.parametrize("offset", OFFSETS.values(), ids=OFFSETS)
def test_client_clock_is_set_wrong(scene, offset):
    """It was right before."""
    alice, bob = scene.person("alice").start(), scene.person("bob").start()
    talk(alice, bob, 0)
    alice.quit()
    alice.start(PIPIT_FATE_CLOCK=offset)
    talk(alice, bob, 0)
    assert_lives_in(alice, offset)


@pytest.mark.parametrize("offset", OFFSETS.values(), ids=OFFSETS)
def test_server_clock(scene, offset):
    scene.server.restart("--clock-offset", str(offset))
    alice, bob = scene.person("alice").start(), scene.person("bob").start()
    talk(alice, bob, offset)

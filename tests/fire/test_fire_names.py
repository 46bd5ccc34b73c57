# SPDX-License-Identifier: GPL-2.0-or-later
"""Name servers that are silent: the loop goes on meanwhile, and the client comes back by itself."""

import os
import time

import pytest

from certificates import Authority
from ledger import CODES, audit, settled
from scene import let_pass
from waiting import until

LONG = bool(os.environ.get("PIPIT_LONG"))
# The long run takes the long tests alone: it tries all of these once more, many times.
pytestmark = [pytest.mark.long] if LONG else []
HELD_US = 50000
BACK_S = 10
# The system's resolver gives up after 20 s (fate.c), a request before that.
SILENT_S = 60 if LONG else 5
QUIT_S = 10


@pytest.fixture
def pair(scene, tmp_path):
    """Alice and Bob at a server that has a name. `scene.silent`: while this file is there, nobody resolves it."""
    authority = Authority(tmp_path / "authority")
    certificate, key = authority.issue("chat.pipit.test")
    scene.tls = ["--cert", str(certificate), "--key", str(key)]
    scene.server.restart(*scene.tls)
    scene.silent = tmp_path / "silent"
    people = [scene.person(name, f"https://chat.pipit.test:{scene.server.port}") for name in ("alice", "bob")]
    for person in people:
        person.start(PIPIT_FATE_DNS=scene.silent, PIPIT_FIRE_CA=authority.path).online()
    return people


def talk(pair):
    alice, bob = pair
    alice.write(bob, 3)
    bob.write(alice, 3)


def settle(pair):
    """All arrives; returns how long it took. The loops were never held."""
    alice, bob = pair
    start = time.monotonic()
    until(lambda: alice.obeyed() and bob.obeyed() and settled(alice, bob) and settled(bob, alice),
          lambda: f"{alice.story()}\n{bob.story()}", 60)
    took = time.monotonic() - start
    assert audit(alice, bob).again == audit(bob, alice).again == 0
    for person in pair:
        reports = len(person.ledger.of("loop"))
        person.do("report")
        until(lambda: len(person.ledger.of("loop")) > reports, person.story)  # pylint: disable=cell-var-from-loop
        held = max(int(cpu) for _, cpu in person.ledger.of("loop"))
        assert held <= HELD_US, f"the loop was held for {held} µs of its own time"
        assert {CODES[int(code)] for code, _ in person.ledger.of("offline")} <= {"transient"}
    print(f"{took:.1f} s after a name server was back; loop {held} µs")
    return took


def lose_all(scene, pair):
    """No name server answers, and no connection is left."""
    scene.silent.touch()
    before = [len(person.ledger.of("offline")) for person in pair]
    scene.server.kill()
    scene.server.start(*scene.tls)
    for person, times in zip(pair, before):
        until(lambda: len(person.ledger.of("offline")) > times, person.story)  # pylint: disable=cell-var-from-loop


def test_name_servers_are_silent_for_a_while(scene, pair):
    talk(pair)
    settle(pair)
    lose_all(scene, pair)
    talk(pair)
    let_pass(SILENT_S)
    alice, bob = pair
    assert alice.obeyed() and bob.obeyed()
    assert not settled(alice, bob) and not settled(bob, alice)
    scene.silent.unlink()
    assert settle(pair) < BACK_S


def test_who_leaves_does_not_wait_for_name_servers(scene, pair):
    lose_all(scene, pair)
    let_pass(1)
    for person in pair:
        start = time.monotonic()
        person.quit()
        assert time.monotonic() - start < QUIT_S

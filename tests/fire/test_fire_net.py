# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad lines, with books kept at both ends: nothing is lost or doubled by them, the client comes back by itself within seconds
of the net, and its loop is never held meanwhile."""

import os
import random
import time

import pytest

from ledger import CODES, audit, settled
from line import PORTAL, REDIRECT, TROUBLE, Line
from scene import let_pass
from waiting import until

LONG = bool(os.environ.get("PIPIT_LONG"))
# The long run takes the long tests alone: it tries all of these once more, many times.
pytestmark = [pytest.mark.long] if LONG else []
HELD_US = 50000
BACK_S = 10
FASTER = 20


@pytest.fixture
def pair(scene):
    """Alice behind a bad line, and Bob."""
    line = Line(scene.server.port)
    alice, bob = scene.person("alice", line.url).start(), scene.person("bob").start()
    alice.online()
    bob.online()
    alice.write(bob)
    bob.write(alice)
    until(lambda: settled(alice, bob) and settled(bob, alice), lambda: alice.story() + bob.story())
    alice.line = line
    yield alice, bob
    line.close()


def talk(pair, count=3):
    alice, bob = pair
    alice.write(bob, count)
    bob.write(alice, count)


def all_arrived(pair):
    alice, bob = pair
    return alice.obeyed() and bob.obeyed() and settled(alice, bob) and settled(bob, alice)


def settle(pair, within=60):
    """All arrives within that time; then the books and Alice's loop are looked at. Returns how long it took."""
    alice, bob = pair
    start = time.monotonic()
    until(lambda: all_arrived(pair), lambda: f"{alice.story()}\n{bob.story()}", within)
    took = time.monotonic() - start
    assert audit(alice, bob).again == audit(bob, alice).again == 0
    alice.do("report")
    until(lambda: alice.ledger.of("loop"), alice.story)
    held = max(int(cpu) for _, cpu in alice.ledger.of("loop"))
    assert held <= HELD_US, f"the loop was held for {held} µs of its own time"
    fatal = [text for code, text in alice.ledger.of("offline") if CODES[int(code)] != "transient"]
    assert not fatal, f"she would have to connect by hand: {fatal}"
    print(f"{took:.1f} s after the net was back; loop {held} µs; {len(alice.ledger.of('offline'))} times offline, "
          f"{alice.line.broken} connections broken")
    return took


def talk_until(pair, happened, seed):
    """Waits for what is left to chance; where all has arrived before that, they write more."""
    def happened_by_now():
        if not happened() and all_arrived(pair):
            talk(pair, 2)
        return happened()

    until(happened_by_now, lambda: f"seed {seed}\n{pair[0].story()}")


def wait_offline(alice, times=1):
    before = len(alice.ledger.of("offline"))
    until(lambda: len(alice.ledger.of("offline")) >= before + times, alice.story, 60)


def test_connections_break_at_any_byte(pair):
    """The answers of polls, look-ups and sends too."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    alice = pair[0]
    alice.line.chance = random.Random(seed)
    alice.line.cut_after = 3000
    alice.line.cut()
    for round_ in range(200 if LONG else 12):
        talk(pair)
        talk_until(pair, lambda: alice.line.broken >= 2 * round_ + 2, seed)  # pylint: disable=cell-var-from-loop
    alice.line.cut_after = None
    alice.line.cut()
    settle(pair)


def test_answers_are_lost_after_the_work(pair):
    alice = pair[0]
    for _ in range(50 if LONG else 6):
        alice.line.lose_answers = 2
        talk(pair, 2)
        until(lambda: alice.line.lose_answers == 0, alice.story)
    settle(pair)


@pytest.mark.parametrize("answer", [PORTAL, REDIRECT, TROUBLE % 500, TROUBLE % 503, b"\0\1\2\3nonsense\r\n\r\n", b""],
                         ids=["portal", "redirect", "500", "503", "nonsense", "nothing"])
def test_somebody_else_answers(pair, answer):
    """A captive portal's pages, a proxy's errors, and what is no HTTP at all."""
    alice = pair[0]
    alice.line.answer = answer
    alice.line.cut()
    talk(pair)
    wait_offline(alice, 2)
    alice.line.answer = None
    settle(pair, BACK_S + 30)


def test_answers_come_late(pair):
    alice = pair[0]
    alice.line.delay = 1.5
    talk(pair)
    assert settle(pair, 60) >= alice.line.delay
    alice.line.delay = 0


def test_connections_overtake_each_other(pair):
    """A message reaches the relay before the look-up that was made first, an old poll's answer comes behind a new one's."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    alice = pair[0]
    alice.line.chance = random.Random(seed)
    alice.line.jitter = 0.4
    for round_ in range(200 if LONG else 6):
        talk(pair, 2)
        talk_until(pair, lambda: alice.line.overtaken >= 2 * round_ + 2, seed)  # pylint: disable=cell-var-from-loop
    alice.line.jitter = 0
    settle(pair)
    assert alice.line.broken == 0


def test_connections_are_not_taken(pair):
    """The machine that listens is so busy that its queue is full: nobody says no to who calls."""
    alice = pair[0]
    alice.line.deaf = True
    crowd = alice.line.crowd()
    alice.line.cut()
    talk(pair)
    let_pass(60 if LONG else 4)
    assert alice.obeyed() and not settled(alice, pair[1])
    for caller in crowd:
        caller.close()
    alice.line.deaf = False
    assert settle(pair) < BACK_S


def test_black_hole(pair):
    alice = pair[0]
    alice.line.black_hole = True
    talk(pair)
    let_pass(60 if LONG else 5)
    assert alice.obeyed() and not settled(alice, pair[1]) and not settled(pair[1], alice)
    alice.line.black_hole = False
    assert settle(pair) < BACK_S


def test_connection_that_leads_nowhere(pair):
    """The router forgot the connections. What one writes must not wait for a minute and more; what comes may, until the
    poll is over. In the short run Alice lives in a faster time (fate.c)."""
    alice, bob = pair
    alice.quit()
    alice.start(**({} if LONG else {"PIPIT_FATE_SPEED": f"{FASTER}:{int(time.time())}"})).online()
    alice.line.forget()
    start = time.monotonic()
    alice.write(bob, 3)
    until(lambda: alice.obeyed() and settled(alice, bob), alice.story, 100)
    took = time.monotonic() - start
    print(f"sent after {took:.1f} s")
    bob.write(alice)
    settle(pair, 100)


def test_server_is_away_for_a_while(scene, pair):
    alice = pair[0]
    scene.server.kill()
    talk(pair)
    wait_offline(alice, 2)
    scene.server.start()
    assert settle(pair) < BACK_S

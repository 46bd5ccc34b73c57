# SPDX-License-Identifier: GPL-2.0-or-later
"""A day's use in fast motion: texts, receipts, typing, polls and their renewals, upkeep, networks lost. All programs live in a
time that runs a hundred times faster (fate.c), so that it is their own timers that pass. Memory stays flat."""

import os
import random
import statistics
import time

import pytest

from ledger import audit, settled
from line import Line
from scene import let_pass
from waiting import until

LONG = bool(os.environ.get("PIPIT_LONG"))
# The long run takes the long tests alone: it tries all of these once more, many times.
pytestmark = [pytest.mark.long] if LONG else []
SPEED = 100
HOURS = 24 if LONG else 1 / 4
DAY_S = HOURS * 3600 / SPEED
TURN_S = 0.17
TURNS = int(DAY_S / TURN_S)
TURNS_A_LOSS = 106 if LONG else 15  # 48 of a day
TURNS_A_SAMPLE = 12 if LONG else 3
# SQLite's caches fill at first: that takes most of a day.
WARM_UP = 0.7 if LONG else 1 / 3
# KiB that memory may seem to grow by in a day, by the slope of what was seen after that.
GROWTH = {"heap": 512, "resident": 4096, "server": 4096}
# A few minutes tell less: growth as such, KiB.
GROWTH_SHORT = 4096
SQLITE_KIB = 4096


@pytest.fixture
def pair(scene):
    """Alice and Bob, each behind a line of their own, and the server, in fast motion."""
    fast = {"PIPIT_FATE_SPEED": f"{SPEED}:{int(time.time())}"}
    scene.server.stop()
    scene.server.start(**fast)
    people = [scene.person(name) for name in ("alice", "bob")]
    for person in people:
        person.line = Line(scene.server.port)
        person.url = person.line.url
        person.start(**fast).online()
    yield people
    for person in people:
        person.line.close()


def server_memory(scene):
    with open(f"/proc/{scene.server.program.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def live_through(scene, pair, chance):
    """Returns samples of the server's memory: (turn, KiB)."""
    samples = []
    for turn in range(TURNS):
        writer, reader = chance.sample(pair, 2)
        writer.do(f"typing {reader.handle}")
        writer.write(reader)
        reader.do(f"read {writer.handle}")
        if turn % TURNS_A_LOSS == TURNS_A_LOSS - 1:
            chance.choice(pair).line.cut()
        if turn % TURNS_A_SAMPLE == 0:
            samples.append((turn, server_memory(scene)))
            for person in pair:
                person.do("report")
        let_pass(TURN_S)
    return samples


def growth(name, samples, allowed):
    """Prints the slope of what came behind the warm-up, and holds it, as growth in a day, against what is allowed."""
    later = samples[int(len(samples) * WARM_UP):]
    turns_a_day = 24 * 3600 / SPEED / TURN_S
    slope = statistics.linear_regression(*zip(*later)).slope * turns_a_day
    print(f"{name}: {samples[0][1]} KiB, {later[0][1]} KiB after the warm-up, {later[-1][1]} KiB at last: "
          f"slope {slope:.0f} KiB a day, {len(later)} samples")
    if LONG:
        assert slope <= allowed, name
    else:
        assert later[-1][1] - samples[0][1] <= GROWTH_SHORT, name


def test_memory_stays_flat(scene, pair):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    server = live_through(scene, pair, random.Random(seed))
    alice, bob = pair
    until(lambda: alice.obeyed() and bob.obeyed() and settled(alice, bob) and settled(bob, alice),
          lambda: f"{alice.story()}\n{bob.story()}", 60)
    assert audit(alice, bob).again == audit(bob, alice).again == 0
    for person in pair:
        clock = [int(ms) for ms, in person.ledger.of("clock")]
        assert clock[-1] - clock[0] >= 0.9 * DAY_S * SPEED * 1000, "the day was not lived through"
    growth("server, resident", server, GROWTH["server"])
    for person in pair:
        # Their answers to "report" come in the same turns.
        memory = [tuple(map(int, entry)) for entry in person.ledger.of("memory")]
        assert len(memory) == len(server)
        turns = [turn for turn, _ in server]
        resident, heap, sqlite = zip(*memory)
        name = person.handle.partition(":")[2]
        growth(f"{name}, resident", list(zip(turns, resident)), GROWTH["resident"])
        growth(f"{name}, heap but for SQLite's", list(zip(turns, map(lambda h, s: h - s, heap, sqlite))), GROWTH["heap"])
        assert max(sqlite) <= SQLITE_KIB
        print(f"{name}: SQLite at most {max(sqlite)} KiB, {len(person.ledger.of('offline'))} times offline, "
              f"{person.texts} texts written")

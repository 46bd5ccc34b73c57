# SPDX-License-Identifier: GPL-2.0-or-later
"""A group under fire: its members talk, put in and out and rename, while clients and the server die, lines are bad and a
disk is full. Who stays a member is shown each text once, in the order of its writer, and in the end all devices have the same
members and name."""

import collections
import itertools
import os
import random
import signal

import pytest

from ledger import audit, settled
from line import Line
from scene import let_pass
from waiting import until

# How many deaths of each kind, and of bad lines. They are drawn anew each time; the seed is told when a test fails.
SHORT = {"random": 15, "steps": 12, "lines": 1}
MANY = {"random": 400, "steps": 1, "lines": 60}
LONG = bool(os.environ.get("PIPIT_LONG"))
COUNTS = MANY if LONG else SHORT
# The long run takes the long tests alone: it tries all of these once more, many times.
pytestmark = [pytest.mark.long] if LONG else []
KINDS = ("commit", "sync", "send", "recv") if LONG else ("commit", "send")
STEPS = [(kind, when) for kind in KINDS for when in (("before", "after") if LONG else ("before",))]
SERVER_STEPS = STEPS if LONG else STEPS[:1]
STEPS_MAX = 200
MOMENT_S = 0.4
BLACK_HOLE_S = 60 if LONG else 2
# How many die at once.
VICTIMS = [1, 1, 1, 2, 3]
PATIENCE_S = 600 if LONG else 120

Group = collections.namedtuple("Group", "handle")


class Circle:
    """Those who stay in the group (of whom one has two devices), and a guest who comes and goes."""

    def __init__(self, scene, stay, guest):
        self.scene = scene
        self.stay = stay
        self.guest = guest
        self.everyone = [*stay, guest]
        stay[0].do("create Beginning " + ",".join(sorted({person.handle for person in self.everyone[1:]})))
        until(lambda: stay[0].ledger.of("created"), stay[0].story)
        self.group = Group(stay[0].ledger.of("created")[0][0])
        self.names = 0
        self.agree()

    def story(self):
        return "\n".join(person.story() for person in self.everyone)

    def live(self):
        for person in self.everyone:
            if not person.running:
                person.start()

    def talk(self, count=1):
        for person in self.stay:
            person.write(self.group, count)

    def change(self, person, chance):
        """One of all that the person could do, whatever the others do at the same time."""
        self.names += 1
        person.do(chance.choice([f"add {self.group.handle} {self.guest.handle}",
                                 f"remove {self.group.handle} {self.guest.handle}",
                                 f"rename {self.group.handle} Name {self.names}"]))

    def standings(self):
        """How each device says that the group stands, of those who are still in it."""
        before = {person: len(person.ledger.of("group")) for person in self.everyone}
        for person in self.everyone:
            person.do(f"group {self.group.handle}")
        until(lambda: all(len(person.ledger.of("group")) > before[person] for person in self.everyone), self.story)
        return {person: person.ledger.of("group")[-1][1:] for person in self.everyone}

    def agree(self, members=()):
        """Waits until all have the same name and members, of whom there are these at least."""
        def all_same():
            standings = self.standings()
            name_and_members = standings[self.stay[0]]
            within = name_and_members[1].split()
            return (set(members) <= set(within) and
                    all(standings[person] == name_and_members for person in self.stay) and
                    standings[self.guest] == (name_and_members if self.guest.handle in within else ("", "")) and
                    name_and_members)
        return until(all_same, lambda: f"{self.standings()}\n{self.story()}", PATIENCE_S)

    def settle(self, what):
        """Lets all live, and holds all books against each other once all has arrived. Then the guest is put in for good, and
        all write once more: nothing is left behind."""
        self.live()
        self.talk()
        pairs = list(itertools.permutations(self.stay, 2))
        self.wait_settled(pairs, what)
        self.agree()
        self.stay[0].do(f"add {self.group.handle} {self.guest.handle}")
        name, members = self.agree({person.handle for person in self.everyone})
        assert set(members.split()) == {person.handle for person in self.everyone}
        since = {person: person.texts for person in self.everyone}
        self.talk()
        self.guest.write(self.group)
        with_guest = [*((person, self.guest) for person in self.stay), *((self.guest, person) for person in self.stay)]
        self.wait_settled(pairs, what)
        self.wait_settled(with_guest, what, since)
        assert self.agree() == (name, members)
        self.hold_books(pairs, with_guest, since, what)

    def all_arrived(self, *people):
        """Whether all that these, or all who stay, have written has arrived with them."""
        people = people or self.stay
        return (all(person.obeyed() for person in people) and
                all(settled(*pair, self.group) for pair in itertools.permutations(people, 2)))

    def wait_settled(self, pairs, what, since=None):
        until(lambda: all(person.obeyed() for person, _ in pairs) and
              all(settled(*pair, self.group, since[pair[0]] if since else 0) for pair in pairs),
              lambda: f"{what}\n{self.story()}", PATIENCE_S)

    def hold_books(self, pairs, with_guest, since, what):
        again = collections.Counter()
        arrived = collections.defaultdict(set)
        for sender, receiver in pairs:
            found = audit(sender, receiver, self.group)
            again[receiver] += found.again
            arrived[sender].add(found.arrived)
        # What was not shown as written when its writer died is everywhere or nowhere.
        assert all(len(counts) == 1 for counts in arrived.values()), f"{what}: {arrived}"
        for sender, receiver in with_guest:
            again[receiver] += audit(sender, receiver, self.group, since[sender]).again
        for person in self.everyone:
            assert again[person] <= person.deaths
        print(f"{what}: {sum(person.texts for person in self.everyone)} texts, "
              f"{sum(len(person.ledger.of('changed')) for person in self.everyone)} changes; deaths: "
              f"{', '.join(f'{person.folder.name} {person.deaths}' for person in self.everyone)}; "
              f"shown again: {sum(again.values())}")


def circle_of(scene, line=None):
    """`line`: what lies between Bob and the server."""
    alice, bob = scene.person("alice", device=1), scene.person("bob", line.url if line else None)
    laptop, carol, dave = scene.person("alice", device=2), scene.person("carol"), scene.person("dave")
    for person in (alice, bob, carol, dave):
        person.start()
    alice.online()
    laptop.start()
    for person in (laptop, bob, carol, dave):
        person.online()
    return Circle(scene, [alice, bob, laptop, carol], dave)


@pytest.fixture
def circle(scene):
    return circle_of(scene)


def test_any_of_them_dies_at_random(scene, circle):
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    server_deaths = 0
    for _ in range(COUNTS["random"]):
        circle.live()
        circle.talk()
        for person in chance.sample(circle.stay, 2):
            circle.change(person, chance)
        let_pass(chance.random() * MOMENT_S)
        for victim in chance.sample([*circle.everyone, scene.server], chance.choice(VICTIMS)):
            victim.kill()
            if victim is scene.server:
                scene.server.start()
                server_deaths += 1
    circle.settle(f"seed {seed}, the server died {server_deaths} times")


@pytest.mark.parametrize("kind,when", STEPS, ids=["-".join(step) for step in STEPS])
def test_client_dies_at_each_step(circle, kind, when):
    """While one changes the group and writes to it, and so does somebody else."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    alice, victim = circle.stay[:2]
    victim.quit()
    for number in range(1, STEPS_MAX, COUNTS["steps"]):
        circle.change(alice, chance)
        alice.write(circle.group)
        victim.start(PIPIT_FATE=f"{kind}:{when}:{number}")
        circle.change(victim, chance)
        victim.write(circle.group)
        until(lambda: not victim.running or circle.all_arrived(alice, victim), lambda: f"seed {seed}\n{circle.story()}")
        if victim.running:
            break
        victim.buried()
    if victim.running:
        victim.kill()  # its step may still come
    assert victim.deaths >= 1, f"the steps of {kind} are not met\n{victim.story()}"
    circle.settle(f"seed {seed}, {kind} {when}")


@pytest.mark.parametrize("kind,when", SERVER_STEPS, ids=["-".join(step) for step in SERVER_STEPS])
def test_server_dies_at_each_step(scene, circle, kind, when):
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    deaths = 0
    scene.server.stop()
    for number in range(1, STEPS_MAX, COUNTS["steps"]):
        try:
            scene.server.start(PIPIT_FATE=f"{kind}:{when}:{number}")
        except AssertionError:  # it did not live to listen
            assert scene.server.program.process.poll() == -signal.SIGKILL
            deaths += 1
            continue
        circle.talk()
        circle.change(chance.choice(circle.stay), chance)
        until(lambda: not scene.server.program.running or circle.all_arrived(),
              lambda: f"seed {seed}\n{circle.story()}")
        if scene.server.program.running:
            break
        deaths += 1
    assert deaths >= 1, f"the steps of {kind} are not met"
    if scene.server.program.running:
        scene.server.kill()  # its step may still come
    scene.server.start()
    circle.settle(f"seed {seed}, {kind} {when}")


def test_lines_are_bad(scene):
    """Connections that break at any byte, answers that are lost, and a black hole for a while."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    line = Line(scene.server.port, seed)
    circle = circle_of(scene, line)
    bob = circle.stay[1]
    try:
        line.cut_after = 3000
        line.cut()
        talk_until(circle, chance, lambda: line.broken >= 6 * COUNTS["lines"])
        line.cut_after = None
        line.cut()
        for _ in range(COUNTS["lines"]):
            line.lose_answers = 2
            talk_until(circle, chance, lambda: line.lose_answers == 0)
        line.black_hole = True
        circle.change(bob, chance)
        circle.change(circle.stay[0], chance)
        circle.talk(2)
        let_pass(BLACK_HOLE_S)
        assert bob.obeyed() and not settled(bob, circle.stay[0], circle.group)
        line.black_hole = False
        circle.settle(f"seed {seed}, {line.broken} connections broken")
    finally:
        line.close()


def talk_until(circle, chance, happened):
    """All but the guest talk and change the group, and do so again when all has arrived, until that has happened."""
    circle.talk()

    def happened_by_now():
        if not happened() and circle.all_arrived():
            circle.talk()
            circle.change(chance.choice(circle.stay), chance)
        return happened()

    until(happened_by_now, circle.story, PATIENCE_S)


def test_disk_is_full_for_a_while(circle, tmp_path):
    """What could not be written down is told to be so, and is not in force; what came meanwhile comes again."""
    alice, bob = circle.stay[:2]
    full = tmp_path / "full"
    bob.quit()
    bob.start(PIPIT_FATE_FULL=full).online()
    name = circle.agree()[0]
    full.touch()
    bob.do(f"rename {circle.group.handle} Bobs")
    until(lambda: bob.ledger.of("unchanged"), bob.story)
    assert "room left on the disk" in bob.ledger.of("unchanged")[0][1]
    alice.do(f"remove {circle.group.handle} {circle.guest.handle}")
    alice.write(circle.group, 2)
    until(lambda: bob.ledger.of("offline"), bob.story)
    assert not settled(alice, bob, circle.group)
    full.unlink()
    assert circle.agree()[0] == name
    circle.settle("a full disk")

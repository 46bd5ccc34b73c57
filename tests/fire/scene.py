# SPDX-License-Identifier: GPL-2.0-or-later
"""A server and people, all of whom may meet their fate (fate.c)."""

from ledger import Person, with_fate
from pipitd import Pipitd
from programs import Build
from waiting import Waited, until


def let_pass(seconds):
    """For what is to happen to programs at any instant, or lasts: not where one could wait for an event."""
    try:
        until(lambda: False, "", patience=seconds)
    except Waited:
        pass


class FatedBuild(Build):
    """The same programs, and what is to befall them."""

    def __init__(self, build, fate):
        super().__init__(build.folder)
        self.fate = fate

    def environment(self, home, reports, *, leaks=True):
        return with_fate(self, super().environment(home, reports, leaks=leaks), self.fate)


class Server(Pipitd):
    """A server that may have a fate."""

    def start(self, *options, **fate):
        plain, self.build = self.build, FatedBuild(self.build, fate)
        try:
            return super().start(*options)
        finally:
            self.build = plain


class Scene:
    """One server and the people who use it."""

    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        self.server = Server(build, folder / "server").start()
        self.people = []

    def person(self, name, url=None, device=None):
        """Somebody; with `device` (a number), one of several clients of theirs."""
        folder, mark = (name, "") if device is None else (f"{name}-{device}", f"{device}-")
        person = Person(self.build, self.folder / folder, name, url or self.server.url, mark)
        self.people.append(person)
        return person

    def close(self):
        for person in self.people:
            if person.running:
                person.kill()
        if self.server.program.running:
            self.server.kill()

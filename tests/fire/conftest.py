# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests under fire share. They run the build without sanitizers: what dies by kill -9 reports nothing, and the
moments between two steps are as they are for people. PIPIT_BUILD_PLAIN names its folder."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from ledger import Person, with_fate  # noqa: E402  # pylint: disable=wrong-import-position
from pipitd import Pipitd  # noqa: E402  # pylint: disable=wrong-import-position
from programs import TREE, Build  # noqa: E402  # pylint: disable=wrong-import-position

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def build():
    folder = Path(os.environ.get("PIPIT_BUILD_PLAIN", TREE / "build/nettle"))
    if not (folder / "fire_fate.so").exists():
        subprocess.run(["make", "--no-print-directory", "-C", TREE, f"BUILD={folder}", "fire"], check=True)
    return Build(folder)


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
    """A server and people who have talked already, so that each has a device and knows the other's."""

    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        self.server = Server(build, folder / "server").start()
        self.people = []

    def person(self, name, url=None):
        person = Person(self.build, self.folder / name, name, url or self.server.url)
        self.people.append(person)
        return person

    def close(self):
        for person in self.people:
            if person.running:
                person.kill()
        if self.server.program.running:
            self.server.kill()


@pytest.fixture
def scene(build, tmp_path):
    made = Scene(build, tmp_path)
    yield made
    made.close()

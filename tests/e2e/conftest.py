# SPDX-License-Identifier: GPL-2.0-or-later
"""What every end-to-end test can ask for. PIPIT_BUILD names the build folder whose programs are tested;
PIPIT_BUILD_PLAIN another one without sanitizers, for what can't be done under them."""

import itertools
import os
import signal

import pytest

from programs import TREE, Build, complaints
from stage import Stage

# A test's name would make paths too long for a socket.
NUMBERS = itertools.count(1)


def pytest_configure(config):
    # Who runs out of patience with the tests sends this first: the clients are closed then.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("told to end"))
    config.addinivalue_line("markers", "long: takes longer; `make check-long` runs it")


def build_in(folder):
    made = Build(TREE / folder)
    for program in (made.plugin, made.pipitd, made.pipitctl, made.pipit):
        assert program.exists(), f"{program} is missing: run `make` for this build folder, or set PIPIT_BUILD"
    return made


@pytest.fixture(scope="session")
def build():
    return build_in(os.environ.get("PIPIT_BUILD", "build/nettle-san"))


@pytest.fixture(scope="session")
def plain_build(build):
    """The build without sanitizers, if there are two."""
    folder = os.environ.get("PIPIT_BUILD_PLAIN")
    return build_in(folder) if folder else build


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A folder for all that the tests of one file leave behind. No program may have complained there."""
    folder = tmp_path_factory.mktemp("e2e")
    yield folder
    reports = complaints(folder)
    assert not reports, "\n\n".join(reports)


@pytest.fixture(scope="module")
def stage(build, workshop):
    """One server and the clients that the tests of one file share."""
    stage = Stage(build, workshop / "stage")
    yield stage
    stage.close()


@pytest.fixture
def new_stage(build, workshop):
    """A server and clients for one test alone, for what changes the server."""
    stage = Stage(build, workshop / f"stage{next(NUMBERS)}")
    yield stage
    stage.close()


@pytest.fixture(autouse=True)
def sound(workshop):
    """Fails the test during which a sanitizer or GLib complained, not some later one."""
    before = set(complaints(workshop))
    yield
    new = [report for report in complaints(workshop) if report not in before]
    assert not new, "\n\n".join(new)

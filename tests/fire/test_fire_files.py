# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that are on their way while programs die and disks are full: they arrive as they were sent, and go on where they were."""

import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from waiting import until

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from clients.cli import Pipit  # noqa: E402  # pylint: disable=wrong-import-position
from programs import Program  # noqa: E402  # pylint: disable=wrong-import-position
from ledger import with_fate  # noqa: E402  # pylint: disable=wrong-import-position

MIB = 1024 * 1024
SIZE = 40 * MIB
HUGE = 300 * 1000 * 1000
# What a client holds of a file of any size: a few chunks, beside what it has anyhow.
MEMORY_KIB = 80 * 1024


class Account:
    """What Pipit.register() wants of one."""

    def __init__(self, scene, name):
        self.address = f"{name}@pipit.test"
        self.password = "correct horse battery staple"
        self.options = {"server": scene.server.url}


class Sender(Pipit):
    """One who uses the tool, and may be killed in the midst."""

    def begin(self, name, *arguments, **fate):
        return Program(f"pipit-{name}", self.command(name, *arguments), with_fate(self.build, self.environment(), fate),
                       self.folder)


@pytest.fixture
def pair(scene):
    people = []
    for name in ("alice", "bob"):
        person = Sender(scene.build, scene.folder / name)
        person.register(Account(scene, name))
        people.append(person)
    return people


@pytest.fixture
def sample(tmp_path):
    return sample_of(tmp_path, SIZE)


def sample_of(folder, size):
    path = folder / "sample.bin"
    noise = random.Random(size)
    with open(path, "wb") as file:
        for start in range(0, size, MIB):
            file.write(noise.randbytes(min(MIB, size - start)))
    return path


def same(path, other):
    return subprocess.run(["cmp", "--", path, other], check=False).returncode == 0


def size_of(paths):
    return sum(path.stat().st_size for path in paths if path.is_file())


def parts_at(scene):
    """How many bytes of uploads that are not whole the server has."""
    return size_of((scene.server.state / "blobs" / "parts").glob("*"))


def part_of(folder):
    return size_of(folder.glob("*.part"))


def freeze(scene):
    """The server stands still: whatever is on its way stays in the midst."""
    os.kill(scene.server.program.process.pid, signal.SIGSTOP)


def thaw(scene):
    os.kill(scene.server.program.process.pid, signal.SIGCONT)


def number_of(message):
    return message["attachments"][0]["number"]


def received(pair, sample, text=""):
    """Bob hears of the file. Returns its number."""
    message = pair[1].listen(1)[0]
    assert message["text"] == text
    assert message["attachments"][0]["name"] == sample.name
    assert message["attachments"][0]["size"] == sample.stat().st_size
    return number_of(message)


def fetched(person, number, folder):
    return Path(person.run("fetch", number, folder).strip())


@pytest.fixture
def halfway(scene, pair, sample):
    """An upload that is in the midst, in a server that stands still."""
    program = pair[0].begin("send", "--file", sample, pair[1].address, "look")
    until(lambda: parts_at(scene) > 0, program.tail)
    freeze(scene)
    assert program.running, program.tail()
    return program


def test_client_killed_in_mid_upload(scene, pair, sample, halfway, tmp_path):
    halfway.kill()
    thaw(scene)
    before = parts_at(scene)
    assert 0 < before < SIZE
    # Any command goes on with it, from the byte where it was: the part is the same one, and grows.
    parts = set((scene.server.state / "blobs" / "parts").glob("*"))
    assert len(parts) == 1
    listed = pair[0].run("drafts")
    number = int(re.match(r"\d+", listed).group())
    pair[0].run("drafts", "--retry", number)
    assert same(fetched(pair[1], received(pair, sample, "look"), tmp_path / "pipit"), sample)
    assert parts_at(scene) == 0
    assert pair[0].run("drafts") == ""


def test_server_killed_in_mid_upload(scene, pair, sample, halfway, tmp_path):
    scene.server.kill()
    scene.server.start()
    assert halfway.ended() == 0, halfway.tail()
    (tmp_path / "in").mkdir()
    assert same(fetched(pair[1], received(pair, sample, "look"), tmp_path / "in"), sample)


@pytest.fixture
def half_fetched(scene, pair, sample, tmp_path):
    """A download in the midst. Returns the program, the file's number and the folder."""
    pair[0].run("send", "--file", sample, pair[1].address)
    number = received(pair, sample)
    folder = tmp_path / "in"
    folder.mkdir()
    program = pair[1].begin("fetch", number, folder)
    until(lambda: part_of(folder) > 0, program.tail)
    freeze(scene)
    assert program.running, program.tail()
    return program, number, folder


def test_client_killed_in_mid_download(scene, pair, sample, half_fetched):
    program, number, folder = half_fetched
    program.kill()
    kept = part_of(folder)
    assert 0 < kept < SIZE
    assert not (folder / sample.name).exists()
    thaw(scene)
    assert fetched(pair[1], number, folder) == folder / sample.name
    assert same(folder / sample.name, sample)
    assert [path.name for path in folder.iterdir()] == [sample.name]


def test_server_killed_in_mid_download(scene, sample, half_fetched):
    program, _, folder = half_fetched
    scene.server.kill()
    scene.server.start()
    assert program.ended() == 0, program.tail()
    assert same(folder / sample.name, sample)
    assert [path.name for path in folder.iterdir()] == [sample.name]


def test_disk_is_full_while_fetching(scene, pair, sample, tmp_path):
    """It says so, keeps what came, and goes on from there once there is room."""
    pair[0].run("send", "--file", sample, pair[1].address)
    number = received(pair, sample)
    folder, full = tmp_path / "in", tmp_path / "full"
    folder.mkdir()
    program = pair[1].begin("fetch", number, folder, PIPIT_FATE_FULL=full)
    until(lambda: part_of(folder) > 0, program.tail)
    freeze(scene)
    full.touch()
    thaw(scene)
    assert program.ended() == 1, program.tail()
    assert "There is no room left on the disk" in program.tail()
    assert not (folder / sample.name).exists()
    full.unlink()
    assert same(fetched(pair[1], number, folder), sample)


def test_servers_disk_is_full_while_uploading(scene, pair, sample, tmp_path):
    """It waits, and goes on by itself."""
    full = tmp_path / "full"
    scene.server.stop()
    scene.server.start("--reserve-mib", "0", PIPIT_FATE_FULL=full)
    program = pair[0].begin("send", "--file", sample, pair[1].address, "look")
    until(lambda: parts_at(scene) > 0, program.tail)
    freeze(scene)
    full.touch()
    thaw(scene)
    until(lambda: "507" in scene.server.program.tail() or not program.running or parts_at(scene) > 0, program.tail)
    full.unlink()
    # The server may have told it to wait for half a minute; the next command does not.
    program.kill()
    number = int(re.match(r"\d+", pair[0].run("drafts")).group())
    pair[0].run("drafts", "--retry", number)
    (tmp_path / "in").mkdir()
    assert same(fetched(pair[1], received(pair, sample, "look"), tmp_path / "in"), sample)


def test_what_is_too_large_is_said_before_anything_goes_out(scene, pair, sample):
    scene.server.restart("--blob-max", MIB)
    program = pair[0].begin("send", "--file", sample, pair[1].address)
    assert program.ended() == 1
    assert "sample.bin is too large" in program.tail()
    assert parts_at(scene) == 0
    assert not any((scene.server.state / "blobs").rglob("[A-Za-z0-9_-]" * 43))


def peak_kib(command, environment):
    """Runs it; returns how much memory it held at the most."""
    script = "import resource, subprocess, sys; status = subprocess.call(sys.argv[1:]); " \
             "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(status)"
    run = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True, timeout=600,
                         env=environment)
    assert run.returncode == 0, run.stderr
    return int(run.stderr.splitlines()[-1])


@pytest.mark.long
def test_300_megabytes_in_flat_memory(pair, tmp_path):
    sample = sample_of(tmp_path, HUGE)
    small = tmp_path / "small.bin"
    small.write_bytes(b"small")
    alice, bob = pair
    (tmp_path / "in").mkdir()
    peaks = {}
    for path in (small, sample):
        sent = peak_kib(alice.command("send", "--file", path, bob.address), alice.environment())
        number = received(pair, path)
        got = peak_kib(bob.command("fetch", number, tmp_path / "in"), bob.environment())
        peaks[path.name] = (sent, got)
        assert same(tmp_path / "in" / path.name, path)
    print(peaks)
    assert max(peaks[sample.name]) < MEMORY_KIB, peaks

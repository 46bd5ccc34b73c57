# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks that are full, or slow. (Stores that are damaged:
test_damaged_store.c, test_damaged_server.c; that are newer or in use: tests/protocol/test_store.c, tests/server/test_store.c.)"""

import time

import pytest

from ledger import CODES, audit, settled
from waiting import until


@pytest.fixture
def pair(scene):
    alice, bob = scene.person("alice").start(), scene.person("bob").start()
    alice.online()
    bob.online()
    talk_until_settled((alice, bob), 1)
    return alice, bob


def talk_until_settled(pair, count):
    alice, bob = pair
    alice.write(bob, count)
    bob.write(alice, count)
    until(lambda: alice.obeyed() and bob.obeyed() and settled(alice, bob) and settled(bob, alice),
          lambda: f"{alice.story()}\n{bob.story()}", 60)
    assert audit(alice, bob).again == audit(bob, alice).again == 0


def test_client_disk_is_full_while_receiving(pair, tmp_path):
    """It goes offline with a word on the disk, and what came is shown once there is room."""
    alice, bob = pair
    full = tmp_path / "full"
    alice.quit()
    alice.start(PIPIT_FATE_FULL=full).online()
    full.touch()
    bob.write(alice, 3)
    until(lambda: [entry for entry in alice.ledger.of("offline") if "room left on the disk" in entry[1]], alice.story)
    until(bob.obeyed, bob.story)
    assert {CODES[int(code)] for code, _ in alice.ledger.of("offline")} == {"transient"}
    assert not settled(bob, alice)
    full.unlink()
    talk_until_settled(pair, 1)


def test_client_disk_is_full_at_the_start(pair, tmp_path):
    alice, bob = pair
    full = tmp_path / "full"
    full.touch()
    alice.quit()
    alice.start(PIPIT_FATE_FULL=full)
    until(lambda: alice.ledger.of("unopened"), alice.story)
    assert "room left on the disk" in alice.ledger.of("unopened")[0][1]
    alice.process.wait(60)
    full.unlink()
    alice.start()
    talk_until_settled((alice, bob), 1)


def test_client_disk_is_full_while_writing(pair, tmp_path):
    """Nothing is shown as written that is not."""
    alice = pair[0]
    full = tmp_path / "full"
    alice.quit()
    alice.start(PIPIT_FATE_FULL=full).online()
    full.touch()
    alice.write(pair[1])
    until(lambda: alice.ledger.of("unwritten"), alice.story)
    assert "room left on the disk" in alice.ledger.of("unwritten")[0][3]
    full.unlink()
    alice.ledger.entries = [entry for entry in alice.ledger.entries if entry[0] != "unwritten"]
    talk_until_settled(pair, 1)


def test_clients_log_is_damaged(pair):
    """She dies, and of what she wrote last a page is lost in the midst: she is told, and goes on with what came before."""
    alice, bob = pair
    alice.quit()
    alice.start().online()
    talk_until_settled(pair, 5)
    alice.kill()
    log = next(alice.folder.rglob("store.db-wal"))
    with open(log, "r+b") as file:
        file.seek(32 + 8 * (24 + 4096))
        file.write(bytes(4096))
    damaged = log.read_bytes()
    alice.start().online()
    assert ["was damaged on the disk" in text for (text,) in alice.ledger.of("account notice")] == [True]
    assert log.with_name("store.db-wal.damaged").read_bytes() == damaged
    # What was shown last may be shown again, so the books are not audited. Nothing new is taken for something old.
    alice.write(bob, 3)
    bob.write(alice, 3)
    until(lambda: alice.obeyed() and bob.obeyed() and settled(alice, bob) and settled(bob, alice),
          lambda: f"{alice.story()}\n{bob.story()}")


def test_server_disk_is_full(scene, pair, tmp_path):
    """Messages wait in the clients until there is room."""
    alice, bob = pair
    full = tmp_path / "full"
    scene.server.stop()
    scene.server.start("--reserve-mib", "0", PIPIT_FATE_FULL=full)
    alice.online()
    bob.online()
    talk_until_settled(pair, 1)
    full.touch()
    alice.write(bob, 3)
    bob.write(alice, 3)
    until(lambda: alice.obeyed() and bob.obeyed(), alice.story)
    alice.do("report")
    until(lambda: alice.ledger.of("loop"), alice.story)
    assert not settled(alice, bob)
    full.unlink()
    for person in pair:  # the server told them to wait for half a minute
        person.quit()
        person.start().online()
    talk_until_settled(pair, 1)


def test_slow_disk_does_not_slow_showing(pair):
    """A disk that takes 30 ms for each sync: showing does not wait for it message by message."""
    alice, bob = pair
    count = 200
    alice.quit()
    bob.write(alice, count)
    until(lambda: bob.obeyed() and len(bob.ledger.of("sent")) >= count + 1, bob.story, 120)
    start = time.monotonic()
    alice.start(PIPIT_FATE_SLOW=30)
    until(lambda: settled(bob, alice), alice.story, 60)
    assert 0.030 <= time.monotonic() - start < count * 0.030
    assert audit(bob, alice).promised == count + 1

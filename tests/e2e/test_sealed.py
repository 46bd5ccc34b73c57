# SPDX-License-Identifier: GPL-2.0-or-later
"""The server and whoever listens in on the wire never see what people write: a text that nobody else would write is
looked for in all that they have."""

import base64

import pytest

from stage import Stage
from wires import Tap

CANARY = "the canary sang kwyjibo-7f3a91c4e5 at dawn"


def forms(text):
    """The ways in which the text could lie there: as it is, in UTF-16, and in base64 at each of its three offsets."""
    raw = text.encode()
    yield raw
    yield text.encode("utf-16-le")
    for offset in range(3):
        # What stands before and after changes the characters at both ends.
        yield base64.b64encode(b"\0" * offset + raw).rstrip(b"=")[4:-4]


def holds(haystack, text):
    return any(form in haystack for form in forms(text))


@pytest.fixture(scope="module")
def stage(build, plain_build, workshop):
    """The server is one without sanitizers: their bookkeeping is too large for a memory dump."""
    stage = Stage(build, workshop / "stage", servers_build=plain_build)
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def tapped(stage):
    tap = Tap(stage.server.port)
    yield tap
    tap.close()


@pytest.fixture(scope="module")
def sent(stage, tapped):
    """Two people have talked, and two messages still wait at the relay."""
    one = stage.client("pidgin", "alice")
    one.sign_in(stage.account("alice", server=tapped.url))
    other = stage.client("bitlbee", "bob")
    other.sign_in(stage.account("bob", server=tapped.url))
    stage.introduce(one, other)
    one.send(other.address, CANARY)
    assert other.receive(one.address) == CANARY
    other.send(one.address, CANARY)
    assert one.receive(other.address) == CANARY
    other.sign_out()
    one.send(other.address, CANARY)
    one.send(other.address, "and this is the last one")
    stage.server.wait_for_queued(2)
    return one, other


@pytest.fixture(scope="module")
def memory(stage, sent):
    """All of the server's memory, after they have talked."""
    return stage.server.memory()


def test_the_search_finds_what_is_there(stage, tapped, sent, memory):
    one, other = sent
    handle = "mailto:" + other.address
    assert holds(tapped.traffic(), handle)
    assert any(holds(path.read_bytes(), handle) for path in stage.server.files())
    assert holds(memory, handle)
    assert holds(b"x" + base64.b64encode(b"some " + CANARY.encode() + b" more"), CANARY)


def test_not_in_the_traffic(tapped, sent):
    assert not holds(tapped.traffic(), CANARY)


def test_not_in_the_servers_files(stage, sent):
    assert [path for path in stage.server.files() if holds(path.read_bytes(), CANARY)] == []


def test_not_in_the_servers_memory(memory):
    assert not holds(memory, CANARY)


def test_arrives_all_the_same(sent):
    one, other = sent
    other.sign_in_again()
    assert other.receive(one.address) == CANARY

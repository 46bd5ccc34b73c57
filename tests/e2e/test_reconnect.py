# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that dies and comes back: the clients come back by themselves, and nothing that was written is lost."""

import pytest

from stage import KINDS


def two_who_talk(stage, kind):
    person, reader = stage.person(kind), stage.person("bitlbee", "reader")
    stage.introduce(person, reader)
    talk(person, reader, "before")
    return person, reader


def talk(person, reader, text):
    person.send(reader.address, text)
    assert reader.receive(person.address) == text
    reader.send(person.address, text)
    assert person.receive(reader.address) == text


@pytest.mark.parametrize("kind", KINDS)
def test_a_short_break_is_got_over(stage, kind):
    person, reader = two_who_talk(stage, kind)
    stage.server.kill()
    stage.server.start()
    talk(person, reader, "after")


def test_a_longer_break_is_told_and_written_in(new_stage):
    """On a train: three messages in each client while there is no net go when it is back, in order, and none of the clients
    takes the conversation for closed."""
    reader = new_stage.person("bitlbee", "reader")
    people = [new_stage.person(kind) for kind in KINDS]
    for person in people:
        new_stage.introduce(person, reader)
        talk(person, reader, "before")
    new_stage.server.kill()
    for person in people:
        assert "No connection to the server" in told(person, reader)
        for number in range(3):
            person.send(reader.address, f"from the tunnel, {number}")
    new_stage.server.start()
    for person in people:
        assert [reader.receive(person.address) for _ in range(3)] == [f"from the tunnel, {n}" for n in range(3)]
        assert told(person, reader) == "Connected to the server again."
        talk(person, reader, "after")


@pytest.mark.parametrize("kind", KINDS)
def test_started_without_a_net(new_stage, kind):
    person, reader = two_who_talk(new_stage, kind)
    new_stage.server.kill()
    person.restart()
    person.send(reader.address, "from the platform")
    new_stage.server.start()
    assert reader.receive(person.address) == "from the platform"
    talk(person, reader, "after")


def told(person, reader):
    """What a client says of its connection: in the conversation, or in bitlbee's control channel."""
    if person.kind == "bitlbee":
        return person.root_says("to the server").rpartition(" - ")[2]
    return person.remark(reader.address)

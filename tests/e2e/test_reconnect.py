# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that dies and comes back: the clients come back by themselves, and nothing that was written is lost."""

import pytest

from stage import KINDS

# Pidgin and Finch wait up to a minute before they try again.
A_MINUTE_AND_A_HALF = 90


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


def come_back(stage, kind):
    person, reader = two_who_talk(stage, kind)
    stage.server.kill()
    for client in (person, reader):
        client.wait_offline()
    stage.server.start()
    for client in (person, reader):
        client.wait_online(A_MINUTE_AND_A_HALF)
    talk(person, reader, "after")


def test_comes_back_after_a_longer_one(new_stage):
    come_back(new_stage, "bitlbee")


@pytest.mark.long
@pytest.mark.parametrize("kind", ["pidgin", "finch"])
def test_comes_back_by_the_clients_own_clock(new_stage, kind):
    come_back(new_stage, kind)

# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that dies and comes back: the clients come back by themselves, and nothing that was written is lost."""

from stage import KINDS

# Pidgin and Finch wait up to a minute before they try again.
A_MINUTE_AND_A_HALF = 90


def test_clients_come_back_by_themselves(new_stage):
    people = [new_stage.person(kind) for kind in KINDS]
    reader = new_stage.person("bitlbee", "reader")
    for person in people:
        new_stage.introduce(person, reader)
        person.send(reader.address, "before")
        assert reader.receive(person.address) == "before"
    new_stage.server.kill()
    for person in [*people, reader]:
        person.wait_offline()
    new_stage.server.start()
    for person in [*people, reader]:
        person.wait_online(A_MINUTE_AND_A_HALF)
    for person in people:
        person.send(reader.address, "after")
        assert reader.receive(person.address) == "after"
        reader.send(person.address, "the other way")
        assert person.receive(reader.address) == "the other way"

# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of a message is told to who wrote it, in each client, without a line for every one that was read at once."""

import pytest

from clients.purple import SYSTEM
from waiting import Waited, until

TWO_MINUTES = "120"


@pytest.mark.parametrize("kind", ["pidgin", "finch"])
def test_reading_late_is_told_in_the_conversation(new_stage, kind):
    writer, reader = new_stage.person(kind, "writer"), new_stage.person("bitlbee", "reader")
    new_stage.introduce(writer, reader)
    writer.send(reader.address, "read at once")
    assert reader.receive(writer.address) == "read at once"
    reader.send(writer.address, "so it was")
    assert writer.receive(reader.address) == "so it was"
    assert not writer.lines(reader.address, SYSTEM)
    reader.sign_out()
    writer.send(reader.address, "read late")
    new_stage.server.wait_for_queued(1)
    new_stage.server.restart("--clock-offset", TWO_MINUTES)
    reader.sign_in_again()
    assert reader.receive(writer.address) == "read late"
    assert writer.remark(reader.address).startswith("Read ")
    if kind == "pidgin":
        assert "Read " in writer.window_text(reader.address)
    else:
        writer.look_at(reader.address)
        writer.wait_for_screen("Read ")


def test_bitlbees_info_tells_what_became_of_the_last_one(stage):
    writer, reader = stage.person("bitlbee", "writer"), stage.person("bitlbee", "reader")
    stage.introduce(writer, reader)
    writer.send(reader.address, "hello")
    assert reader.receive(writer.address) == "hello"

    def is_told():
        writer.root(f"info {writer.nick_of(reader.address)}")
        try:
            writer.root_says("Last message: read ", patience=1)
        except Waited:
            return False
        return True

    until(is_told, writer.story)

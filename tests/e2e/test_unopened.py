# SPDX-License-Identifier: GPL-2.0-or-later
"""A message that nobody can open any more: its reader is told, and asks for it again by what the line says."""

import contextlib
import sqlite3

import pytest

from stage import KINDS


def forget_prekey(stage, address):
    """As if the folder had been put back from a copy that was made before the prekey was."""
    stores = [path for path in stage.folder.rglob("store.db") if address.partition("@")[0] in path.parent.name]
    assert len(stores) == 1, stores
    next(stores[0].parent.glob("keys/prekey-*")).unlink()
    with contextlib.closing(sqlite3.connect(stores[0])) as database, database:
        database.execute("DELETE FROM prekey")


@pytest.mark.parametrize("kind", KINDS)
def test_is_told_and_asked_for(stage, kind):
    writer, reader = stage.person("bitlbee", "writer"), stage.person(kind, f"reader-{kind}")
    stage.introduce(writer, reader)
    writer.send(reader.address, "before")
    assert reader.receive(writer.address) == "before"
    reader.sign_out()
    forget_prekey(stage, reader.address)
    writer.send(reader.address, "what nobody can open")
    stage.server.wait_for_queued(1)
    reader.sign_in_again()
    told = reader.remark(writer.address)
    assert told.startswith(f"A message from {writer.address} could not be opened")
    assert ("!pipit ask-again" if kind == "bitlbee" else "/ask-again") in told
    reader.type_command(writer.address, "ask-again")
    assert writer.receive(reader.address) == "I could not open a message of yours. Please send it again."
    writer.send(reader.address, "what nobody can open")
    assert reader.receive(writer.address) == "what nobody can open"

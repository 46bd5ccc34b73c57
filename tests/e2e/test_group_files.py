# SPDX-License-Identifier: GPL-2.0-or-later
"""Files and pictures in a group of the real clients: what one sends there, all others have, byte by byte."""

import json
import re
from dataclasses import dataclass

import pytest

from clients.cli import Pipit
from clients.client import Client
from test_files import PICTURE_PIXELS, coloured_pixels, make_file, make_picture
from waiting import until

NAME = "Saturday birds"


@dataclass
class Circle:
    """One at each client and one at the `pipit` tool, in a group that Pidgin's user started."""

    pidgin: Client
    finch: Client
    bitlbee: Client
    script: Pipit
    peer: str = None  # what the tool calls the group

    @property
    def clients(self):
        return [self.pidgin, self.finch, self.bitlbee]


@pytest.fixture(scope="module")
def circle(stage):
    people = Circle(stage.person("pidgin", "paula"), stage.person("finch", "finn"), stage.person("bitlbee", "bea"),
                    Pipit(stage.build, stage.folder / "script"))
    people.script.register(stage.account("script"))
    addresses = {person.address for person in [*people.clients, people.script]}
    for one in people.clients:
        for other in addresses - {one.address}:
            one.add_buddy(other)
    people.pidgin.start_group(NAME, sorted(addresses - {people.pidgin.address}))
    for client in (people.finch, people.bitlbee):
        client.wait_for_group(NAME)
    people.peer = json.loads(people.script.run("listen", "--groups", "--count", 1, "--timeout", 30))["peer"]
    return people


def told(client, pattern):
    """Waits for this remark in the group; others may come before."""
    while True:
        found = re.fullmatch(pattern, client.remark(NAME))
        if found:
            return found


def hear_of(client, name):
    """The number by which the client has what the line tells of."""
    text = client.text_of(client.receive_line(NAME)).split("\n")[-1]
    command = "!pipit save" if client.kind == "bitlbee" else "/save"
    found = re.fullmatch(rf"{re.escape(name)} \(.*\) – {command} (\d+) saves it", text)
    assert found, text
    return found[1]


def save(client, name, number, folder):
    """By the command that the line tells; in bitlbee it goes to the one folder of hers."""
    place = folder / f"{client.kind}, {name}"
    client.type_command(NAME, f"save {number}" if client.kind == "bitlbee" else f"save {number} {place}")
    return told(client, rf"{re.escape(name)} is saved as (.*)")[1]


def all_take(listeners, path, folder):
    for listener in listeners:
        there = save(listener, path.name, hear_of(listener, path.name), folder)
        with open(there, "rb") as file:
            assert file.read() == path.read_bytes(), listener.kind


def script_takes(circle, path, folder):
    message = circle.script.listen(1)[0]
    assert (message["peer"], message["attachments"][0]["name"]) == (circle.peer, path.name)
    circle.script.run("fetch", message["attachments"][0]["number"], folder / "script")
    assert (folder / "script").read_bytes() == path.read_bytes()


def test_from_pidgins_menu_to_all(circle, tmp_path):
    path = make_file(tmp_path, "the way.pdf", 70_000)
    circle.pidgin.send_file(NAME, path)
    all_take([circle.finch, circle.bitlbee], path, tmp_path)
    script_takes(circle, path, tmp_path)
    assert "the way.pdf (70.0 kB)" in circle.pidgin.text_of(circle.pidgin.lines(NAME)[-1])


@pytest.mark.parametrize("kind", ["finch", "bitlbee"])
def test_by_a_command_to_all(circle, tmp_path, kind):
    """bitlbee takes what it sends from the one folder of hers."""
    sender = getattr(circle, kind)
    folder = next(circle.bitlbee.daemon.users.rglob("pipit")) / "files" if kind == "bitlbee" else tmp_path / "from"
    path = make_file(folder, f"from {kind}.bin", 40_000)
    sender.type_command(NAME, f"sendfile {path.name if kind == 'bitlbee' else path}")
    all_take([other for other in circle.clients if other is not sender], path, tmp_path)
    script_takes(circle, path, tmp_path)


def test_from_the_tool_to_all(circle, tmp_path):
    path = make_file(tmp_path, "from a script.bin", 5_000_000)
    circle.script.run("send", circle.peer, "--file", path)
    all_take(circle.clients, path, tmp_path)


def test_a_picture_is_seen_in_pidgin_and_is_a_line_elsewhere(circle, tmp_path):
    """Nobody is asked, and what stands there can be saved."""
    path = make_picture(tmp_path)
    circle.script.run("send", circle.peer, "--file", path)
    line = circle.pidgin.text_of(circle.pidgin.receive_line(NAME))
    assert re.fullmatch(r"small picture\.png \(\S+ \S+, 120x80\)", line), line
    assert "<img id=" in circle.pidgin.receive_line(NAME).html
    circle.pidgin.focus(NAME)
    until(lambda: coloured_pixels(circle.pidgin) >= PICTURE_PIXELS * 0.9, circle.pidgin.story)
    all_take([circle.finch, circle.bitlbee], path, tmp_path)
    circle.pidgin.insert_picture(NAME, path, "look here ")
    until(lambda: coloured_pixels(circle.pidgin) >= 2 * PICTURE_PIXELS * 0.9, circle.pidgin.story)
    assert circle.bitlbee.text_of(circle.bitlbee.receive_line(NAME)).strip() == "look here"
    for client in (circle.finch, circle.bitlbee):
        hear_of(client, path.name)
    assert not circle.pidgin.windows("^Pidgin$")

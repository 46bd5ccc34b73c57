# SPDX-License-Identifier: GPL-2.0-or-later
"""Files and pictures between the real clients: what one person sends, the other has, byte by byte."""

import itertools
import random
import re
import signal
import socket
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import pytest

from clients.purple import SYSTEM
from stage import KINDS
from waiting import until

# The largest goes once to each client and once from each.
PIECE = 1 << 24  # of what is written at once
SIZES = {
    ("pidgin", "pidgin"): 5_000_000, ("pidgin", "finch"): 16_383, ("pidgin", "bitlbee"): 16_384,
    ("finch", "pidgin"): 16_385, ("finch", "finch"): 1, ("finch", "bitlbee"): 5_000_000,
    ("bitlbee", "pidgin"): 70_000, ("bitlbee", "finch"): 5_000_000, ("bitlbee", "bitlbee"): 1,
}
PICTURE_COLOUR = "#e0209f"
PICTURE_PIXELS = 120 * 80
WORDS = ["marsh", "pipit", "dawn", "reed", "🐦", "lighthouse", "שלום", "coffee"]


@pytest.fixture(name="pair")
def make_pair(stage):
    """Gives two people at clients of these kinds, who have each other in their lists."""

    def get(sender, receiver):
        one, other = stage.person(sender, sender + "-a"), stage.person(receiver, receiver + "-b")
        stage.introduce(one, other)
        return one, other

    return get


def make_file(folder, name, size):
    folder.mkdir(exist_ok=True)
    path = folder / name
    chance = random.Random(name)
    with open(path, "wb") as file:
        for left in range(size, 0, -PIECE):
            file.write(chance.randbytes(min(left, PIECE)))
    return path


def hear_of(client, peer, name):
    """The line that tells of the file."""
    line = client.text_of(client.receive_line(peer))
    assert line.startswith(f"{name} ("), line
    return line


def send_and_take(one, other, path, folder):
    one.send_file(other.address, path)
    hear_of(other, one.address, path.name)
    there = other.take_file(one.address, path.name, folder)
    assert there.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("sender, receiver", itertools.product(KINDS, KINDS))
def test_a_file_arrives(pair, tmp_path, sender, receiver):
    one, other = pair(sender, receiver)
    size = SIZES[sender, receiver]
    send_and_take(one, other, make_file(tmp_path, f"{size} from {sender}.bin", size), tmp_path / "there")


@pytest.mark.long
def test_a_large_file_arrives(pair, tmp_path):
    one, other = pair("finch", "pidgin")
    send_and_take(one, other, make_file(tmp_path, "300 megabytes.bin", 300_000_000), tmp_path / "there")


@pytest.mark.parametrize("receiver", ["pidgin", "finch"])
def test_an_empty_file_arrives(pair, tmp_path, receiver):
    one, other = pair("finch", receiver)
    send_and_take(one, other, make_file(tmp_path, "nothing.bin", 0), tmp_path / "there")


def make_picture(folder):
    path = folder / "small picture.png"
    # What tells when and by what it was made would be taken out on the way.
    subprocess.run(["convert", "-size", "120x80", f"xc:{PICTURE_COLOUR}", "-strip", "-define", "png:exclude-chunks=all", path],
                   check=True)
    return path


def coloured_pixels(client):
    """How many pixels of the picture's colour there are on the screen."""
    shot = client.screenshot(client.folder / "shot.png")
    counted = client.x("convert", shot, "-fill", "black", "+opaque", PICTURE_COLOUR, "-fill", "white", "-opaque", PICTURE_COLOUR,
                       "-format", "%[fx:mean*w*h]", "info:")
    return float(counted)


def test_a_picture_is_seen_in_pidgin(pair, tmp_path):
    one, other = pair("pidgin", "pidgin")
    one.send(other.address, "a picture comes")
    other.receive(one.address)
    other.open_conversation(one.address)
    one.insert_picture(other.address, make_picture(tmp_path), "look here ")
    text = other.text_of(other.receive_line(one.address))
    assert re.fullmatch(r"look here ?\nsmall picture\.png \(\S+ \S+, 120x80\)", text), text
    assert "<img id=" in other.receive_line(one.address).html
    for client, peer in ((one, other), (other, one)):
        client.focus(peer.address)
        until(lambda shown=client: coloured_pixels(shown) >= PICTURE_PIXELS * 0.9,
              lambda shown=client: f"{coloured_pixels(shown)} pixels of the picture are seen\n{shown.story()}")


def broken_pictures():
    """Each passes for one by its first bytes, and no decoder gets through it."""
    chance = random.Random(1)
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 300, 200, 8, 6, 0, 0, 0)
    png += struct.pack(">I", zlib.crc32(png[12:]))
    jpeg = (b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\xff\xc0\0\x11\x08\0\xc8\1\x2c\3" + b"\1\x11\0" * 3)
    gif = b"GIF89a" + struct.pack("<HHBBB", 300, 200, 0x80, 0, 0) + bytes(6)
    frame = b"," + struct.pack("<HHHHB", 299, 199, 1, 1, 0) + b"\2\xff" + chance.randbytes(255)
    return {"cut.png": png, "noise.png": png + struct.pack(">I", 4000) + b"IDAT" + chance.randbytes(4004),
            "cut.jpg": jpeg, "noise.jpg": jpeg + b"\xff\xda\0\x0c\3\1\0\2\0\3\0\0\x3f\0" + chance.randbytes(4000),
            "cut.gif": gif, "noise.gif": gif + frame * 3, "thin.gif": b"GIF89a" + struct.pack("<HHBBB", 40, 1, 0, 0, 0) + b";"}


def test_broken_pictures_break_nothing(stage, tmp_path):
    one, other = stage.client("bitlbee", "hostile"), stage.person("pidgin", "pidgin-b")
    one.sign_in(stage.account("hostile", **{"keep-metadata": True}))
    stage.introduce(one, other)
    other.open_conversation(one.address)
    for name, contents in broken_pictures().items():
        path = tmp_path / name
        path.write_bytes(contents)
        one.send_file(other.address, path)
        hear_of(other, one.address, name)
        assert "<img id=" in other.receive_line(one.address).html, name
    one.send(other.address, "still there?")
    assert other.receive(one.address) == "still there?"


@pytest.mark.parametrize("receiver", ["finch", "bitlbee"])
def test_a_picture_is_a_line_elsewhere(pair, tmp_path, receiver):
    one, other = pair("pidgin", receiver)
    path = make_picture(tmp_path)
    one.insert_picture(other.address, path, "look here ")
    # IRC takes it in two lines.
    seen = other.text_of(other.receive_line(one.address))
    if receiver == "bitlbee":
        seen += "\n" + other.text_of(other.receive_line(one.address))
    command = "!pipit save" if receiver == "bitlbee" else "/save"
    assert re.fullmatch(rf"look here ?\nsmall picture\.png \(.*, 120x80\) – {command} \d+ saves it", seen), seen
    there = other.take_file(one.address, path.name, tmp_path / "there")
    assert there.read_bytes() == path.read_bytes()


def test_finchs_commands(pair, tmp_path):
    one, other = pair("finch", "finch")
    path = make_file(tmp_path, "with a caption.bin", 3000)
    one.open_conversation(other.address)
    one.type(other.address, f"/sendfile {path} as promised")
    text = other.text_of(other.receive_line(one.address))
    assert text.startswith("as promised\nwith a caption.bin (3.0 kB) – /save "), text
    number = re.search(r"/save (\d+)", text)[1]
    other.type(one.address, "/files")
    other.wait_for_screen(f"{number}  with a caption.bin (3.0 kB)")
    other.type(one.address, f"/save {number} {tmp_path}/there.bin")
    until((tmp_path / "there.bin").exists, other.story)
    assert (tmp_path / "there.bin").read_bytes() == path.read_bytes()


def test_cancelled_in_pidgins_window(stage, pair, tmp_path):
    one, other = pair("pidgin", "bitlbee")
    path = make_file(tmp_path, "never mind.bin", 5_000_000)
    stage.server.program.signal(signal.SIGSTOP)
    one.send_file(other.address, path)
    one.x("xdotool", "windowfocus", "--sync", one.window("^File Transfers"), "key", "alt+s")
    until(lambda: any("cancelled" in line.html for line in one.lines(other.address, SYSTEM)), one.story)
    stage.server.program.signal(signal.SIGCONT)
    one.send(other.address, "never mind")
    assert other.receive(one.address) == "never mind"


def test_a_broken_dcc_is_made_up_for_by_commands(stage, pair, tmp_path):
    one, other = pair("finch", "bitlbee")
    path = make_file(tmp_path, "second try.bin", 100_000)
    one.send_file(other.address, path)
    number = re.search(r"!pipit save (\d+)", hear_of(other, one.address, path.name))[1]
    offer = other.dcc_offer(one.address)
    others = set(Path(tempfile.gettempdir()).glob("bitlbee-purple-ft.*.part"))
    stage.server.program.signal(signal.SIGSTOP)
    with socket.create_connection(("127.0.0.1", offer.port)):
        pass
    other.root_says("DCC transfer aborted")
    assert not [part for part in Path(tempfile.gettempdir()).glob("bitlbee-purple-ft.*.part") if part not in others]
    stage.server.program.signal(signal.SIGCONT)
    other.line(f"PRIVMSG {other.nick_of(one.address)} :!pipit offer {number}")
    offer = other.dcc_offer(one.address)
    assert (offer.name, offer.size) == ("second_try.bin", 100_000)
    other.line(f"PRIVMSG {other.nick_of(one.address)} :!pipit save {number}")
    there = re.fullmatch(rf"{path.name} is saved as (.*)", other.notice(one.address))[1]
    assert Path(there).read_bytes() == path.read_bytes()
    assert other.daemon.users in Path(there).parents


def test_bitlbee_keeps_no_copy_of_what_went_out(stage, pair, tmp_path):
    one, other = pair("bitlbee", "bitlbee")
    path = make_file(tmp_path, "kept till it is sent.bin", 300_000)
    send_and_take(one, other, path, tmp_path / "there")
    assert not [copy for copy in one.daemon.users.rglob(path.name)]
    stage.server.program.signal(signal.SIGSTOP)
    one.offer_file(other.address, path)
    until(lambda: [copy for copy in one.daemon.users.rglob(path.name)], one.story)
    stage.server.program.signal(signal.SIGCONT)
    assert one.notice(other.address).startswith(path.name)
    assert not [copy for copy in one.daemon.users.rglob(path.name)]


def test_nothing_by_dcc(pair, tmp_path):
    """There is no progress to be seen, and yet it comes to its end."""
    one, other = pair("finch", "bitlbee")
    one.send_file(other.address, make_file(tmp_path, "nothing at all.bin", 0))
    number = re.search(r"!pipit save (\d+)", hear_of(other, one.address, "nothing at all.bin"))[1]
    with socket.create_connection(("127.0.0.1", other.dcc_offer(one.address).port)) as connection:
        connection.settimeout(30)
        while connection.recv(1):
            pass
    other.root_says("File nothing_at_all.bin transferred successfully")
    other.line(f"PRIVMSG {other.nick_of(one.address)} :!pipit save {number}")
    assert "no file with this number" in other.notice(one.address)


@pytest.mark.parametrize("receiver", KINDS)
def test_a_text_of_100_kilobytes_is_one_message(pair, receiver):
    one, other = pair("pidgin", receiver)
    chance = random.Random(receiver)
    text = " ".join(chance.choice(WORDS) + str(chance.randrange(10**6)) for _ in range(8_000))
    assert len(text.encode()) > 100_000
    one.send(other.address, text)
    assert other.receive(one.address, like=text) == text
    one.send(other.address, "and a short one")
    assert other.receive(one.address) == "and a short one"

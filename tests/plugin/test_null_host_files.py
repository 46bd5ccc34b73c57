# SPDX-License-Identifier: GPL-2.0-or-later
"""Files and pictures: the plugin in libpurple processes with a real server between them."""

import hashlib
import random
import re
import signal
import struct
import zlib

import pytest

from null_host import NullHost
from test_null_host import ALICE, BOB, make_pair, make_stage  # noqa: F401  # pylint: disable=unused-import
from test_null_host import build  # noqa: F401  # pylint: disable=unused-import

CAROL = "carol@pipit.test"
KIB16 = 16384
SIZES = [0, 1, KIB16 - 1, KIB16, KIB16 + 1, 5_000_000]


def make_file(folder, name, size):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(random.Random(name).randbytes(size))
    return path


def chunk(kind, contents):
    return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))


def make_picture(folder, name, width, height):
    folder.mkdir(exist_ok=True)
    path = folder / name
    rows = b"".join(b"\0" + random.Random(name).randbytes(width) for _ in range(height))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
                     chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    return path


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def know(host, address):
    host.do("buddy", address=address)
    host.wait("buddy", address=address, status="online")


@pytest.fixture(name="friends")
def make_friends(pair):
    alice, bob = pair
    know(alice, BOB)
    know(bob, ALICE)
    return alice, bob


def accept(host, folder, name):
    """Answers the question for a file, and says where to put it."""
    host.wait("question")
    host.do("answer", accept=True)
    assert host.wait("choice", saving="yes")["name"] == name
    folder.mkdir(exist_ok=True)
    host.do("choose", path=str(folder / name))
    return folder / name


def take(host, folder, name):
    place = accept(host, folder, name)
    assert host.wait("xfer", state="done")["name"] == name
    return place


def number_in(text):
    return re.search(r"save (\d+)", text)[1]


# Files

def test_files_of_all_sizes_both_ways(friends, tmp_path):
    alice, bob = friends
    for size in SIZES:
        for sender, receiver, to in ((alice, bob, BOB), (bob, alice, ALICE)):
            path = make_file(tmp_path / "from", f"{size} bytes.bin", size)
            sender.do("send-file", to=to, path=str(path))
            place = take(receiver, tmp_path / to, path.name)
            assert place.read_bytes() == path.read_bytes()
            sent = sender.wait("im", kind="sent")
            assert sent["with"] == to and sent["text"].startswith(f"{size} bytes.bin (")
    assert not alice.happened("im", kind="error") and not bob.happened("im", kind="error")


def test_into_the_folder_that_finch_keeps_to_itself(stage, tmp_path):
    alice, bob = stage.person(ALICE), stage.person(BOB, ui="gnt-purple")
    know(bob, ALICE)
    path = make_file(tmp_path, "notes.txt", 3000)
    alice.do("send-file", to=BOB, path=str(path))
    assert take(bob, tmp_path / "there", "notes.txt").read_bytes() == path.read_bytes()
    bob.do("send-file", to=ALICE)
    bob.wait("im", kind="system", text="Type /sendfile PATH to send a file.")


def test_a_file_from_the_menu(friends, tmp_path):
    alice, bob = friends
    path = make_file(tmp_path, "paper.pdf", 3000)
    alice.do("send-file", to=BOB)
    alice.wait("choice", saving="no")
    alice.do("choose", path=str(path))
    assert "paper.pdf (3.0 kB)" in bob.wait("im", kind="received")["text"]
    assert take(bob, tmp_path / "there", "paper.pdf").read_bytes() == path.read_bytes()


def test_progress(friends, tmp_path):
    alice, bob = friends
    path = make_file(tmp_path, "large.bin", 5_000_000)
    alice.do("send-file", to=BOB, path=str(path))
    take(bob, tmp_path / "there", "large.bin")
    alice.wait("xfer", state="done")
    for host in friends:
        moved = [int(event["moved"]) for event in host.happened("xfer", name="large.bin") if event["state"] != "added"]
        assert moved == sorted(moved) and moved[-1] == 5_000_000


def test_a_refused_file_can_be_saved_later(friends, tmp_path):
    alice, bob = friends
    path = make_file(tmp_path, "photo of me.bin", 70_000)
    alice.do("send-file", to=BOB, path=str(path))
    line = bob.wait("im", kind="received")["text"]
    assert line.startswith("photo of me.bin (70.0 kB) – /save ")
    bob.wait("question")
    bob.do("answer", accept=False)
    bob.do("command", to=ALICE, text="files")
    assert f"{number_in(line)}  photo of me.bin (70.0 kB)" in bob.wait("im", kind="system", **{"with": ALICE})["text"]
    bob.do("command", to=ALICE, text=f"offer {number_in(line)}")
    bob.wait("question")
    bob.do("command", to=ALICE, text=f"save {number_in(line)} {tmp_path}/mine.bin")
    bob.wait("xfer", state="done")
    assert (tmp_path / "mine.bin").read_bytes() == path.read_bytes()
    bob.do("command", to=ALICE, text=f"save {number_in(line)}")
    bob.wait("im", kind="system", text="There is no file with this number: /files lists them.")


def test_nothing_is_overwritten(friends, tmp_path):
    alice, bob = friends
    there = make_file(tmp_path / "there", "notes.txt", 10)
    before = there.read_bytes()
    path = make_file(tmp_path / "from", "notes.txt", 2000)
    alice.do("send-file", to=BOB, path=str(path))
    line = bob.wait("im", kind="received")["text"]
    bob.do("command", to=ALICE, text=f"save {number_in(line)} {tmp_path}/there")
    done = bob.wait("xfer", state="done")
    assert done["path"] == str(tmp_path / "there" / "notes (2).txt")
    assert there.read_bytes() == before
    assert (tmp_path / "there" / "notes (2).txt").read_bytes() == path.read_bytes()


def test_names_of_a_hostile_sender(friends, tmp_path):
    alice, bob = friends
    for name in ("..\u202egnp.exe", "a\nb\x1b[31m.txt", ".bashrc", "-rf", "x" * 250, "con.txt", "ok <b>&amp;.txt"):
        path = make_file(tmp_path / "from", name, 100)
        alice.do("send-file", to=BOB, path=str(path))
        bob.wait("question")
        bob.do("answer", accept=True)
        shown = bob.wait("choice", saving="yes")["name"]
        assert not re.search("[\x00-\x1f\u202a-\u202e\u2066-\u2069/]", shown) and shown[0] not in ".-"
        bob.do("choose", path=str(tmp_path / "there"))
        bob.wait("xfer", state="done")
        (tmp_path / "there").unlink()


def test_sender_cancels(stage, friends, tmp_path):
    alice, bob = friends
    path = make_file(tmp_path, "large.bin", 5_000_000)
    stage.server.program.signal(signal.SIGSTOP)
    alice.do("send-file", to=BOB, path=str(path))
    alice.wait("xfer", state="added")
    alice.do("cancel", name="large.bin")
    alice.wait("xfer", state="cancelled")
    stage.server.program.signal(signal.SIGCONT)
    alice.do("command", to=BOB, text="files")
    assert "no files" in alice.wait("im", kind="system", text="There are no files in this conversation.")["text"]
    alice.do("send", to=BOB, text="never mind")
    bob.wait("im", kind="received", text="never mind")
    assert not bob.happened("question")


def test_receiver_cancels_and_comes_back(stage, friends, tmp_path):
    alice, bob = friends
    path = make_file(tmp_path / "from", "large.bin", 5_000_000)
    alice.do("send-file", to=BOB, path=str(path))
    line = bob.wait("im", kind="received")["text"]
    bob.wait("question")
    stage.server.program.signal(signal.SIGSTOP)
    bob.do("answer", accept=True)
    bob.wait("choice")
    (tmp_path / "there").mkdir()
    bob.do("choose", path=str(tmp_path / "there" / "large.bin"))
    bob.wait("xfer", state="added")
    bob.do("cancel", name="large.bin")
    bob.wait("xfer", state="cancelled")
    stage.server.program.signal(signal.SIGCONT)
    assert not (tmp_path / "there" / "large.bin").exists()
    bob.do("command", to=ALICE, text=f"save {number_in(line)} {tmp_path}/there")
    bob.wait("xfer", state="done")
    assert [entry.name for entry in (tmp_path / "there").iterdir()] == ["large.bin"]
    assert (tmp_path / "there" / "large.bin").read_bytes() == path.read_bytes()


def test_too_large_says_so_before(stage, friends, tmp_path):
    alice, bob = friends
    stage.server.restart("--blob-max", "100000")
    for host in friends:
        host.do("logout")
        host.wait("offline")
        host.do("login", **stage.credentials(ALICE if host is alice else BOB))
        host.wait("online")
    path = make_file(tmp_path, "large.bin", 100_001)
    alice.do("send-file", to=BOB, path=str(path))
    alice.wait("xfer", state="failed")
    error = alice.wait("im", kind="error")
    assert error["with"] == BOB and error["text"].startswith("large.bin was not sent: ") and "100.0" in error["text"]
    assert not [event for event in alice.happened("xfer") if event["moved"] != "0"]
    assert not bob.happened("im")


def test_what_the_server_lost(stage, friends, tmp_path):
    alice, bob = friends
    bob.do("logout")
    bob.wait("offline")
    for what, path in (("send-file", make_file(tmp_path, "lost.bin", 9000)), ("picture", make_picture(tmp_path, "lost.png", 9, 9))):
        alice.do(what, to=BOB, path=str(path), text="")
        alice.wait("im", kind="sent")
    stage.server.wait_for_queued(2)
    for blob in (stage.server.state / "blobs").rglob("*"):
        if blob.is_file():
            blob.unlink()
    bob.do("login", **stage.credentials(BOB))
    line = bob.wait("im", kind="received")["text"]
    told = bob.wait("im", kind="system", **{"with": ALICE})["text"]
    while "can't be shown here" not in told:
        told = bob.wait("im", kind="system", **{"with": ALICE})["text"]
    assert told.startswith("lost.png (") and "no longer has lost.png" in told
    bob.do("command", to=ALICE, text=f"save {number_in(line)} {tmp_path}/there.bin")
    error = bob.wait("im", kind="error")["text"]
    assert error.startswith("lost.bin was not fetched: The server no longer has lost.bin.") and "/save" not in error
    assert not (tmp_path / "there.bin").exists()


def test_a_server_without_room(stage, friends, tmp_path):
    alice, bob = friends
    stage.server.restart("--blob-quota", "50000")
    path = make_file(tmp_path, "large.bin", 60_000)
    alice.do("send-file", to=BOB, path=str(path))
    error = alice.wait("im", kind="error")["text"]
    assert error.startswith("large.bin was not sent: ") and "/resend tries again" in error
    number = re.search(r"/drop (\d+) gives it up", error)[1]
    stage.server.restart()
    alice.do("command", to=BOB, text="resend")
    line = bob.wait("im", kind="received")["text"]
    bob.do("command", to=ALICE, text=f"save {number_in(line)} {tmp_path}/there.bin")
    bob.wait("xfer", state="done")
    assert (tmp_path / "there.bin").read_bytes() == path.read_bytes()
    alice.do("command", to=BOB, text=f"drop {number}")
    alice.wait("im", kind="system", text="There is no file with this number: /files lists them.")


def test_a_missing_file(friends, tmp_path):
    alice, _ = friends
    alice.do("command", to=BOB, text=f"sendfile {tmp_path}/nothing.txt")
    assert "There is no file" in alice.wait("im", kind="system", **{"with": BOB})["text"]


def test_a_caption(friends, tmp_path):
    alice, bob = friends
    path = make_file(tmp_path, "my paper.pdf", 1200)
    alice.do("command", to=BOB, text=f"sendfile {path} as promised")
    got = bob.wait("im", kind="received")["text"]
    assert got.startswith("as promised\nmy paper.pdf (1.2 kB) – /save ")
    sent = alice.wait("im", kind="sent")
    assert sent["text"] == "as promised\nmy paper.pdf (1.2 kB)"


# Who is away, and who has several devices

def test_a_draft_outlives_client_and_server(stage, friends, tmp_path):
    alice, bob = friends
    path = make_file(tmp_path, "large.bin", 5_000_000)
    stage.server.kill()
    alice.do("send-file", to=BOB, path=str(path))
    alice.wait("xfer", state="added")
    alice.quit()
    stage.server.start()
    again = NullHost(stage.build, alice.folder)
    stage.hosts.append(again)
    again.do("login", **stage.credentials(ALICE))
    assert again.wait("xfer", state="done")["name"] == "large.bin"
    assert again.wait("im", kind="sent")["text"] == "large.bin (5.0 MB)"
    assert take(bob, tmp_path / "there", "large.bin").read_bytes() == path.read_bytes()


def test_who_is_away_fetches_later(stage, friends, tmp_path):
    alice, bob = friends
    bob.do("logout")
    bob.wait("offline")
    path = make_file(tmp_path, "waiting.bin", 20_000)
    alice.do("send-file", to=BOB, path=str(path))
    alice.wait("im", kind="sent")
    stage.server.restart()
    bob.do("login", **stage.credentials(BOB))
    assert take(bob, tmp_path / "there", "waiting.bin").read_bytes() == path.read_bytes()


def test_all_devices_can_fetch(stage, friends, tmp_path):
    alice, bob = friends
    others = stage.person(ALICE, "alice-2"), stage.person(BOB, "bob-2")
    path = make_file(tmp_path, "for all.bin", 40_000)
    alice.do("command", to=BOB, text=f"sendfile {path} for all")
    take(bob, tmp_path / "bob", "for all.bin")
    for other, kind, peer, folder in ((others[0], "sent elsewhere", BOB, "alice-2"), (others[1], "received", ALICE, "bob-2")):
        line = other.wait("im", kind=kind)
        assert line["with"] == peer and line["text"].startswith("for all\nfor all.bin (40.0 kB)")
        other.do("command", to=peer, text=f"save {number_in(line['text'])} {tmp_path}/{folder}.bin")
        other.wait("xfer", state="done")
        assert (tmp_path / f"{folder}.bin").read_bytes() == path.read_bytes()


def test_what_failed_is_sent_again(stage, tmp_path):
    alice = stage.person(ALICE)
    path = make_file(tmp_path, "early.bin", 2000)
    alice.do("command", to=CAROL, text=f"sendfile {path}")
    assert "/resend" in alice.wait("im", kind="error")["text"]
    carol = stage.person(CAROL)
    alice.do("command", to=CAROL, text="resend")
    line = carol.wait("im", kind="received")["text"]
    carol.do("command", to=ALICE, text=f"save {number_in(line)} {tmp_path}/there.bin")
    carol.wait("xfer", state="done")
    assert (tmp_path / "there.bin").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("ui", ["null-host", "gnt-purple"])
def test_signing_off_meanwhile(stage, tmp_path, ui):
    """Transfers and questions are open when the connection goes; ASan has the last word."""
    alice, bob = stage.person(ALICE, ui=ui), stage.person(BOB, ui=ui)
    know(bob, ALICE)
    for number in range(6):
        path = make_file(tmp_path, f"number {number}.bin", 3000)
        alice.do("send-file", to=BOB, path=str(path))
        bob.wait("im", kind="received")
    assert len(bob.happened("question")) == 4
    bob.do("answer", accept=True)
    bob.wait("choice")
    bob.do("logout")
    bob.wait("offline")
    stage.server.program.signal(signal.SIGSTOP)
    alice.do("send-file", to=BOB, path=str(make_file(tmp_path, "late.bin", 500_000)))
    alice.do("send-file", to=BOB)
    alice.do("logout")
    stage.server.program.signal(signal.SIGCONT)
    alice.wait("offline")


# Pictures

def test_pictures_with_words(friends, tmp_path):
    alice, bob = friends
    pictures = [make_picture(tmp_path, name, 30, 20) for name in ("one.png", "two.png")]
    alice.do("picture", to=BOB, path=":".join(map(str, pictures)), text="look &amp; see")
    assert alice.wait("picture", **{"with": BOB})["sha256"] == sha256(pictures[0])
    got = bob.wait("im", kind="received")["text"].splitlines()
    assert got[0] == "look & see"
    assert [re.sub(r"\(.*?,", "(…,", line) for line in got[1:]] == ["one.png (…, 30x20)", "two.png (…, 30x20)"]
    shown = [bob.wait("picture") for _ in pictures]
    assert sorted(picture["sha256"] for picture in shown) == sorted(map(sha256, pictures))
    assert {picture["name"] for picture in shown} == {"one.png", "two.png"}
    assert not bob.happened("question")


def test_a_picture_that_waited(stage, friends, tmp_path):
    alice, bob = friends
    bob.do("logout")
    bob.wait("offline")
    picture = make_picture(tmp_path, "one.png", 30, 20)
    alice.do("picture", to=BOB, path=str(picture), text="")
    alice.wait("im", kind="sent")
    stage.server.wait_for_queued(1)
    bob.do("login", **stage.credentials(BOB))
    assert bob.wait("picture")["sha256"] == sha256(picture)


def test_a_picture_on_ones_other_device(stage, friends, tmp_path):
    alice, bob = friends
    other = stage.person(ALICE, "alice-2")
    know(other, BOB)
    picture = make_picture(tmp_path, "one.png", 30, 20)
    alice.do("picture", to=BOB, path=str(picture), text="look")
    assert other.wait("im", kind="sent elsewhere")["text"].startswith("look\none.png (")
    for host in (bob, other):
        assert host.wait("picture")["sha256"] == sha256(picture)


def test_a_strangers_picture_is_not_shown(stage, pair, tmp_path):
    alice, bob = pair
    picture = make_picture(tmp_path, "one.png", 30, 20)
    alice.do("picture", to=BOB, path=str(picture), text="")
    line = bob.wait("im", kind="received")["text"]
    assert re.match(r"one\.png \([^)]*, 30x20\) – /save \d+ saves it$", line)
    assert not bob.happened("picture") and not bob.happened("question")
    bob.do("send", to=ALICE, text="who are you?")
    alice.wait("im", kind="received")
    alice.do("picture", to=BOB, path=str(picture), text="")
    assert bob.wait("picture")["sha256"] == sha256(picture)
    bob.do("command", to=ALICE, text=f"save {number_in(line)} {tmp_path}/there.png")
    bob.wait("xfer", state="done")
    assert sha256(tmp_path / "there.png") == sha256(picture)


def test_pictures_that_are_not_for_a_decoder(friends, tmp_path):
    """Larger than a window should hold, and one that says it is what it isn't: a line, and a question as for any file."""
    alice, bob = friends
    for name, width, height in (("huge.png", 1, 40000), ("stroke.png", 41, 1)):
        path = make_picture(tmp_path, name, width, height)
        alice.do("picture", to=BOB, path=str(path), text="")
        assert f"{width}x{height}) – /save" in bob.wait("im", kind="received")["text"]
        assert take(bob, tmp_path / "there", name).read_bytes() == path.read_bytes()
    assert not bob.happened("picture")


@pytest.mark.parametrize("ui", ["gnt-purple", "BitlBee"])
def test_text_clients_get_a_line(stage, tmp_path, ui):
    alice, bob = stage.person(ALICE), stage.person(BOB, ui=ui)
    know(bob, ALICE)
    alice.do("picture", to=BOB, path=str(make_picture(tmp_path, "one.png", 30, 20)), text="look")
    command = "!pipit save" if ui == "BitlBee" else "/save"
    assert re.match(rf"look\none\.png \(.*, 30x20\) – {command} \d+ saves it$", bob.wait("im", kind="received")["text"])
    bob.wait("question")
    assert not bob.happened("picture")


def test_bitlbees_commands(stage, tmp_path):
    alice, bob = stage.person(ALICE, ui="BitlBee"), stage.person(BOB, ui="BitlBee")
    folder = alice.folder / "purple" / "pipit" / "files"
    alice.do("send", to=BOB, text="!pipit sendfile /etc/passwd")
    assert str(folder) in alice.wait("im", kind="system")["text"]
    path = make_file(folder, "my notes.txt", 1000)
    alice.do("send", to=BOB, text="!pipit sendfile my notes.txt as promised")
    line = bob.wait("im", kind="received")["text"]
    assert line.startswith("as promised\nmy notes.txt (1.0 kB) – !pipit save ")
    assert alice.wait("im", kind="system")["text"] == "*** my notes.txt (1.0 kB) is sent."
    bob.do("send", to=ALICE, text=f"!pipit save {number_in(line)} /tmp/elsewhere.txt")
    assert "one folder alone" in bob.wait("im", kind="system")["text"]
    bob.do("send", to=ALICE, text=f"!pipit save {number_in(line)}")
    there = bob.folder / "purple" / "pipit" / "files" / "my notes.txt"
    assert bob.wait("im", kind="system")["text"] == f"*** my notes.txt is saved as {there}"
    assert there.read_bytes() == path.read_bytes()


@pytest.fixture
def not_taken(stage, tmp_path):
    """Bob's bitlbee is about to fetch a file, and will not have the place any more where it wanted it: his host, the number and the file."""
    alice, bob = stage.person(ALICE), stage.person(BOB, ui="BitlBee")
    know(bob, ALICE)
    path = make_file(tmp_path, "notes.txt", 3000)
    alice.do("send-file", to=BOB, path=str(path))
    number = number_in(bob.wait("im", kind="received")["text"])
    bob.wait("question")
    stage.server.program.signal(signal.SIGSTOP)
    accept_into = tmp_path / "gone"
    accept_into.mkdir()
    bob.do("answer", accept=True)
    bob.wait("choice")
    bob.do("choose", path=str(accept_into / "notes.txt"))
    bob.wait("xfer", state="added")
    accept_into.rmdir()
    return bob, number, path


def files_of(host):
    return host.folder / "purple" / "pipit" / "files"


def test_what_bitlbee_can_not_take_is_saved(stage, not_taken):
    bob, number, path = not_taken
    stage.server.program.signal(signal.SIGCONT)
    there = files_of(bob) / f"{number} notes.txt"
    bob.wait("im", kind="system", text=f"*** notes.txt is saved as {there}")
    assert there.read_bytes() == path.read_bytes()


def test_what_is_saved_replaces_nothing(stage, not_taken):
    bob, number, path = not_taken
    files_of(bob).mkdir(exist_ok=True)
    mine = files_of(bob) / f"{number} notes.txt"
    mine.write_text("mine")
    stage.server.program.signal(signal.SIGCONT)
    there = files_of(bob) / f"{number} notes (2).txt"
    bob.wait("im", kind="system", text=f"*** notes.txt is saved as {there}")
    assert there.read_bytes() == path.read_bytes()
    assert mine.read_text() == "mine"


def test_what_can_not_be_saved_either_is_not_said_to_be(stage, not_taken):
    bob, _, _ = not_taken
    files_of(bob).write_text("no folder")
    stage.server.program.signal(signal.SIGCONT)
    bob.wait("im", kind="error",
             text="*** notes.txt was not fetched: It came, but could not be kept: Not a directory. Ask to send it again.")
    assert not [event for event in bob.happened("im") if "is saved as" in event["text"]]


# Long texts

def test_a_long_text_is_one_message(friends):
    alice, bob = friends
    letters = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=100_000))
    alice.do("send", to=BOB, text=letters)
    assert bob.wait("im", kind="received")["text"] == letters
    alice.do("send", to=BOB, text="and a short one")
    assert bob.wait("im", kind="received")["text"] == "and a short one"

# SPDX-License-Identifier: GPL-2.0-or-later
"""Files and pictures in groups, as the plugin shows them: libpurple processes with a real server between them."""

import random
import re
import signal

import pytest

from test_null_host import BOB, make_stage  # noqa: F401  # pylint: disable=unused-import
from test_null_host import build  # noqa: F401  # pylint: disable=unused-import
from test_null_host_files import make_file, make_picture, number_in, sha256
from test_null_host_groups import DAVE, NAME, introduce, leave_and_come_back, make_three, said, start  # noqa: F401  # pylint: disable=unused-import

SHOWN = f"the group “{NAME}”"  # what the window of transfers calls it


def line_of(host, name):
    """The line that tells of the file, in the group."""
    text = host.wait("chat", kind="received")["text"]
    assert f"{name} (" in text.splitlines()[-1], text
    return text


def take(host, line, place):
    host.do("command", to=NAME, text=f"save {number_in(line)} {place}")
    said(host, f"is saved as {place}")
    return place


def test_a_file_for_all(three, tmp_path):
    """Nobody is asked about it: it stands there with its number."""
    alice, bob, carol = three
    start(alice, bob, carol)
    file = make_file(tmp_path / "from", "map.pdf", 70_000)
    alice.do("command", to=NAME, text=f"sendfile {file} the way")
    assert alice.wait("chat", kind="sent")["text"].startswith("the way\nmap.pdf (")
    for host in (bob, carol):
        line = host.wait("chat", kind="received")["text"]
        assert line.startswith("the way\nmap.pdf (")
        place = tmp_path / host.address
        host.do("command", to=NAME, text=f"save {number_in(line)} {place}")
        assert host.wait("xfer", state="done")["with"] == f"the group “{NAME}”"
        said(host, f"map.pdf is saved as {place}")
        assert sha256(place) == sha256(file)
        assert not host.happened("question") and not host.happened("im")


def test_a_picture_of_somebody_known_is_shown(stage, three, tmp_path):
    alice, bob, carol = three
    dave = stage.person(DAVE)
    introduce(alice, dave)
    alice.do("command", to=BOB, text=f"group {NAME}: bob, carol, {DAVE}")
    for host in (alice, bob, carol, dave):
        host.wait("window")
    picture = make_picture(tmp_path, "bird.png", 30, 20)
    alice.do("picture", to=NAME, path=str(picture), text="look")
    for host in (alice, bob, carol, dave):
        assert host.wait("picture")["sha256"] == sha256(picture)
    dave.do("picture", to=NAME, path=str(picture), text="again")
    assert alice.wait("picture")["sha256"] == sha256(picture)
    assert "/save" in bob.wait("chat", kind="received", **{"from": DAVE})["text"]
    carol.do("send", to=NAME, text="enough")
    bob.wait("chat", kind="received", text="enough")
    assert len(bob.happened("picture")) == 1


def test_by_the_menu_and_by_name(three, tmp_path):
    alice, bob, carol = three
    start(alice, bob, carol)
    for name, menu in (("chosen.pdf", True), ("named.pdf", False)):
        file = make_file(tmp_path / "from", name, 70_000)
        if menu:
            alice.do("share", to=NAME)
            alice.wait("choice", saving="no")
            alice.do("choose", path=str(file))
        else:
            alice.do("share", to=NAME, path=str(file))
        assert alice.wait("xfer", state="added")["with"] == SHOWN
        assert alice.wait("xfer", state="done")["moved"] == "70000"
        assert alice.wait("chat", kind="sent")["text"] == f"{name} (70.0 kB)"
        for host in (bob, carol):
            assert sha256(take(host, line_of(host, name), tmp_path / (host.address + name))) == sha256(file)
            assert not host.happened("question") and not host.happened("choice")
    assert not [event for host in three for event in host.happened("im")]


def test_the_question_for_a_file_goes_with_the_window(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    alice.do("share", to=NAME)
    alice.wait("choice", saving="no")
    alice.do("close", to=NAME)
    bob.do("share", to=NAME)
    bob.wait("choice", saving="no")
    bob.do("logout")
    bob.wait("offline")


def test_offered_again_it_asks_where_to_put_it(three, tmp_path):
    alice, bob, carol = three
    start(alice, bob, carol)
    file = make_file(tmp_path / "from", "map.pdf", 3000)
    alice.do("command", to=NAME, text=f"sendfile {file}")
    line = line_of(bob, "map.pdf")
    bob.do("command", to=NAME, text="files")
    said(bob, f"{number_in(line)}  map.pdf (3.0 kB)")
    bob.do("command", to=NAME, text=f"offer {number_in(line)}")
    assert bob.wait("choice", saving="yes")["name"] == "map.pdf"
    bob.do("choose", path=str(tmp_path / "mine.pdf"))
    said(bob, f"map.pdf is saved as {tmp_path}/mine.pdf")
    assert sha256(tmp_path / "mine.pdf") == sha256(file)
    line = line_of(carol, "map.pdf")
    carol.do("command", to=NAME, text=f"offer {number_in(line)}")
    carol.wait("choice", saving="yes")
    carol.do("command", to=NAME, text=f"drop {number_in(line)}")
    said(carol, "map.pdf is forgotten.")
    carol.do("command", to=NAME, text="files")
    said(carol, "There are no files in this conversation.")


def test_cancelled(stage, three, tmp_path):
    alice, bob, carol = three
    start(alice, bob, carol)
    stage.server.program.signal(signal.SIGSTOP)
    alice.do("command", to=NAME, text=f"sendfile {make_file(tmp_path, 'large.bin', 5_000_000)}")
    alice.wait("xfer", state="added")
    alice.do("cancel", name="large.bin")
    said(alice, "large.bin is given up.")
    stage.server.program.signal(signal.SIGCONT)
    alice.do("send", to=NAME, text="never mind")
    for host in (bob, carol):
        assert host.wait("chat", kind="received")["text"] == "never mind"


def test_what_failed_is_told_and_tried_again_there(stage, three, tmp_path):
    """And what failed in another conversation is left alone."""
    alice, bob, carol = three
    start(alice, bob, carol)
    stage.server.restart("--blob-quota", "50000")
    for to in (NAME, BOB):
        alice.do("command", to=to, text=f"sendfile {make_file(tmp_path, f'to {to}.bin', 60_000)}")
    error = alice.wait("chat", kind="error")["text"]
    assert error.startswith(f"to {NAME}.bin was not sent: ") and "/resend tries again" in error
    assert alice.wait("im", kind="error", **{"with": BOB})["text"].startswith(f"to {BOB}.bin was not sent: ")
    stage.server.restart()
    alice.do("command", to=NAME, text="resend")
    for host in (bob, carol):
        line_of(host, f"to {NAME}.bin")
    alice.do("command", to=BOB, text="files")
    assert f"to {BOB}.bin (60.0 kB): not sent" in alice.wait("im", kind="system", **{"with": BOB})["text"]
    assert not bob.happened("im")


def test_a_draft_outlives_the_client(stage, three, tmp_path):
    alice, bob, carol = three
    start(alice, bob, carol)
    stage.server.kill()
    alice.do("command", to=NAME, text=f"sendfile {make_file(tmp_path, 'large.bin', 500_000)}")
    alice.wait("xfer", state="added")
    stage.server.start()
    again = leave_and_come_back(stage, alice)
    assert again.wait("xfer", state="done")["with"] == SHOWN
    for host in (bob, carol):
        line_of(host, "large.bin")


@pytest.mark.parametrize("ui", ["gnt-purple", "BitlBee"])
def test_text_clients_get_a_line(stage, three, tmp_path, ui):
    """And they save by its number: bitlbee into its own folder, where it takes from what it sends."""
    alice, bob, carol = three
    dave = stage.person(DAVE, ui=ui)
    introduce(alice, dave)
    command = "!pipit " if ui == "BitlBee" else "/"
    for host in (bob, carol):
        host.do("logout")
    alice.do("command", to=BOB, text=f"group {NAME}: bob, carol, {DAVE}")
    alice.wait("window")
    assert "Alice put you into this group" in dave.wait("chat")["text"]
    picture = make_picture(tmp_path, "bird.png", 30, 20)
    alice.do("picture", to=NAME, path=str(picture), text="look")
    line = line_of(dave, "bird.png")
    assert re.match(rf"look\nbird\.png \(.*, 30x20\) – {command}save \d+ saves it$", line)
    folder = dave.folder / "purple" / "pipit" / "files" if ui == "BitlBee" else tmp_path / "there"
    folder.mkdir(parents=True, exist_ok=True)
    typed = f"save {number_in(line)}" + ("" if ui == "BitlBee" else f" {folder}")
    if ui == "BitlBee":
        dave.do("send", to=NAME, text=f"!pipit offer {number_in(line)}")
        assert "!pipit save" in dave.wait("chat", text=f"*** {line.splitlines()[-1]}")["text"]
        dave.do("send", to=NAME, text="!pipit " + typed)
    else:
        dave.do("command", to=NAME, text=typed)
    dave.wait("chat", text=f"{'*** ' if ui == 'BitlBee' else ''}bird.png is saved as {folder}/bird.png")
    assert sha256(folder / "bird.png") == sha256(picture)
    file = make_file(folder, "notes.txt", 1000)
    if ui == "BitlBee":
        dave.do("send", to=NAME, text="!pipit sendfile notes.txt as promised")
    else:
        dave.do("command", to=NAME, text=f"sendfile {file} as promised")
    line = line_of(alice, "notes.txt")
    assert line.startswith("as promised\nnotes.txt (1.0 kB) – /save ")
    assert sha256(take(alice, line, tmp_path / "mine.txt")) == sha256(file)
    assert not dave.happened("question") and not dave.happened("picture")


def test_a_damaged_picture(three, tmp_path):
    """What the account's option was when it was written down holds for it: to try it again would not help."""
    alice, bob, carol = three
    start(alice, bob, carol)
    whole = make_picture(tmp_path, "cut.png", 30, 20)
    whole.write_bytes(whole.read_bytes()[:50])
    alice.do("picture", to=NAME, path=str(whole), text="look")
    error = alice.wait("chat", kind="error")["text"]
    assert error.startswith("cut.png was not sent: The picture cut.png is damaged") and "/resend" not in error
    assert "“Leave place, camera and the like in pictures that I send”" in error
    alice.do("command", to=NAME, text=f"drop {re.search(r'/drop ([0-9]+) gives', error)[1]}")
    said(alice, "cut.png is given up.")


def test_a_group_called_like_a_person(three, tmp_path):
    """What libpurple has to say of a transfer is not said in the conversation with that person."""
    alice, bob, carol = three
    start(alice, bob, carol, name=BOB)
    alice.do("send", to=BOB, text="to the group")
    bob.wait("chat", kind="received")
    alice.do("share", to=BOB, path=str(make_file(tmp_path, "map.pdf", 3000)))
    alice.wait("xfer", state="done", **{"with": f"the group “{BOB}”"})
    bob.wait("chat", kind="received")
    assert not alice.happened("im") and not bob.happened("im")


def test_signing_off_meanwhile(stage, three, tmp_path):
    """Transfers and questions are open when the connection goes; ASan has the last word."""
    alice, bob, carol = three
    start(alice, bob, carol)
    lines = []
    for number in range(2):
        alice.do("command", to=NAME, text=f"sendfile {make_file(tmp_path, f'number {number}.bin', 3000)}")
        lines.append(line_of(bob, f"number {number}.bin"))
    bob.do("command", to=NAME, text=f"offer {number_in(lines[0])}")
    bob.wait("choice", saving="yes")
    stage.server.program.signal(signal.SIGSTOP)
    bob.do("command", to=NAME, text=f"save {number_in(lines[1])} {tmp_path}/there.bin")
    alice.do("command", to=NAME, text=f"sendfile {make_file(tmp_path, 'late.bin', 500_000)}")
    for host in (alice, bob):
        host.wait("xfer", state="added")
        host.do("logout")
    stage.server.program.signal(signal.SIGCONT)
    for host in (alice, bob):
        host.wait("offline")


def test_a_long_text_is_one_message(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    text = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=100_000))
    for line in (text, "and a short one"):
        alice.do("send", to=NAME, text=line)
        for host in (bob, carol):
            assert host.wait("chat", kind="received")["text"] == line

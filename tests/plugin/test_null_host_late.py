# SPDX-License-Identifier: GPL-2.0-or-later
"""What of a group is there to be shown only when one is not in it any more: it opens no window, and is not lost."""

import random
import threading

import pytest

from null_host import NullHost
from test_null_host import ALICE, BOB, CAROL, make_stage  # noqa: F401  # pylint: disable=unused-import
from test_null_host import build  # noqa: F401  # pylint: disable=unused-import
from test_null_host_files import make_file, make_picture, number_in, sha256
from test_null_host_groups import NAME, groups_in_list, introduce, leave_and_come_back, said, start, talk
from waiting import PATIENCE
from wires import Tap

LONG = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=100_000))


class Gate(Tap):
    """A wire on which contents and pictures can be held back, and nothing else."""

    def __init__(self, port):
        super().__init__(port)
        self.is_open, self.reached = threading.Event(), threading.Event()

    def record(self, piece):
        if piece.startswith(b"GET /v1/blobs/"):
            self.reached.set()
            assert self.is_open.wait(PATIENCE)


@pytest.fixture(name="gate")
def make_gate(stage):
    """Bob's wire. It is opened at the end in any case, so that nobody waits for it."""
    gate = Gate(stage.server.port)
    yield gate
    gate.is_open.set()
    gate.close()


@pytest.fixture(name="three")
def make_three(stage, gate):
    hosts = [stage.person(ALICE), stage.host("bob"), stage.person(CAROL)]
    hosts[1].address = BOB
    hosts[1].do("login", **stage.credentials(BOB, server=gate.url))
    hosts[1].wait("online")
    introduce(*hosts)
    start(*hosts)
    return hosts


def write_long(gate, alice, carol):
    """Bob knows then that there is something, and not what."""
    alice.do("send", to=NAME, text=LONG)
    assert alice.wait("chat", kind="sent")["text"] == carol.wait("chat", kind="received")["text"] == LONG
    assert gate.reached.wait(PATIENCE)


def leave(bob):
    """From the buddy list: no window need be open for that."""
    bob.do("menu", group=NAME, label="Leave the Group…")
    bob.wait("question")
    bob.do("answer", label="_Leave")


def look(host):
    host.do("look", to=NAME)
    return host.wait("look")


def hears_alone(alice, bob):
    """What came before that has been shown, if it ever is."""
    alice.do("send", to=BOB, text="to you alone")
    assert bob.wait("im", kind="received")["text"] == "to you alone"




# Texts

def test_a_late_text_of_a_group_that_one_left(stage, gate, three):
    alice, bob, carol = three
    bob.do("close", to=NAME)
    write_long(gate, alice, carol)
    leave(bob)
    said(alice, "Bob left the group.")
    gate.is_open.set()
    while groups_in_list(bob):
        pass
    hears_alone(alice, bob)
    assert len(bob.happened("window")) == 1 and not bob.happened("chat", kind="received")
    assert not bob.happened("notify")
    bob = leave_and_come_back(stage, bob)
    hears_alone(alice, bob)
    assert not bob.happened("window") and not bob.happened("notify")


def test_leaving_does_not_wait_for_a_text(gate, three):
    """The line that says so does, and stands behind the text."""
    alice, bob, carol = three
    write_long(gate, alice, carol)
    bob.do("command", to=NAME, text="leave")
    assert look(bob)["left"] == "yes" and groups_in_list(bob) == []
    gate.is_open.set()
    assert bob.wait("chat", kind="received")["text"] == LONG
    said(bob, "You left this group.")
    assert len(bob.happened("window")) == 1


def test_a_late_text_of_a_group_that_one_was_removed_from(gate, three):
    """Its text is told all the same: Bob did not choose to go."""
    alice, bob, carol = three
    bob.do("close", to=NAME)
    write_long(gate, alice, carol)
    alice.do("command", to=NAME, text="remove bob")
    said(carol, "Alice removed Bob")
    gate.is_open.set()
    told = [bob.wait("notify"), bob.wait("notify")]
    late = next(one for one in told if one["type"] == "formatted")
    assert late["primary"] == f"In “{NAME}”, before you were removed from it"
    assert late["text"] == f"Alice: {LONG}<br>"
    assert any("Alice removed you" in one["secondary"] for one in told if one is not late)
    assert len(bob.happened("window")) == 1


def test_a_late_text_in_an_open_window(gate, three):
    alice, bob, carol = three
    write_long(gate, alice, carol)
    alice.do("command", to=NAME, text="remove bob")
    said(carol, "Alice removed Bob")
    gate.is_open.set()
    assert bob.wait("chat", kind="received")["text"] == LONG
    said(bob, "Alice removed you from this group.")
    assert look(bob)["left"] == "yes"
    assert len(bob.happened("window")) == 1 and not bob.happened("notify")


@pytest.mark.parametrize("away", ["removed", "left"])
def test_what_waited_in_a_quiet_group(stage, three, away):
    """It must not wait for a window for ever, nor open one at the next start."""
    alice, bob, carol = three
    bob.do("command", to=NAME, text="quiet")
    said(bob, "stays closed")
    bob.do("close", to=NAME)
    for text in ("one", "two"):
        talk(alice, carol, text=text)
    hears_alone(alice, bob)
    if away == "removed":
        alice.do("command", to=NAME, text="remove bob")
        assert bob.wait("notify", type="formatted")["text"] == "Alice: one<br>Alice: two<br>"
    else:
        leave(bob)
        said(alice, "Bob left the group.")
    bob = leave_and_come_back(stage, bob)
    hears_alone(alice, bob)
    assert not bob.happened("window") and not bob.happened("notify") and not bob.happened("chat")


def test_removed_while_away_with_the_window_open(stage, gate, three):
    """libpurple lets nothing be written there by itself."""
    alice, bob, carol = three
    bob.do("logout")
    bob.wait("offline")
    talk(alice, carol, text="farewell")
    alice.do("command", to=NAME, text="remove bob")
    said(carol, "Alice removed Bob")
    bob.do("login", **stage.credentials(BOB, server=gate.url))
    assert bob.wait("chat", kind="received")["text"] == "farewell"
    said(bob, "Alice removed you from this group.")
    assert look(bob)["left"] == "yes"
    assert len(bob.happened("window")) == 1 and not bob.happened("notify")


def test_a_text_that_is_gone_opens_no_quiet_group(stage, gate, three):
    """What is said of it stands there when the person opens it."""
    alice, bob, carol = three
    bob.do("command", to=NAME, text="quiet")
    said(bob, "stays closed")
    bob.do("close", to=NAME)
    write_long(gate, alice, carol)
    for blob in (stage.server.state / "blobs").rglob("*"):
        if blob.is_file():
            blob.unlink()
    gate.is_open.set()
    hears_alone(alice, bob)
    bob.do("menu", group=NAME, label="Open When Somebody Writes")
    talk(alice, carol, text="did you get it?")
    said(bob, "A long message from Alice could not be fetched")
    assert len(bob.happened("window")) == 2


def test_put_in_again(three):
    """Into the window that is there still; what was written meanwhile is not told."""
    alice, bob, carol = three
    alice.do("command", to=NAME, text="remove bob")
    said(bob, "Alice removed you from this group.")
    talk(alice, carol, text="without him")
    alice.do("command", to=NAME, text="add bob")
    said(bob, "Alice put you into this group with Carol.")
    assert look(bob)["left"] == "no" and groups_in_list(bob) == [NAME]
    talk(bob, alice, carol, text="here again")
    talk(alice, bob, carol, text="welcome back")
    assert not bob.happened("chat", text="without him")


# Pictures

def send_picture(gate, alice, bob, folder):
    picture = make_picture(folder, "bird.png", 30, 20)
    alice.do("picture", to=NAME, path=str(picture), text="look")
    assert bob.wait("chat", kind="received")["text"].startswith("look\nbird.png")
    assert gate.reached.wait(PATIENCE)
    return picture


def test_a_late_picture_of_a_group_that_one_left(gate, three, tmp_path):
    alice, bob, _ = three
    send_picture(gate, alice, bob, tmp_path)
    bob.do("command", to=NAME, text="leave")
    said(bob, "You left this group.")
    bob.do("close", to=NAME)
    gate.is_open.set()
    alice.do("picture", to=BOB, path=str(make_picture(tmp_path, "alone.png", 20, 20)), text="to you alone")
    assert bob.wait("picture")["with"] == ALICE
    assert len(bob.happened("window")) == 1 and not bob.happened("notify")


def test_a_late_picture_in_an_open_window(gate, three, tmp_path):
    alice, bob, _ = three
    picture = send_picture(gate, alice, bob, tmp_path)
    alice.do("command", to=NAME, text="remove bob")
    said(bob, "Alice removed you from this group.")
    gate.is_open.set()
    assert bob.wait("picture")["sha256"] == sha256(picture)
    assert look(bob)["left"] == "yes"


# Files

def test_a_file_that_is_saved_after_one_left(gate, three, tmp_path):
    alice, bob, _ = three
    file = make_file(tmp_path / "from", "map.pdf", 3000)
    alice.do("command", to=NAME, text=f"sendfile {file}")
    line = bob.wait("chat", kind="received")["text"]
    bob.do("command", to=NAME, text=f"save {number_in(line)} {tmp_path}/mine.pdf")
    assert gate.reached.wait(PATIENCE)
    bob.do("command", to=NAME, text="leave")
    said(bob, "You left this group.")
    bob.do("close", to=NAME)
    gate.is_open.set()
    told = bob.wait("notify")
    assert (told["type"], told["primary"]) == ("info", NAME) and f"is saved as {tmp_path}/mine.pdf" in told["secondary"]
    assert sha256(tmp_path / "mine.pdf") == sha256(file)
    assert len(bob.happened("window")) == 1

# SPDX-License-Identifier: GPL-2.0-or-later
"""Groups, as the plugin shows them: libpurple processes with a real server between them."""

import base64
import os

import pytest

from null_host import NullHost
from test_null_host import ALICE, BOB, make_stage  # noqa: F401  # pylint: disable=unused-import
from test_null_host import build  # noqa: F401  # pylint: disable=unused-import
from test_null_host_devices import CAROL

DAVE = "dave@pipit.test"
NAME = "Saturday birds"
MARKUP = "<b>Tom</b> &amp; %n"


@pytest.fixture(name="three")
def make_three(stage):
    """Alice, Bob and Carol, who have each other in their lists."""
    hosts = [stage.person(address) for address in (ALICE, BOB, CAROL)]
    introduce(*hosts)
    return hosts


def introduce(*hosts):
    """Each gets the others into the list, who are there already: a look-up that finds nobody holds for a while."""
    for host in hosts:
        for address in {other.address for other in hosts} - {host.address} - host.known:
            host.known.add(address)
            host.do("buddy", address=address, alias=called(address))


def called(address):
    return address.partition("@")[0].capitalize()


def start(starter, *others, name=NAME, title=None):
    """A group, the window of which is then open at each."""
    starter.do("join", group=name, members="bob, carol")
    starter.wait("window")
    for other in others:
        other.wait("window")
        other.wait("chat", kind="system")
    return title or name


def talk(writer, *readers, text="hello", to=NAME):
    writer.do("send", to=to, text=text)
    assert writer.wait("chat", kind="sent")["text"] == text
    for reader in readers:
        assert reader.wait("chat", kind="received")["text"] == text


def members(host, to=NAME):
    host.do("look", to=to)
    return host.wait("look")["members"]


def until_members(host, expected):
    while host.wait("group")["members"] != expected:
        pass


def said(host, text):
    """A line that nobody sent; others may come before."""
    while text not in host.wait("chat", kind="system")["text"]:
        pass


def groups_in_list(host):
    host.do("list")
    titles = []
    while True:
        got = host.wait("list")
        if "end" in got:
            return titles
        assert "lacks" not in got
        titles.append(got["title"])


def shows_picture(host):
    host.do("list")
    shown = host.wait("list", title=NAME).get("picture")
    host.wait("list", end="yes")
    return shown


def leave_and_come_back(stage, host, ui="null-host"):
    host.quit()
    again = NullHost(stage.build, host.folder, ui)
    again.address = host.address
    stage.hosts.append(again)
    again.do("login", **stage.credentials(host.address))
    again.wait("online")
    return again


# Starting and talking

def test_who_is_put_in_sees_by_whom_and_with_whom(three):
    alice, bob, carol = three
    alice.do("join", group=NAME, members="bob, carol@pipit.test")
    said(alice, "You started this group with Bob and Carol.")
    for host, other in ((bob, "Carol"), (carol, "Bob")):
        assert host.wait("window")["title"] == NAME
        said(host, f"Alice put you into this group with {other}.")
    assert members(alice) == "Bob, Carol, alice@pipit.test"
    assert members(bob) == "Alice, Carol, bob@pipit.test"


def test_each_reads_the_others_under_their_names(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    for writer, name, readers in ((alice, "Alice", (bob, carol)), (bob, "Bob", (alice, carol))):
        text = f"from {name}: <b>&amp; %n"
        writer.do("send", to=NAME, text=text)
        assert writer.wait("chat", kind="sent")["text"] == text
        for reader in readers:
            line = reader.wait("chat", kind="received")
            assert (line["text"], line["alias"], line["title"]) == (text, name, NAME)
    assert len(alice.happened("chat", kind="sent")) == 1


def test_one_with_several_at_once_by_command(three):
    alice, bob, carol = three
    alice.do("command", to=BOB, text=f"group {NAME}: bob carol@pipit.test")
    for host in three:
        assert host.wait("window")["title"] == NAME
    talk(bob, alice, carol)


def test_started_from_the_list(three):
    alice, bob, carol = three
    alice.do("fill", name=NAME, people="Bob, Carol")
    alice.do("menu", address=BOB, label="Start a Group…")
    assert alice.wait("form")["primary"] == "Who is to be in the group?"
    for host in three:
        assert host.wait("window")["title"] == NAME
    talk(carol, alice, bob)


def test_a_group_without_a_name_is_called_after_its_members(three):
    alice, bob, _ = three
    alice.do("command", to=BOB, text="group bob carol")
    assert alice.wait("window")["title"] == "Bob and Carol"
    assert bob.wait("window")["title"] == "Alice and Carol"
    alice.do("alias", address=BOB, alias="Bobby")
    assert groups_in_list(alice) == ["Bobby and Carol"]
    alice.do("look", to="Bobby and Carol")
    assert alice.wait("look")["title"] == "Bobby and Carol"


def test_two_of_the_same_people_stay_two(stage, three):
    """And can be told apart, wherever they are named and after a restart too."""
    alice, bob, carol = three
    second, third = f"{NAME} (2)", f"{NAME} (3)"
    for title in (NAME, second):
        alice.do("command", to=BOB, text=f"group {NAME}: bob carol")
        for host in three:
            assert host.wait("window")["title"] == title
    one, other = (window["with"] for window in bob.happened("window"))
    assert one != other
    for to, window in ((NAME, one), (second, other)):
        alice.do("send", to=to, text=f"to {to}")
        for host in (bob, carol):
            assert host.wait("chat", kind="received", text=f"to {to}")["with"] == window
    assert not bob.happened("im", kind="received")
    alice.do("close", to=NAME)
    alice.do("close", to=second)
    alice.do("join", group=second)
    assert alice.wait("window")["with"] == other
    alice.do("command", to=second, text=f"group {NAME.upper()}: bob carol")
    assert bob.wait("window")["title"] == third.replace(NAME, NAME.upper())
    bob.do("command", to=NAME, text="leave")
    said(carol, "Bob left")
    bob = leave_and_come_back(stage, bob)
    assert set(groups_in_list(bob)) == {second, third.replace(NAME, NAME.upper())}
    bob.do("join", group=NAME)
    assert bob.wait("window")["with"] == other
    bob.do("command", to=second, text="rename Sunday birds")
    said(carol, "called the group “Sunday birds”")
    assert set(groups_in_list(carol)) == {NAME, "Sunday birds", third.replace(NAME, NAME.upper())}


def test_joined_again_by_the_same_it_is_the_same(three):
    """As from an entry of the buddy list that somebody made by hand."""
    alice, bob, carol = three
    start(alice, bob, carol)
    alice.do("close", to=NAME)
    alice.do("join", group=NAME.upper(), members="carol, bob")
    assert alice.wait("window")["with"] == bob.happened("window")[0]["with"]
    alice.do("join", group=NAME, members="carol, ghost@pipit.test")
    assert alice.wait("window")["with"] != carol.happened("window")[0]["with"]


@pytest.mark.parametrize("people", ["nobody I know", "", "bob, not an address"])
def test_nobody_of_that_name(three, people):
    alice, bob, _ = three
    alice.do("join", group=NAME, members=people)
    told = alice.wait("notify", type="error")["secondary"]
    assert "neither an address" in told or "name its members too" in told
    assert not alice.happened("window") and not bob.happened("window")


def test_markup_in_a_name_is_a_name(three):
    alice, bob, carol = three
    start(alice, bob, carol, name=MARKUP)
    bob.do("command", to=MARKUP, text=f"rename <i>{MARKUP}")
    said(alice, f"Bob called the group “<i>{MARKUP}”.")
    assert groups_in_list(alice) == [f"<i>{MARKUP}"]


# Members

def test_putting_somebody_in(stage, three):
    alice, bob, carol = three
    start(alice, bob, carol)
    talk(alice, bob, carol, text="before")
    dave = stage.person(DAVE)
    introduce(*three, dave)
    bob.do("invite", to=NAME, who=DAVE)
    assert dave.wait("window")["title"] == NAME
    said(dave, "Bob put you into this group with Alice and Carol.")
    said(alice, "Bob put Dave into the group.")
    assert members(carol) == "Alice, Bob, Dave, carol@pipit.test"
    talk(dave, alice, bob, carol, text="hello all")
    assert not dave.happened("chat", text="before")


def test_removing_somebody(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    alice.do("command", to=NAME, text="remove bob")
    said(bob, "Alice removed you from this group.")
    said(carol, "Alice removed Bob from the group.")
    bob.do("look", to=NAME)
    look = bob.wait("look")
    assert (look["left"], look["title"]) == ("yes", NAME)
    assert groups_in_list(bob) == []
    talk(alice, carol, text="without him")
    changes = len(bob.happened("group"))
    bob.do("send", to=NAME, text="am I still here?")
    assert bob.wait("chat", kind="error")["text"] == "Not sent: You are not in this group."
    assert not bob.happened("chat", text="without him")
    assert len([line for line in bob.happened("chat") if "removed you" in line["text"]]) == 1
    assert len(bob.happened("group")) == changes
    bob.do("look", to=NAME)
    assert bob.wait("look")["left"] == "yes"
    assert members(carol) == "Alice, carol@pipit.test"


@pytest.mark.parametrize("typed", ["bob", "bob being late", f"{BOB} carol is the reason", "Bob the Bird", f"{BOB}"])
def test_kicking_with_a_reason_or_without(three, typed):
    alice, bob, carol = three
    start(alice, bob, carol)
    if typed == "Bob the Bird":
        alice.do("buddy", address=BOB, alias="Bob the Bird")
    alice.do("command", to=NAME, text=f"kick {typed}")
    said(carol, "Alice removed Bob from the group.")
    assert members(carol) == "Alice, carol@pipit.test"


def test_removed_while_the_window_is_closed(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    bob.do("close", to=NAME)
    alice.do("command", to=NAME, text="kick bob")
    told = bob.wait("notify", type="info")
    assert told["primary"] == NAME and "Alice removed you" in told["secondary"]
    assert len(bob.happened("window")) == 1


def test_leaving(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    bob.do("command", to=NAME, text="leave")
    said(bob, "You left this group.")
    said(alice, "Bob left the group.")
    assert members(alice) == "Carol, alice@pipit.test"
    talk(alice, carol, text="without him")
    assert not bob.happened("chat", text="without him")
    assert groups_in_list(bob) == []


def test_leaving_by_the_menu_asks_first(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    bob.do("menu", group=NAME, label="Leave the Group…")
    assert bob.wait("question")["text"] == f"Leave “{NAME}”?"
    bob.do("answer", label="_Cancel")
    talk(bob, alice, carol)
    bob.do("menu", group=NAME, label="Leave the Group…")
    bob.wait("question")
    bob.do("answer", label="_Leave")
    said(alice, "Bob left the group.")


def test_naming(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    bob.do("topic", to=NAME, text="Sunday birds")
    said(alice, "Bob called the group “Sunday birds”.")
    said(carol, "Bob called the group “Sunday birds”.")
    assert members(alice, "Sunday birds") == "Bob, Carol, alice@pipit.test"
    assert groups_in_list(alice) == ["Sunday birds"]
    talk(alice, bob, carol, to="Sunday birds")


PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")


def test_a_picture(three, tmp_path):
    alice, bob, carol = three
    start(alice, bob, carol)
    file = tmp_path / "picture with blanks.png"
    huge = PICTURE.replace(bytes([0, 0, 0, 1, 0, 0, 0, 1]), bytes([0, 0, 78, 32, 0, 0, 78, 32]))
    for contents, why in ((b"\x7fELF" * 9, "PNG, JPEG or GIF"), (huge, "a million points"), (PICTURE + bytes(12288), "too large")):
        file.write_bytes(contents)
        alice.do("command", to=NAME, text=f"picture {file}")
        assert why in alice.wait("chat", kind="error")["text"]
    # From this, nothing would ever be read.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    alice.do("command", to=NAME, text=f"picture {pipe}")
    assert alice.wait("chat", kind="error")["text"] == f"{pipe} is no file."
    file.write_bytes(PICTURE)
    alice.do("command", to=NAME, text=f"picture {file}")
    said(bob, "Alice changed the group's picture.")
    assert shows_picture(bob) == "yes"
    bob.do("command", to=NAME, text="picture")
    said(bob, "You changed")
    said(carol, "Alice changed")
    said(carol, "Bob changed")
    assert shows_picture(carol) is None


def test_who_is_in(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    talk(alice, bob, carol)
    bob.do("focus", to=NAME)
    carol.do("focus", to=NAME)
    text = ""
    while "read by 2" not in text:
        alice.do("command", to=NAME, text="members")
        text = alice.wait("chat", kind="system")["text"]
    assert "Bob  bob@pipit.test" in text and "alice@pipit.test (you)" in text
    assert not [line for line in alice.happened("chat", kind="system") if line["text"].startswith("Read by")]


def test_read_late_by_all_is_told_in_the_conversation(stage, three):
    alice, bob, carol = three
    start(alice, bob, carol)
    talk(alice, bob, carol)
    stage.server.restart("--clock-offset", "120")
    bob.do("focus", to=NAME)
    carol.do("focus", to=NAME)
    said(alice, "Read by all ")


def test_typing_stands_with_the_name(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    talk(alice, bob, carol)
    window = alice.happened("window")[0]["with"]
    bob.do("typing", to="group:" + window, typing=True)
    until_members(alice, "Carol, alice@pipit.test, ✎ Bob")
    bob.do("typing", to="group:" + window, typing=False)
    until_members(alice, "Bob, Carol, alice@pipit.test")


# Windows

def test_closing_is_not_leaving(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    bob.do("close", to=NAME)
    talk(alice, carol, text="still with us?")
    assert bob.wait("window")["title"] == NAME
    assert bob.wait("chat", kind="received")["text"] == "still with us?"
    talk(alice, bob, carol, text="good")
    assert len(bob.happened("chat", text="still with us?")) == 1
    assert members(bob) == "Alice, Carol, bob@pipit.test"


def test_what_happened_meanwhile_stands_in_the_window_when_it_opens(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    bob.do("close", to=NAME)
    alice.do("topic", to=NAME, text="Sunday birds")
    said(carol, "Alice called the group")
    talk(alice, carol, text="look", to="Sunday birds")
    said(bob, "Alice called the group “Sunday birds”.")
    assert bob.wait("chat", kind="received")["text"] == "look"


@pytest.mark.parametrize("by", ["command", "menu"])
def test_a_quiet_one_opens_nothing(three, by):
    alice, bob, carol = three
    start(alice, bob, carol)
    if by == "menu":
        bob.do("menu", group=NAME, label="Stay Closed When Somebody Writes")
    else:
        bob.do("command", to=NAME, text="quiet")
        said(bob, "stays closed")
    bob.do("close", to=NAME)
    talk(alice, carol, text="in the night")
    alice.do("send", to=BOB, text="and to you alone")
    bob.wait("im", kind="received")
    assert len(bob.happened("window")) == 1
    bob.do("join", entry=NAME)
    assert bob.wait("chat", kind="received")["text"] == "in the night"
    talk(alice, bob, carol, text="good morning")
    bob.do("close", to=NAME)
    talk(alice, carol, text="and again")
    alice.do("send", to=BOB, text="to you alone")
    bob.wait("im", kind="received")
    bob.do("menu", group=NAME, label="Open When Somebody Writes")
    assert bob.wait("chat", kind="received")["text"] == "and again"


def test_kept_over_a_restart(stage, three):
    alice, bob, carol = three
    start(alice, bob, carol)
    bob = leave_and_come_back(stage, bob)
    assert groups_in_list(bob) == [NAME]
    assert not bob.happened("window")
    bob.do("rooms")
    room = bob.wait("rooms")
    assert (room["title"], room["members"]) == (NAME, "Alice and Carol")
    bob.do("join", entry=NAME)
    bob.wait("window")
    assert members(bob) == "Alice, Carol, bob@pipit.test"
    talk(bob, alice, carol, text="back again")


def test_bitlbee_opens_them_again(stage, three):
    alice, _, carol = three
    irc = stage.person(DAVE, ui="BitlBee")
    introduce(*three, irc)
    alice.do("join", group=NAME, members="carol, dave")
    assert irc.wait("window")["title"] == NAME
    irc = leave_and_come_back(stage, irc, "BitlBee")
    assert irc.wait("window")["title"] == NAME
    talk(alice, irc, carol, text="still here")
    irc.do("close", to=NAME)
    irc = leave_and_come_back(stage, irc, "BitlBee")
    irc.do("info", who=ALICE)
    irc.wait("userinfo")
    assert not irc.happened("window")
    talk(carol, irc, alice, text="open again")


def test_bitlbee_has_a_channel_that_one_can_type(stage, three):
    """It makes the channel's name of what is ASCII in the title, and question marks of the rest."""
    alice, _, _ = three
    irc = stage.person(DAVE, ui="BitlBee")
    introduce(*three, irc)
    for name, title in (("ציפורים", "alice-carol ציפורים"), ("Vögel", "Vögel")):
        alice.do("join", group=name, members="carol, dave")
        assert irc.wait("window")["title"] == title
    irc.do("join", group="ציפורים")
    alice.do("send", to="ציפורים", text="hello")
    assert irc.wait("chat", text="hello")["title"] == "alice-carol ציפורים"


def test_after_a_break_of_the_connection(stage, three):
    alice, bob, carol = three
    start(alice, bob, carol)
    bob.do("logout")
    bob.wait("offline")
    talk(alice, carol, text="while you were out")
    bob.do("login", **stage.credentials(BOB))
    assert bob.wait("chat", kind="received")["text"] == "while you were out"
    assert members(bob) == "Alice, Carol, bob@pipit.test"
    talk(bob, alice, carol, text="thanks")


# Several devices

def test_the_same_on_all_own_devices(stage, three):
    alice, bob, carol = three
    other = stage.person(BOB, "bob-2")
    introduce(alice, other, carol)
    start(alice, bob, carol, other)
    bob.do("send", to=NAME, text="from my desk")
    copy = other.wait("chat", kind="sent elsewhere")
    assert (copy["text"], copy["title"]) == ("from my desk", NAME)
    for host in (alice, carol):
        assert host.wait("chat", kind="received")["text"] == "from my desk"
    talk(alice, bob, carol, other, text="to all of you")
    other.do("command", to=NAME, text="leave")
    said(bob, "You left this group.")
    assert groups_in_list(bob) == []


def test_started_on_another_device_it_is_in_the_list(stage, three):
    alice, bob, carol = three
    other = stage.person(ALICE, "alice-2")
    introduce(bob, other, carol)
    bob.wait("buddy", address=CAROL)
    start(alice, bob, carol)
    talk(alice, bob, carol)
    assert other.wait("chat", kind="sent elsewhere")["text"] == "hello"
    assert groups_in_list(other) == [NAME]


# What fails

def test_whom_it_did_not_reach(stage):
    alice, bob = stage.person(ALICE), stage.person(BOB)
    introduce(alice, bob)
    alice.do("join", group=NAME, members="bob, ghost@pipit.test")
    alice.wait("window")
    bob.wait("window")
    alice.do("send", to=NAME, text="hello")
    assert bob.wait("chat", kind="received")["text"] == "hello"
    error = alice.wait("chat", kind="error")["text"]
    assert "ghost@pipit.test" in error and "Bob" not in error and "/resend" in error


def test_bitlbee_shows_them_as_messages(stage, three):
    alice, bob, carol = three
    irc = stage.person(DAVE, ui="BitlBee")
    introduce(*three, irc)
    alice.do("join", group=NAME, members="bob, carol, dave")
    irc.wait("window")
    irc.wait("chat", **{"from": "pipit"})
    irc.do("send", to=NAME, text="!pipit members")
    listed = irc.wait("chat", **{"from": "pipit"})["text"]
    assert listed.startswith("*** In this group are:") and "Carol  carol@pipit.test" in listed
    irc.do("send", to=NAME, text="!pipit picture /etc/passwd")
    assert "/etc/passwd" not in irc.wait("chat", **{"from": "pipit"})["text"]
    irc.do("send", to=NAME, text="!pipit what")
    told = irc.wait("chat", **{"from": "pipit"})["text"]
    assert all(name in told for name in ("group", "members", "add", "remove", "rename", "quiet", "leave"))
    irc.do("send", to=NAME, text="!pipit leave")
    said(alice, "Dave left the group.")
    talk(alice, bob, carol, text="without him")

# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong in groups, and what a person is told of it."""

import pytest

from test_null_host import ALICE, BOB, Stage, make_stage  # noqa: F401  # pylint: disable=unused-import
from test_null_host import build  # noqa: F401  # pylint: disable=unused-import
from test_null_host_devices import CAROL
from test_null_host_groups import NAME, groups_in_list, introduce, make_three, said, start, talk  # noqa: F401  # pylint: disable=unused-import


@pytest.fixture(name="alone", scope="module")
def make_alone(build, tmp_path_factory):
    """Alice in a group, for what none of the others need see."""
    stage = Stage(build, tmp_path_factory.mktemp("alone"))
    hosts = [stage.person(address) for address in (ALICE, BOB, CAROL)]
    introduce(*hosts)
    start(hosts[0])
    yield hosts[0]
    stage.close()


@pytest.mark.parametrize("typed, answer", [
    ("add bob", "In this group already: Bob."),
    ("add bob, carol@pipit.test", "In this group already: Bob and Carol."),
    ("add alice@pipit.test", "In this group already: alice@pipit.test."),
    ("add nobody", "“nobody” is neither an address nor one of your contacts"),
    ("add", "Name at least one person"),
    ("remove dave@pipit.test", "dave@pipit.test is not in this group."),
    ("remove alice@pipit.test", "That is you: leave the group instead."),
    ("kick nobody", "“nobody” is neither an address nor one of your contacts"),
    ("rename " + "x" * 257, "A group's name has at most 256 characters"),
    ("rename Birds\u202esdriB", "A group's name has at most 256 characters, in one line, and no signs that turn the direction"),
    ("group", "Name at least one person"),
])
def test_what_can_not_be_done_is_told(alone, typed, answer):
    """What would change nothing too: in silence it would look like a fault."""
    alone.do("command", to=NAME, text=typed)
    told = alone.wait("chat", kind="error")
    assert told["text"].startswith(answer) and told["title"] == NAME


@pytest.mark.parametrize("typed, answer", [
    (f"rename {NAME}", "That is its name already."),
    ("picture", "This group has no picture. Name a file behind the command."),
])
def test_what_is_so_already(alone, typed, answer):
    alone.do("command", to=NAME, text=typed)
    said(alone, answer)


def test_out_of_it_nothing_can_be_done(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    bob.do("command", to=NAME, text="leave")
    said(bob, "You left this group.")
    for typed in ("leave", "add alice", "remove alice", "rename Sunday birds", "picture"):
        bob.do("command", to=NAME, text=typed)
        assert bob.wait("chat", kind="error")["text"] == "You are not in this group."
    assert len([line for line in bob.happened("chat") if line["text"] == "You left this group."]) == 1


def test_who_is_not_reached_is_told_once(three):
    """Not for each message, and not for each change; but again where it was asked for."""
    alice, bob, carol = three
    start(alice, bob, carol)
    alice.do("command", to=NAME, text="add ghost@pipit.test")
    error = "Not delivered to ghost@pipit.test: no device of theirs is known. The other members get it. (/resend sends it again)"
    assert alice.wait("chat", kind="error")["text"] == error
    for text in ("one", "two"):
        talk(alice, bob, carol, text=text)
    alice.do("command", to=NAME, text="resend")
    assert alice.wait("chat", kind="error")["text"] == error
    assert len(alice.happened("chat", kind="error")) == 2
    alice.do("command", to=NAME, text="remove carol")
    said(carol, "removed you")
    alice.do("send", to=NAME, text="hardly anybody is left")
    alice.wait("chat", kind="error", text=error)


def test_who_is_left_when_one_is_out(three):
    alice, bob, carol = three
    start(alice, bob, carol)
    alice.do("command", to=NAME, text="remove bob")
    said(bob, "removed you")
    bob.do("look", to=NAME)
    assert bob.wait("look")["members"] == "Alice, Carol"


def test_members_who_can_not_be_reached(stage):
    alice = stage.person(ALICE)
    alice.do("buddy", address="ghost@pipit.test", alias="Ghost (*) \\1")
    alice.do("buddy", address="host@pipit.test", alias="Other")
    alice.do("info", who="ghost@pipit.test")
    alice.wait("userinfo")
    alice.do("join", group=NAME, members="ghost, host, aghost@pipit.test")
    alice.wait("window")
    error = alice.wait("chat", kind="error")["text"]
    assert error.startswith("Not delivered to Ghost (*) \\1, Other, aghost@pipit.test: no device of theirs is known.")
    alice.do("command", to=NAME, text="members")
    said(alice, "Ghost (*) \\1  ghost@pipit.test (can't be reached with Pipit)")


# Without a connection

def test_what_one_changes_without_a_connection(stage, three):
    """It is so at once for oneself; the others hear of it later, and so is the line that says it written then, once."""
    alice, bob, carol = three
    start(alice, bob, carol)
    stage.server.kill()
    said(alice, "No connection to the server.")
    alice.do("command", to=NAME, text="rename Sunday birds")
    said(alice, "The others hear of it when there is a connection again.")
    alice.do("command", to="Sunday birds", text="remove carol")
    said(alice, "The others hear of it")
    alice.do("look", to="Sunday birds")
    assert alice.wait("look")["members"] == "Bob, alice@pipit.test"
    assert groups_in_list(alice) == ["Sunday birds"]
    bob.do("command", to=NAME, text="leave")
    said(bob, "The others hear of it")
    bob.do("look", to=NAME)
    assert bob.wait("look")["left"] == "yes"
    assert groups_in_list(bob) == []
    stage.server.start()
    for host, lines in ((alice, ("You called the group “Sunday birds”.", "You removed Carol from the group.", "Bob left the group.")),
                        (bob, ("You left this group.",))):
        for line in lines:
            said(host, line)
            assert len(host.happened("chat", text=line)) == 1


# Forms

def test_a_form_comes_again_with_what_was_typed(alone):
    """And says why."""
    alone.do("fill", name="Sunday birds", people="Bob, nobody I know")
    alone.do("menu", address=BOB, label="Start a Group…")
    alone.wait("form", primary="Who is to be in the group?", people=BOB)
    again = alone.wait("form", primary="The group was not started")
    assert (again["name"], again["people"]) == ("Sunday birds", "Bob, nobody I know")
    assert "is neither an address nor one of your contacts" in again["secondary"]
    for label, typed, primary, why in (
            ("Add to the Group…", "nobody", "Nobody was put into the group", "“nobody” is neither an address"),
            ("Add to the Group…", "bob", "Nobody was put into the group", "In this group already: Bob."),
            ("Rename the Group…", "x" * 257, "The group keeps its name", "A group's name has at most 256 characters")):
        alone.do("fill", text=typed)
        alone.do("menu", group=NAME, label=label)
        again = alone.wait("form", primary=primary)
        assert again["text"] == typed and again["secondary"].startswith(why)
    assert not alone.happened("notify")


def test_finch_shows_no_underscores(stage):
    finch, alice = stage.person(BOB, ui="gnt-purple"), stage.person(ALICE)
    alice.do("join", group=NAME, members="bob@pipit.test")
    finch.wait("question")
    finch.do("answer", label="Accept")
    finch.wait("window")
    finch.do("fill", text="Sunday birds")
    finch.do("menu", group=NAME, label="Rename the Group…")
    assert finch.wait("form")["ok"] == "Rename"
    said(alice, "bob@pipit.test called the group")


def test_a_slip_takes_no_name_away(stage, alone):
    """In Pidgin a double click and Enter are an empty name. Who is asked for it means it, and so does an IRC user."""
    alone.do("topic", to=NAME, text="")
    for old, new in ((NAME, "Sunday birds"), ("Sunday birds", NAME)):
        alone.do("topic", to=old, text=new)
        said(alone, f"You called the group “{new}”.")
    assert not [line for line in alone.happened("chat") if "name away" in line["text"]]
    irc = stage.person(CAROL, ui="BitlBee")
    irc.do("join", group=NAME, members="bob@pipit.test")
    irc.wait("window")
    irc.do("topic", to=NAME, text="")
    assert "You took the group's name away." in irc.wait("chat", **{"from": "pipit", "title": "bob@pipit.test"})["text"]

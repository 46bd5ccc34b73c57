# SPDX-License-Identifier: GPL-2.0-or-later
"""Whom one does not know puts nobody into a group: one is asked first."""

import pytest

from test_null_host import ALICE, BOB, make_stage  # noqa: F401  # pylint: disable=unused-import
from test_null_host import build  # noqa: F401  # pylint: disable=unused-import
from test_null_host_devices import CAROL
from test_null_host_groups import NAME, groups_in_list, introduce, leave_and_come_back, said, talk, until_members


@pytest.fixture(name="stranger")
def make_stranger(stage):
    """Alice, who knows nobody, and Bob, who puts her into a group with Carol."""
    hosts = [stage.person(address) for address in (ALICE, BOB, CAROL)]
    introduce(*hosts[1:])
    hosts[1].do("join", group=NAME, members="alice@pipit.test, carol")
    hosts[1].wait("window")
    hosts[2].wait("window")
    return hosts


def test_a_stranger_asks_first(stranger):
    alice, bob, carol = stranger
    asked = alice.wait("question")
    assert asked["text"] == f"bob@pipit.test wants you in the group “{NAME}”"
    assert "carol@pipit.test" in asked["secondary"]
    talk(bob, carol, text="is she there?")
    assert not alice.happened("window") and groups_in_list(alice) == []
    alice.do("answer", label="_Accept")
    assert alice.wait("window")["title"] == NAME
    said(alice, "bob@pipit.test put you into this group with carol@pipit.test.")
    assert alice.wait("chat", kind="received")["text"] == "is she there?"
    talk(alice, bob, carol, text="I am")


def test_a_stranger_is_turned_away(stage, stranger):
    alice, bob, carol = stranger
    alice.wait("question")
    alice.do("answer", label="_Reject")
    until_members(bob, "Carol, bob@pipit.test")
    talk(bob, carol, text="without her")
    alice = leave_and_come_back(stage, alice)
    assert groups_in_list(alice) == []
    assert not alice.happened("question") and not alice.happened("window")


def test_it_is_asked_again_until_there_is_an_answer(stage, stranger):
    alice, _, _ = stranger
    alice.wait("question")
    alice = leave_and_come_back(stage, alice)
    alice.wait("question")
    alice.do("answer", label="_Accept")
    assert alice.wait("window")["title"] == NAME
    alice = leave_and_come_back(stage, alice)
    assert groups_in_list(alice) == [NAME]
    assert not alice.happened("question")


def test_answered_on_one_it_is_answered_on_all(stage):
    alice, other, bob = stage.person(ALICE), stage.person(ALICE, "alice-2"), stage.person(BOB)
    bob.do("join", group=NAME, members="alice@pipit.test")
    alice.wait("question")
    other.wait("question")
    alice.do("answer", label="_Accept")
    other.wait("closed")
    alice.wait("window")
    assert groups_in_list(other) == [NAME]

# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong in groups, and what a person is told of it."""

import pytest

from test_null_host import ALICE, BOB, Stage, make_stage  # noqa: F401  # pylint: disable=unused-import
from test_null_host import build  # noqa: F401  # pylint: disable=unused-import
from test_null_host_devices import CAROL
from test_null_host_groups import NAME, introduce, make_three, said, start  # noqa: F401  # pylint: disable=unused-import


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

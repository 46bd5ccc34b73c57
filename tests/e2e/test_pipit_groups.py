# SPDX-License-Identifier: GPL-2.0-or-later
"""Groups with the `pipit` tool alone: make one, talk, change it, and come back to it."""

import itertools
import json

import pytest

from clients.cli import Pipit

NUMBERS = itertools.count(1)


@pytest.fixture
def people(stage):
    """Three who use the tool."""
    made = []
    for name in ("ann", "ben", "cay"):
        tool = Pipit(stage.build, stage.folder / f"{name}{next(NUMBERS)}")
        tool.register(stage.account(f"{name}{next(NUMBERS)}"))
        made.append(tool)
    return made


def news(tool, count):
    lines = tool.run("listen", "--groups", "--count", count, "--timeout", 30).splitlines()
    return [json.loads(line) for line in lines]


def members(tool, group):
    """The name of a group, and who is in it."""
    lines = tool.run("group", "list").splitlines()
    heads = [i for i, line in enumerate(lines) if line.startswith(group)]
    if not heads:
        return None
    behind = itertools.takewhile(lambda line: line.startswith(" "), lines[heads[0] + 1:])
    return lines[heads[0]][len(group):].strip(), [line.strip() for line in behind]


def test_a_group_from_beginning_to_end(people):
    ann, ben, cay = people
    group = ann.run("group", "create", "Hikers", ben.address).strip()
    assert group.startswith("group:")
    assert [one["news"] for one in news(ben, 1)] == ["joined"]
    ann.send(group, "Sunday?")
    heard = ben.listen(1)[0]
    assert (heard["peer"], heard["from"], heard["text"]) == (group, "mailto:" + ann.address, "Sunday?")
    ben.run("group", "add", group, cay.address)
    assert news(cay, 1)[0]["by"] == "mailto:" + ben.address
    cay.run("group", "rename", group, "Swimmers")
    assert [one["news"] for one in news(ann, 3)] == ["joined", "added", "named"]
    assert members(ann, group) == ("Swimmers", [ann.address, ben.address, cay.address])
    ann.run("group", "remove", group, ben.address)
    assert members(ann, group) == ("Swimmers", [ann.address, cay.address])
    assert news(ben, 3)[2]["news"] == "removed"
    assert members(ben, group) is None
    assert "not in this group" in ben.run("send", group, typed="hello?", status=1)
    cay.run("group", "leave", group)
    assert members(cay, group) is None
    assert news(ann, 2)[1]["news"] == "left"
    assert members(ann, group) == ("Swimmers", [ann.address])


def test_says_who_cant_be_reached(people):
    ann, ben, _ = people
    told = ann.run("group", "create", "Hikers", ben.address, "nobody@pipit.test", status=1)
    assert "nobody@pipit.test" in told and ben.address not in told
    assert [one["news"] for one in news(ben, 1)] == ["joined"]


@pytest.mark.parametrize("arguments", [[], ["list", "x"], ["add", "group:x"], ["burn", "group:x"], ["rename", "x", "y"],
                                       ["create", "Hikers", "no address"]])
def test_says_what_is_wrong(people, arguments):
    assert people[0].run("group", *arguments, status=1).startswith("pipit: ")

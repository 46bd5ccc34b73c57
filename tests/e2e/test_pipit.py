# SPDX-License-Identifier: GPL-2.0-or-later
"""The `pipit` tool talks to the chat clients like one of them."""

import itertools

import pytest

from clients.cli import Pipit
from stage import KINDS

NUMBERS = itertools.count(1)
TEXTS = ["Hello", "🙂 שלום <b>&amp; %n", "   two\nlines"]


@pytest.fixture
def script(stage):
    """Somebody who uses the tool."""
    name = f"script{next(NUMBERS)}"
    tool = Pipit(stage.build, stage.folder / name)
    tool.register(stage.account(name))
    return tool


@pytest.mark.parametrize("kind", KINDS)
def test_sends_to_a_chat_client_and_hears_it(stage, script, kind):
    person = stage.person(kind)
    person.add_buddy(script.address)
    for text in TEXTS:
        script.send(person.address, text)
        assert person.receive(script.address, like=text) == text
    person.send(script.address, TEXTS[1])
    heard = script.listen(1)[0]
    assert heard["text"] == TEXTS[1]
    assert heard["from"] == "mailto:" + person.address


@pytest.mark.parametrize("kind", KINDS)
def test_echoes(stage, script, kind):
    person = stage.person(kind)
    person.add_buddy(script.address)
    echo = script.echo()
    try:
        person.send(script.address, TEXTS[1])
        assert person.receive(script.address) == TEXTS[1]
    finally:
        assert echo.stop() == 0, echo.tail()


def test_says_who_cant_be_reached(script):
    assert "can't be reached with Pipit" in script.run("send", "nobody@pipit.test", typed="hello?", status=1)


def test_needs_the_right_password(stage, script):
    account = stage.account("forgetful")
    account.password = "something else"
    other = Pipit(stage.build, stage.folder / "forgetful")
    told = other.run("register", "--handle", account.address, "--server", stage.server.url,
                     typed="something else\n", status=1)
    assert "Wrong password" in told or "already has an account" in told


def test_removes_a_device(stage, script):
    account = stage.account("removing")
    first, second = (Pipit(stage.build, stage.folder / name) for name in ("removing-1", "removing-2"))
    first.register(account)
    second.register(account)
    other = next(line for line in first.devices() if "(this one)" not in line)
    first.run("devices", "--remove", "no digits", status=1)
    first.run("devices", "--remove", other[:17])
    assert len(first.devices()) == 1
    assert "removed from the account" in second.run("send", script.address, typed="still here?", status=1)
    first.send(script.address, "the one that stays")
    assert [heard["text"] for heard in script.listen(1)] == ["the one that stays"]

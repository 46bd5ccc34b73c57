# SPDX-License-Identifier: GPL-2.0-or-later
"""Getting an account from within each client, and keeping one's device over restarts of it."""

import pytest

from clients.cli import Pipit
from stage import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_by_the_setting(stage, kind):
    newcomer = stage.client(kind, f"new-{kind}")
    newcomer.sign_in(stage.new_account(f"new-{kind}", register=True))
    friend = stage.person("bitlbee", "friend")
    stage.introduce(newcomer, friend)
    newcomer.send(friend.address, "I am new here")
    assert friend.receive(newcomer.address) == "I am new here"


def test_by_pidgins_own_checkbox(stage):
    newcomer = stage.client("pidgin", "checkbox")
    newcomer.add_account(stage.new_account("checkbox"))
    newcomer.purple("AccountRegister", newcomer.account)
    assert newcomer.window("Account created")
    newcomer.wait_online()


@pytest.mark.parametrize("kind", KINDS)
def test_the_setting_does_no_harm_later(stage, kind):
    client = stage.client(kind, f"later-{kind}")
    client.sign_in(stage.new_account(f"later-{kind}", register=True))
    client.sign_out()
    client.sign_in_again()


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_login_is_the_same_device(stage, kind):
    account = stage.account(f"again-{kind}")
    onlooker = Pipit(stage.build, stage.folder / f"onlooker-{kind}")
    onlooker.register(account)
    client = stage.client(kind, account.name)
    client.sign_in(account)
    before = onlooker.devices()
    assert len(before) == 2
    client.restart()
    assert onlooker.devices() == before
    friend = stage.person("bitlbee", "friend")
    friend.add_buddy(account.address)
    friend.send(account.address, "still you?")
    assert client.receive(friend.address) == "still you?"

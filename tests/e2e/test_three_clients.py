# SPDX-License-Identifier: GPL-2.0-or-later
"""One person at Pidgin, Finch and bitlbee at once, under one account."""

import re
import time
from dataclasses import dataclass

import pytest

from clients.bitlbee import PROTOCOL
from clients.cli import Pipit
from clients.client import Account, Client
from clients.purple import NOT_TYPING, TYPING
from waiting import Waited, until

NAMES = {"pidgin": "Pidgin", "finch": "Finch", "bitlbee": "BitlBee"}
DEVICE = re.compile(r"(?P<fingerprint>\d{5}( \d{5}){5})  (?P<client>\w+) on \S+(?P<this> \(this one\))?, last seen \S+ \d\d:\d\d")
NAMELESS_IN_FINCH = "<gnt>"  # what the task bar calls the window about an account's error


@dataclass
class Anna:
    """Her three clients, and the friend who writes to her."""

    account: Account
    pidgin: Client
    finch: Client
    bitlbee: Client
    friend: Client
    fingerprints: dict = None

    @property
    def clients(self):
        return [self.pidgin, self.finch, self.bitlbee]

    @property
    def address(self):
        return self.pidgin.address


@pytest.fixture(scope="module")
def anna(stage):
    """She began with Pidgin; the other two came when her friend had written to her."""
    friend = stage.person("bitlbee", "friend")
    account = stage.account("anna")
    pidgin = stage.client("pidgin", "anna")
    pidgin.sign_in(account)
    pidgin.add_buddy(friend.address, "The Friend")
    friend.add_buddy(account.address)
    friend.send(account.address, "to Pidgin alone")
    assert pidgin.receive(friend.address) == "to Pidgin alone"
    others = [stage.client(kind, "anna") for kind in ("finch", "bitlbee")]
    for client in others:
        client.sign_in(account)
        client.add_buddy(friend.address)
    return Anna(account, pidgin, *others, friend)


def test_each_shows_what_comes_from_then_on(anna):
    anna.friend.send(anna.address, "to all three")
    for client in anna.clients:
        assert client.receive(anna.friend.address) == "to all three"


def test_the_new_ones_are_told(anna):
    """To her in the clients that she had, and to her friend in the conversation."""
    assert anna.pidgin.window("^Pipit$")
    anna.finch.look_at_window("Pipit")
    anna.finch.wait_for_screen("A new device was added to your account")
    for _ in range(2):
        assert f"{anna.address} has a new device, with the fingerprint" in anna.friend.notice(anna.address)


@pytest.mark.parametrize("kind", ["pidgin", "finch", "bitlbee"])
def test_what_one_sends_the_others_show_as_sent(anna, kind):
    sender = getattr(anna, kind)
    before = int(time.time())
    sender.send(anna.friend.address, f"typed in {kind}")
    assert anna.friend.receive(anna.address) == f"typed in {kind}"
    for client in anna.clients:
        if client is sender:
            continue
        line = client.line_from_elsewhere(anna.friend.address)
        assert client.text_of(line) == f"typed in {kind}"
        assert before - 1 <= line.time <= time.time() + 1


def until_noticed(write, notice, take_back, story):
    """Nobody keeps it for who is between two polls, and nobody is told twice of the same: so it is written anew."""
    def is_noticed():
        write()
        try:
            notice()
        except Waited:
            take_back()
            return False
        return True

    until(is_noticed, story)


def test_typing_both_ways(anna):
    def seen():
        for client in (anna.pidgin, anna.finch):
            until(lambda shown=client: shown.typing_state(anna.friend.address) == TYPING, client.story, patience=5)

    until_noticed(lambda: anna.friend.type_without_sending(anna.address, True), seen,
                  lambda: anna.friend.type_without_sending(anna.address, False), anna.pidgin.story)
    anna.friend.type_without_sending(anna.address, False)
    until(lambda: anna.pidgin.typing_state(anna.friend.address) == NOT_TYPING, anna.pidgin.story)
    anna.friend.ask("set typing_notice true", "typing_notice = `true'")

    def take_back():
        anna.pidgin.x("xdotool", "key", "ctrl+a", "BackSpace")

    until_noticed(lambda: anna.pidgin.type_without_sending(anna.friend.address, "hm"),
                  lambda: anna.friend.wait_for_typing(anna.address, True, patience=5), take_back, anna.friend.story)
    take_back()


@pytest.fixture(scope="module")
def friends_new_device(stage, anna):
    """Her friend begins to use another client."""
    device = Pipit(stage.build, stage.folder / "friends-new-device")
    device.register(stage.new_account(anna.friend.address.partition("@")[0]))


@pytest.mark.parametrize("kind", ["pidgin", "finch", "bitlbee"])
def test_each_is_told_of_a_friends_new_device(anna, friends_new_device, kind):
    """When it seals for that one first; in Pidgin by the name that she has for her friend."""
    client = getattr(anna, kind)
    client.send(anna.friend.address, "so you have another one")
    name = "The Friend" if kind == "pidgin" else anna.friend.address
    assert client.remark(anna.friend.address).startswith(f"{name} has a new device, with the fingerprint ")


def listed_devices(client, peer):
    """The lines of the list, by the name of the client that each is of."""
    client.type_command(peer, "devices")
    said = client.remark(peer)
    if client.kind == "bitlbee":
        lines = [client.receive_line(peer).text for _ in range(3)]
    else:
        said, *lines = said.split("\n")
    assert said == "The devices of your account:"
    return {DEVICE.fullmatch(line)["client"]: DEVICE.fullmatch(line) for line in lines}


@pytest.mark.parametrize("kind", ["pidgin", "finch", "bitlbee"])
def test_each_lists_all_three(anna, kind):
    """With names, fingerprints and last use, the same ones in each."""
    listed = listed_devices(getattr(anna, kind), anna.friend.address)
    assert set(listed) == {"Pidgin", "Finch", "BitlBee"}
    assert [name for name, line in listed.items() if line["this"]] == [NAMES[kind]]
    anna.fingerprints = anna.fingerprints or {name: line["fingerprint"] for name, line in listed.items()}
    assert anna.fingerprints == {name: line["fingerprint"] for name, line in listed.items()}


def remove(anna, by, kind):
    """Removes that device by what one types in another."""
    by.type_command(anna.friend.address, f"remove-device {anna.fingerprints[NAMES[kind]][:17]}")
    assert "was removed" in by.remark(anna.friend.address)


def test_a_removed_one_is_out_and_says_why(anna):
    remove(anna, anna.bitlbee, "finch")
    anna.finch.wait_offline()
    until(lambda: anna.finch.errors, anna.finch.story)
    assert "removed from the account" in anna.finch.errors[-1]
    anna.finch.look_at_window(NAMELESS_IN_FINCH)
    anna.finch.wait_for_screen("it was removed from the account")
    anna.friend.send(anna.address, "to the two that are left")
    for client in (anna.pidgin, anna.bitlbee):
        assert client.receive(anna.friend.address) == "to the two that are left"
    assert "to the two" not in str(anna.finch.lines(anna.friend.address))
    anna.finch.errors.clear()
    anna.finch.purple("AccountSetEnabled", anna.finch.account, anna.finch.purple("CoreGetUi"), 1)
    until(lambda: anna.finch.errors, anna.finch.story)
    assert "removed from the account" in anna.finch.errors[-1]


def test_bitlbee_tells_of_a_new_device_and_why_it_is_out(anna):
    onlooker = Pipit(anna.pidgin.build, anna.pidgin.folder / "onlooker")
    onlooker.register(anna.account)
    stays = onlooker.echo()  # until its word about itself has gone out
    assert "A new device was added to your account" in anna.bitlbee.root_says("A new device")
    stays.stop()
    remove(anna, anna.pidgin, "bitlbee")
    assert "it was removed from the account" in anna.bitlbee.root_says("removed from the account")
    anna.bitlbee.wait_offline()
    anna.bitlbee.root(f"account {PROTOCOL} on")
    assert "it was removed from the account" in anna.bitlbee.root_says("removed from the account")


def test_pidgin_says_why_it_is_out(anna):
    onlooker = Pipit(anna.pidgin.build, anna.pidgin.folder / "onlooker")
    onlooker.run("devices", "--remove", anna.fingerprints["Pidgin"][:17])
    anna.pidgin.wait_offline()
    until(lambda: anna.pidgin.errors, anna.pidgin.story)
    assert "removed from the account" in anna.pidgin.errors[-1]
    assert not anna.pidgin.purple("AccountGetEnabled", anna.pidgin.account, anna.pidgin.purple("CoreGetUi"))

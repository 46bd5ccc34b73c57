# SPDX-License-Identifier: GPL-2.0-or-later
"""Several devices of one person, receipts and typing: the plugin in libpurple processes with a real server between them."""

import contextlib
import re
import sqlite3
import string

import pytest

from null_host import NullHost  # first: it makes the modules of the end-to-end tests importable
from test_null_host import ALICE, BOB, CAROL, make_pair, make_stage  # noqa: F401  # pylint: disable=unused-import
from test_null_host import build  # noqa: F401  # pylint: disable=unused-import

FINGERPRINT = re.compile(r"\d{5}(?: \d{5}){5}")


@pytest.fixture(name="three")
def make_three(stage):
    """Alice, and Bob at two clients."""
    return stage.person(ALICE), stage.person(BOB), stage.person(BOB, "bob-2")


def exchange(alice, *bobs):
    alice.do("send", to=BOB, text="hello")
    for bob in bobs:
        bob.wait("im", kind="received", text="hello")


# Several devices

def test_what_one_sends_the_others_show(three):
    alice, bob, other = three
    for number, (here, there) in enumerate([(bob, other), (other, bob)]):
        here.do("send", to=ALICE, text=f"number {number}")
        sent = here.wait("im", kind="sent", text=f"number {number}")
        copy = there.wait("im", kind="sent elsewhere")
        assert (copy["with"], copy["text"]) == (ALICE, f"number {number}")
        assert abs(int(copy["time"]) - int(sent["time"])) <= 1
        assert alice.wait("im", kind="received")["text"] == f"number {number}"
    assert not bob.happened("unseen", count="1") and not other.happened("unseen", count="1")


def test_a_copy_that_waited_keeps_its_time(stage, three):
    alice, bob, other = three
    other.do("logout")
    other.wait("offline")
    bob.do("send", to=ALICE, text="while you were out")
    sent = bob.wait("im", kind="sent")
    alice.wait("im", kind="received")
    other.do("login", **stage.credentials(BOB))
    copy = other.wait("im", kind="sent elsewhere")
    assert copy["delayed"] == "yes" and abs(int(copy["time"]) - int(sent["time"])) <= 1


def test_read_on_one_is_not_unread_on_the_other(three):
    alice, bob, other = three
    exchange(alice, bob, other)
    for device in (bob, other):
        assert device.happened("unseen", **{"with": ALICE, "count": "1"})
    other.do("focus", to=ALICE)
    bob.wait("unseen", **{"with": ALICE, "count": "0"})


def test_bitlbee_reads_what_it_shows(stage):
    alice, bob, irc = stage.person(ALICE), stage.person(BOB), stage.person(BOB, "irc", ui="BitlBee")
    exchange(alice, bob, irc)
    bob.wait("unseen", **{"with": ALICE, "count": "0"})


def test_a_new_device_is_told(stage, pair):
    alice, bob = pair
    exchange(alice, bob)
    other = stage.person(BOB, "bob-2")
    told = bob.wait("notify", type="info")
    assert told["primary"] == BOB and "null host on " in told["secondary"] and FINGERPRINT.search(told["secondary"])
    other.do("send", to=ALICE, text="from the new one")
    alice.wait("im", kind="system")
    assert "bob@pipit.test has a new device" in alice.happened("im", kind="system")[0]["text"]
    alice.wait("im", kind="received", text="from the new one")
    alice.do("send", to=BOB, text="again")
    other.wait("im", kind="received", text="again")
    assert len(alice.happened("im", kind="system")) == 1
    assert len(bob.happened("notify", type="info")) == 1 and not other.happened("notify")


def test_a_new_device_is_told_by_the_contacts_name(stage, pair):
    alice, bob = pair
    alice.do("buddy", address=BOB, alias="Bob B")
    exchange(alice, bob)
    stage.person(BOB, "bob-2")
    bob.wait("notify", type="info")
    alice.do("send", to=BOB, text="again")
    assert alice.wait("im", kind="system")["text"].startswith("Bob B has a new device, ")


def test_a_failure_is_told_by_the_contacts_name(stage):
    alice = stage.person(ALICE)
    alice.do("buddy", address=CAROL, alias="Carol C")
    alice.do("send", to=CAROL, text="are you there?")
    assert alice.wait("im", kind="error")["text"].startswith("Not delivered to Carol C: carol@pipit.test can't ")


def test_a_new_device_opens_no_window(stage, pair):
    alice, bob = pair
    alice.do("buddy", address=BOB)
    alice.wait("buddy", address=BOB, status="online")
    stage.person(BOB, "bob-2")
    bob.wait("notify", type="info")
    alice.do("info", who=BOB)
    alice.wait("userinfo")
    assert not alice.happened("im")
    alice.do("open", to=BOB)
    assert "has a new device" in alice.wait("im", kind="system")["text"]


def test_removing_a_device(three):
    alice, bob, other = three
    exchange(alice, bob, other)
    bob.do("action", label="Remove a Device…")
    bob.wait("form")
    assert bob.wait("notify", type="info", title="My devices")["primary"] == "The device was removed"
    error = other.wait("error")
    assert error["fatal"] == "yes" and "was removed from the account" in error["text"]
    other.wait("offline")
    alice.do("send", to=BOB, text="to one alone")
    bob.wait("im", kind="received", text="to one alone")
    assert not other.happened("im", text="to one alone")
    bob.do("action", label="Remove a Device…")
    assert "only device" in bob.wait("notify", type="info", title="My devices")["primary"]


def test_removing_a_device_in_bitlbee(stage):
    alice, bob, other = stage.person(ALICE), stage.person(BOB, ui="BitlBee"), stage.person(BOB, "bob-2")
    exchange(alice, bob, other)
    bob.do("send", to=ALICE, text="!pipit devices")
    listed = bob.wait("im", kind="system", **{"with": ALICE})["text"]
    assert listed.count(", last seen ") == 2 and "null host on " in listed or "libpurple on " in listed
    theirs = next(FINGERPRINT.search(line)[0] for line in listed.splitlines()
                  if FINGERPRINT.search(line) and "(this one)" not in line)
    nobodys = next(digit for digit in string.digits if all(found[0] != digit for found in FINGERPRINT.findall(listed)))
    bob.do("send", to=ALICE, text=f"!pipit remove-device {nobodys}")
    assert "None of your devices" in bob.wait("im", kind="system")["text"]
    bob.do("send", to=ALICE, text=f"!pipit remove-device {theirs[:17]}")
    assert "was removed" in bob.wait("im", kind="system")["text"]
    assert "removed from the account" in other.wait("error")["text"]
    assert not alice.happened("im", kind="received")


# Receipts

def last_message(host, who):
    host.do("info", who=who)
    return host.wait("userinfo")["text"]


def test_delivered_and_read_are_told_quietly(pair):
    alice, bob = pair
    exchange(alice, bob)
    while "delivered" not in last_message(alice, BOB):
        pass
    bob.do("focus", to=ALICE)
    while "read " not in last_message(alice, BOB):
        pass
    assert not alice.happened("im", kind="system")


def test_reading_late_is_told_in_the_conversation(stage, pair):
    alice, bob = pair
    exchange(alice, bob)
    stage.server.restart("--clock-offset", "120")
    bob.do("focus", to=ALICE)
    assert alice.wait("im", kind="system")["text"].startswith("Read ")


@pytest.mark.parametrize("switch", ["account", "contact"])
def test_reading_untold(stage, switch):
    alice = stage.person(ALICE)
    bob = stage.host("bob")
    bob.do("login", **stage.credentials(BOB), **({"read-receipts": False} if switch == "account" else {}))
    bob.wait("online")
    other = stage.person(BOB, "bob-2")
    bob.do("buddy", address=ALICE)
    bob.wait("buddy", address=ALICE, status="online")
    if switch == "contact":
        bob.do("menu", address=ALICE, label="Don't Tell When I Read")
    exchange(alice, bob, other)
    bob.do("focus", to=ALICE)
    other.wait("unseen", **{"with": ALICE, "count": "0"})
    bob.do("send", to=ALICE, text="flush")
    alice.wait("im", kind="received", text="flush")
    assert "read " not in last_message(alice, BOB)


def type_command(host, ui, text):
    """Types a command into the conversation with Alice; returns what is said to it."""
    if ui == "BitlBee":
        host.do("send", to=ALICE, text="!pipit " + text)
    else:
        host.do("command", to=ALICE, text=text)
    return host.wait("im", kind="system")["text"]


def sign_in_anew(stage, host, ui):
    host.quit()
    again = NullHost(stage.build, host.folder, ui)
    stage.hosts.append(again)
    again.do("login", **stage.credentials(BOB))
    again.wait("online")
    return again


@pytest.mark.parametrize("ui", ["gnt-purple", "BitlBee"])
def test_reading_untold_by_what_one_types(stage, ui):
    """In bitlbee, which forgets its buddies, it holds over logins too; the other clients keep their lists themselves."""
    alice, bob, other = stage.person(ALICE), stage.person(BOB, ui=ui), stage.person(BOB, "bob-2")
    assert "add this address first" in type_command(bob, ui, "read-receipts off")
    bob.do("buddy", address=ALICE)
    bob.wait("buddy", address=ALICE, status="online")
    assert type_command(bob, ui, "read-receipts off").endswith(f"{ALICE} is not told what you have read.")
    if ui == "BitlBee":
        bob = sign_in_anew(stage, bob, ui)
    exchange(alice, bob, other)
    bob.do("focus", to=ALICE)
    other.wait("unseen", **{"with": ALICE, "count": "0"})
    bob.do("send", to=ALICE, text="flush")
    alice.wait("im", kind="received", text="flush")
    assert "read " not in last_message(alice, BOB)
    assert type_command(bob, ui, "read-receipts ?").endswith("is not told what you have read.")
    assert type_command(bob, ui, "read-receipts on").endswith("is told what you have read.")
    exchange(alice, bob)
    while "read " not in last_message(alice, BOB):
        pass


# Typing

def test_typing(pair):
    alice, bob = pair
    exchange(alice, bob)
    while "delivered" not in last_message(alice, BOB):
        pass
    alice.do("typing", to=BOB, typing=True)
    assert bob.wait("typing")["state"] == "begun"
    alice.do("typing", to=BOB, typing=False)
    assert bob.wait("typing")["state"] == "stopped"


# What failed

@pytest.mark.parametrize("ui, hint", [("null-host", "/resend"), ("BitlBee", "!pipit resend")])
def test_resending_what_failed(stage, ui, hint):
    alice = stage.person(ALICE, ui=ui)
    alice.do("send", to=CAROL, text="are you there?")
    assert hint in alice.wait("im", kind="error")["text"]
    carol = stage.person(CAROL)
    if ui == "BitlBee":
        alice.do("send", to=CAROL, text=hint)
    else:
        alice.do("command", to=CAROL, text=hint[1:])
    assert carol.wait("im", kind="received")["text"] == "are you there?"
    assert len(carol.happened("im", kind="received")) == 1


def test_resending_by_the_menu(stage, pair):
    alice, _ = pair
    alice.do("buddy", address=CAROL)
    alice.do("send", to=CAROL, text="are you there?")
    alice.wait("im", kind="error")
    carol = stage.person(CAROL)
    alice.do("menu", address=CAROL, label="Send Again What Failed")
    assert carol.wait("im", kind="received")["text"] == "are you there?"


def forget_prekey(host):
    """As if the folder had been put back from a copy that was made before the prekey was."""
    store = next(host.folder.rglob("store.db"))
    next(store.parent.glob("keys/prekey-*")).unlink()
    with contextlib.closing(sqlite3.connect(store)) as database, database:
        database.execute("DELETE FROM prekey")


def test_what_can_not_be_opened_can_be_asked_for(stage, three):
    alice, bob, other = three
    exchange(alice, bob, other)
    bob.do("logout")
    bob.wait("offline")
    forget_prekey(bob)
    for number in range(3):
        alice.do("send", to=BOB, text=f"number {number}")
        other.wait("im", kind="received", text=f"number {number}")
    other.do("send", to=ALICE, text="a copy of which he can't open either")
    alice.wait("im", kind="received")
    bob.do("login", **stage.credentials(BOB))
    told = bob.wait("im", kind="system")
    assert told["with"] == ALICE and "A message from alice@pipit.test could not be opened" in told["text"]
    assert "/ask-again" in told["text"]
    # He may hear first of a device that was new when he left.
    while "another device of yours" not in bob.wait("notify", type="info", title="Pipit")["secondary"]:
        pass
    bob.do("command", to=ALICE, text="ask-again")
    assert "send it again" in bob.wait("im", kind="sent")["text"]
    assert "send it again" in alice.wait("im", kind="received")["text"]
    # One line for all three and what came with them, and no window for himself.
    assert [line["with"] for line in bob.happened("im", kind="system")] == [ALICE]


def test_bitlbee_explains_its_commands(stage):
    alice = stage.person(ALICE, ui="BitlBee")
    alice.do("send", to=BOB, text="!pipit what")
    told = alice.wait("im", kind="system")["text"]
    assert all(name in told for name in ("devices", "remove-device", "read-receipts", "resend", "ask-again"))

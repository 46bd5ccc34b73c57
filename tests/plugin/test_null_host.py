# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin in two libpurple processes without windows, with a real server between them."""

import os
import random
import string

import pytest

from null_host import NullHost  # first: it makes the modules of the end-to-end tests importable
from pipitd import Pipitd
from programs import TREE, Build, sanitizer_reports

NETWORK_ERROR, INVALID_USERNAME, AUTHENTICATION_FAILED, INVALID_SETTINGS, OTHER_ERROR = "0", "1", "2", "7", "16"
ALICE, BOB, CAROL = "alice@pipit.test", "bob@pipit.test", "carol@pipit.test"


@pytest.fixture(scope="module")
def build():
    return Build(TREE / os.environ.get("PIPIT_BUILD", "build/nettle-san"))


class Stage:
    """A server and processes on it."""

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.server = Pipitd(build, folder / "server").start()
        self.hosts = []

    def host(self, name, ui="null-host"):
        host = NullHost(self.build, self.folder / name, ui)
        self.hosts.append(host)
        return host

    def credentials(self, address, **changes):
        return {"account": address, "password": "password of " + address, "server": self.server.url, "register": True,
                **changes}

    def person(self, address, name=None, ui="null-host"):
        host = self.host(name or address.partition("@")[0], ui)
        host.address = address
        host.do("login", **self.credentials(address))
        host.wait("online")
        return host

    def close(self):
        for host in self.hosts:
            host.quit()
        self.server.close()


@pytest.fixture(name="stage")
def make_stage(build, tmp_path):
    stage = Stage(build, tmp_path)
    yield stage
    stage.close()
    assert not sanitizer_reports(tmp_path)


@pytest.fixture(name="pair")
def make_pair(stage):
    return stage.person(ALICE), stage.person(BOB)


# Messages

def test_text_arrives_as_written(pair):
    alice, bob = pair
    for text in ["Hello", "<b>&amp; %n &#39;", "\n\n  lead\n\ntrail  \n", "👋🏽 שלום  x", "it's \"q\"",
                 "https://e.org/?a=1&b=2, (www.e.org) and bob@pipit.test.", "x " * 2048, "/me waves"]:
        alice.do("send", to=BOB, text=text)
        assert bob.wait("im", kind="received")["text"] == text


def test_formatting_arrives_clean(pair):
    alice, bob = pair
    alice.do("send", to=BOB, markup='<b>bold</b> <font color="#ff0000">red</font> <script>x</script>&lt;i>')
    assert bob.wait("im", kind="received")["html"] == '<b>bold</b> <span style="color: #ff0000">red</span> &lt;i&gt;'


@pytest.mark.parametrize("ui", ["gnt-purple", "BitlBee"])
def test_text_clients_get_text_with_the_link(stage, ui):
    alice, bob = stage.person(ALICE), stage.person(BOB, ui=ui)
    alice.do("send", to=BOB, markup='<b>see</b> <a href="https://example.org/">here</a>')
    assert bob.wait("im", kind="received")["html"] == "see here (https://example.org/)"


def test_a_message_without_text_is_refused(pair):
    alice, _ = pair
    alice.do("send", to=BOB, markup='<b></b>')
    assert alice.wait("im", kind="error")["text"].startswith("Not sent: ")
    assert not alice.happened("im", kind="sent")


def test_too_long(pair):
    alice, bob = pair
    letters = random.Random(1).choices(string.ascii_letters + string.digits, k=300_000)
    alice.do("send", to=BOB, text="".join(letters))
    assert "too large" in alice.wait("im", kind="error")["text"]
    alice.do("send", to=BOB, text="short")
    assert bob.wait("im", kind="received")["text"] == "short"


def test_unreachable_is_told(pair):
    alice, _ = pair
    alice.do("send", to="ghost@pipit.test", text="hello?")
    error = alice.wait("im", kind="error")
    assert error["with"] == "ghost@pipit.test"
    assert error["text"].startswith("Not delivered to ghost@pipit.test: ")


def test_bitlbee_shows_a_failure_as_a_message(stage):
    alice = stage.person(ALICE, ui="BitlBee")
    alice.do("send", to="ghost@pipit.test", text="hello?")
    assert alice.wait("im", kind="error")["text"].startswith("*** Not delivered to ghost@pipit.test: ")


def test_own_devices_see_what_was_written(stage):
    alice, bob, other = stage.person(ALICE), stage.person(BOB), stage.person(BOB, "bob-2")
    bob.do("send", to=ALICE, text="from my desk")
    copy = other.wait("im", kind="sent elsewhere")
    assert (copy["with"], copy["text"]) == (ALICE, "from my desk")
    alice.do("send", to=BOB, text="to both of you")
    for device in (bob, other):
        assert device.wait("im", kind="received")["text"] == "to both of you"


def test_what_waited_keeps_its_time(stage, pair):
    alice, bob = pair
    alice.do("send", to=BOB, text="seen")
    bob.wait("im", kind="received")
    bob.do("logout")
    bob.wait("offline")
    alice.do("send", to=BOB, text="while you were out")
    sent = alice.wait("im", kind="sent", text="while you were out")
    bob.do("login", **stage.credentials(BOB))
    got = bob.wait("im", kind="received")
    assert got["text"] == "while you were out"
    assert abs(int(got["time"]) - int(sent["time"])) <= 1


# Names

def test_written_to_a_name(pair):
    alice, bob = pair
    alice.do("buddy", address="Bob@Pipit.test", alias="Bob B")
    alice.wait("buddy", address=BOB, status="online")
    alice.do("send", to="bob b", text="by your name")
    assert bob.wait("im", kind="received")["text"] == "by your name"
    assert alice.wait("im", kind="sent")["with"] == BOB
    bob.do("send", to=ALICE, text="hi")
    answer = alice.wait("im", kind="received")
    assert (answer["with"], answer["title"], answer["alias"]) == (BOB, "Bob B", "Bob B")


def test_a_window_opened_by_a_name_becomes_the_open_one(pair):
    alice, bob = pair
    alice.do("buddy", address=BOB, alias="Bob B")
    alice.wait("buddy", address=BOB)
    alice.do("send", to=BOB, text="first")
    alice.do("open", to="Bob B")
    assert alice.wait("conversation")["with"] == BOB
    alice.do("send", to="BOB B", text="second")
    assert [bob.wait("im", kind="received")["text"] for _ in range(2)] == ["first", "second"]
    assert alice.wait("im", kind="sent", text="second")["with"] == BOB


def test_the_address_that_works_then_the_one_used_last(stage, pair):
    alice, bob = pair
    work = stage.person("bob@work.test", "bob-work")
    alice.do("buddy", address="gone@pipit.test", alias="Bob")
    alice.do("buddy", address=BOB, alias="Bob", contact="gone@pipit.test")
    alice.do("buddy", address="bob@work.test", alias="Bob", contact=BOB)
    alice.do("open", to="Bob")
    alice.wait("buddy", address="bob@work.test", status="online")
    alice.do("send", to="bob", text="wherever you are")
    reached = bob if alice.wait("im", kind="sent")["with"] == BOB else work
    assert reached.wait("im", kind="received")["text"] == "wherever you are"
    work.do("send", to=ALICE, text="I am at work")
    alice.wait("im", kind="received")
    alice.do("send", to="Bob", text="there then")
    assert work.wait("im", kind="received")["text"] == "there then"
    bob.do("send", to=ALICE, text="home again")
    alice.wait("im", kind="received")
    alice.do("send", to="Bob", text="good evening")
    assert bob.wait("im", kind="received", text="good evening")


def test_a_name_of_nobody(pair):
    alice, _ = pair
    alice.do("send", to="Nobody I Know", text="hello?")
    error = alice.wait("im", kind="error")
    assert error["with"] == "Nobody I Know"
    assert "neither an address nor one of your contacts" in error["text"]
    assert not alice.happened("im", kind="sent")


def test_a_name_of_several(pair):
    alice, _ = pair
    alice.do("buddy", address=BOB, alias="Bob")
    alice.do("buddy", address="bob@elsewhere.test", alias="bob")
    alice.do("send", to="BOB", text="hello?")
    error = alice.wait("im", kind="error")["text"]
    assert BOB in error and "bob@elsewhere.test" in error
    assert not alice.happened("im", kind="sent")


# Buddies

def test_a_buddy_needs_an_address(pair):
    alice, _ = pair
    alice.do("buddy", address="no address")
    error = alice.wait("notify", type="error")
    assert "no address" in error["primary"]
    alice.do("buddy", address=BOB)
    alice.wait("buddy", address=BOB, status="online")


def test_info(pair):
    alice, _ = pair
    for who, told in ((BOB, "Can be written to"), ("ghost@pipit.test", "Can't be reached"), ("nobody", "neither")):
        alice.do("info", who=who)
        assert told in alice.wait("userinfo")["text"]


def test_bitlbee_keeps_its_buddies(stage):
    stage.person(BOB)
    alice = stage.person(ALICE, ui="BitlBee")
    alice.do("buddy", address=BOB)
    alice.wait("buddy", address=BOB, status="online")
    alice.quit()
    (alice.folder / "purple" / "blist.xml").unlink(missing_ok=True)
    again = NullHost(stage.build, alice.folder, "BitlBee")
    stage.hosts.append(again)
    again.do("login", **stage.credentials(ALICE))
    again.wait("buddy", address=BOB, status="online")


def test_my_devices(pair):
    alice, _ = pair
    alice.do("action", label="Show My Devices")
    shown = alice.wait("notify", type="formatted")
    assert "this device" in shown["text"]
    assert "null host on " in shown["text"]


# Signing in

def test_register_signs_in(stage):
    host = stage.host("new")
    host.do("register", **stage.credentials("new@pipit.test", register=False))
    assert "new@pipit.test" in host.wait("notify", type="info")["primary"]
    assert host.wait("online")["account"] == "new@pipit.test"


def test_register_what_is_taken(stage, pair):
    del pair
    host = stage.host("late")
    host.do("register", **stage.credentials(ALICE, password="another password"))
    assert "already has an account" in host.wait("error", fatal="yes")["text"]
    host.wait("offline")
    assert not host.happened("online")


@pytest.mark.parametrize("reason, changes", [
    (INVALID_USERNAME, {"account": "no address"}),
    (AUTHENTICATION_FAILED, {"register": False}),
    (INVALID_SETTINGS, {"server": "http://example.org"}),
    (INVALID_SETTINGS, {"password": "short"}),
    (NETWORK_ERROR, {"server": "http://127.0.0.1:9"}),
])
def test_errors_have_the_right_kind(stage, reason, changes):
    host = stage.host("clumsy")
    host.do("login", **stage.credentials("clumsy@pipit.test", **changes))
    error = host.wait("error")
    assert error["reason"] == reason, error
    assert error["fatal"] == ("no" if reason == NETWORK_ERROR else "yes")
    host.wait("offline")


def test_wrong_password_of_a_known_device(stage, pair):
    alice, _ = pair
    alice.do("logout")
    alice.wait("offline")
    alice.do("login", **stage.credentials(ALICE, password="something else"))
    assert alice.wait("error")["reason"] == AUTHENTICATION_FAILED
    alice.wait("offline")
    alice.do("login", **stage.credentials(ALICE))
    alice.wait("online")


def test_one_folder_serves_one_process(stage, pair):
    alice, _ = pair
    second = NullHost(stage.build, alice.folder)
    stage.hosts.append(second)
    second.do("login", **stage.credentials(ALICE))
    assert second.wait("error")["reason"] == OTHER_ERROR


def test_a_short_break_is_not_noticed(stage, pair):
    alice, bob = pair
    stage.server.kill()
    alice.do("send", to=BOB, text="into the break")
    alice.wait("im", kind="sent")
    stage.server.start()
    assert bob.wait("im", kind="received")["text"] == "into the break"
    for host in pair:
        assert not host.happened("error")
        assert not host.happened("offline")


def test_a_long_break_is_told_and_got_over(stage):
    """As on a train: what is written meanwhile goes when the net is back, and nobody's conversation was locked. In bitlbee no
    line can stand in a conversation that nobody said. Who signs off in a break may."""
    alice, bob, carol = stage.person(ALICE), stage.person(BOB, ui="BitlBee"), stage.person(CAROL)
    for host, peer in ((alice, BOB), (bob, ALICE), (carol, BOB)):
        host.do("open", to=peer)
    stage.server.kill()
    assert alice.wait("im", kind="system")["text"].startswith("No connection to the server. ")
    assert bob.wait("notify", type="info")["secondary"].startswith("No connection to the server. ")
    carol.wait("im", kind="system")
    carol.do("logout")
    carol.wait("offline")
    for number in range(3):
        alice.do("send", to=BOB, text=f"from the tunnel, {number}")
    bob.do("send", to=ALICE, text="from mine")
    alice.do("open", to=CAROL)
    assert alice.wait("im", kind="system", **{"with": CAROL})["text"].startswith("No connection to the server. ")
    stage.server.start()
    assert [bob.wait("im", kind="received")["text"] for _ in range(3)] == [f"from the tunnel, {n}" for n in range(3)]
    alice.wait("im", kind="received", text="from mine")
    carol.do("login", **stage.credentials(CAROL))
    carol.wait("online")
    told = [line["text"] for line in alice.happened("im", kind="system") if line["with"] == BOB]
    assert told[1:] == ["Connected to the server again."]
    assert bob.happened("notify", type="info")[1]["secondary"] == "Connected to the server again."
    assert not bob.happened("im", kind="system")
    for host in (alice, bob):
        assert not host.happened("error")
        assert not host.happened("offline")
        assert len(host.happened("online")) == 1


def test_started_without_a_net(stage, pair):
    """What was online before can be written with at once; what is new has to say what is wrong."""
    alice, bob = pair
    alice.quit()
    stage.server.kill()
    again = NullHost(stage.build, alice.folder)
    stage.hosts.append(again)
    again.do("login", **stage.credentials(ALICE))
    again.wait("online")
    again.do("send", to=BOB, text="from the platform")
    again.wait("im", kind="sent")
    newcomer = stage.host("newcomer")
    newcomer.do("login", **stage.credentials("newcomer@pipit.test"))
    assert newcomer.wait("error")["reason"] == NETWORK_ERROR
    stage.server.start()
    assert bob.wait("im", kind="received")["text"] == "from the platform"
    assert not again.happened("error") and len(again.happened("online")) == 1


def test_quitting_while_keys_are_made(stage):
    """The client unloads the plugin at its end; a worker may be busy still."""
    for attempt in range(5):
        host = stage.host(f"hasty-{attempt}")
        host.do("login", **stage.credentials(f"hasty-{attempt}@pipit.test"))
        host.wait("progress", text="Making this device's keys")
        host.quit()


def test_signing_off_at_any_step(stage, pair):
    """Close comes while a request is under way, a worker makes keys, or all is done; ASan has the last word."""
    alice, _ = pair
    for step in ("Finding the server", "Creating the account", "Making this device's keys", "Registering this device"):
        host = stage.host("hasty-" + step.split()[0])
        host.do("login", **stage.credentials(f"{step.split()[0].lower()}@pipit.test"))
        host.wait("progress", text=step)
        host.do("logout")
        host.wait("offline")
        host.quit()
    alice.do("send", to=BOB, text="on my way out")
    alice.do("info", who=BOB)
    alice.do("logout")
    alice.wait("offline")

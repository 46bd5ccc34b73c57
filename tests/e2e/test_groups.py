# SPDX-License-Identifier: GPL-2.0-or-later
"""Five people in groups: at Pidgin, at Finch, two at bitlbee and one at the `pipit` tool."""

from dataclasses import dataclass

import pytest

from clients.cli import Pipit
from clients.client import Client
from stage import DOMAIN
from waiting import until

NAME = "Saturday birds"


@dataclass
class Circle:
    """All five, each of whom has the others as contacts."""

    pidgin: Client
    finch: Client
    bitlbee: Client
    irc: Client
    script: Pipit

    @property
    def clients(self):
        return [self.pidgin, self.finch, self.bitlbee, self.irc]

    @property
    def addresses(self):
        return {person.address for person in [*self.clients, self.script]}


@pytest.fixture(scope="module")
def circle(stage):
    """Everybody but the fifth is in a group that Pidgin's user starts."""
    people = Circle(stage.person("pidgin", "paula"), stage.person("finch", "finn"), stage.person("bitlbee", "bea"),
                    stage.person("bitlbee", "ivo"), Pipit(stage.build, stage.folder / "script"))
    people.script.register(stage.account("script"))
    for one in people.clients:
        for other in people.addresses - {one.address}:
            one.add_buddy(other)
    return people


def hear(listeners, writer, text, group=NAME):
    for listener in listeners:
        assert listener.text_of(listener.receive_line(group)) == text, f"from {writer.kind} at {listener.address} in {listener.kind}"


def told(client, part, group=NAME):
    """Waits for this remark; others may come before, as Finch's list of the members does."""
    while part not in client.remark(group):
        pass


def test_started_in_pidgin_it_opens_at_all(circle):
    circle.pidgin.start_group(NAME, [circle.finch.address, circle.bitlbee.address, circle.irc.address])
    told(circle.pidgin, "You started this group")
    for other in (circle.finch, circle.bitlbee, circle.irc):
        other.wait_for_group(NAME)
        told(other, f"{circle.pidgin.address} put you into this group with")
    everybody = {person.address for person in circle.clients}
    for client in circle.clients:
        assert client.members(NAME) == everybody


@pytest.mark.parametrize("kind", ["pidgin", "finch", "bitlbee"])
@pytest.mark.parametrize("text", ["Hello, all of you", "<b>&amp; %n 🙂 שלום"])
def test_what_one_writes_all_others_read(circle, kind, text):
    writer = getattr(circle, kind)
    writer.send(NAME, text)
    hear([other for other in circle.clients if other is not writer], writer, text)


def test_everybody_is_shown_who_wrote(circle):
    circle.finch.send(NAME, "it is me")
    assert circle.pidgin.receive_line(NAME).who == circle.finch.address
    for irc in (circle.bitlbee, circle.irc):
        assert irc.receive_line(NAME).who == "finn"
    assert circle.finch.text_of(circle.finch.lines(NAME)[-1]) == "it is me"


def test_put_in_by_irc(circle):
    """The fifth, by /invite; what was written before is not theirs."""
    circle.bitlbee.line(f"INVITE script {circle.bitlbee.nick_of(NAME)}")
    for client in circle.clients:
        told(client, f"put {circle.script.address} into the group")
        assert client.members(NAME) == circle.addresses
    circle.pidgin.send(NAME, "welcome")
    hear([circle.finch, circle.bitlbee, circle.irc], circle.pidgin, "welcome")
    heard = circle.script.listen(1)[0]
    assert (heard["text"], heard["from"]) == ("welcome", "mailto:" + circle.pidgin.address)
    circle.script.send(heard["peer"], "thank you")
    hear(circle.clients, circle.pidgin, "thank you")


def test_named_by_finch_and_by_irc(circle):
    """An IRC channel keeps the name that it had when it was opened, and so does Finch's window."""
    circle.finch.type_command(NAME, "topic Sunday birds")
    for client in circle.clients:
        told(client, "called the group “Sunday birds”", NAME if client.kind == "bitlbee" else "Sunday birds")
    circle.irc.line(f"TOPIC {circle.irc.nick_of(NAME)} :{NAME}")
    for client in circle.clients:
        told(client, f"called the group “{NAME}”")


def test_closing_is_not_leaving(circle):
    for client in (circle.pidgin, circle.finch, circle.irc):
        client.close_group(NAME)
    circle.bitlbee.send(NAME, "are you still there?")
    for client in (circle.pidgin, circle.finch, circle.irc):
        client.wait_for_group(NAME)
    hear([circle.pidgin, circle.finch, circle.irc], circle.bitlbee, "are you still there?")
    assert circle.pidgin.members(NAME) == circle.addresses


@pytest.mark.parametrize("kind", ["pidgin", "finch", "bitlbee"])
def test_there_again_after_a_restart(circle, kind):
    client = getattr(circle, kind)
    client.restart()
    if kind == "bitlbee":
        client.wait_for_group(NAME)
    else:
        assert client.groups_in_list() == [NAME]
        client.join(NAME)
    assert client.members(NAME) == circle.addresses
    client.send(NAME, f"{kind} again")
    hear([other for other in circle.clients if other is not client], client, f"{kind} again")


@pytest.mark.parametrize("kind", ["pidgin", "finch", "bitlbee"])
def test_away_for_a_while(circle, kind):
    """What was written and changed meanwhile is there, in its order."""
    client = getattr(circle, kind)
    others = [other for other in circle.clients if other is not client]
    client.sign_out()
    if kind != "bitlbee":
        assert client.group_window(NAME)
    circle.irc.send(NAME, f"{kind} is away")
    hear([other for other in others if other is not circle.irc], circle.irc, f"{kind} is away")
    circle.irc.type_command(NAME, f"remove {circle.script.address}")
    circle.irc.type_command(NAME, f"add {circle.script.address}")
    for other in others:
        told(other, f"put {circle.script.address} into the group")
    client.sign_in_again()
    if kind == "bitlbee":
        client.wait_for_group(NAME)
    hear([client], circle.irc, f"{kind} is away")
    told(client, f"removed {circle.script.address} from the group")
    told(client, f"put {circle.script.address} into the group")
    assert client.members(NAME) == circle.addresses


def test_named_by_two_at_once(circle):
    """One of the two names stays, the same with all; which, nobody can say before."""
    texts = {circle.bitlbee: "a fine name", circle.irc: "mine is better"}
    for client, name in ((circle.bitlbee, "Robins"), (circle.irc, "Wrens")):
        client.line(f"TOPIC {client.nick_of(NAME)} :{name}")
        client.send(NAME, texts[client])
    hear([circle.irc], circle.bitlbee, texts[circle.bitlbee])
    hear([circle.bitlbee], circle.irc, texts[circle.irc])
    for client in (circle.pidgin, circle.finch):
        until(lambda shown=client: set(texts.values()) <= {shown.text_of(line) for line in shown.lines(*shown.groups_in_list())},
              client.story)
    assert circle.pidgin.groups_in_list() == circle.finch.groups_in_list()
    assert circle.pidgin.groups_in_list()[0] in ("Robins", "Wrens")
    circle.bitlbee.line(f"TOPIC {circle.bitlbee.nick_of(NAME)} :{NAME}")
    for client in circle.clients:
        told(client, f"called the group “{NAME}”")
    for client in (circle.pidgin, circle.finch):
        assert {client.text_of(client.receive_line(NAME)) for _ in texts} == set(texts.values())


def test_on_a_second_device(stage, circle):
    """Of Pidgin's user, at Finch: what is written from then on, and one's own as one's own."""
    finch = stage.client("finch", "paula")
    finch.sign_in(stage.new_account("paula"))
    circle.finch.send(NAME, "to both of yours")
    hear([circle.pidgin, circle.bitlbee, circle.irc, finch], circle.finch, "to both of yours")
    circle.pidgin.send(NAME, "from the first")
    assert finch.text_of(finch.line_from_elsewhere(NAME)) == "from the first"
    hear([circle.finch, circle.bitlbee, circle.irc], circle.pidgin, "from the first")
    finch.send(NAME, "from the second")
    assert circle.pidgin.text_of(circle.pidgin.line_from_elsewhere(NAME)) == "from the second"
    hear([circle.finch, circle.bitlbee, circle.irc], finch, "from the second")
    finch.close()


def test_removed_by_irc(circle):
    circle.irc.line(f"KICK {circle.irc.nick_of(NAME)} finn :goodbye")
    told(circle.finch, "removed you from this group")
    assert circle.finch.group_window(NAME)
    for client in (circle.pidgin, circle.bitlbee, circle.irc):
        told(client, f"removed {circle.finch.address} from the group")
    circle.pidgin.send(NAME, "without him")
    hear([circle.bitlbee, circle.irc], circle.pidgin, "without him")
    circle.finch.type(NAME, "am I still there?")
    circle.finch.wait_for_screen("Not sent: You are not in this group.")
    assert "without him" not in str(circle.finch.lines(NAME))


def test_left_by_irc(circle):
    circle.irc.type_command(NAME, "leave")
    circle.irc.expect(rf":root!\S+ KICK {circle.irc.nick_of(NAME)} ivo", "leaving the channel")
    for client in (circle.pidgin, circle.bitlbee):
        told(client, f"{circle.irc.address} left the group")
    expected = circle.addresses - {circle.irc.address, circle.finch.address}
    assert circle.pidgin.members(NAME) == circle.bitlbee.members(NAME) == expected


def test_a_strangers_group_asks_first(stage, circle):
    """In each client the way it asks."""
    stranger = stage.person("bitlbee", "stranger")
    for client in (circle.pidgin, circle.finch, circle.irc):
        stranger.add_buddy(client.address)
    stranger.start_group("Free money", [circle.pidgin.address, circle.finch.address, circle.irc.address])
    circle.irc.root_says("Free money")
    circle.irc.root("yes")
    circle.irc.wait_for_group("Free money")
    circle.finch.look_at_window("Group")
    circle.finch.wait_for_screen(f"stranger@{DOMAIN} wants you in the group “Free money”")
    assert circle.pidgin.window("^Group$")
    stranger.send("Free money", "hello")
    hear([circle.irc], stranger, "hello", "Free money")
    assert circle.pidgin.groups_in_list() == [NAME]
    assert circle.pidgin.group_window("Free money") is None


def test_two_of_one_name_are_two_channels(circle):
    for name in ("Twins", "Twins (2)"):
        circle.bitlbee.type_command(circle.irc.address, f"group Twins: {circle.irc.address}")
        for client in (circle.bitlbee, circle.irc):
            client.wait_for_group(name)
    circle.bitlbee.send("Twins (2)", "to the second")
    hear([circle.irc], circle.bitlbee, "to the second", "Twins (2)")


def test_a_channel_is_called_by_what_is_ascii(circle):
    circle.bitlbee.type_command(circle.irc.address, f"group ציפורים: {circle.irc.address}")
    circle.irc.expect(rf":{circle.irc.nick}!\S+ JOIN :#bea\S*", "a channel that can be typed")

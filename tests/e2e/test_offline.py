# SPDX-License-Identifier: GPL-2.0-or-later
"""Who was away gets what was written meanwhile, with the time when it was written."""

import time

import pytest

from clients.purple import DELAYED
from stage import KINDS
from waiting import until

MONTH = 30 * 24 * 3600


def friends(stage, kind, writer="bitlbee"):
    """A writer, and a friend at a client of that kind, who has just gone offline."""
    one, other = stage.person(writer, "writer"), stage.person(kind, f"reader-{kind}")
    stage.introduce(one, other)
    other.sign_out()
    return one, other


def write(one, other, *texts):
    """Returns when it was written."""
    for text in texts:
        one.send(other.address, text)
    return time.time()


def let_time_pass(written):
    """So that the time of writing can be told from the time of arriving."""
    until(lambda: time.time() > written + 2.5, "the clock stands still")


def assert_shown_as_of(line, written):
    assert abs(line.time - written) <= 1.5, f"shown as of {line.time}, was written at {written}"


@pytest.mark.parametrize("kind", KINDS)
def test_gets_it_at_login_with_the_time_of_writing(stage, kind):
    one, other = friends(stage, kind)
    written = write(one, other, "while you were out")
    let_time_pass(written)
    other.sign_in_again()
    line = other.receive_line(one.address)
    assert other.text_of(line) == "while you were out"
    assert_shown_as_of(line, written)


@pytest.mark.parametrize("kind", KINDS)
def test_also_over_a_restart_of_the_server(stage, kind):
    one, other = friends(stage, kind)
    written = write(one, other, "first", "second")
    stage.server.wait_for_queued(2)
    stage.server.restart()
    other.sign_in_again()
    lines = [other.receive_line(one.address) for _ in range(2)]
    assert [other.text_of(line) for line in lines] == ["first", "second"]
    assert_shown_as_of(lines[0], written)


def test_also_if_the_server_was_killed(stage):
    one, other = friends(stage, "bitlbee")
    write(one, other, "still there")
    stage.server.wait_for_queued(1)
    stage.server.kill()
    stage.server.start()
    other.sign_in_again()
    assert other.receive(one.address) == "still there"


def test_gone_after_thirty_days_and_counted(new_stage):
    one, other = friends(new_stage, "bitlbee")
    write(one, other, "too late for this one", "and for this one")
    new_stage.server.wait_for_queued(2)
    one.sign_out()
    new_stage.server.restart("--clock-offset", str(MONTH + 60))
    new_stage.server.wait_for_queued(0)
    assert new_stage.server.status()["expired"] == 2
    for client in (one, other):
        client.sign_in_again()
    write(one, other, "this one is new")
    assert other.receive(one.address) == "this one is new"


def test_still_there_a_day_before_and_marked_as_old(new_stage):
    one, other = friends(new_stage, "finch")
    written = write(one, other, "just in time")
    new_stage.server.wait_for_queued(1)
    one.sign_out()
    new_stage.server.restart("--clock-offset", str(MONTH - 24 * 3600))
    other.sign_in_again()
    line = other.receive_line(one.address)
    assert other.text_of(line) == "just in time"
    assert_shown_as_of(line, written)
    assert line.has(DELAYED)


def test_shown_with_the_time_of_writing_and_not_of_sending(new_stage):
    """The server is away for a moment while the message is written: it goes out later than it was written."""
    one, other = new_stage.person("bitlbee", "writer"), new_stage.person("finch", "reader")
    new_stage.introduce(one, other)
    one.send(other.address, "first")
    assert other.receive(one.address) == "first"
    new_stage.server.kill()
    written = write(one, other, "what time is it?")
    let_time_pass(written)
    new_stage.server.start()
    line = other.receive_line(one.address)
    assert other.text_of(line) == "what time is it?"
    assert_shown_as_of(line, written)

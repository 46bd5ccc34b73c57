# SPDX-License-Identifier: GPL-2.0-or-later
"""Writing to somebody who can't be reached says so in the conversation, and the server does not tell why."""

import pytest

from stage import DOMAIN, KINDS, PASSWORD

NOBODY = f"nobody@{DOMAIN}"
NO_DEVICE = f"nodevice@{DOMAIN}"


@pytest.fixture(scope="module")
def without_devices(stage):
    stage.server.register(NO_DEVICE, PASSWORD)


@pytest.mark.parametrize("kind", KINDS)
def test_says_so_in_the_conversation(stage, without_devices, kind):
    writer = stage.person(kind)
    notices = []
    for peer in (NOBODY, NO_DEVICE):
        writer.add_buddy(peer)
        writer.send(peer, "are you there?")
        notice = writer.notice(peer)
        assert "can't be reached with Pipit" in notice
        notices.append(notice.replace(peer, "ADDRESS"))
    assert notices[0] == notices[1]


def test_says_so_of_a_file_before_it_is_sent(stage, tmp_path):
    writer = stage.person("finch")
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(5_000_000))
    writer.add_buddy(NOBODY)
    writer.send_file(NOBODY, path)
    notice = writer.notice(NOBODY)
    assert notice.startswith("large.bin was not sent: "), notice
    assert "can't be reached with Pipit" in notice


@pytest.mark.parametrize("kind", KINDS)
def test_reaches_who_signs_in_later(stage, kind):
    writer = stage.person(kind)
    late = f"late-{kind}@{DOMAIN}"
    writer.add_buddy(late)
    writer.send(late, "too early")
    writer.notice(late)
    reader = stage.person("bitlbee", f"late-{kind}")
    writer.send(late, "now you are there")
    assert reader.receive(writer.address) == "now you are there"

# SPDX-License-Identifier: GPL-2.0-or-later
"""A contact is a person with addresses: writing to the name finds one that works, and what comes from either shows under
the name."""

import pytest

from stage import DOMAIN


@pytest.fixture(scope="module", params=["pidgin", "finch"])
def writer_and_anna(request, stage):
    """Somebody who has Anna in the list with two addresses, an old one and that of the Anna who is there."""
    writer = stage.person(request.param)
    anna = stage.person("bitlbee", f"anna-{request.param}")
    anna.add_buddy(writer.address)
    writer.add_contact("Anna Bird", [f"anna-old-{request.param}@{DOMAIN}", anna.address])
    return writer, anna


def test_the_name_finds_the_address_that_works(writer_and_anna):
    writer, anna = writer_and_anna
    writer.send("Anna Bird", "found you")
    assert anna.receive(writer.address) == "found you"


def test_an_incoming_address_shows_under_the_name(writer_and_anna):
    writer, anna = writer_and_anna
    anna.send(writer.address, "it is me")
    assert writer.receive(anna.address) == "it is me"
    assert writer.title(anna.address) == "Anna Bird"


def test_a_name_of_nobody_is_told(writer_and_anna):
    writer, _ = writer_and_anna
    writer.send("Nobody I Know", "hello?")
    assert "neither an address nor one of your contacts" in writer.notice("Nobody I Know")

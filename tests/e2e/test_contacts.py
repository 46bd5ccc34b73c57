# SPDX-License-Identifier: GPL-2.0-or-later
"""A contact is a person with addresses: writing to the name finds one that works, and what comes from either shows under
the name."""

import pytest

from stage import DOMAIN


@pytest.mark.parametrize("kind", ["pidgin", "finch"])
class TestTwoAddresses:
    """Anna has a private address and one at work."""

    def meet(self, stage, kind):
        writer = stage.person(kind)
        home = stage.person("bitlbee", f"anna-{kind}")
        old = f"anna-old-{kind}@{DOMAIN}"
        return writer, home, old

    def test_the_name_finds_the_address_that_works(self, stage, kind):
        writer, home, old = self.meet(stage, kind)
        writer.add_contact("Anna Bird", [old, home.address])
        writer.send("Anna Bird", "found you")
        assert home.receive(writer.address) == "found you"

    def test_an_incoming_address_shows_under_the_name(self, stage, kind):
        writer, home, _ = self.meet(stage, kind)
        home.add_buddy(writer.address)
        home.send(writer.address, "it is me")
        assert writer.receive(home.address) == "it is me"
        assert writer.title(home.address) == "Anna Bird"

    def test_a_name_of_nobody_is_told(self, stage, kind):
        writer = stage.person(kind)
        writer.send("Nobody I Know", "hello?")
        assert "neither an address nor one of your contacts" in writer.notice("Nobody I Know")

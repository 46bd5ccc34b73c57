# SPDX-License-Identifier: GPL-2.0-or-later
"""Off-the-Record, another plugin in the same Pidgin, replaces libgcrypt's allocator whenever it is switched on: it comes and
goes in the middle of a conversation, and nothing crashes and nothing gets lost."""

import shlex
import subprocess

import pytest

from programs import TREE
from waiting import until

TIMES = 20


@pytest.fixture(scope="module")
def pair(stage):
    """Alice in a Pidgin that has a switch for OTR, and Bob, who hasn't heard of it."""
    one = stage.make("pidgin", "alice")
    stage.clients["pidgin", "alice"] = one
    plugins = one.config / "plugins"
    one.config.mkdir(parents=True, mode=0o700)
    stage.build.put_plugin(plugins)
    (one.config / "prefs.xml").write_text(one.preferences())
    flags = subprocess.run(["pkg-config", "--cflags", "purple"], check=True, capture_output=True, text=True).stdout
    subprocess.run(["cc", "-shared", "-fPIC", "-DPIC", *shlex.split(flags), "-o", plugins / "otr_switch.so",
                    TREE / "tests/e2e/otr_switch.c"], check=True)
    one.start()
    one.sign_in(stage.account("alice"))
    other = stage.person("bitlbee", "bob")
    stage.introduce(one, other)
    return one, other


def switch(client, on):
    client.purple("PrefsSetBool", "/tests/otr", int(on))
    until(lambda: bool(client.purple("PrefsGetBool", "/tests/otr_loaded")) == on,
          lambda: f"OTR is not {'on' if on else 'off'}\n{client.story()}")


def test_switched_on_and_off_in_mid_conversation(pair):
    one, other = pair
    for turn in range(TIMES):
        for on in (True, False):
            there, back = f"there {turn}, soon {on}", f"back {turn}, soon {on}"
            one.send(other.address, there)
            other.send(one.address, back)
            switch(one, on)
            came = other.receive(one.address, there)
            assert came.rstrip() == there
            # Where it is on, OTR puts white space behind a text, by which another OTR would know it.
            assert (came != there) == (not on)
            assert one.receive(other.address) == back
    assert one.errors == []

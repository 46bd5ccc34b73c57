# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that get lost, by nftables' random drop in a network of the test's own. That needs root; the lines of
test_fire_net.py need nobody's leave."""

import os
import re
import subprocess

import pytest

from ledger import audit, settled
from programs import Build
from scene import Scene
from waiting import until

LONG = bool(os.environ.get("PIPIT_LONG"))
# The long run takes the long tests alone: it tries all of these once more, many times.
pytestmark = [pytest.mark.long] if LONG else []
PERCENT = [1, 10, 30] if LONG else [10]
ROUNDS = 20 if LONG else 3


def run(*command):
    subprocess.run([str(word) for word in command], check=True, timeout=60)


def dropped(network):
    """How many packets."""
    rules = subprocess.run(["ip", "netns", "exec", network, "nft", "list", "ruleset"], check=True, capture_output=True,
                           text=True, timeout=60).stdout
    return int(re.search(r"counter packets (\d+)", rules)[1])


@pytest.fixture
def lossy(build, tmp_path):
    """The same programs in a network of their own."""
    name = f"pipit-fire-{os.getpid()}"
    run("ip", "netns", "add", name)
    try:
        run("ip", "-n", name, "link", "set", "lo", "up")
        (tmp_path / "build").mkdir()
        for program in ("pipitd", "fire_host"):
            script = tmp_path / "build" / program
            script.write_text(f'#!/bin/sh\nexec ip netns exec {name} "{build.folder / program}" "$@"\n')
            script.chmod(0o755)
        scene = Scene(Build(tmp_path / "build"), tmp_path)
        scene.network = name
        yield scene
        scene.close()
    finally:
        run("ip", "netns", "delete", name)


if os.geteuid() == 0:

    @pytest.mark.parametrize("percent", PERCENT)
    def test_packets_get_lost(lossy, percent):
        alice, bob = lossy.person("alice").start().online(), lossy.person("bob").start().online()
        for rule in ("add table ip loss", "add chain ip loss out { type filter hook output priority 0; }",
                     f"add rule ip loss out meta l4proto tcp numgen random mod 100 < {percent} counter drop"):
            run("ip", "netns", "exec", lossy.network, "nft", rule)
        for _ in range(ROUNDS):
            alice.write(bob, 3)
            bob.write(alice, 3)
            until(lambda: alice.obeyed() and bob.obeyed() and settled(alice, bob) and settled(bob, alice),
                  lambda: f"{alice.story()}\n{bob.story()}", 240)
        assert audit(alice, bob).again == audit(bob, alice).again == 0
        assert dropped(lossy.network) > 0

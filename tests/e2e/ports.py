# SPDX-License-Identifier: GPL-2.0-or-later
"""Ports for servers that go away and come back in a test."""

import random
import socket
from pathlib import Path

LOWEST = 10000
CHANCE = random.Random()


def free_port():
    """A port of loopback that nobody gets by chance while its server is away: what the system gives to those who ask for any,
    and to every connection that is made, is left out."""
    beyond = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    while True:
        port = CHANCE.randrange(LOWEST, beyond)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port

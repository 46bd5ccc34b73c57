# SPDX-License-Identifier: GPL-2.0-or-later
"""The `pipit` tool: the client for scripts, one command at a time."""

import json
import subprocess

from programs import Program


class Pipit:
    """One person who uses the tool, with a store of her own."""

    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        self.address = None

    def environment(self):
        return self.build.environment(self.folder / "home", self.folder / "reports")

    def command(self, name, *arguments):
        return [str(self.build.pipit), name, "--store", str(self.folder / "store"), *map(str, arguments)]

    def run(self, name, *arguments, typed="", status=0):
        """Runs a command to its end; returns what it prints, on standard error if it is to fail."""
        run = subprocess.run(self.command(name, *arguments), input=typed, capture_output=True, text=True, timeout=90,
                             env=self.environment())
        assert run.returncode == status, f"pipit {name}: status {run.returncode}\n{run.stdout}{run.stderr}"
        return run.stdout if status == 0 else run.stderr

    def register(self, account):
        self.address = account.address
        options = ["--ca", account.options["ca-file"]] if "ca-file" in account.options else []
        return self.run("register", "--handle", account.address, "--server", account.options["server"], *options,
                        typed=account.password + "\n")

    def send(self, peer, text):
        self.run("send", peer, typed=text)

    def listen(self, count):
        """The next messages, as they are told: a list of dictionaries."""
        return [json.loads(line) for line in self.run("listen", "--count", count, "--timeout", 30).splitlines()]

    def devices(self):
        """What the account's devices are called, one line each, without the times."""
        return [line for line in self.run("devices").splitlines() if line and not line.startswith(" ")]

    def echo(self):
        """Starts answering every message with itself."""
        return Program("pipit-echo", self.command("echo"), self.environment(), self.folder)

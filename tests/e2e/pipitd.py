# SPDX-License-Identifier: GPL-2.0-or-later
"""The real server on a free loopback port, with what a test does to a server: restart it, kill it, move its clock."""

import json
import subprocess
import urllib.error
import urllib.request

from ports import free_port
from programs import Program
from waiting import until

# Argon2id at its real cost would make up most of the tests' time.
CHEAP_PASSWORDS = ["--password-memory-kib", "64", "--password-passes", "1"]
CORE_MAX = 2 << 30
PAGE = 4096
OPEN_TO_ALL = ["--any-address", "--phone-numbers", "--registration", "open"]


class Pipitd:
    """One server with a folder of its own, which outlives its restarts."""

    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        self.state = folder / "state"
        self.address = f"127.0.0.1:{free_port()}"
        self.program = None

    def start(self, *options):
        """Starts it, each time at the same address."""
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.program = Program(
            "pipitd", [self.build.pipitd, "--state", self.state, "--listen", self.address, "--port-file", port_file,
                       *OPEN_TO_ALL, *CHEAP_PASSWORDS, *options],
            self.build.environment(self.folder / "home", self.folder / "reports"), self.folder)

        def listening():
            assert self.program.running, f"pipitd ended with {self.program.process.returncode}\n{self.program.tail()}"
            return port_file.exists() and port_file.read_text().strip()

        self.address = until(listening, lambda: f"pipitd does not listen\n{self.program.tail()}")
        return self

    @property
    def url(self):
        return "http://" + self.address

    @property
    def port(self):
        return int(self.address.rpartition(":")[2])

    def stop(self):
        status = self.program.stop()
        assert status == 0, f"pipitd ended with {status}\n{self.program.tail()}"

    def kill(self):
        self.program.kill()

    def restart(self, *options):
        self.stop()
        return self.start(*options)

    def close(self):
        if self.program is not None and self.program.running:
            self.stop()

    def register(self, address, password):
        """Makes an account, as any client would."""
        body = json.dumps({"handle": "mailto:" + address, "password": password}).encode()
        request = urllib.request.Request(self.url + "/v1/ids/accounts", body, {"Content-Type": "application/json"})
        # The tests' server is on loopback: no proxy of the machine has a say in it.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            opener.open(request, timeout=20).close()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"no account for {address}: {error.read().decode()}") from error

    def control(self, *words):
        """Runs pipitctl against this server; returns what it prints."""
        run = subprocess.run([self.build.pipitctl, "--state", self.state, *words], capture_output=True, text=True,
                             timeout=60, env=self.build.environment(self.folder / "home", self.folder / "reports"))
        assert run.returncode == 0, f"pipitctl {words}: status {run.returncode}\n{run.stdout}{run.stderr}"
        return run.stdout

    def status(self):
        """What the operator sees, by name: "queued", "expired", …"""
        lines = [line.partition(": ") for line in self.control("status").splitlines()]
        return {name: int(value) if value.isdigit() else value for name, _, value in lines}

    def wait_for_queued(self, count):
        """Waits until so many messages wait for devices that are away, and receipts maybe; with 0, until nothing does."""
        until(lambda: self.status()["queued"] >= count if count else self.status()["queued"] == 0,
              lambda: f"expected {count} waiting messages: {self.status()}\n{self.program.tail()}")

    def memory(self):
        """The process's memory, written out by gcore, without the pages that hold nothing."""
        pid = self.program.process.pid
        # prlimit: with sanitizers it would be terabytes, and fill the disk.
        run = subprocess.run(["prlimit", f"--fsize={CORE_MAX}", "gcore", "-o", self.folder / "core", str(pid)],
                             capture_output=True, text=True, timeout=120)
        core = self.folder / f"core.{pid}"
        assert run.returncode == 0 and core.exists(), f"gcore: {run.stdout}{run.stderr}"
        empty = bytes(PAGE)
        with open(core, "rb") as dump:
            held = b"".join(page for page in iter(lambda: dump.read(PAGE), b"") if page != empty)
        core.unlink()
        return held

    def files(self):
        """Everything that the server keeps on disk, and its log."""
        return [path for path in self.folder.rglob("*") if path.is_file()]

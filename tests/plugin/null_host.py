# SPDX-License-Identifier: GPL-2.0-or-later
"""The libpurple client without a window (tests/plugin/null_host.c), commanded and listened to line by line."""

import json
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from waiting import until  # noqa: E402  # pylint: disable=wrong-import-position


class NullHost:
    """One such process, with at most one account."""

    def __init__(self, build, folder, ui="null-host"):
        self.folder = folder
        self.events = []
        self.read_until = 0
        self.address = None  # of its account, where a test has noted it
        self.known = set()  # the addresses in its list, likewise
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.errors = folder / "stderr"
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                [build.folder / "null_host", folder / "purple", build.folder, ui], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors, text=True, env=build.environment(folder / "home", folder / "reports"))
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.wait("ready")

    def read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def do(self, what, **members):
        self.process.stdin.write(json.dumps({"do": what, **members}) + "\n")
        self.process.stdin.flush()

    def wait(self, event, **members):
        """The next event of this kind with these members; what comes before it is passed over."""

        def found():
            assert self.process.poll() is None or self.read_until < len(self.events), self.story()
            while self.read_until < len(self.events):
                self.read_until += 1
                got = self.events[self.read_until - 1]
                if got["event"] == event and all(got.get(name) == value for name, value in members.items()):
                    return got
            return None

        return until(found, lambda: f"no event {event} {members}\n{self.story()}")

    def happened(self, event, **members):
        """All such events so far."""
        return [got for got in self.events
                if got["event"] == event and all(got.get(name) == value for name, value in members.items())]

    def story(self):
        events = "\n".join(json.dumps(event, ensure_ascii=False)[:300] for event in self.events[-30:])
        return f"--- events ---\n{events}\n--- {self.errors} ---\n{self.errors.read_text(errors='replace')[-3000:]}"

    def quit(self):
        """Ends it; it must have ended well, with nothing left for the sanitizer to say."""
        if self.process.poll() is None:
            self.do("quit")
        status = self.process.wait(60)
        self.reader.join(10)
        assert status == 0, f"null_host ended with {status}\n{self.story()}"

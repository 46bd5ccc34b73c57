# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of one build folder, and running anything so that its crashes and sanitizer reports are noticed."""

import functools
import os
import re
import signal
import subprocess
from pathlib import Path

from waiting import until

TREE = Path(__file__).resolve().parents[2]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SANITIZER_LIBRARIES = re.compile(r"=> (\S*/lib(?:asan|ubsan)\.so\S*)")


class Build:
    """A build folder: plugin, server and tools."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.plugin = self.folder / "libpipit.so"
        self.pipitd = self.folder / "pipitd"
        self.pipitctl = self.folder / "pipitctl"
        self.pipit = self.folder / "pipit"

    @functools.cached_property
    def preload(self):
        """LD_PRELOAD for a client: the sanitizer's libraries must come first in one that was built without them."""
        loads = subprocess.run(["ldd", self.plugin], check=True, capture_output=True, text=True).stdout
        libraries = SANITIZER_LIBRARIES.findall(loads)
        return ":".join([*libraries, str(self.asan_first())]) if libraries else ""

    def asan_first(self):
        """Builds what asan_first.c tells of. Tests that run at the same time share the folder: none may see half a file."""
        library = self.folder / "e2e" / "asan_first.so"
        library.parent.mkdir(exist_ok=True)
        being_made = library.with_suffix(f".{os.getpid()}")
        subprocess.run(["cc", "-shared", "-fPIC", "-Wl,-z,initfirst", "-o", being_made, TREE / "tests/e2e/asan_first.c"],
                       check=True)
        being_made.replace(library)
        return library

    def put_plugin(self, folder):
        """Puts the plugin where a client looks for it."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self.plugin.name).symlink_to(self.plugin)

    def environment(self, home, reports, *, leaks=True):
        """What a program gets to see: nothing of the person who runs the tests. Sanitizers write into `reports`; leaks are
        looked for in our own programs alone, since the clients leak on their own account at exit."""
        home.mkdir(parents=True, exist_ok=True)
        reports.mkdir(parents=True, exist_ok=True)
        options = f"log_path={reports}/report:handle_abort=1"
        return {
            "PATH": PATH,
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "NO_AT_BRIDGE": "1",
            "ASAN_OPTIONS": f"{options}:detect_leaks={int(leaks)}:quarantine_size_mb=16",
            "UBSAN_OPTIONS": f"{options}:print_stacktrace=1",
        }


class Program:
    """One running program with its output in files, ended when the test is done with it."""

    def __init__(self, name, arguments, environment, folder, **popen):
        self.name = name
        self.output = folder / f"{name}.log"
        folder.mkdir(parents=True, exist_ok=True)
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                [str(a) for a in arguments], env=environment, cwd=folder, stdout=output, stderr=output,
                stdin=popen.pop("stdin", subprocess.DEVNULL), start_new_session=True, **popen)

    @property
    def running(self):
        return self.process.poll() is None

    def tail(self, lines=30):
        text = self.output.read_text(errors="replace").splitlines()
        return f"--- the end of {self.output} ---\n" + "\n".join(text[-lines:])

    def signal(self, number):
        if self.running:
            self.process.send_signal(number)

    def stop(self):
        """Asks it to end; returns its exit status."""
        self.signal(signal.SIGTERM)
        return self.ended()

    def kill(self):
        """Ends it and what it started, at once."""
        if self.running:
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.ended()

    def ended(self):
        until(lambda: not self.running, lambda: f"{self.name} did not end\n{self.tail()}")
        return self.process.returncode


def sanitizer_reports(workshop):
    """The text of every report that a sanitizer wrote below `workshop`."""
    return [f"{path}:\n{path.read_text(errors='replace')}" for path in sorted(workshop.rglob("report.*"))]


def complaints(workshop):
    """The sanitizers' reports, and every line of a log in which GLib found something badly wrong."""
    lines = [f"{path}: {line}" for path in sorted(workshop.rglob("*.log"))
             for line in path.read_text(errors="replace").splitlines() if "-CRITICAL **" in line]
    return sanitizer_reports(workshop) + lines

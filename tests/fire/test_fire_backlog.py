# SPDX-License-Identifier: GPL-2.0-or-later
"""Thousands of messages wait: the window stays alive while they are shown. Order and number are checked by the program."""

import os
import re
import subprocess

import pytest

LONG = bool(os.environ.get("PIPIT_LONG"))
# The long run takes the long tests alone: it tries all of these once more, many times.
pytestmark = [pytest.mark.long] if LONG else []
EACH = 1000 if LONG else 300
HELD_MS = 50
HEAP_MIB = 8


def test_backlog_does_not_hold_the_loop(build, tmp_path):
    run = subprocess.run([build.folder / "bench/bench_backlog", str(EACH)], capture_output=True, text=True, timeout=600,
                         env=build.environment(tmp_path / "home", tmp_path / "reports"))
    assert run.returncode == 0, run.stdout + run.stderr
    print(run.stdout)
    # Its own time: what the rest of the machine does is not to fail this. `make bench` reports both.
    held = float(re.search(r"of its own time: ([\d.]+) ms", run.stdout).group(1))
    heap = float(re.search(r"heap meanwhile: ([\d.]+) MiB", run.stdout).group(1))
    assert held <= HELD_MS
    assert heap <= HEAP_MIB

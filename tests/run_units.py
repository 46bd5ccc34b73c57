#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the C unit tests of one build folder and counts every case, so that a program that dies early can't pass.

usage: tests/run_units.py BUILD [PART…]     e.g. tests/run_units.py build/nettle crypto protocol
Ends with the line "N passed, N failed"; the status is 0 only if some ran and none failed. PIPIT_LONG=1 runs long cases too.
"""
import concurrent.futures
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS = 300
SECONDS_LONG = 3600


class Tally:
    """How many cases passed and failed."""

    def __init__(self, passed=0, failed=0):
        self.passed, self.failed = passed, failed

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed"


@contextlib.contextmanager
def running(command, env=None):
    """Runs `command` from the tree's root meanwhile, in a group of its own, of which nothing outlives the context."""
    with tempfile.TemporaryFile() as output:
        # No session of its own: between sessions the kernel shares the processor evenly, whatever "nice" says.
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, process_group=0)
        process.output = output
        try:
            yield process
        finally:
            end_group(process)


def ended(process, seconds):
    """Waits for a process that is `running`, with all that it started, and returns (status, output).

    The status is None if it took longer than `seconds`.
    """
    try:
        status = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        status = None
    end_group(process)
    process.output.seek(0)
    return status, process.output.read().decode("utf-8", "replace")


def run_bounded(command, seconds, env=None):
    """Runs `command` to its end and returns (status, output); see ended()."""
    with running(command, env) as process:
        return ended(process, seconds)


def end_group(process):
    """Ends a process and all that it started; first with a chance to clean up, since a make that is killed leaves half a
    program behind, which the next one takes for whole."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)


def count_tap(output, status):
    """Counts the cases of one program. Skipped cases, cases that never ran and an unclean end count as failed."""
    plan = re.search(r"^1\.\.(\d+)", output, re.MULTILINE)
    planned = int(plan.group(1)) if plan else 0
    passed = failed = 0
    for line in output.splitlines():
        case = re.match(r"(not ok|ok) \d+", line)
        if case is None:
            continue
        if case.group(1) == "ok" and "# SKIP" not in line and "# TODO" not in line:
            passed += 1
        else:
            failed += 1
    failed += max(0, planned - passed - failed)
    if failed == 0 and (status != 0 or passed == 0):
        failed = 1
    return Tally(passed, failed)


def clean_environment(home, build):
    """What a test sees: its own home, a fixed locale and sanitizers that stop at the first finding."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "PIPIT_")) and k not in ("DISPLAY",)}
    env.update(
        HOME=home, XDG_RUNTIME_DIR=home, LC_ALL="C.UTF-8", TZ="UTC", G_SLICE="always-malloc",
        PIPIT_BUILD=str(build), ASAN_OPTIONS="detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
        UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1",
        LSAN_OPTIONS="print_suppressions=0")
    if os.environ.get("PIPIT_LONG"):
        env["PIPIT_LONG"] = os.environ["PIPIT_LONG"]
    return env


def run_program(program, build):
    """Returns (its tally, what it wrote, how many seconds it took)."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pipit-unit-") as home:
        seconds = SECONDS_LONG if os.environ.get("PIPIT_LONG") else SECONDS
        status, output = run_bounded([str(program), "--tap"], seconds, clean_environment(home, build))
    tally = count_tap(output, status)
    if status is None:
        output += f"\n(killed: not finished after {seconds} seconds)\n"
    elif status < 0:
        output += f"\n(killed by {signal.Signals(-status).name})\n"
    return tally, output, time.monotonic() - started


def programs_of(build, parts):
    """The test programs of a build, in the order of their names: one for each test_*.c, whether it was built or not."""
    sources = sorted(ROOT.glob("tests/*/test_*.c"))
    return [build / source.relative_to(ROOT).with_suffix("") for source in sources
            if source.parent.name != "support" and (not parts or source.parent.name in parts)]


def run_units(build, parts=()):
    """Runs the test programs of `build`, two at a time. Prints one line for each, and all it wrote if it failed."""
    build = (ROOT / build).resolve()
    total = Tally()
    programs = programs_of(build, parts)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run_program, program, build) if os.access(program, os.X_OK) else None for program in programs]
        for program, run in zip(programs, runs):
            tally, output, seconds = run.result() if run else (Tally(0, 1), "it was not built\n", 0)
            name = program.relative_to(build)
            print(f"{'ok    ' if tally.failed == 0 else 'FAILED'} {name}: {tally} ({seconds:.0f} s)", flush=True)
            if tally.failed:
                print("\n".join("    " + line for line in output.splitlines()[-200:]), flush=True)
            total.add(tally)
    return total


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    total = run_units(pathlib.Path(sys.argv[1]), sys.argv[2:])
    print(total)
    sys.exit(0 if total.passed and not total.failed else 1)


if __name__ == "__main__":
    main()

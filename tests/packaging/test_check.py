# SPDX-License-Identifier: GPL-2.0-or-later
"""The check must not count as passed what did not run: programs that die early, run nothing, skip or hang."""
import importlib.machinery
import importlib.util
import os
import sys
import time

import pytest


@pytest.fixture
def run_units(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "tests"))
    import run_units

    return run_units


@pytest.fixture
def check(root, run_units, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["check"])
    loader = importlib.machinery.SourceFileLoader("check", str(root / "tests/check"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check", loader))
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("output, status, passed, failed", [
    ("1..2\nok 1 /a\nok 2 /b\n", 0, 2, 0),
    ("1..2\nok 1 /a\nnot ok 2 /b\n", 1, 1, 1),
    ("1..3\nok 1 /a\n", -6, 1, 2),
    ("1..3\nok 1 /a\n", 0, 1, 2),
    ("1..1\nok 1 /a\n", 1, 1, 1),
    ("1..1\nok 1 /a # SKIP no disk\n", 0, 0, 1),
    ("1..0\n", 0, 0, 1),
    ("", 0, 0, 1),
    ("Segmentation fault\n", -11, 0, 1),
    ("1..1\nok 1 /a\n", None, 1, 1),
])
def test_cases_of_a_program(run_units, output, status, passed, failed):
    tally = run_units.count_tap(output, status)
    assert (tally.passed, tally.failed) == (passed, failed)


def test_a_program_that_was_not_built_counts_as_failed(run_units, tmp_path, capsys):
    tally = run_units.run_units(tmp_path, ["crypto"])
    assert tally.passed == 0 and tally.failed > 10
    assert "was not built" in capsys.readouterr().out


def test_what_hangs_is_ended_with_all_that_it_started(run_units):
    started = time.monotonic()
    status, output = run_units.run_bounded(["bash", "-c", "sleep 77 & echo $!; wait"], 1)
    assert status is None and time.monotonic() - started < 20
    with pytest.raises(ProcessLookupError):
        wait_until_gone(int(output))


def wait_until_gone(pid):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        os.kill(pid, 0)
        time.sleep(0.01)


JUNIT = '<testsuites><testsuite><testcase name="a"/><testcase name="b">{}</testcase></testsuite></testsuites>'


@pytest.mark.parametrize("inside, expected, passed, failed", [
    ("", 2, 2, 0),
    ("<failure/>", 2, 1, 1),
    ("<error/>", 2, 1, 1),
    ("<skipped/>", 2, 1, 1),
    ("", 5, 2, 3),
])
def test_cases_of_a_python_file(check, tmp_path, inside, expected, passed, failed):
    report = tmp_path / "report.xml"
    report.write_text(JUNIT.format(inside))
    tally = check.count_junit(report, expected)
    assert (tally.passed, tally.failed) == (passed, failed)


def test_a_python_file_without_a_report_failed_as_a_whole(check, tmp_path):
    assert check.count_junit(tmp_path / "none.xml", 7).failed == 7


def test_the_last_count_of_a_part_is_its_own(check):
    tally = check.counted("1 passed, 0 failed\nmore\n12 passed, 3 failed\n")
    assert (tally.passed, tally.failed) == (12, 3)


def test_a_part_that_fails_without_a_count_is_one_failure(check, capsys):
    tally = check.step(["false"], 10)
    assert (tally.passed, tally.failed) == (0, 1)


def test_what_runs_meanwhile_ends_with_the_check(run_units):
    with pytest.raises(KeyboardInterrupt), run_units.running(["bash", "-c", "sleep 77 & echo $!; wait"]) as process:
        while not os.pread(process.output.fileno(), 1, 0):
            time.sleep(0.01)
        raise KeyboardInterrupt
    assert process.returncode is not None


def test_what_ran_meanwhile_is_counted(check, capsys):
    command = ["bash", "-c", "echo '3 passed, 1 failed'; exit 1"]
    with check.begun(command) as process:
        tally = check.ended(process, command, 20)
    assert (tally.passed, tally.failed) == (3, 1)
    assert "FAILED bash" in capsys.readouterr().out

# SPDX-License-Identifier: GPL-2.0-or-later
"""No branch and no address may depend on a secret, in our code and in nettle's P-256: secret_timing.c under valgrind."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PIPIT_BUILD_PLAIN", "build/nettle"))  # sanitizers and valgrind do not go together
PROGRAM = BUILD / "tests" / "crypto" / "secret_timing"


@pytest.fixture(scope="session", autouse=True)
def program():
    subprocess.run(["make", "--no-print-directory", f"BUILD={BUILD}", PROGRAM], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL, timeout=300)


def valgrind(*arguments):
    return subprocess.run(
        ["valgrind", "--quiet", "--error-exitcode=99", "--suppressions=tests/crypto/secret_timing.supp", PROGRAM, *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_nothing_depends_on_a_secret():
    done = valgrind()
    assert done.returncode == 0, done.stderr
    assert "checked with P-256 by nettle" in done.stdout


def test_a_leak_would_be_seen():
    done = valgrind("leak")
    assert done.returncode == 99 and "depends on uninitialised" in done.stderr, done

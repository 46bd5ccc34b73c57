# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests under fire share. They run the build without sanitizers: what dies by kill -9 reports nothing, and the
moments between two steps are as they are for people. PIPIT_BUILD_PLAIN names its folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from programs import TREE, Build  # noqa: E402  # pylint: disable=wrong-import-position
from scene import Scene  # noqa: E402  # pylint: disable=wrong-import-position


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes longer; `make check-long` runs it")


@pytest.fixture(scope="session")
def build():
    folder = Path(os.environ.get("PIPIT_BUILD_PLAIN", TREE / "build/nettle"))
    if not (folder / "fire_fate.so").exists():
        subprocess.run(["make", "--no-print-directory", "-C", TREE, f"BUILD={folder}", "fire"], check=True)
    return Build(folder)


@pytest.fixture
def scene(build, tmp_path):
    made = Scene(build, tmp_path)
    yield made
    made.close()

# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of packaging/ share: where the tree and its build are."""
import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def root():
    return ROOT


@pytest.fixture
def build():
    """The build without sanitizers: what people install."""
    return pathlib.Path(os.environ.get("PIPIT_BUILD_PLAIN", ROOT / "build/nettle")).resolve()

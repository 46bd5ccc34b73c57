# SPDX-License-Identifier: GPL-2.0-or-later
"""The committed PNG icons have the sizes that Pidgin asks for, and are what the drawings give."""
import subprocess

import pytest

DRAWING_OF = {16: "pipit-small.svg", 22: "pipit-small.svg", 48: "pipit.svg"}


def run(*words):
    return subprocess.run(words, check=True, timeout=60, capture_output=True, text=True).stdout


@pytest.mark.parametrize("size", DRAWING_OF)
def test_the_size_is_exact(root, size):
    assert run("identify", "-format", "%w %h %[channels]", root / f"icons/{size}/pipit.png") == f"{size} {size} srgba"


@pytest.mark.parametrize("size", DRAWING_OF)
def test_the_picture_is_what_the_drawing_gives(root, tmp_path, size):
    fresh = tmp_path / "fresh.png"
    run("rsvg-convert", "--width", str(size), "--height", str(size), root / "icons" / DRAWING_OF[size], "--output", fresh)
    compared = subprocess.run(["compare", "-metric", "RMSE", root / f"icons/{size}/pipit.png", fresh, "null:"],
                              timeout=60, capture_output=True, text=True)
    # Renderers differ in the last bit of an edge; a forgotten `make icons` differs by far more.
    share = float(compared.stderr.split("(")[1].rstrip(")"))
    assert share < 0.01

# SPDX-License-Identifier: GPL-2.0-or-later
"""A terminal's screen as a picture: what `tmux capture-pane -e` prints, as SVG cell by cell, and that as PNG."""

import re
import subprocess
import unicodedata
from xml.sax.saxutils import escape

CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, BASELINE = 8.43, 17, 14, 13
MARGIN = 10
COLORS = ["#2e3436", "#cc0000", "#4e9a06", "#c4a000", "#3465a4", "#75507b", "#06989a", "#d3d7cf"]
FOREGROUND, BACKGROUND = "#d3d7cf", "#1d2224"
SEQUENCE = re.compile(r"\x1b\[([\d;]*)m|\x0e|\x0f")


class Pen:
    """How the next letter looks."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.foreground, self.background = FOREGROUND, BACKGROUND
        self.bold = self.reverse = False

    def take(self, codes):
        for code in (int(code or 0) for code in codes.split(";")):
            if code == 0:
                self.reset()
            elif code in (1, 22):
                self.bold = code == 1
            elif code in (7, 27):
                self.reverse = code == 7
            elif 30 <= code <= 37:
                self.foreground = COLORS[code - 30]
            elif code == 39:
                self.foreground = FOREGROUND
            elif 40 <= code <= 47:
                self.background = COLORS[code - 40]
            elif code == 49:
                self.background = BACKGROUND

    @property
    def colors(self):
        pair = (self.foreground, self.background)
        return pair[::-1] if self.reverse else pair


def width_of(letter):
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def cells_of(line):
    """Every letter of the line with its column and how it looks."""
    pen, column, end = Pen(), 0, 0
    for match in [*SEQUENCE.finditer(line), None]:
        for letter in line[end:match.start() if match else len(line)]:
            yield column, letter, pen.colors, pen.bold
            column += width_of(letter)
        if match:
            end = match.end()
            if match[1] is not None:
                pen.take(match[1])


def svg_of(screen, columns):
    lines = screen.rstrip("\n").split("\n")
    width, height = columns * CELL_WIDTH + 2 * MARGIN, len(lines) * CELL_HEIGHT + 2 * MARGIN
    boxes, letters = [], []
    for row, line in enumerate(lines):
        y = MARGIN + row * CELL_HEIGHT
        for column, letter, (foreground, background), bold in cells_of(line):
            x = MARGIN + column * CELL_WIDTH
            if background != BACKGROUND:
                boxes.append(f'<rect x="{x:.2f}" y="{y}" width="{CELL_WIDTH * width_of(letter) + .3:.2f}" '
                             f'height="{CELL_HEIGHT}" fill="{background}"/>')
            if letter != " ":
                weight = ' font-weight="bold"' if bold else ""
                letters.append(f'<text x="{x:.2f}" y="{y + BASELINE}" fill="{foreground}"{weight}>{escape(letter)}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}">'
            f'<rect width="100%" height="100%" fill="{BACKGROUND}"/>{"".join(boxes)}'
            f'<g font-family="DejaVu Sans Mono" font-size="{FONT_SIZE}" xml:space="preserve">{"".join(letters)}</g></svg>')


def save(screen, columns, picture):
    """Writes the screen into the PNG file `picture`."""
    subprocess.run(["rsvg-convert", "-o", str(picture)], input=svg_of(screen, columns).encode(), check=True)

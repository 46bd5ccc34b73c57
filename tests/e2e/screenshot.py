#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes docs/images/pidgin-conversation.png anew: a real Pidgin with a real conversation over a real server.

usage: tests/e2e/screenshot.py BUILD OUTDIR    (`make screenshot` does it)
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from clients.pidgin import PREFERENCES, Pidgin
from clients.purple import preferences_xml
from programs import Build, Program, sanitizer_reports
from stage import Stage
from waiting import until

NAME = "pidgin-conversation.png"
FRIENDS = {"bert": "Bert Kjær", "chiara": "Chiara", "dmitri": "Dmitri", "noor": "Noor نور"}
CONVERSATION = [
    ("bert", "Are you coming out to the marsh on Saturday? The pipits are back 🐦"),
    ("anna", "Gladly! What time?"),
    ("bert", "Six in the morning, at the old lighthouse."),
    ("bert", "I bring coffee ☕ and the good binoculars."),
    ("anna", "Six?! Then I bring the cake."),
    ("bert", "Deal. Noor is coming too, نراكم هناك 👋"),
]
LEFT, TOP, GAP = 24, 44, 22
LIST_WIDTH, CONVERSATION_WIDTH, HEIGHT = 250, 560, 430
MARGIN_BELOW = 24

GTKRC = """gtk-theme-name = "Adwaita"
gtk-icon-theme-name = "Adwaita"
gtk-font-name = "DejaVu Sans 9.5"
gtk-xft-antialias = 1
gtk-xft-hinting = 1
gtk-xft-hintstyle = "hintslight"
gtk-xft-rgba = "none"
"""


class PhotographedPidgin(Pidgin):
    """Pidgin with window frames, a theme and everything in its place."""

    size = f"{LEFT + LIST_WIDTH + GAP + CONVERSATION_WIDTH + LEFT}x{TOP + HEIGHT + MARGIN_BELOW}"

    def preferences(self):
        return preferences_xml(PREFERENCES | {
            "/pidgin/blist/x": LEFT, "/pidgin/blist/y": TOP,
            "/pidgin/blist/width": LIST_WIDTH, "/pidgin/blist/height": HEIGHT,
            "/pidgin/blist/show_protocol_icons": True,
            "/pidgin/blist/show_offline_buddies": True,
            "/pidgin/conversations/tabs": True,
            "/pidgin/conversations/im/x": LEFT + LIST_WIDTH + GAP, "/pidgin/conversations/im/y": TOP,
            "/pidgin/conversations/im/width": CONVERSATION_WIDTH, "/pidgin/conversations/im/height": HEIGHT,
        })

    def environment(self):
        return super().environment() | {"GTK2_RC_FILES": str(self.folder / "gtkrc"), "XDG_DATA_DIRS": str(self.icons())}

    def icons(self):
        """Where the installed icons would be found: beside Debian's."""
        return "/usr/local/share:/usr/share"

    def open_screen(self):
        super().open_screen()
        (self.folder / "gtkrc").write_text(GTKRC)
        environment = {**os.environ, "DISPLAY": self.display, "HOME": str(self.folder)}
        self.manager = Program("openbox", ["openbox", "--sm-disable"], environment, self.folder)
        self.x("convert", "-size", self.size, "gradient:#8fb3c9-#dfe8e0", self.folder / "sky.png")
        subprocess.run(["display", "-window", "root", str(self.folder / "sky.png")], env=environment)

    def close(self):
        try:
            super().close()
        finally:
            self.manager.stop()

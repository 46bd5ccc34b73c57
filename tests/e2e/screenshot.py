#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the README's pictures in docs/images/ anew: a real Pidgin with a real conversation over a real server, a picture that
comes in it, and a file on its way.

usage: tests/e2e/screenshot.py BUILD OUTDIR    (`make screenshot` does it)
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clients.pidgin import PREFERENCES, Pidgin
from clients.purple import preferences_xml
from programs import TREE, Build, Program, complaints
from stage import Stage
from waiting import until

CONVERSATION_NAME, PICTURE_NAME, TRANSFER_NAME = "pidgin-conversation.png", "pidgin-picture.png", "pidgin-transfer.png"
FRIENDS = {"bert": "Bert Kjær", "chiara": "Chiara", "dmitri": "Dmitri", "noor": "Noor نور"}
CONVERSATION = [
    ("bert", "Are you coming out to the marsh on Saturday? The pipits are back 🐦"),
    ("anna", "Gladly! What time?"),
    ("bert", "Six in the morning, at the old lighthouse."),
    ("bert", "I bring coffee ☕ and the good binoculars."),
    ("anna", "Six?! Then I bring the cake."),
    ("bert", "Deal. Noor is coming too, نراكم هناك 👋"),
]
PICTURE, FILE = "pipit at dawn.jpg", "marsh map.pdf"
FILE_BYTES = 9_400_000
BYTES_A_SECOND = 600_000
LEFT, TOP, GAP = 24, 24, 22
LIST_WIDTH, CONVERSATION_WIDTH, HEIGHT = 250, 560, 380
FRAME = 26  # of a window, all its height together
# So long Pidgin shows a door in place of the status of who has just come.
SECONDS_OF_COMING = 11
SKY = "gradient:#8fb3c9-#dfe8e0"

GTKRC = """gtk-theme-name = "Adwaita"
gtk-icon-theme-name = "Adwaita"
gtk-font-name = "DejaVu Sans 9.5"
gtk-xft-antialias = 1
gtk-xft-hinting = 1
gtk-xft-hintstyle = "hintslight"
gtk-xft-rgba = "none"
"""


# Pidgin looks for protocol icons in its own folder alone: ours are shown there to this Pidgin and to nobody else.
WITH_ICONS = 'mount --bind "$1" "$2"; shift 2; exec "$@"'
PIDGINS_ICONS = Path("/usr/share/pixmaps/pidgin/protocols")


class PhotographedPidgin(Pidgin):
    """Pidgin with window frames, a theme and everything in its place."""

    size = f"{LEFT + LIST_WIDTH + GAP + CONVERSATION_WIDTH + LEFT}x{TOP + HEIGHT + FRAME + TOP}"

    def preferences(self):
        return preferences_xml(PREFERENCES | {
            "/pidgin/blist/width": LIST_WIDTH, "/pidgin/blist/height": HEIGHT,
            "/pidgin/blist/show_protocol_icons": True,
            "/pidgin/blist/show_offline_buddies": True,
            "/pidgin/conversations/tabs": True,
            "/pidgin/conversations/im/width": CONVERSATION_WIDTH, "/pidgin/conversations/im/height": HEIGHT,
        })

    def command(self):
        icons = self.folder / "icons"
        shutil.copytree(PIDGINS_ICONS, icons, dirs_exist_ok=True)
        for size in ("16", "22", "48"):
            shutil.copy(TREE / "icons" / size / "pipit.png", icons / size)
        return ["unshare", "--mount", "sh", "-ec", WITH_ICONS, "sh", icons, PIDGINS_ICONS, *super().command()]

    def environment(self):
        return super().environment() | {"GTK2_RC_FILES": str(self.folder / "gtkrc")}

    def open_screen(self):
        super().open_screen()
        (self.folder / "gtkrc").write_text(GTKRC)
        environment = {**os.environ, "DISPLAY": self.display, "HOME": str(self.folder)}
        self.manager = Program("openbox", ["openbox", "--sm-disable"], environment, self.folder)
        self.x("convert", "-size", self.size, SKY, self.folder / "sky.png")
        # Its exit status is 1 when all went well.
        subprocess.run(["display", "-window", "root", str(self.folder / "sky.png")], env=environment, check=False)

    def arrange(self):
        """Puts the two windows side by side and closes what stands in front of them."""
        for window in self.windows("^Accounts$"):
            self.x("xdotool", "windowactivate", "--sync", window, "key", "alt+F4")
        until(lambda: not self.windows("^Accounts$"), "Pidgin's account window does not close")
        self.x("xdotool", "windowmove", "--sync", self.window("^Buddy List$"), LEFT, TOP)
        self.x("xdotool", "windowmove", "--sync", self.window(FRIENDS["bert"]), LEFT + LIST_WIDTH + GAP, TOP)

    def close(self):
        try:
            super().close()
        finally:
            self.manager.stop()


def photograph(build, folder, picture):
    """Lets two people talk, and takes the picture."""
    stage = Stage(build, folder)
    anna = PhotographedPidgin(build, folder / "pidgin-anna")
    stage.clients["pidgin", "anna"] = anna
    try:
        anna.start()
        anna.sign_in(stage.account("anna"))
        anna.purple("AccountSetAlias", anna.account, "Anna")
        friends = {name: stage.person("bitlbee", name) for name in FRIENDS}
        for name, friend in friends.items():
            anna.add_buddy(friend.address, FRIENDS[name], "Birdwatchers" if name in ("bert", "noor") else "Friends")
        came = time.monotonic()
        bert = friends["bert"]
        bert.add_buddy(anna.address)
        for who, text in CONVERSATION:
            if who == "anna":
                anna.send(bert.address, text)
                bert.receive(anna.address)
            else:
                bert.send(anna.address, text)
                anna.receive(bert.address)
        anna.open_conversation(bert.address)
        anna.arrange()
        until(lambda: time.monotonic() > came + SECONDS_OF_COMING, "the clock stands still")
        anna.screenshot(picture)
    finally:
        stage.close()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    build, pictures = Build(sys.argv[1]), Path(sys.argv[2]).resolve()
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pipit-screenshot-") as folder:
        photograph(build, Path(folder), pictures / NAME)
        reports = complaints(Path(folder))
        if reports:
            sys.exit("\n".join(reports))
    print(pictures / NAME)


if __name__ == "__main__":
    main()

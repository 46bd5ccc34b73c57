#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the README's pictures in docs/images/ anew: a real Pidgin with a real conversation over a real server, a picture that
comes in it, and a file on its way.

usage: tests/e2e/screenshot.py BUILD OUTDIR    (`make screenshot` does it)
"""

import os
import re
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
from wires import Tap

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
WHOLE = LEFT + LIST_WIDTH + GAP + CONVERSATION_WIDTH + LEFT, TOP + HEIGHT + FRAME + TOP
PICTURE_HEIGHT = 560
TRANSFER = 540, 520
SCREEN = WHOLE[0], TOP + PICTURE_HEIGHT + FRAME + TOP
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

    size = f"{SCREEN[0]}x{SCREEN[1]}"

    def preferences(self):
        return preferences_xml(PREFERENCES | {
            "/pidgin/blist/width": LIST_WIDTH, "/pidgin/blist/height": HEIGHT,
            "/pidgin/blist/show_protocol_icons": True,
            "/pidgin/blist/show_offline_buddies": True,
            "/pidgin/conversations/tabs": True,
            "/pidgin/conversations/chat/userlist_width": 120,
            "/pidgin/conversations/chat/width": CONVERSATION_WIDTH, "/pidgin/conversations/chat/height": HEIGHT,
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

    def close_window(self, title):
        for window in self.windows(title):
            self.x("xdotool", "windowactivate", "--sync", window, "key", "alt+F4")
        until(lambda: not self.windows(title), f"Pidgin's window {title} does not close")

    def arrange(self):
        """Puts the two windows side by side and closes what stands in front of them."""
        self.close_window("^Accounts$")
        self.put("^Buddy List$", LEFT, TOP)
        self.put(FRIENDS["bert"], LEFT + LIST_WIDTH + GAP, TOP)

    def put(self, title, left, top, size=()):
        window = self.window(title)
        if size:
            self.x("xdotool", "windowsize", "--sync", window, *size)
        self.x("xdotool", "windowmove", "--sync", window, left, top, "windowactivate", "--sync", window)

    def put_away(self, title):
        self.x("xdotool", "windowminimize", "--sync", self.window(title))

    def photograph(self, path, left, width, height):
        """A part of the screen, from its top on."""
        whole = self.screenshot(self.folder / "whole.png")
        self.x("convert", whole, "-crop", f"{width}x{height}+{left}+0", "+repage", path)
        print(path)

    def close(self):
        try:
            super().close()
        finally:
            self.manager.stop()


class SlowWire(Tap):
    """A wire that can be made slow."""

    rate = None  # bytes a second

    def record(self, piece):
        if self.rate is not None:
            time.sleep(len(piece) / self.rate)


def draw_picture(folder):
    """A marsh at dawn, with the bird of the icon."""
    bird = (TREE / "icons/pipit.svg").read_text()
    bird = bird[bird.index("<title>"):bird.rindex("</svg>")]
    drawing = folder / "marsh.svg"
    drawing.write_text((TREE / "tests/e2e/marsh.svg").read_text().replace("<!-- the bird -->", bird))
    subprocess.run(["rsvg-convert", drawing, "-o", folder / "marsh.png"], check=True)
    subprocess.run(["convert", folder / "marsh.png", "-quality", "88", folder / PICTURE], check=True)
    return folder / PICTURE


def talk(anna, bert):
    for who, text in CONVERSATION:
        if who == "anna":
            anna.send(bert.address, text)
            bert.receive(anna.address)
        else:
            bert.send(anna.address, text)
            anna.receive(bert.address)


def send_picture(anna, bert, folder):
    anna.x("xdotool", "windowactivate", "--sync", anna.window(FRIENDS["bert"]), "key", "ctrl+l")
    until(lambda: not anna.lines(bert.address), anna.story)
    anna.seen.clear()
    anna.put_away("^Buddy List$")
    anna.put(FRIENDS["bert"], LEFT + LIST_WIDTH + GAP, TOP, (CONVERSATION_WIDTH, PICTURE_HEIGHT))
    bert.send(anna.address, "Look who sat there this morning!")
    anna.receive(bert.address)
    bert.send_file(anna.address, draw_picture(folder))
    until(lambda: any("<img" in line.html for line in anna.lines(bert.address)), anna.story)
    anna.send(bert.address, "What a beauty! 😍")
    bert.receive(anna.address)


def begin_transfer(anna, bert, wire, folder):
    """Has Pidgin fetch a file, slowly, with nothing behind its window of transfers, and waits until a third of it is there."""
    path = folder / FILE
    path.write_bytes(bytes(FILE_BYTES))
    bert.send_file(anna.address, path)
    anna.answer("alt+a")
    wire.rate = BYTES_A_SECOND
    downloads = folder / "Downloads"
    downloads.mkdir()
    anna.choose("^Save File", downloads / FILE)
    anna.put_away(FRIENDS["bert"])
    anna.put("^File Transfers", LEFT, TOP, TRANSFER)
    anna.x("xdotool", "key", "alt+d")
    until(lambda: any(re.search(r"- (3[5-9]|4\d)%", name) for name in anna.window_names()), anna.story)


def photograph(build, folder, pictures):
    """Lets two people talk, and takes the pictures."""
    stage = Stage(build, folder)
    wire = SlowWire(stage.server.port)
    anna = PhotographedPidgin(build, folder / "pidgin-anna")
    stage.clients["pidgin", "anna"] = anna
    try:
        anna.start()
        anna.sign_in(stage.account("anna", server=wire.url))
        anna.purple("AccountSetAlias", anna.account, "Anna")
        friends = {name: stage.person("bitlbee", name) for name in FRIENDS}
        for name, friend in friends.items():
            anna.add_buddy(friend.address, FRIENDS[name], "Birdwatchers" if name in ("bert", "noor") else "Friends")
        came = time.monotonic()
        bert = friends["bert"]
        bert.add_buddy(anna.address)
        talk(anna, bert)
        anna.open_conversation(bert.address)
        anna.arrange()
        until(lambda: time.monotonic() > came + SECONDS_OF_COMING, "the clock stands still")
        anna.photograph(pictures / CONVERSATION_NAME, 0, *WHOLE)
        send_picture(anna, bert, folder)
        anna.photograph(pictures / PICTURE_NAME, LIST_WIDTH + GAP, LEFT + CONVERSATION_WIDTH + LEFT, SCREEN[1])
        begin_transfer(anna, bert, wire, folder)
        anna.photograph(pictures / TRANSFER_NAME, 0, LEFT + TRANSFER[0] + LEFT, TOP + TRANSFER[1] + FRAME + TOP)
        wire.rate = None
    finally:
        stage.close()
        wire.close()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    build, pictures = Build(sys.argv[1]), Path(sys.argv[2]).resolve()
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pipit-") as folder:
        photograph(build, Path(folder), pictures)
        reports = complaints(Path(folder))
        if reports:
            sys.exit("\n".join(reports))


if __name__ == "__main__":
    main()

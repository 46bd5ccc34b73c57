#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the pictures in docs/images anew: a real Pidgin and a real Finch with real conversations over a real server.

usage: tests/e2e/screenshot.py BUILD OUTDIR    (`make screenshot` does it)
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import terminal_picture
from clients.finch import PREFERENCES as FINCH_PREFERENCES
from clients.finch import Finch
from clients.pidgin import PREFERENCES, Pidgin
from clients.purple import preferences_xml
from programs import TREE, Build, Program, complaints
from stage import Stage
from waiting import until

CONVERSATION_PICTURE, GROUP_PICTURE, FINCH_PICTURE = "pidgin-conversation.png", "pidgin-group.png", "finch-group.png"
FRIENDS = {"bert": "Bert Kjær", "chiara": "Chiara", "dmitri": "Dmitri", "noor": "Noor نور"}
CONVERSATION = [
    ("bert", "Are you coming out to the marsh on Saturday? The pipits are back 🐦"),
    ("anna", "Gladly! What time?"),
    ("bert", "Six in the morning, at the old lighthouse."),
    ("bert", "I bring coffee ☕ and the good binoculars."),
    ("anna", "Six?! Then I bring the cake."),
    ("bert", "Deal. Noor is coming too, نراكم هناك 👋"),
]
GROUP = "Marsh at six"
GROUP_CONVERSATION = [
    ("anna", "Here we are all together. Who drives?"),
    ("bert", "I have room for three 🚙"),
    ("noor", "Take me along, I live by the bridge."),
    ("chiara", "Somebody wake me up, then I bring the cake too."),
    ("anna", "Two cakes it is."),
]
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

    def arrange(self, title):
        """Puts the two windows side by side and closes what stands in front of them."""
        for window in self.windows("^Accounts$"):
            self.x("xdotool", "windowactivate", "--sync", window, "key", "alt+F4")
        until(lambda: not self.windows("^Accounts$"), "Pidgin's account window does not close")
        self.x("xdotool", "windowmove", "--sync", self.window("^Buddy List$"), LEFT, TOP)
        self.x("xdotool", "windowmove", "--sync", self.window(title), LEFT + LIST_WIDTH + GAP, TOP)

    def close(self):
        try:
            super().close()
        finally:
            self.manager.stop()


class PhotographedFinch(Finch):
    """Finch in a terminal of an ordinary size."""

    columns, rows = 100, 30

    def preferences(self):
        return preferences_xml(FINCH_PREFERENCES | {
            "/finch/conversations/size/width": 56, "/finch/conversations/size/height": 23,
            "/finch/conversations/position/x": 25, "/finch/conversations/position/y": 0,
            "/finch/conversations/chats/userlist": True,
            "/finch/blist/showoffline": True,
            "/finch/blist/size/width": 22, "/finch/blist/size/height": 27,
        })

    def photograph(self, picture):
        terminal_picture.save(self.tmux("capture-pane", "-p", "-e", "-N", "-t", "finch"), self.columns, picture)


def talk(people, conversation, listeners, where):
    """Lets them say all of it; each line is there at all listeners before the next is written. `where(writer, reader)` is
    what the conversation is called at the reader."""
    for who, text in conversation:
        people[who].send(where(people[who], None), text)
        for name in listeners:
            if name != who:
                people[name].receive_line(where(people[who], people[name]))


def show_conversation(anna, friends, picture):
    bert = friends["bert"]
    bert.add_buddy(anna.address)
    came = time.monotonic()
    talk({"anna": anna, "bert": bert}, CONVERSATION, ("anna", "bert"),
         lambda writer, reader: writer.address if reader else (anna if writer is bert else bert).address)
    anna.open_conversation(bert.address)
    anna.arrange(FRIENDS["bert"])
    until(lambda: time.monotonic() > came + SECONDS_OF_COMING, "the clock stands still")
    anna.screenshot(picture)
    anna.purple("ConversationDestroy", anna.conversation(bert.address))


def show_group(anna, friends, pidgins_picture, finchs_picture):
    people = {"anna": anna, **friends}
    members = ("bert", "noor", "chiara")
    friends["chiara"].add_buddy(anna.address)
    anna.open_conversation(friends["bert"].address)
    anna.start_group(GROUP, [friends[name].address for name in members])
    anna.purple("ConversationDestroy", anna.conversation(friends["bert"].address))
    for name in members:
        friends[name].wait_for_group(GROUP)
    talk(people, GROUP_CONVERSATION, ("anna", *members), lambda *_: GROUP)
    anna.open_conversation(GROUP)
    anna.arrange(GROUP)
    anna.screenshot(pidgins_picture)
    noor = friends["noor"]
    noor.look_at(GROUP)
    noor.wait_for_screen(GROUP_CONVERSATION[-1][1])
    noor.photograph(finchs_picture)


def befriend(noor, anna, friends):
    """Noor's list, in her Finch."""
    noor.add_buddy(anna.address, "Anna")
    for name in ("bert", "chiara"):
        noor.add_buddy(friends[name].address, FRIENDS[name])


def photograph(build, folder, pictures):
    """Lets people talk, and takes the pictures."""
    stage = Stage(build, folder)
    anna = PhotographedPidgin(build, folder / "pidgin-anna")
    noor = PhotographedFinch(build, folder / "finch-noor")
    stage.clients["pidgin", "anna"] = anna
    try:
        anna.start()
        anna.sign_in(stage.account("anna"))
        anna.purple("AccountSetAlias", anna.account, "Anna")
        stage.clients["finch", "noor"] = noor
        noor.start()
        noor.sign_in(stage.account("noor"))
        noor.purple("AccountSetAlias", noor.account, "Noor")
        friends = {name: noor if name == "noor" else stage.person("bitlbee", name) for name in FRIENDS}
        for name, friend in friends.items():
            anna.add_buddy(friend.address, FRIENDS[name], "Birdwatchers" if name in ("bert", "noor") else "Friends")
        befriend(noor, anna, friends)
        show_conversation(anna, friends, pictures / CONVERSATION_PICTURE)
        show_group(anna, friends, pictures / GROUP_PICTURE, pictures / FINCH_PICTURE)
    finally:
        stage.close()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    build, pictures = Build(sys.argv[1]), Path(sys.argv[2]).resolve()
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pipit-screenshot-") as folder:
        photograph(build, Path(folder), pictures)
        reports = complaints(Path(folder))
        if reports:
            sys.exit("\n".join(reports))
    for name in (CONVERSATION_PICTURE, GROUP_PICTURE, FINCH_PICTURE):
        print(pictures / name)


if __name__ == "__main__":
    main()

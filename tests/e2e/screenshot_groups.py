#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the README's pictures of a group anew: in a real Pidgin and in a real Finch, over a real server.

usage: tests/e2e/screenshot_groups.py BUILD OUTDIR    (`make screenshot` does it)
"""

import sys
import tempfile
import time
from pathlib import Path

import terminal_picture
from clients.finch import PREFERENCES, Finch
from clients.purple import preferences_xml
from programs import Build, complaints
from screenshot import FRIENDS, GAP, LEFT, LIST_WIDTH, SECONDS_OF_COMING, TOP, WHOLE, PhotographedPidgin
from stage import Stage
from waiting import until

PIDGIN_NAME, FINCH_NAME = "pidgin-group.png", "finch-group.png"
GROUP = "Marsh at six"
MEMBERS = ("bert", "noor", "chiara")
CONVERSATION = [
    ("anna", "Here we are all together. Who drives?"),
    ("bert", "I have room for three 🚙"),
    ("noor", "Take me along, I live by the bridge."),
    ("chiara", "Somebody wake me up, then I bring the cake too."),
    ("anna", "Two cakes it is."),
]


class PhotographedFinch(Finch):
    """Finch in a terminal of an ordinary size."""

    columns, rows = 100, 30

    def preferences(self):
        return preferences_xml(PREFERENCES | {
            "/finch/conversations/size/width": 56, "/finch/conversations/size/height": 23,
            "/finch/conversations/position/x": 25, "/finch/conversations/position/y": 0,
            "/finch/conversations/chats/userlist": True,
            "/finch/blist/showoffline": True,
            "/finch/blist/size/width": 22, "/finch/blist/size/height": 27,
        })

    def photograph(self, picture):
        terminal_picture.save(self.tmux("capture-pane", "-p", "-e", "-N", "-t", "finch"), self.columns, picture)
        print(picture)


def gather(stage, anna, noor):
    """Signs all in and makes them known to each other; returns them by name."""
    people = {"anna": anna, "noor": noor}
    for name, client, alias in (("anna", anna, "Anna"), ("noor", noor, "Noor")):
        client.start()
        client.sign_in(stage.account(name))
        client.purple("AccountSetAlias", client.account, alias)
    for name in FRIENDS:
        if name not in people:
            people[name] = stage.person("bitlbee", name)
            people[name].add_buddy(anna.address)
        anna.add_buddy(people[name].address, FRIENDS[name], "Birdwatchers" if name in ("bert", "noor") else "Friends")
    noor.add_buddy(anna.address, "Anna")
    for name in ("bert", "chiara"):
        noor.add_buddy(people[name].address, FRIENDS[name])
    return people


def talk(people):
    """Each line is there with all before the next is written."""
    for who, text in CONVERSATION:
        people[who].send(GROUP, text)
        for name in ("anna", *MEMBERS):
            if name != who:
                people[name].receive_line(GROUP)


def photograph(build, folder, pictures):
    """Lets four people talk in a group, and takes the pictures."""
    stage = Stage(build, folder)
    anna = PhotographedPidgin(build, folder / "pidgin-anna")
    noor = PhotographedFinch(build, folder / "finch-noor")
    stage.clients |= {("pidgin", "anna"): anna, ("finch", "noor"): noor}
    try:
        people = gather(stage, anna, noor)
        addresses = [people[name].address for name in MEMBERS]
        anna.start_group(GROUP, addresses)
        anna.purple("ConversationDestroy", anna.conversation(addresses[0]))
        for name in MEMBERS:
            people[name].wait_for_group(GROUP)
        came = time.monotonic()
        talk(people)
        anna.open_conversation(GROUP)
        anna.close_window("^Accounts$")
        anna.put("^Buddy List$", LEFT, TOP)
        anna.put(f"^{GROUP}$", LEFT + LIST_WIDTH + GAP, TOP)
        until(lambda: time.monotonic() > came + SECONDS_OF_COMING, "the clock stands still")
        anna.photograph(pictures / PIDGIN_NAME, 0, *WHOLE)
        noor.look_at(GROUP)
        noor.wait_for_screen(CONVERSATION[-1][1])
        noor.photograph(pictures / FINCH_NAME)
    finally:
        stage.close()


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

# SPDX-License-Identifier: GPL-2.0-or-later
"""Finch in a terminal of tmux, typed into key by key and read off the screen."""

import os
import re
import subprocess

from clients.purple import PurpleClient, preferences_xml
from programs import Program
from waiting import until

NAMELESS = "<gnt>"  # what the task bar calls a window without a title
# Finch reads 256 bytes of keys at once, and tears the letter at that border.
PIECE_BYTES = 200
# Around what one types there.
FILLING = " _"
PREFERENCES = {
    "/purple/logging/format": "txt",
    "/purple/away/idle_reporting": "none",
    "/purple/away/away_when_idle": False,
    "/finch/sound/method": "none",
    "/finch/conversations/position/x": 30,
    "/finch/conversations/position/y": 2,
}


class Finch(PurpleClient):
    """See PurpleClient."""

    kind = "finch"
    columns, rows = 200, 60

    def __init__(self, build, folder):
        super().__init__(build, folder)
        self.launches = 0

    def command(self):
        return ["finch", "--config", self.config]

    def preferences(self):
        return preferences_xml(PREFERENCES | {
            "/finch/conversations/size/width": self.columns - 40,
            "/finch/conversations/size/height": self.rows - 10,
        })

    def tmux(self, *arguments, **run):
        return subprocess.run(["tmux", "-u", "-S", str(self.folder / f"tmux{self.launches}"), *map(str, arguments)],
                              env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.folder)},
                              check=True, capture_output=True, text=True, timeout=60, **run).stdout

    def launch(self):
        # The last one's tmux may still be about to end, and would take this one with it.
        self.launches += 1
        environment = self.environment()
        variables = [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
        (self.folder / "status").unlink(missing_ok=True)
        script = '"$@" 2>>finch.log; echo $? >status.new; mv status.new status'
        self.tmux("-f", "/dev/null", "new-session", "-d", "-s", "finch", "-x", self.columns, "-y", self.rows, "-c", self.folder,
                  *variables, "sh", "-c", script, "sh", *self.on_a_bus(self.command()))
        self.program = InTmux(self)

    def start(self):
        super().start()
        # Without an account it opens the windows to make one; a person who has none yet would fill them in.
        until(lambda: "Buddy List" in self.screen(), lambda: f"Finch shows no buddy list\n{self.story()}")
        for window in ("New Account", "Accounts"):
            self.close_window(window)

    def close_window(self, name):
        if name in self.task_bar(self.screen()):
            self.press("M-c")
            until(lambda: name not in self.task_bar(self.screen()), self.story)

    def quit(self):
        self.press("M-q")

    def kill(self):
        self.tmux("kill-server")

    def press(self, key):
        self.tmux("send-keys", "-t", "finch", key)

    def type(self, peer, text):
        """Finch's entry has one line: a text of several can't be typed there."""
        assert "\n" not in text, "Finch's entry takes one line"
        self.look_at(peer)
        for piece in pieces_of(text):
            self.type_piece(piece)
        self.press("Enter")

    def type_piece(self, piece):
        """Waits until Finch has read it all: it must stand before the cursor, since a text that repeats itself may have an end
        like this elsewhere."""
        self.tmux("send-keys", "-t", "finch", "-l", "--", piece)
        end = piece[-20:].strip(FILLING)
        until(lambda: self.entry().endswith(end), lambda: f"Finch does not take what is typed: {piece!r}\n{self.story()}")

    def entry(self):
        """The line in which the cursor is, without what fills it up."""
        row = self.tmux("display-message", "-p", "-t", "finch", "#{cursor_y}").strip()
        return self.tmux("capture-pane", "-p", "-t", "finch", "-S", row, "-E", row).rstrip(FILLING + "│▒\n")

    def send_file(self, peer, path):
        self.open_conversation(peer)
        self.type(peer, f"/sendfile {path}")

    def take_file(self, peer, name, folder):
        """Into the folder that Finch proposes: its window for files takes no path that one types. Then it is moved."""
        self.look_at_window(NAMELESS)
        self.press("Enter")
        self.wait_for_screen("Save File...")
        for _ in range(4):
            self.press("Tab")
        self.press("Enter")
        self.look_at(peer)
        self.wait_for_screen(f"The file was saved as {self.folder}/home/{name}")
        folder.mkdir(exist_ok=True)
        return (self.folder / "home" / name).rename(folder / name)

    def look_at(self, peer):
        """Switches to the conversation by Alt and its number in the task bar: D-Bus can only make a window urgent."""
        self.look_at_window(f"{self.title(peer)} (")

    def look_at_window(self, title):
        self.press(until(lambda: self.key_of(title), lambda: f"Finch has no window {title!r}\n{self.story()}"))

    def key_of(self, title):
        for number, name in enumerate(self.task_bar(self.screen()), start=1):
            if name and title.startswith(name[:len(title)]):
                return f"M-{number}"
        return None

    @staticmethod
    def task_bar(screen):
        """The names of the windows, as the last line of the screen has them."""
        return [name.strip() for name in screen.rstrip("\n").splitlines()[-1].split("│")]

    def screen(self):
        return self.tmux("capture-pane", "-p", "-J", "-t", "finch")

    def wait_for_screen(self, text):
        """Waits until the person can read this."""
        until(lambda: text in self.screen(), lambda: f"not on Finch's screen: {text!r}\n{self.story()}")

    def as_shown(self, html):
        """As finch_write_conv() does it, by libpurple's own function."""
        return self.purple("MarkupStripHtml", html.replace("\n", "<br>"))

    def story(self):
        if self.program is None:
            return "finch does not run"
        screen = self.screen() if self.program.running else "(it has ended)"
        screen = re.sub(r"\n\s*\n+", "\n", screen)
        return f"{self.program.tail()}\n--- Finch's screen ---\n{screen}"


def pieces_of(text):
    """Cuts the text into pieces that Finch can take at once."""
    piece = ""
    for letter in text:
        if len((piece + letter).encode()) > PIECE_BYTES:
            yield piece
            piece = ""
        piece += letter
    yield piece


class InTmux(Program):
    """Finch's process, which tmux owns: its status is what the shell wrote down."""

    def __init__(self, finch):  # pylint: disable=super-init-not-called
        self.name = "finch"
        self.finch = finch
        self.output = finch.folder / "finch.log"
        self.status = finch.folder / "status"
        self.output.touch()

    @property
    def running(self):
        return not self.status.exists()

    def ended(self):
        until(lambda: not self.running, lambda: f"finch did not end\n{self.tail()}")
        return int(self.status.read_text())

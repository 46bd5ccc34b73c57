# SPDX-License-Identifier: GPL-2.0-or-later
"""Pidgin on an X server of its own, typed into and looked at as a person would."""

import os
import subprocess
import tempfile
from html.parser import HTMLParser

from clients.purple import PurpleClient, preferences_xml
from programs import Program
from waiting import until

PREFERENCES = {
    "/purple/logging/format": "txt",
    "/purple/away/idle_reporting": "none",
    "/purple/away/away_when_idle": False,
    "/pidgin/sound/method": "none",
    "/pidgin/docklet/show": "never",
    "/pidgin/blist/list_visible": True,
    "/pidgin/conversations/spellcheck": False,
    "/pidgin/conversations/tabs": False,
    "/pidgin/conversations/im/x": 300,
    "/pidgin/conversations/im/y": 20,
    "/pidgin/conversations/im/width": 700,
    "/pidgin/conversations/im/height": 560,
}


class Pidgin(PurpleClient):
    """See PurpleClient."""

    kind = "pidgin"
    size = "1024x700"

    def __init__(self, build, folder):
        super().__init__(build, folder)
        self.display = None
        self.screen = None

    def command(self):
        return ["pidgin", "--config", self.config, "--multiple"]

    def preferences(self):
        return preferences_xml(PREFERENCES)

    def environment(self):
        return {**super().environment(), "DISPLAY": self.display}

    def launch(self):
        if self.screen is None:
            self.open_screen()
        super().launch()

    def open_screen(self):
        settings = self.folder / "home/.config/gtk-2.0/gtkfilechooser.ini"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text("[Filechooser Settings]\nLocationMode=filename-entry\nStartupMode=cwd\n")
        reader, writer = os.pipe()
        self.screen = Program(
            "xvfb", ["Xvfb", "-displayfd", writer, "-screen", "0", f"{self.size}x24", "-nolisten", "tcp", "-noreset"],
            {"PATH": os.environ["PATH"], "HOME": str(self.folder)}, self.folder, pass_fds=[writer])
        os.close(writer)
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        assert number, f"Xvfb did not start\n{self.screen.tail()}"
        self.display = ":" + number

    def close(self):
        try:
            super().close()
        finally:
            if self.screen is not None:
                self.screen.stop()
                self.screen = None

    # Hands and eyes

    def x(self, *command):
        """Runs a tool on this X server, returns what it prints."""
        run = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60,
                             env={**os.environ, "DISPLAY": self.display, "LC_ALL": "C.UTF-8"})
        assert run.returncode == 0, f"{command}: status {run.returncode}, {run.stderr}"
        return run.stdout

    def windows(self, title):
        """The ids of the windows that can be seen and whose title holds this (a regular expression)."""
        run = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", title],
                             env={**os.environ, "DISPLAY": self.display}, capture_output=True, text=True, timeout=60)
        return run.stdout.split()

    def window_names(self):
        run = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", ".", "getwindowname", "%@"],
                             env={**os.environ, "DISPLAY": self.display}, capture_output=True, text=True, timeout=60)
        return run.stdout.splitlines()

    def window(self, title):
        return until(lambda: self.windows(title), lambda: f"Pidgin has no window {title!r}\n{self.story()}")[0]

    def focus(self, peer):
        window = self.window("^" + "".join(c if c.isalnum() else "." for c in self.title(peer)) + "$")
        self.x("xdotool", "windowraise", window, "windowfocus", "--sync", window)
        return window

    def type(self, peer, text):
        """By the clipboard as plain text, since an X keyboard has no keys for most of what people write."""
        self.focus(peer)
        clipboard = self.put_on_clipboard(text)
        self.x("xdotool", "key", "--clearmodifiers", "ctrl+shift+v")
        until(lambda: clipboard.poll() is not None, lambda: f"Pidgin did not paste {text!r}\n{self.story()}")
        self.x("xdotool", "key", "Return")

    def put_on_clipboard(self, text):
        """Returns the process that hands the text out; it ends when Pidgin has it."""
        with tempfile.TemporaryFile() as file:
            file.write(text.encode())
            file.seek(0)
            clipboard = subprocess.Popen(["xclip", "-selection", "clipboard", "-quiet", "-loops", "1"], text=True,
                                         env={**os.environ, "DISPLAY": self.display}, stdin=file,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for line in clipboard.stderr:
            if line.startswith("Waiting for"):
                break
        return clipboard

    def type_by_keys(self, peer, text):
        self.open_conversation(peer)
        self.focus(peer)
        self.x("xdotool", "type", "--delay", "5", text)
        self.x("xdotool", "key", "Return")

    def type_without_sending(self, peer, text):
        self.open_conversation(peer)
        self.focus(peer)
        self.x("xdotool", "type", "--delay", "5", text)

    def type_bold(self, peer, text):
        self.open_conversation(peer)
        self.focus(peer)
        self.x("xdotool", "key", "ctrl+b", "type", "--delay", "5", text)
        self.x("xdotool", "key", "ctrl+b", "Return")

    # Files

    def send_file(self, peer, path):
        self.open_conversation(peer)
        self.focus(peer)
        self.x("xdotool", "key", "alt+c", "n")
        self.choose("^Open File", path)

    def insert_picture(self, peer, path, text):
        """Types the text, puts the picture behind it, and sends both."""
        self.open_conversation(peer)
        self.focus(peer)
        self.x("xdotool", "type", "--delay", "5", text)
        self.x("xdotool", "key", "alt+c", "Up", "Up", "Return")
        self.choose("^Insert Image", path)
        until(lambda: not self.windows("^Insert Image"), self.story)
        self.focus(peer)
        self.x("xdotool", "key", "Return")

    def take_file(self, peer, name, folder):
        """Of transfers D-Bus can tell nothing: libpurple's list of them does not survive the question."""
        self.answer("alt+a")
        folder.mkdir(exist_ok=True)
        self.choose("^Save File", folder / name)
        until((folder / name).exists, lambda: f"Pidgin did not save {name}\n{self.story()}")
        return folder / name

    def answer(self, key):
        """Answers the question in front: alt+a accepts, alt+c does not."""
        window = self.window("^Pidgin$")
        self.x("xdotool", "windowfocus", "--sync", window, "key", key)

    def choose(self, title, path):
        """Names a file in the window that asks for one."""
        window = self.window(title)
        self.x("xdotool", "windowfocus", "--sync", window)
        clipboard = self.put_on_clipboard(str(path))
        self.x("xdotool", "key", "ctrl+a", "ctrl+v")
        until(lambda: clipboard.poll() is not None, lambda: f"Pidgin does not take {path}\n{self.story()}")
        self.x("xdotool", "key", "Return")

    def as_shown(self, html):
        return ShownText(html).text

    def window_text(self, peer):
        """Everything that stands in the conversation's window, marked by hand."""
        self.open_conversation(peer)
        window = self.focus(peer)
        self.x("xdotool", "mousemove", "--window", window, 300, 150, "click", 1, "key", "ctrl+a")
        return self.x("xclip", "-selection", "primary", "-o", "-t", "UTF8_STRING")

    def screenshot(self, path):
        self.x("import", "-window", "root", path)
        return path

    def story(self):
        if self.screen is None or not self.screen.running:
            return super().story()
        return f"{super().story()}\nthe screen: {self.screenshot(self.folder / 'failure.png')}"


class ShownText(HTMLParser):
    """Renders what Pidgin's conversation window (GtkIMHtml) shows: tags gone, <br> a new line, all else as it stands."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag == "br":
            self.text += "\n"

    def handle_data(self, data):
        self.text += data

# SPDX-License-Identifier: GPL-2.0-or-later
"""One user of a real bitlbee, spoken to over IRC, for where there is neither a display nor a terminal."""
import contextlib
import re
import socket
import time

from processes import Trouble, link, running

NICK = "you"
CHANNEL = "&bitlbee"
PATIENCE = 60


@contextlib.contextmanager
def bitlbee(folder, plugin):
    """Runs bitlbee for one user with the plugin in it; gives an Irc for the time of a with block."""
    users, plugins = folder / "users", folder / "plugins" / "purple"
    for made in (users, plugins):
        made.mkdir(parents=True, exist_ok=True)
    link(plugins / plugin.name, plugin)
    (folder / "bitlbee.conf").write_text(f"[settings]\nRunMode = Inetd\nPluginDir = {folder / 'plugins'}\n")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        # As inetd starts it: the connection is its standard input and output, and no port is open.
        command = ["/usr/sbin/bitlbee", "-I", "-n", "-d", users, "-c", folder / "bitlbee.conf"]
        with running(command, folder / "bitlbee.log", stdin=theirs, stdout=theirs) as process:
            theirs.close()
            yield Irc(ours, process)


class Irc:
    """The person's side of the connection."""

    def __init__(self, connection, process):
        self.connection, self.process = connection, process
        self.pending, self.unread = b"", []
        self.line(f"NICK {NICK}")
        self.line(f"USER {NICK} 0 * :{NICK}")
        self.expect(rf":\S+ JOIN :?{CHANNEL}", "the control channel")

    def line(self, text):
        self.connection.sendall(text.encode() + b"\r\n")

    def expect(self, pattern, what):
        """Waits for a line that fits, and returns the match."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for index, line in enumerate(self.unread):
                if match := re.match(pattern, line):
                    del self.unread[:index + 1]
                    return match
                if trouble := re.search(r"root!\S+ PRIVMSG \S+ :.*?(Login error: .*|Error: .*|.* could not be loaded.*)", line):
                    raise Trouble(f"waiting for {what}, bitlbee said: {trouble[1]}")
            self._read(deadline, what)

    def _read(self, deadline, what):
        self.connection.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            got = self.connection.recv(65536)
        except TimeoutError:
            heard = "".join(f"\n    {line}" for line in self.unread[-4:])
            raise Trouble(f"bitlbee: no {what} after {PATIENCE} seconds. The last it said:{heard}") from None
        if not got:
            raise Trouble(f"bitlbee ended while waiting for {what}")
        *lines, self.pending = (self.pending + got).split(b"\n")
        self.unread += [line.rstrip(b"\r").decode(errors="replace") for line in lines]

    def ask_root(self, command, answer):
        self.line(f"PRIVMSG {CHANNEL} :{command}")
        self.expect(rf":root!\S+ PRIVMSG \S+ :.*{answer}", f"answer to \"{command.split()[0]}\"")

    def sign_in(self, account):
        self.ask_root(f'account add pipit "{account.address}" "{account.password}"', "successfully added")
        for name, value in account.options.items():
            value = {True: "true", False: "false"}.get(value, value)
            self.ask_root(f'account pipit set {name} "{value}"', f"{name} = ")
        self.ask_root("account pipit on", "Logged in")

    def add(self, address, nick):
        self.line(f"PRIVMSG {CHANNEL} :add pipit {address} {nick}")
        self.expect(rf":{nick}!\S+ JOIN", f"contact {address}")

    def say(self, nick, text):
        self.line(f"PRIVMSG {nick} :{text}")

    def hear(self, nick):
        return self.expect(rf":{nick}!\S+ PRIVMSG {NICK} :(.*)", f"answer from {nick}")[1]

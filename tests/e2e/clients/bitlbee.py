# SPDX-License-Identifier: GPL-2.0-or-later
"""bitlbee as Debian runs it (one process for each user, forked off a daemon), spoken to over IRC line by line."""

import re
import signal
import socket
from dataclasses import dataclass
from datetime import datetime

from clients.client import Client
from ports import free_port
from programs import Program
from waiting import PATIENCE, until

PROTOCOL = "pipit"
ROOM = "&bitlbee"
IRC_WORD_WRAP = 425
SPEAKER = "pipit"  # who says in a channel what no member said
LOOPBACK = 0x7F000001  # as DCC writes 127.0.0.1
MASTER_PASSWORD = "bitlbee-master-password"


class BitlbeeDaemon:
    """The daemon that the users connect to."""

    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        self.users = folder / "users"
        self.program = None
        self.port = None

    def start(self):
        self.users.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (self.folder / "plugins").exists():
            # bitlbee has libpurple look for plugins in the folder "purple" of its own plugin folder.
            self.build.put_plugin(self.folder / "plugins" / "purple")
            (self.folder / "bitlbee.conf").write_text(f"[settings]\nPluginDir = {self.folder / 'plugins'}\n")
        environment = self.build.environment(self.folder / "home", self.folder / "reports", leaks=False)
        environment["LD_PRELOAD"] = self.build.preload
        self.port = free_port()
        self.program = Program("bitlbee", ["bitlbee", "-F", "-n", "-i", "127.0.0.1", "-p", self.port, "-d", self.users,
                                           "-c", self.folder / "bitlbee.conf"], environment, self.folder)
        until(self.answers, lambda: f"bitlbee does not listen\n{self.program.tail()}")

    def answers(self):
        assert self.program.running, f"bitlbee has ended\n{self.program.tail()}"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def close(self):
        if self.program is None:
            return
        status = self.program.stop()
        assert status in (0, -signal.SIGTERM), f"bitlbee ended with status {status}\n{self.program.tail()}"
        self.program = None


@dataclass(frozen=True)
class Said:
    """One IRC line; `time` is there if it is not of this moment."""

    text: str
    time: float
    who: str = None  # in a channel


@dataclass(frozen=True)
class Offer:
    """A file that can be had at this port."""

    name: str
    port: int
    size: int


class Bitlbee(Client):
    """One user of the daemon. A peer's nick is what stands before the @ of its address; a group's channel is called
    after it, without blanks."""

    kind = "bitlbee"

    def __init__(self, daemon, nick):
        self.daemon = daemon
        self.nick = nick
        self.socket = None
        self.pending = b""
        self.transcript = []
        self.unread = []
        self.address = None

    # IRC

    def start(self):
        self.socket = socket.create_connection(("127.0.0.1", self.daemon.port))
        self.socket.setblocking(False)
        self.pending = b""
        self.unread = []
        # With this an IRC client learns when an old message was written.
        self.line("CAP REQ :server-time")
        self.line(f"NICK {self.nick}")
        self.line(f"USER {self.nick} 0 * :{self.nick}")
        self.line("CAP END")
        self.expect(rf":\S+ JOIN :?{ROOM}", "the control channel")

    def line(self, text):
        self.transcript.append(">> " + text)
        self.socket.sendall(text.encode() + b"\r\n")

    def read(self):
        """Takes in what has come."""
        while True:
            try:
                got = self.socket.recv(65536)
            except BlockingIOError:
                return
            assert got, f"bitlbee closed the connection of {self.nick}\n{self.story()}"
            *lines, self.pending = (self.pending + got).split(b"\n")
            for line in lines:
                line = line.rstrip(b"\r").decode()
                self.transcript.append("<< " + line)
                if line.startswith("PING"):
                    self.line("PONG" + line[4:])
                else:
                    self.unread.append(line)

    def expect(self, pattern, what, patience=PATIENCE):
        """The first unread line that fits, which then counts as read; the others stay."""

        def found():
            self.read()
            for index, line in enumerate(self.unread):
                match = re.match(pattern, line)
                if match:
                    del self.unread[index]
                    return match
            return None

        return until(found, lambda: f"bitlbee does not tell {self.nick} of {what}\n{self.story()}", patience)

    # Commands to root, in the control channel

    def root(self, command):
        self.line(f"PRIVMSG {ROOM} :{command}")

    def root_says(self, pattern, patience=PATIENCE):
        return self.expect(rf":root!\S+ PRIVMSG \S+ :({self.nick}: )?(?P<text>.*?{pattern}.*)$", f"/{pattern}/",
                           patience)["text"]

    def ask(self, command, pattern):
        self.root(command)
        return self.root_says(pattern)

    def restart(self):
        """Leaves and comes back; bitlbee keeps a registered user's accounts, and signs in with them."""
        self.ask(f"register {MASTER_PASSWORD}", "Account successfully created")
        self.ask("save", "Configuration saved")
        self.close()
        self.start()
        self.ask(f"identify {MASTER_PASSWORD}", "Password accepted")
        self.wait_online()

    # The account

    def add_account(self, account):
        self.address = account.address
        self.ask(f'account add {PROTOCOL} "{account.address}" "{account.password}"', "Account successfully added")
        for name, value in account.options.items():
            value = str(value).lower() if isinstance(value, bool) else str(value)
            self.ask(f'account {PROTOCOL} set {name} "{value}"', rf"{name} = `{re.escape(value)}'")

    def sign_in(self, account):
        self.add_account(account)
        self.sign_in_again()

    def sign_in_again(self):
        self.root(f"account {PROTOCOL} on")
        self.wait_online()

    def wait_online(self, patience=PATIENCE):
        self.root_says("Logged in", patience)

    def wait_offline(self):
        self.root_says("Signing off")

    def fail_to_sign_in(self, account):
        self.add_account(account)
        self.root(f"account {PROTOCOL} on")
        error = self.root_says("Login error: ").partition("Login error: ")[2]
        self.wait_offline()
        return error

    def sign_out(self):
        self.root(f"account {PROTOCOL} off")
        self.wait_offline()

    def forget_account(self):
        self.ask(f"account {PROTOCOL} del", "Account deleted")

    def add_buddy(self, peer):
        self.ask(f"add {PROTOCOL} {peer} {self.nick_of(peer)}", "Adding `" + re.escape(peer))

    @staticmethod
    def nick_of(peer):
        nick, at, _ = peer.partition("@")
        return nick if at else "#" + peer.replace(" ", "")

    # Conversations

    def send(self, peer, text):
        """Text of several lines is pasted: bitlbee joins what comes at once if it is told so."""
        lines = text.split("\n")
        if len(lines) > 1:
            self.ask("set paste_buffer true", "paste_buffer = `true'")
        for line in lines:
            self.line(f"PRIVMSG {self.nick_of(peer)} :{line}")
        if len(lines) > 1:
            self.ask("set paste_buffer false", "paste_buffer = `false'")

    def receive_line(self, peer):
        if "@" not in peer:
            return self.line_in_channel(peer, rf"(?!{SPEAKER}!|{self.nick}!)[^\s!]+", "a message")
        # A stranger's message stands in the control channel, with the user's nick before it.
        line = self.expect(rf"(@time=(?P<time>\S+) )?:{re.escape(self.nick_of(peer))}!\S+ PRIVMSG "
                           rf"({self.nick} :|{ROOM} :{self.nick}: )(?P<text>.*)$", f"a message from {peer}")
        return Said(line["text"], line["time"] and time_of(line["time"]))

    def line_in_channel(self, name, who, what):
        line = self.expect(rf"(@time=(?P<time>\S+) )?:(?P<who>{who})!\S+ PRIVMSG {re.escape(self.nick_of(name))} :(?P<text>.*)$",
                           f"{what} in {name}")
        return Said(line["text"], line["time"] and time_of(line["time"]), line["who"])

    def line_from_elsewhere(self, peer):
        """It comes as if the user's own IRC client had sent it."""
        line = self.expect(rf"(@time=(?P<time>\S+) )?:{self.nick}!\S+ PRIVMSG {re.escape(self.nick_of(peer))} :(?P<text>.*)$",
                           f"a message to {peer} from elsewhere")
        return Said(line["text"], line["time"] and time_of(line["time"]))

    def type_without_sending(self, peer, typing):
        self.line(f"PRIVMSG {self.nick_of(peer)} :\x01TYPING {int(typing)}\x01")

    def wait_for_typing(self, peer, typing, patience=PATIENCE):
        self.expect(rf":{re.escape(self.nick_of(peer))}!\S+ \w+ \S+ :\x01TYPING {int(typing)}\x01", f"{peer}'s typing",
                    patience)

    @staticmethod
    def text_of(line):
        return line.text

    def receive(self, peer, like=""):
        pieces = word_wrap(like, IRC_WORD_WRAP).split("\n")
        # IRC has no empty lines: bitlbee sends a space.
        got = [self.receive_line(peer).text for _ in pieces]
        return like if got == [piece or " " for piece in pieces] else "\n".join(got)

    def notice(self, peer):
        """What the client says in a conversation comes as from the peer, marked with stars."""
        line = self.receive_line(peer) if "@" in peer else self.line_in_channel(peer, SPEAKER, "a notice")
        assert line.text.startswith("*** "), f"expected a notice, {peer} said: {line.text!r}"
        return line.text[4:]

    # Groups

    def type_command(self, peer, text):
        self.send(peer, f"!pipit {text}")

    def start_group(self, name, peers):
        self.type_command(peers[0], f"group {name}: {' '.join(peers)}")
        self.wait_for_group(name)

    def wait_for_group(self, name):
        self.expect(rf":{self.nick}!\S+ JOIN :{re.escape(self.nick_of(name))}", f"the channel of {name}")

    def remark(self, peer):
        return self.notice(peer)

    def members(self, name):
        """By /NAMES, which knows nicks: all addresses are of one domain here."""
        domain = self.address.partition("@")[2]
        self.read()
        self.unread = [line for line in self.unread if " 353 " not in line]
        self.line(f"NAMES {self.nick_of(name)}")
        names = self.expect(rf":\S+ 353 {self.nick} . {re.escape(self.nick_of(name))} :(?P<names>.*)$", "/NAMES")["names"]
        return {f"{nick.lstrip('@+')}@{domain}" for nick in names.split() if nick != "@root"}

    def close_group(self, name):
        self.line(f"PART {self.nick_of(name)}")
        self.expect(rf":{self.nick}!\S+ PART {re.escape(self.nick_of(name))}", "leaving the channel")

    # Files, by DCC

    def send_file(self, peer, path):
        self.offer_file(peer, path)
        told = self.notice(peer)
        assert told.startswith(path.name) and told.endswith("is sent."), told

    def offer_file(self, peer, path):
        """Hands it to bitlbee, which then has it."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(PATIENCE)
            port = listener.getsockname()[1]
            self.line(f'PRIVMSG {self.nick_of(peer)} :\x01DCC SEND "{path.name}" {LOOPBACK} {port} {path.stat().st_size}\x01')
            connection, _ = listener.accept()
        with connection:
            connection.settimeout(PATIENCE)
            connection.sendall(path.read_bytes())
            self.root_says(f"File {re.escape(path.name)} transferred successfully")

    def dcc_offer(self, peer):
        offer = self.expect(rf":{re.escape(self.nick_of(peer))}!\S+ PRIVMSG \S+ :\x01DCC SEND (?P<name>\S+) {LOOPBACK} "
                            r"(?P<port>\d+) (?P<size>\d+)\x01", f"a file of {peer}")
        return Offer(offer["name"], int(offer["port"]), int(offer["size"]))

    def take_file(self, peer, name, folder):
        offer = self.dcc_offer(peer)
        assert offer.name == name.replace(" ", "_")
        got = b""
        with socket.create_connection(("127.0.0.1", offer.port)) as connection:
            connection.settimeout(PATIENCE)
            while len(got) < offer.size:
                piece = connection.recv(65536)
                assert piece, f"bitlbee ended the transfer after {len(got)} of {offer.size} bytes\n{self.story()}"
                got += piece
                connection.sendall(len(got).to_bytes(4, "big"))
            self.root_says(f"File {re.escape(offer.name)} transferred successfully")
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(got)
        return folder / name

    def close(self):
        if self.socket is not None:
            self.line("QUIT :bye")
            self.socket.close()
            self.socket = None

    def story(self):
        return f"--- {self.nick}'s IRC ---\n" + "\n".join(self.transcript[-40:]) + "\n" + self.daemon.program.tail()


def time_of(server_time):
    return datetime.fromisoformat(server_time.replace("Z", "+00:00")).timestamp()


def word_wrap(text, width):
    """bitlbee's own word_wrap(): how it cuts a text into IRC lines, counted in bytes."""
    left, out = text.encode(), b""
    while len(left) > width:
        newline = left.rfind(b"\n", 1, width + 1)
        if newline > 0:
            out += left[:newline + 1]
            left = left[newline + 1:]
            continue
        cut = max(left.rfind(b"-", 1, width + 1), left.rfind(b" ", 1, width + 1))
        if cut > 0:
            keep = cut + 1 if left[cut:cut + 1] == b"-" else cut
            out += left[:keep] + b"\n"
            left = left[cut + 1:]
            continue
        whole = left[:width].decode(errors="ignore").encode()
        out += whole + b"\n"
        left = left[len(whole):]
    return (out + left).decode()

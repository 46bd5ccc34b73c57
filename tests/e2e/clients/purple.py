# SPDX-License-Identifier: GPL-2.0-or-later
"""What Pidgin and Finch have in common: libpurple, and its D-Bus service to look into it."""

import abc
import re
from dataclasses import dataclass

from gi.repository import Gio, GLib

from clients.client import Client
from programs import Program
from waiting import PATIENCE, until

SERVICE = "im.pidgin.purple.PurpleService"
OBJECT = "/im/pidgin/purple/PurpleObject"
INTERFACE = "im.pidgin.purple.PurpleInterface"
PROTOCOL = "prpl-pipit"

IM, CHAT = 1, 2
NOT_TYPING, TYPING = 0, 1
SEND, RECEIVE, SYSTEM, ERROR, DELAYED, ELSEWHERE = 0x1, 0x2, 0x4, 0x200, 0x400, 0x10000


@dataclass(frozen=True)
class Line:
    """One entry of a conversation, as libpurple gave it to the window."""

    who: str
    html: str
    flags: int
    time: int

    def has(self, flag):
        return bool(self.flags & flag)


class PurpleClient(Client, abc.ABC):
    """A libpurple client on a message bus of its own."""

    protocol = PROTOCOL

    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        self.config = folder / "purple"
        self.program = None
        self.bus = None
        self.methods = None
        self.account = None
        self.address = None
        self.errors = []
        self.lines_by_id = {}
        self.opened = {}
        self.seen = {}

    # The program

    @abc.abstractmethod
    def command(self):
        """The client's command line."""

    @abc.abstractmethod
    def preferences(self):
        """The client's prefs.xml."""

    @abc.abstractmethod
    def as_shown(self, html):
        """The text that the client's window makes of this."""

    @abc.abstractmethod
    def type(self, peer, text):
        """Types into the conversation that is on top, and sends."""

    def environment(self):
        return self.build.environment(self.folder / "home", self.folder / "reports", leaks=False)

    def on_a_bus(self, command):
        """A command line that runs `command` on a new message bus and tells its address. What is preloaded is for the
        client alone, not for the bus."""
        script = 'printf "%s" "$DBUS_SESSION_BUS_ADDRESS" >"$1.new"; mv "$1.new" "$1"; export LD_PRELOAD="$2"; shift 2; exec "$@"'
        return ["dbus-run-session", "--", "sh", "-c", script, "sh", self.folder / "bus", self.build.preload, *command]

    def start(self):
        self.config.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (self.config / "plugins").exists():
            self.build.put_plugin(self.config / "plugins")
            (self.config / "prefs.xml").write_text(self.preferences())
        (self.folder / "bus").unlink(missing_ok=True)
        self.launch()
        until(lambda: (self.folder / "bus").exists(), lambda: f"no message bus\n{self.story()}")
        self.bus = Gio.DBusConnection.new_for_address_sync(
            (self.folder / "bus").read_text(),
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.bus.set_exit_on_close(False)
        self.bus.signal_subscribe(None, INTERFACE, None, OBJECT, None, Gio.DBusSignalFlags.NONE, self.on_signal)
        self.lines_by_id.clear()
        self.opened.clear()
        until(self.answers, lambda: f"{self.kind} does not answer on D-Bus\n{self.story()}")

    def launch(self):
        self.methods = None
        self.program = Program(self.kind, self.on_a_bus(self.command()), self.environment(), self.folder)

    def answers(self):
        try:
            xml = self.bus.call_sync(SERVICE, OBJECT, "org.freedesktop.DBus.Introspectable", "Introspect", None, None,
                                     Gio.DBusCallFlags.NO_AUTO_START, -1, None).unpack()[0]
        except GLib.Error:
            return False
        interface = Gio.DBusNodeInfo.new_for_xml(xml).lookup_interface(INTERFACE)
        if interface is None:
            return False
        self.methods = {method.name: "(" + "".join(a.signature for a in method.in_args) + ")"
                        for method in interface.methods}
        return bool(self.purple("GetBlist"))

    def purple(self, function, *arguments):
        """Calls a function of libpurple, by its name without the prefix."""
        return self.call("Purple" + function, *arguments)

    def call(self, name, *arguments):
        answer = self.bus.call_sync(SERVICE, OBJECT, INTERFACE, name, GLib.Variant(self.methods[name], arguments),
                                    None, Gio.DBusCallFlags.NONE, 20000, None).unpack()
        return answer[0] if answer else None

    def on_signal(self, _bus, _sender, _path, _interface, name, parameters):
        if name == "ConnectionError":
            self.errors.append(parameters.unpack()[2])

    def quit(self):
        try:
            self.purple("CoreQuit")
        except GLib.Error:
            pass  # it is gone before it answers

    def kill(self):
        self.program.kill()

    def close(self):
        if self.program is None:
            return
        try:
            if self.program.running and self.methods:
                self.quit()
            status = self.program.ended()
            assert status == 0, f"{self.kind} ended with status {status}\n{self.program.tail()}"
        finally:
            if self.program.running:
                self.kill()
            self.program = None
            self.bus = None

    def restart(self):
        """Ends the program and starts it again; it signs in by itself."""
        self.close()
        self.seen.clear()
        self.start()
        self.find_account(self.address)
        self.wait_online()

    # The account

    def add_account(self, account):
        self.address = account.address
        self.account = self.purple("AccountNew", account.address, self.protocol)
        self.purple("AccountsAdd", self.account)
        self.purple("AccountSetRememberPassword", self.account, 1)
        self.purple("AccountSetPassword", self.account, account.password)
        for name, value in account.options.items():
            if isinstance(value, bool):
                self.purple("AccountSetBool", self.account, name, int(value))
            elif isinstance(value, int):
                self.purple("AccountSetInt", self.account, name, value)
            else:
                self.purple("AccountSetString", self.account, name, str(value))
        return self.account

    def find_account(self, address):
        """Takes up the account that the client kept since its last run."""
        self.address = address
        self.account = until(lambda: self.purple("AccountsFindAny", address, self.protocol),
                             lambda: f"{self.kind} knows no account {address}\n{self.story()}")

    def sign_in(self, account):
        self.add_account(account)
        self.sign_in_again()

    def sign_in_again(self):
        self.errors.clear()
        self.purple("AccountSetEnabled", self.account, self.purple("CoreGetUi"), 1)
        self.wait_online()

    @property
    def online(self):
        return bool(self.purple("AccountIsConnected", self.account))

    def wait_online(self, patience=PATIENCE):
        until(lambda: self.online,
              lambda: f"{self.kind} is not online as {self.address}; errors: {self.errors}\n{self.story()}", patience)

    def wait_offline(self):
        until(lambda: self.purple("AccountIsDisconnected", self.account),
              lambda: f"{self.kind} is still online as {self.address}\n{self.story()}")

    def fail_to_sign_in(self, account):
        self.errors.clear()
        self.add_account(account)
        self.purple("AccountSetEnabled", self.account, self.purple("CoreGetUi"), 1)
        until(lambda: self.errors,
              lambda: f"{self.kind} tells no error for {account.address} (online: {self.online})\n{self.story()}")
        self.wait_offline()
        return self.errors[0]

    def sign_out(self):
        self.purple("AccountSetEnabled", self.account, self.purple("CoreGetUi"), 0)
        self.wait_offline()

    def forget_account(self):
        self.purple("AccountsDelete", self.account)

    # Buddies

    def add_buddy(self, peer, alias="", group="Friends"):
        buddy = self.purple("BuddyNew", self.account, peer, alias)
        self.purple("BlistAddBuddy", buddy, 0, self.group(group), 0)
        self.purple("AccountAddBuddy", self.account, buddy)
        return buddy

    def add_contact(self, name, peers, group="Friends"):
        """One person with several addresses."""
        buddies = [self.add_buddy(peer, group=group) for peer in peers]
        contact = self.purple("BuddyGetContact", buddies[0])
        for buddy in buddies[1:]:
            self.purple("BlistMergeContact", self.purple("BuddyGetContact", buddy), contact)
        self.purple("BlistAliasContact", contact, name)

    def group(self, name):
        found = self.purple("FindGroup", name)
        if not found:
            found = self.purple("GroupNew", name)
            self.purple("BlistAddGroup", found, 0)
        return found

    # Conversations

    def group_window(self, name):
        return next((chat for chat in self.purple("GetChats") if self.purple("ConversationGetTitle", chat) == name), None)

    def conversation(self, peer):
        """The conversation with an address; or the one that was opened by a name, which the plugin turns into the one with
        an address of that contact; or the one of a group."""
        opened = self.opened.get(peer)
        return (self.purple("FindConversationWithAccount", IM, peer, self.account) or self.group_window(peer) or
                (opened if opened in self.purple("GetIms") else None))

    def open_conversation(self, peer):
        conversation = self.conversation(peer) or self.purple("ConversationNew", IM, self.account, peer)
        self.opened[peer] = conversation
        self.purple("ConversationPresent", conversation)
        return conversation

    def title(self, peer):
        return self.purple("ConversationGetTitle", self.conversation(peer))

    def send(self, peer, text):
        self.open_conversation(peer)
        before = len(self.lines(peer, SEND))
        self.type(peer, text)
        until(lambda: len(self.lines(peer, SEND)) > before or len(self.lines(peer, ERROR)),
              lambda: f"{self.kind} did not send to {peer}: {text!r}\n{self.story()}")

    def lines(self, peer, flag=0):
        """What stands in the conversation with `peer`, oldest first: all, or what has the flag."""
        conversation = self.conversation(peer)
        if not conversation:
            return []
        ids = self.purple("ConversationGetMessageHistory", conversation)
        for message in ids:
            if message not in self.lines_by_id:
                self.lines_by_id[message] = Line(*(self.purple("ConversationMessage" + get, message)
                                                   for get in ("GetSender", "GetMessage", "GetFlags", "GetTimestamp")))
        lines = [self.lines_by_id[message] for message in sorted(ids)]
        return [line for line in lines if not flag or line.has(flag)]

    def next_line(self, peer, flag, what):
        """The next line of this kind that no test has read yet."""
        index = self.seen.get((peer, flag), 0)

        def there():
            lines = self.lines(peer, flag)
            return lines[index] if len(lines) > index else None

        line = until(there, lambda: f"{self.kind} shows no {what} from {peer}; the conversation: "
                                    f"{[(l.who, l.html) for l in self.lines(peer)]}\n{self.story()}")
        self.seen[peer, flag] = index + 1
        return line

    def receive_line(self, peer):
        return self.next_line(peer, RECEIVE, "message")

    def line_from_elsewhere(self, peer):
        return self.next_line(peer, ELSEWHERE, "message from elsewhere")

    def typing_state(self, peer):
        """What `peer` is doing: one of NOT_TYPING, TYPING."""
        conversation = self.conversation(peer)
        return conversation and self.purple("ConvImGetTypingState", self.purple("ConversationGetImData", conversation))

    def text_of(self, line):
        return self.as_shown(line.html)

    def receive(self, peer, like=""):
        return self.text_of(self.receive_line(peer))

    def notice(self, peer):
        return self.text_of(self.next_line(peer, ERROR, "error"))

    def remark(self, peer):
        return self.text_of(self.next_line(peer, SYSTEM, "remark"))

    # Groups

    def type_command(self, peer, text):
        self.open_conversation(peer)
        self.type(peer, "/" + text)

    def start_group(self, name, peers):
        self.type_command(peers[0], f"group {name}: {' '.join(peers)}")
        self.wait_for_group(name)

    def wait_for_group(self, name):
        return until(lambda: self.group_window(name), lambda: f"{self.kind} opens no window of {name!r}\n{self.story()}")

    def members(self, name):
        chat = self.purple("ConversationGetChatData", self.wait_for_group(name))
        return {self.purple("ConvChatCbGetName", user) for user in self.purple("ConvChatGetUsers", chat)}

    def close_group(self, name):
        """What stood in the window goes with it."""
        self.purple("ConversationDestroy", self.wait_for_group(name))
        self.seen = {key: count for key, count in self.seen.items() if key[0] != name}

    def groups_in_list(self):
        """What the groups in the buddy list are called."""
        names = []
        node = self.purple("BlistGetRoot")
        while node:
            if self.purple("BlistNodeIsChat", node):
                names.append(self.purple("ChatGetName", node))
            node = self.purple("BlistNodeNext", node, 1)
        return names

    def join(self, name):
        """As the window "Join a Chat" does it with what is typed there."""
        self.call("ServJoinChat", self.purple("AccountGetConnection", self.account), {"group": name})
        self.wait_for_group(name)

    def story(self):
        return self.program.tail() if self.program else f"{self.kind} does not run"


def preferences_xml(values):
    """A prefs.xml out of {"/purple/logging/log_ims": True, …}."""
    tree = {}
    for path, value in values.items():
        *folders, leaf = path.strip("/").split("/")
        node = tree
        for folder in folders:
            node = node.setdefault(folder, {})
        node[leaf] = value
    return '<?xml version="1.0" encoding="UTF-8" ?>\n' + _preference("/", tree, " version='1'")


def _preference(name, value, extra=""):
    if isinstance(value, dict):
        inner = "".join(_preference(child, of_child) for child, of_child in value.items())
        return f"<pref{extra} name='{name}'>{inner}</pref>\n"
    kind = "bool" if isinstance(value, bool) else "int" if isinstance(value, int) else "string"
    return f"<pref name='{name}' type='{kind}' value='{int(value) if isinstance(value, bool) else value}'/>\n"


def tags_of(html):
    """The names of the tags in a line, for tests of what may stand there."""
    return re.findall(r"<\s*(\w+)", html)

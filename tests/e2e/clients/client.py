# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests want of any client, so that each of them can talk to each other one."""

import abc
from dataclasses import dataclass, field


@dataclass
class Account:
    """What a person types into the account's window. `options` are those of the plugin, by their own names."""

    address: str
    password: str
    options: dict = field(default_factory=dict)

    @property
    def name(self):
        return self.address.partition("@")[0]


class Client(abc.ABC):
    """One running client with one account. `peer` is always an address as a person types it, or a group's name."""

    kind = None

    @abc.abstractmethod
    def start(self):
        """Starts the program; nobody is signed in yet."""

    @abc.abstractmethod
    def sign_in(self, account):
        """Adds the account and waits until it is online."""

    @abc.abstractmethod
    def fail_to_sign_in(self, account):
        """Adds the account, and returns the error that the person reads."""

    @abc.abstractmethod
    def sign_out(self):
        """Goes offline; the account stays."""

    @abc.abstractmethod
    def sign_in_again(self):
        """Goes online with the account that is there."""

    @abc.abstractmethod
    def wait_online(self, patience):
        """Waits until it is online, without doing anything for it."""

    @abc.abstractmethod
    def wait_offline(self):
        """Waits until it is offline, without doing anything for it."""

    @abc.abstractmethod
    def restart(self):
        """Ends the program and starts it again, with the account that it kept."""

    @abc.abstractmethod
    def forget_account(self):
        """Removes the account from the client."""

    @abc.abstractmethod
    def add_buddy(self, peer):
        """Puts an address into the client's list."""

    @abc.abstractmethod
    def start_group(self, name, peers):
        """Starts a group with them, by a command that is typed to the first of them."""

    @abc.abstractmethod
    def wait_for_group(self, name):
        """Waits until the group's window is open."""

    @abc.abstractmethod
    def members(self, name):
        """Who is in the group, by its window: a set of addresses."""

    @abc.abstractmethod
    def close_group(self, name):
        """Closes the group's window."""

    @abc.abstractmethod
    def send(self, peer, text):
        """Types `text` to `peer` and sends it."""

    @abc.abstractmethod
    def receive_line(self, peer):
        """The next line that came from `peer`, with its `time`."""

    @abc.abstractmethod
    def text_of(self, line):
        """The text of such a line."""

    @abc.abstractmethod
    def receive(self, peer, like=""):
        """The next text that came from `peer`, as the person sees it. `like` is what the test expects: it tells where a
        text ends in a client that shows it in pieces."""

    @abc.abstractmethod
    def line_from_elsewhere(self, peer):
        """The next line that the person wrote to `peer` on another device, with its `time`."""

    @abc.abstractmethod
    def send_file(self, peer, path):
        """Sends a file in the way that a person at this client would."""

    @abc.abstractmethod
    def take_file(self, peer, name, folder):
        """Accepts the file `name` that `peer` sent and has it put into `folder`; returns its path when it is whole."""

    @abc.abstractmethod
    def notice(self, peer):
        """The next thing that the client itself said in the conversation with `peer`: an error, a hint."""

    @abc.abstractmethod
    def remark(self, peer):
        """The next thing that the client itself said there and that is no error, as far as that can be told apart."""

    @abc.abstractmethod
    def type_command(self, peer, text):
        """Types one of Pipit's commands in the conversation with `peer`."""

    @abc.abstractmethod
    def close(self):
        """Ends the program; fails if it crashed."""

    @abc.abstractmethod
    def story(self):
        """What a person who looks into a failure wants to see: the screen, the log's end."""

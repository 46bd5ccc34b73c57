# SPDX-License-Identifier: GPL-2.0-or-later
"""Who takes part in a test: a server, and people at their clients."""

from clients.bitlbee import Bitlbee, BitlbeeDaemon
from clients.client import Account
from clients.finch import Finch
from clients.pidgin import Pidgin
from pipitd import Pipitd

PASSWORD = "correct horse battery"
DOMAIN = "pipit.test"
KINDS = ("pidgin", "finch", "bitlbee")


class Stage:
    """One server and any number of clients, all below one folder; closing it closes all that was started."""

    def __init__(self, build, folder, servers_build=None):
        self.build = build
        self.folder = folder
        self.server = Pipitd(servers_build or build, folder / "server").start()
        self.daemon = None
        self.clients = {}
        self.acquainted = set()

    def account(self, name, **options):
        """What `name` types to sign in; the account is there already."""
        address = f"{name}@{DOMAIN}"
        self.server.register(address, PASSWORD)
        return self.new_account(name, **options)

    def new_account(self, name, **options):
        """The same without an account at the server."""
        return Account(f"{name}@{DOMAIN}", PASSWORD, {"server": self.server.url, **options})

    def client(self, kind, name):
        """A running client of `name`, signed in nowhere."""
        key = (kind, name)
        if key not in self.clients:
            client = self.make(kind, name)
            self.clients[key] = client
            client.start()
        return self.clients[key]

    def make(self, kind, name):
        if kind == "bitlbee":
            return Bitlbee(self.bitlbee(), name)
        return {"pidgin": Pidgin, "finch": Finch}[kind](self.build, self.folder / f"{kind}-{name}")

    def bitlbee(self):
        if self.daemon is None:
            self.daemon = BitlbeeDaemon(self.build, self.folder / "bitlbee")
            self.daemon.start()
        return self.daemon

    def person(self, kind, name=None):
        """A client of that kind, signed in as somebody named after it."""
        name = name or kind
        if (kind, name) in self.clients:
            return self.clients[kind, name]
        client = self.client(kind, name)
        client.sign_in(self.account(name))
        return client

    def introduce(self, one, other):
        """Puts each into the other's list, once."""
        for person, friend in ((one, other), (other, one)):
            if (person.address, friend.address) not in self.acquainted:
                self.acquainted.add((person.address, friend.address))
                person.add_buddy(friend.address)

    def close(self):
        """Ends all; the first thing that did not end well is raised, when all is down."""
        troubles = []
        for part in [*self.clients.values(), self.daemon, self.server]:
            if part is None:
                continue
            try:
                part.close()
            except Exception as trouble:  # pylint: disable=broad-except
                troubles.append(trouble)
        self.clients.clear()
        if troubles:
            raise troubles[0]

# SPDX-License-Identifier: GPL-2.0-or-later
"""People whose clients keep books (host.c), and the audit: what was promised, what arrived, in which order, how often."""

import collections
import signal
import subprocess

from waiting import until

# The order of its members.
CODES = ["transient", "input", "wrong password", "certificate", "not pipit", "displaced", "removed", "unreachable",
         "store", "refused", "aborted"]


class Ledger:
    """What one client's host wrote down over all its lives, read as it grows."""

    def __init__(self, path):
        self.path = path
        self.offset = 0
        self.entries = []

    def read(self):
        if self.path.exists():
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                grown = file.read()
            whole = grown[:grown.rfind(b"\n") + 1]
            self.offset += len(whole)
            self.entries += [tuple(line.split("\t")) for line in whole.decode().split("\n")[:-1]]
        return self.entries

    def of(self, word):
        """The entries of one kind, without the word."""
        return [entry[1:] for entry in self.read() if entry[0] == word]

    def tail(self, count=20):
        return f"--- the end of {self.path} ---\n" + "\n".join(" ".join(entry) for entry in self.read()[-count:])


class Person:
    """Somebody with one device, whose client may die at any moment and be started again. `mark`: what its texts begin with,
    if there are others of the same person."""

    def __init__(self, build, folder, name, url, mark=""):
        self.build = build
        self.mark = mark
        self.folder = folder
        self.handle = f"mailto:{name}@pipit.test"
        self.url = url
        self.ledger = Ledger(folder / "ledger")
        self.process = None
        self.lives = 0
        self.deaths = 0
        self.texts = 0

    def start(self, **environment):
        """A new life. `environment`: PIPIT_FATE and the like, without their prefix."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lives += 1
        with open(self.folder / "errors", "ab") as errors:
            self.process = subprocess.Popen(
                [self.build.folder / "fire_host", self.handle, self.url, self.folder / "store", self.ledger.path],
                stdin=subprocess.PIPE, stdout=errors, stderr=errors,
                env=with_fate(self.build, self.build.environment(self.folder / "home", self.folder / "reports"),
                              environment))
        return self

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def do(self, line):
        """Commands it. It may be dead by then: nothing was promised for what it did not read."""
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def write(self, to, count=1):
        """Writes texts that never repeat and tell their order."""
        for _ in range(count):
            self.texts += 1
            self.do(f"send {to.handle} {self.text(self.texts)}")

    def text(self, number):
        return f"{self.mark}{number:06d}"

    def kill(self):
        self.process.kill()
        self.buried()

    def buried(self):
        """Waits for the end of this life; returns whether it was a death."""
        status = self.process.wait(60)
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        assert status in (0, -signal.SIGKILL), f"{self.handle}: status {status}\n{self.story()}"
        self.deaths += status != 0
        return status != 0

    def quit(self):
        if self.running:
            self.do("quit")
            assert not self.buried(), self.story()

    def online(self):
        """Waits until it is online, in this life."""
        def is_online():
            words = [entry[0] for entry in self.ledger.read() if entry[0] in ("started", "online", "offline")]
            return words.count("started") == self.lives and words[-1] == "online" or not self.running
        until(is_online, lambda: f"{self.handle} does not come online\n{self.story()}")
        return self

    def obeyed(self):
        """Whether this life has read all commands: the last text is in the books."""
        return any(text == self.text(self.texts) for _, _, text in self.ledger.of("written"))

    def story(self):
        return self.ledger.tail() + "\n" + (self.folder / "errors").read_text(errors="replace")[-2000:]


def with_fate(build, environment, fate):
    """The environment in which a program meets what fate.c can do to it."""
    if not fate:
        return environment
    return environment | {"LD_PRELOAD": str(build.folder / "fire_fate.so")} | {
        name: str(value) for name, value in fate.items()}


def written_for(sender, receiver, group=None, since=0):
    """What a sender wrote down that this device is to show: it is the other's, or one of the sender's own, or `group` is the
    group that both are in, the receiver since that many texts."""
    return [entry for entry in sender.ledger.of("written") if entry[2] > sender.text(since) and
            (entry[1] == group.handle if group else receiver.handle in (entry[1], sender.handle))]


def conversations_of(sender, receiver, group):
    """The peers under which the receiver is to show what the sender writes."""
    if group:
        return {group.handle}
    return {peer for _, peer, _ in written_for(sender, receiver)} if receiver.handle == sender.handle else {sender.handle}


Audit = collections.namedtuple("Audit", "promised arrived again")


def audit(sender, receiver, group=None, since=0):
    """Holds one direction's books against each other. What the sender's client showed as written arrives, once and in
    order. A text may arrive without having been shown as written, if the client died in between; and the receiver may be
    shown the last text before a death again, which is counted. `group`, `since`: see written_for(); what one of them wrote or
    did not get before is nobody's fault."""
    written = [(text, uuid) for uuid, _, text in written_for(sender, receiver, group, since)]
    conversations = conversations_of(sender, receiver, group)
    lives, current = [], []
    for entry in receiver.ledger.read():
        if entry[0] == "started":
            current = []
            lives.append(current)
        elif entry[0] == "shown" and entry[2] == sender.handle and entry[3].startswith(sender.mark):
            assert entry[5] in conversations, f"{entry} is not in {conversations}"
            current.append((entry[3], entry[1]))
    arrived, again = [], 0
    for shown in lives:
        if arrived and shown and shown[0] == arrived[-1]:
            again += 1
            shown = shown[1:]
        arrived += shown
    where = f"{sender.handle} to {receiver.handle}:"
    texts = [text for text, _ in arrived]
    assert len(set(texts)) == len(texts), f"{where} twice: {[t for t, n in collections.Counter(texts).items() if n > 1]}"
    assert texts == sorted(texts), f"{where} out of order: {[a for a, b in zip(texts, sorted(texts)) if a != b][:10]}"
    lost = set(written) - set(arrived)
    assert not lost, f"{where} lost: {sorted(lost)}"
    unasked = set(texts) - {sender.text(number + 1) for number in range(sender.texts)}
    assert not unasked, f"{where} nobody wrote {unasked}"
    failed = sender.ledger.of("failed") + ([] if since else sender.ledger.of("unwritten"))
    assert not failed, f"{where} {failed}"
    return Audit(len(written), len(arrived), again)


def settled(sender, receiver, group=None, since=0):
    """Whether all that was promised has arrived."""
    written = {uuid for uuid, _, _ in written_for(sender, receiver, group, since)}
    return written <= {entry[0] for entry in receiver.ledger.of("shown")}

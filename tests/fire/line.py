# SPDX-License-Identifier: GPL-2.0-or-later
"""The line between a client and its server, as bad as a test wants it. Forwards TCP; knows nothing of what passes, but for
the pages of a captive portal."""

import random
import select
import selectors
import socket
import threading
import time

PIECE = 65536
TURN_S = 0.02
CALL_S = 0.2  # a call on this machine takes less, unless nobody takes it
PORTAL = (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 44\r\n\r\n"
          b"<html><p>Please sign in to use this network.")
TROUBLE = b"HTTP/1.1 %d Trouble\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: https://portal.invalid/\r\nContent-Length: 0\r\n\r\n"


class Line:
    """Forwards connections to `port` on loopback. Attributes say what is wrong with it; they may change at any moment."""

    def __init__(self, port, seed=0):
        self.port = port
        self.chance = random.Random(seed)
        self.black_hole = False  # nothing passes, nobody is told; new connections are taken and hear nothing
        self.answer = None       # bytes: what every request hears instead of the server
        self.cut_after = None    # each connection breaks after so many bytes of answers, drawn anew from 0 to this
        self.lose_answers = 0    # so many connections break when the answer begins, with the request done
        self.delay = 0           # seconds that each piece of an answer takes
        self.rate = None         # bytes a second, for answers
        self.jitter = 0          # seconds that each piece takes at most, either way: connections overtake each other
        self.overtaken = 0       # how many pieces came behind one that had been sent after them, on another connection
        self.deaf = False        # new connections are not taken: they queue at the listener until it is full
        self.broken = 0
        self.pairs = []
        self.sent = self.newest = 0  # numbers of late pieces: the last one given, the highest that came
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.stop = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def forget(self):
        """What a router does that restarts: connections stay open at both ends, and lead nowhere."""
        for pair in list(self.pairs):
            pair.forgotten = True

    def cut(self):
        """Breaks every connection now."""
        for pair in list(self.pairs):
            pair.doomed = True

    def crowd(self):
        """Calls, for a listener that is deaf, until its queue takes no more. Returns the callers."""
        callers = []
        full = False
        while not full:
            caller = socket.socket()
            callers.append(caller)
            caller.setblocking(False)
            caller.connect_ex(self.listener.getsockname())
            full = not select.select([], [caller], [], CALL_S)[1]
        return callers

    def close(self):
        self.stop = True
        self.thread.join()
        self.listener.close()
        for pair in self.pairs:
            pair.close()

    def run(self):
        selector = selectors.DefaultSelector()
        selector.register(self.listener, selectors.EVENT_READ)
        while not self.stop:
            for key, _ in selector.select(TURN_S):
                if key.fileobj is self.listener and self.deaf:
                    time.sleep(TURN_S)
                elif key.fileobj is self.listener:
                    self.pairs.append(Pair(self, self.listener.accept()[0], selector))
                elif not self.black_hole:
                    key.data.read(key.fileobj)
            if self.black_hole:
                time.sleep(TURN_S)
                continue
            for pair in list(self.pairs):
                pair.pass_late()
                if pair.doomed:
                    pair.close(selector)
                    self.pairs.remove(pair)
                    self.broken += 1
        selector.close()


class Pair:
    """One connection: the client's end and the server's."""

    def __init__(self, line, client, selector):
        self.line = line
        self.client = client
        self.doomed = self.forgotten = False
        self.late = []       # (when, number, piece): answers
        self.late_asked = []  # the same: requests
        self.passed = 0
        self.limit = line.chance.randrange(line.cut_after + 1) if line.cut_after is not None else None
        try:
            self.server = socket.create_connection(("127.0.0.1", line.port))
        except OSError:
            self.server = None
            self.doomed = True
        for end in (self.client, self.server):
            if end is not None:
                end.settimeout(10)
                selector.register(end, selectors.EVENT_READ, self)

    def read(self, end):
        if self.doomed:
            return
        try:
            piece = end.recv(PIECE)
        except OSError:
            piece = b""
        if self.forgotten:
            self.forgotten_end(piece)
        elif not piece:
            self.doomed = True
        elif end is self.client:
            self.to_server(piece)
        else:
            self.to_client(piece)

    def forgotten_end(self, piece):
        if not piece:  # one of them gave up by itself
            self.doomed = True

    def to_server(self, piece):
        if self.line.answer is not None:
            self.write(self.client, self.line.answer)
            self.doomed = True
        elif self.line.jitter or self.late_asked:
            self.late_asked.append(self.late_piece(time.monotonic(), piece))
        else:
            self.write(self.server, piece)

    def late_piece(self, when, piece):
        self.line.sent += 1
        return when + self.line.chance.random() * self.line.jitter, self.line.sent, piece

    def to_client(self, piece):
        if self.line.lose_answers > 0:
            self.line.lose_answers -= 1
            self.doomed = True
            return
        delay = self.line.delay + (len(piece) / self.line.rate if self.line.rate else 0)
        if delay or self.line.jitter or self.late:
            start = max(time.monotonic(), self.late[-1][0] if self.late and self.line.rate else 0)
            self.late.append(self.late_piece(start + delay, piece))
            return
        self.answer(piece)

    def answer(self, piece):
        if self.limit is not None and self.passed + len(piece) > self.limit:
            self.write(self.client, piece[:self.limit - self.passed])
            self.doomed = True
            return
        self.passed += len(piece)
        self.write(self.client, piece)

    def pass_late(self):
        for late, pass_on in ((self.late_asked, lambda piece: self.write(self.server, piece)), (self.late, self.answer)):
            while late and late[0][0] <= time.monotonic() and not self.doomed:
                _, number, piece = late.pop(0)
                self.line.overtaken += number < self.line.newest
                self.line.newest = max(self.line.newest, number)
                pass_on(piece)

    def write(self, end, piece):
        try:
            end.sendall(piece)
        except OSError:
            self.doomed = True

    def close(self, selector=None):
        for end in (self.client, self.server):
            if end is None:
                continue
            if selector is not None:
                selector.unregister(end)
            end.close()

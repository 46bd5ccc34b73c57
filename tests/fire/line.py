# SPDX-License-Identifier: GPL-2.0-or-later
"""The line between a client and its server, as bad as a test wants it. Forwards TCP; knows nothing of what passes, but for
the pages of a captive portal."""

import random
import selectors
import socket
import threading
import time

PIECE = 65536
TURN_S = 0.02
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
        self.broken = 0
        self.pairs = []
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
                if key.fileobj is self.listener:
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
        self.late = []  # (when, piece)
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
            return
        self.write(self.server, piece)

    def to_client(self, piece):
        if self.line.lose_answers > 0:
            self.line.lose_answers -= 1
            self.doomed = True
            return
        delay = self.line.delay + (len(piece) / self.line.rate if self.line.rate else 0)
        if delay or self.late:
            start = max(time.monotonic(), self.late[-1][0] if self.late and self.line.rate else 0)
            self.late.append((start + delay, piece))
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
        while self.late and self.late[0][0] <= time.monotonic() and not self.doomed:
            self.answer(self.late.pop(0)[1])

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

# SPDX-License-Identifier: GPL-2.0-or-later
"""A forwarder between the clients and the server that keeps what passes, to show that no text does."""
import base64
import gzip
import re
import socket
import threading

SEALED = re.compile(rb'"suite"\s*:\s*"(pair|pair-ec)"')
PAYLOAD = re.compile(rb'"payload"\s*:\s*"([A-Za-z0-9+/=\\]+)"')
GZIP = b"\x1f\x8b"


class Wire:
    """Listens on a free loopback port and passes each connection on to `target`, (host, port)."""

    def __init__(self, target):
        self.target = target
        self.streams = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(self.target)
            except OSError:
                client.close()
                continue
            for source, sink in ((client, server), (server, client)):
                stream = bytearray()
                self.streams.append(stream)
                threading.Thread(target=self._pump, args=(source, sink, stream), daemon=True).start()

    @staticmethod
    def _pump(source, sink, stream):
        try:
            while piece := source.recv(65536):
                stream += piece
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()

    def sealed(self):
        """How many sealed payloads have passed so far, there and back."""
        return sum(len(SEALED.findall(bytes(stream))) for stream in self.streams)

    def holds(self, text):
        """Whether this text passed: as it stands, or in a payload that is merely encoded and packed."""
        needle = text.encode()
        return any(needle in bytes(stream) or any(needle in payload for payload in payloads(bytes(stream)))
                   for stream in self.streams)


def payloads(stream):
    for encoded in PAYLOAD.findall(stream):
        payload = base64.b64decode(encoded.replace(b"\\", b""))
        yield payload
        if payload.startswith(GZIP):
            yield gzip.decompress(payload)

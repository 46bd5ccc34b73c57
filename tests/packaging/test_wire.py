# SPDX-License-Identifier: GPL-2.0-or-later
"""The wire on which `make run` looks for readable text must notice it if there is some."""
import base64
import gzip
import socket
import sys
import threading

import pytest


@pytest.fixture
def wire(root, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(root / "packaging/run"), *sys.path])
    from wire import Wire

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        yield Wire(server.getsockname())


def answer(server):
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        while connection.recv(65536):
            connection.sendall(b"answered")
        connection.close()


def say(wire, text):
    with socket.create_connection(wire.address, timeout=10) as connection:
        connection.sendall(text)
        assert connection.recv(64) == b"answered"


def test_what_passes_is_passed_on_and_kept(wire):
    say(wire, b'{"text": "a secret"}')
    assert wire.holds("a secret")
    assert wire.holds("answered")
    assert not wire.holds("another secret")


def test_text_that_is_merely_encoded_is_noticed(wire):
    say(wire, b'{"suite": "pair-ec", "payload": "' + base64.b64encode(b"xxa secretxx") + b'"}')
    assert wire.holds("a secret")


def test_text_that_is_merely_packed_is_noticed(wire):
    say(wire, b'{"suite": "pair-ec", "payload": "' + base64.b64encode(gzip.compress(b"a secret")) + b'"}')
    assert wire.holds("a secret")


def test_sealed_payloads_are_counted(wire):
    say(wire, b'[{"suite":"pair-ec","payload":"AAAA"},{"suite": "pair", "payload":"BBBB"},{"suite":"other"}]')
    assert wire.sealed() == 2

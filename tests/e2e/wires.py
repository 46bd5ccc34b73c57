# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands between a client and its server in some tests: a wire that is listened in on, and servers that are none."""

import http.server
import socket
import socketserver
import ssl
import threading


class Tap(socketserver.ThreadingTCPServer):
    """Forwards every connection to `port` on loopback and keeps all that passes, in both directions."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port):
        super().__init__(("127.0.0.1", 0), TapHandler)
        self.port = port
        self.recorded = bytearray()
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def record(self, piece):
        with self.lock:
            self.recorded += piece

    def traffic(self):
        with self.lock:
            return bytes(self.recorded)

    def close(self):
        self.shutdown()
        self.server_close()


class TapHandler(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self):
        try:
            onward = socket.create_connection(("127.0.0.1", self.server.port))
        except ConnectionError:
            return
        back = threading.Thread(target=self.copy, args=(onward, self.request), daemon=True)
        back.start()
        self.copy(self.request, onward)
        back.join()
        onward.close()

    def copy(self, source, target):
        try:
            while piece := source.recv(65536):
                self.server.record(piece)
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one of the two has gone, which ends the other direction too


class WebServer(http.server.ThreadingHTTPServer):
    """Something that speaks HTTP and is no Pipit server; with a certificate it speaks HTTPS."""

    daemon_threads = True

    def __init__(self, certificate=None):
        super().__init__(("127.0.0.1", 0), WebPage)
        self.scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # The handshake is left to the connection's own thread: a client that refuses us must not end the server.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
            self.scheme = "https"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def url(self, host="127.0.0.1"):
        return f"{self.scheme}://{host}:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        pass  # clients that refuse the certificate are what this server is for

    def close(self):
        self.shutdown()
        self.server_close()


class WebPage(http.server.BaseHTTPRequestHandler):
    """The same page for every request."""

    def do_GET(self):
        page = b"<!DOCTYPE html><title>A web site</title><p>Nothing of Pipit here."
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_arguments):
        pass


def closed_port():
    """A loopback port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

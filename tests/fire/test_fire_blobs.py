# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that keeps blobs: killed before and after each commit, each sync of the disk, each packet; and on a full disk.
What it answered holds afterwards, and the upload goes on at the byte that is kept."""

import base64
import hashlib
import http.client
import json
import os

import pytest

from waiting import until

LONG = bool(os.environ.get("PIPIT_LONG"))
pytestmark = [pytest.mark.long] if LONG else []
# The body of an upload comes in many packets. Each step is a death in the long run, some of them are in the short one.
STRIDE = {"commit": 3, "sync": 3, "send": 3, "recv": 29}
STEPS = [(kind, when) for kind in ("commit", "sync", "send", "recv") for when in ("before", "after")]
STEPS_MAX = 400
CONTENTS = hashlib.shake_256(b"a blob").digest(700_001)  # three pieces, the last one not full
HALF = 300_000


class Died(Exception):
    """The server gave no answer."""


class Device:
    """What a client does with a blob, by hand: its token is that of a client that has registered."""

    def __init__(self, scene, person):
        self.scene = scene
        kept = dict(line.split(" ", 1) for line in next(person.folder.rglob("token")).read_text().splitlines())
        self.token = base64.b64encode(bytes.fromhex(kept["token"])).decode()

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.scene.server.port, timeout=60)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, headers | {"Authorization": f"Bearer {self.token}"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as failure:
            raise Died(f"{method}: {failure}") from failure
        finally:
            connection.close()

    def ask_json(self, method, path, body, expected):
        text = None if body is None else json.dumps(body)
        status, answer = self.ask(method, path, text, Content_Type="application/json")
        assert status in expected, answer
        return json.loads(answer) if answer else None


class Blob:
    """One blob on its way, and what the server said of it."""

    def __init__(self, device, recipient):
        self.device = device
        self.recipient = recipient
        self.path = None
        self.kept = 0
        self.complete = False

    def send(self, end):
        status, answer = self.device.ask("PATCH", self.path, CONTENTS[self.kept:end],
                                         Content_Type="application/octet-stream", Upload_Offset=str(self.kept))
        assert status == (201 if end == len(CONTENTS) else 200), answer
        assert json.loads(answer)["offset"] == end
        self.kept, self.complete = end, status == 201

    def live(self):
        """Goes on from wherever it is, to its end."""
        if self.path is None:
            body = {"size": len(CONTENTS), "recipients": [self.recipient]}
            self.path = self.device.ask_json("POST", "/v1/blobs", body, {201})["uri"]
        shown = self.device.ask_json("GET", self.path + "/upload", None, {200})
        assert shown["offset"] >= self.kept
        assert shown["complete"] or not self.complete
        self.kept = shown["offset"]
        if self.kept < HALF:
            self.send(HALF)
        self.send(len(CONTENTS))
        status, contents = self.device.ask("GET", self.path)
        assert status == 200 and contents == CONTENTS


@pytest.fixture
def device(scene):
    """Alice's device; her client has made room for us."""
    alice = scene.person("alice").start()
    alice.online()
    alice.quit()
    return Device(scene, alice)


@pytest.mark.parametrize("kind,when", STEPS, ids=["-".join(step) for step in STEPS])
def test_server_dies_at_each_step(scene, device, kind, when):
    deaths = 0
    scene.server.stop()
    for number in range(1, STEPS_MAX, 1 if LONG else STRIDE[kind]):
        blob = Blob(device, "mailto:bob@example.org")
        try:
            scene.server.start(PIPIT_FATE=f"{kind}:{when}:{number}")
            blob.live()
        except (Died, AssertionError):
            until(lambda: not scene.server.program.running, "it gave a wrong answer")
        lived = scene.server.program.running
        if lived:
            scene.server.kill()  # its step may still come
        scene.server.start()
        blob.live()
        assert device.ask("DELETE", blob.path) == (204, b"")
        scene.server.stop()
        if lived:
            break
        deaths += 1
    assert deaths >= 1, f"the steps of {kind} are not met"


def test_server_disk_is_full(scene, device, tmp_path):
    """No room: 507, whatever was asked, and what came before stays and goes on."""
    full = tmp_path / "full"
    scene.server.stop()
    scene.server.start("--reserve-mib", "0", PIPIT_FATE_FULL=full)
    blob = Blob(device, "mailto:bob@example.org")
    body = {"size": len(CONTENTS), "recipients": [blob.recipient]}
    blob.path = device.ask_json("POST", "/v1/blobs", body, {201})["uri"]
    blob.send(HALF)
    full.touch()
    status, answer = device.ask("PATCH", blob.path, CONTENTS[HALF:], Content_Type="application/octet-stream",
                                Upload_Offset=str(HALF))
    assert (status, json.loads(answer)["code"]) == (507, "server-full")
    assert device.ask_json("GET", blob.path + "/upload", None, {200})["offset"] == HALF
    assert device.ask_json("POST", "/v1/blobs", body, {507})["code"] == "server-full"
    full.unlink()
    blob.live()

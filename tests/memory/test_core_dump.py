# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process that was signed in, and lives on, still has in its memory: no private key, no message key, no plaintext
of what was sealed or opened. host.c does the work and stops; a core of it is searched, "do not dump" pages and all. The
token for the server is looked for as bytes alone: in base64 it goes through libcurl and json-glib, which wipe nothing."""
import os
import pathlib
import re
import struct
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "crypto")]

import reference  # noqa: E402
from pipitd import Pipitd  # noqa: E402
from programs import Build  # noqa: E402
from waiting import until  # noqa: E402

# A sanitizer keeps freed memory for a while, and fills it: the build for people is the one to look at.
BUILD = ROOT / os.environ.get("PIPIT_BUILD_PLAIN", "build/nettle")


class Host:
    """host.c, at one stop after the other."""

    def __init__(self, folder, server):
        self.folder = folder
        self.process = subprocess.Popen([BUILD / "memory_host", folder, server.url], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=os.environ | {"G_SLICE": ""})

    def reach(self, word):
        """Waits for the stop, and for the worker threads to be gone. Returns the words in memory."""
        said = self.process.stdout.readline().strip()
        assert said == word, f"the host said {said!r}, status {self.process.poll()}"
        until(lambda: word == "online" or len(os.listdir(f"/proc/{self.process.pid}/task")) == 1, "threads go on")
        core = self.folder / f"core-{word}"
        subprocess.run(["gdb", "-batch", "-nx", "-p", str(self.process.pid), "-ex", "set dump-excluded-mappings on",
                        "-ex", f"gcore {core}"], check=True, capture_output=True, timeout=300)
        words = words_of(core.read_bytes())
        core.unlink()
        return words

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(60)


def kept(folder, name):
    """{name: bytes} of the secrets in the key files below `folder`, and the device as the reference knows it."""
    secrets, numbers = {}, {}
    for path in folder.rglob("keys/*"):
        text = path.read_text()
        for word, value in re.findall(r"^(pair-signing|device|scalar|token) ([0-9a-f]{64})$", text, re.MULTILINE):
            numbers[word] = int(value, 16)
            secrets[f"{name}'s {word}"] = bytes.fromhex(value)
            secrets[f"{name}'s {word} in hex"] = value.encode()
        pem = re.search(r"-----BEGIN RSA.*-----END RSA PRIVATE KEY-----\n", text, re.DOTALL)
        if pem:
            rsa = serialization.load_pem_private_key(pem.group().encode(), None)
            private = rsa.private_numbers()
            numbers["rsa"] = rsa
            values = {"d": private.d, "p": private.p, "q": private.q, "dp": private.dmp1, "dq": private.dmq1,
                      "qinv": private.iqmp, "p-1": private.p - 1, "q-1": private.q - 1,
                      # The upper half is that of the public modulus.
                      "(p-1)(q-1)": (private.p - 1) * (private.q - 1) % 2**1008}
            for word, value in values.items():
                secrets[f"{name}'s RSA {word}"] = value.to_bytes((value.bit_length() + 7) // 8, "big")
            secrets[f"{name}'s RSA key in PEM"] = pem.group().encode()[100:-100]
    device = reference.Device(numbers["pair-signing"], numbers["device"], numbers["scalar"], numbers["rsa"], 0)
    return secrets, device


def drawn(folder):
    """What was drawn for scalars and nonces: as it was drawn, and negated, as a compact key may need it."""
    whole = (folder / "drawn").read_bytes()
    secrets = {}
    for i in range(len(whole) // 32):
        number = whole[32 * i:32 * i + 32]
        secrets[f"draw {i}"] = number
        secrets[f"draw {i} negated"] = ((reference.N - int.from_bytes(number, "big")) % 2**256).to_bytes(32, "big")
    return secrets


def key_stream(key, counter):
    return Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor().update(bytes(300))


def message_keys(folder, device, suffix):
    """Every secret of the two messages that the host sealed for its own device, and what was in them."""
    pair, pair_ec = (folder / f"pair-{suffix}").read_bytes(), (folder / f"pair-ec-{suffix}").read_bytes()
    block, private = pair[3:3 + 256], device.pair_rsa.private_numbers()
    content = device.pair_rsa.decrypt(block, reference.OAEP)
    padded = pow(int.from_bytes(block, "big"), private.d, private.public_numbers.n).to_bytes(256, "big")
    fields = reference.read_fields(pair_ec)
    ephemeral = reference.decompress(reference.only(fields, 2))
    scalar = reference.compact_scalar(device.prekey)
    shared = reference.private_key(scalar).exchange(ec.ECDH(), ephemeral)
    key = HKDF(hashes.SHA256(), 48, b"LastPawn-MessageKeys", b"").derive(shared)
    streams = {"key stream of pair": key_stream(content[:16], bytes(15) + b"\1"),
               "key stream of pair-ec": key_stream(key[:32], key[32:])}
    return {f"{what} ({suffix})": secret for what, secret in {
        "K of pair": content[:16], "head of pair": content[16:], "RSA's result": padded, "shared secret": shared,
        "AES key": key[:32], "counter block": key[32:], "plaintext": (folder / f"plaintext-{suffix}").read_bytes(),
        **streams}.items()}


def pieces(secret):
    """Every 8 bytes of the secret, as written and with the least significant first, as numbers lie in memory."""
    for form in (secret, secret[::-1]):
        for start in range(len(form) - 7):
            yield int.from_bytes(form[start:start + 8], sys.byteorder)


def found(words, secrets):
    """The names of those secrets of which the memory holds a piece of 15 bytes or more, wherever it begins."""
    names = {piece: name for name, secret in secrets.items() for piece in pieces(secret)}
    return {names[piece] for piece in names.keys() & words}


def words_of(core):
    """What an ELF core holds of the process's memory: the set of its aligned words of 8 bytes."""
    words = set()
    offset, size, count = (struct.unpack_from("<Q", core, 32)[0], *struct.unpack_from("<HH", core, 54))
    for header in range(offset, offset + size * count, size):
        kind, _, start, _, _, length = struct.unpack_from("<IIQQQQ", core, header)
        if kind == 1:
            words.update(memoryview(core)[start:start + length - length % 8].cast("Q"))
    return words


@pytest.fixture(scope="module", autouse=True)
def program():
    subprocess.run(["make", "--no-print-directory", f"BUILD={BUILD}", BUILD / "memory_host", BUILD / "pipitd"], cwd=ROOT,
                   check=True, stdout=subprocess.DEVNULL, timeout=600)


@pytest.fixture(scope="module", name="folder")
def make_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("memory")


@pytest.fixture(scope="module", name="cores")
def make_cores(folder):
    """{stop: words}"""
    server = Pipitd(Build(BUILD), folder / "server").start()
    host = Host(folder, server)
    cores = {}
    try:
        for stop in ("online", "made", "online", "read", "alone"):
            cores[stop] = host.reach(stop)
            if stop == "read":
                keys, = (folder / "alice").rglob("keys")
                (folder / "device").write_bytes((keys / "device").read_bytes())
                prekey, = keys.glob("prekey-*")
                (folder / "prekey").write_bytes(prekey.read_bytes())
            host.go_on()
    finally:
        host.close()
        server.close()
    return cores


@pytest.fixture(scope="module", name="device")
def make_device(folder, cores):
    return kept(folder / "alice", "alice")[1]


@pytest.fixture(scope="module", name="keys")
def make_keys(folder, cores):
    return {**kept(folder / "alice", "alice")[0], **kept(folder / "bob", "bob")[0]}


def test_the_search_finds_what_is_there(cores, keys):
    """While they are signed in, all of a device's keys are there."""
    for name in ("alice", "bob"):
        there = {f"{name}'s {key}" for key in ("pair-signing", "device", "scalar", "token", "RSA d", "RSA p", "RSA q")}
        assert there <= found(cores["online"], keys)


def test_no_key_after_the_session_that_made_it(cores, keys):
    assert found(cores["made"], keys) == set()


def test_no_key_after_a_session_that_read_it(cores, keys):
    assert found(cores["read"], keys) == set()


def test_no_key_after_sealing_and_opening(cores, keys):
    assert found(cores["alone"], keys) == set()


@pytest.mark.parametrize("stop", ["made", "read", "alone"])
def test_nothing_that_was_drawn(cores, folder, stop):
    """Ephemeral keys, nonces of signatures and candidates for keys: who knows one of these knows a key."""
    secrets = drawn(folder)
    assert len(secrets) > 40
    assert found(cores[stop], secrets) == set()


@pytest.mark.parametrize("suffix", ["main", "thread"])
def test_no_message_key_and_no_plaintext(cores, folder, device, suffix):
    assert found(cores["alone"], message_keys(folder, device, suffix)) == set()

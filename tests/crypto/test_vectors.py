# SPDX-License-Identifier: GPL-2.0-or-later
"""`make check-vectors` on small files made here, one of each kind that it knows: the good ones pass, what is made wrong in
them is found, and what it leaves out it names. The files of others may not be there, or lack a kind."""
import base64
import copy
import hashlib
import hmac
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import reference as ref

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PIPIT_BUILD_PLAIN", "build/nettle"))
PROGRAM = BUILD / "tests" / "crypto" / "vectors"
KEYS = {name: ref.Device.from_json(json.dumps(keys["private"]))
        for name, keys in json.loads((ROOT / "tests/vectors/devices.json").read_text()).items()}
ALICE = ref.private_key(KEYS["sender"].device)
BOB = ref.private_key(KEYS["rsa2048"].device)
MESSAGE = b"what was signed"


@pytest.fixture(scope="session", autouse=True)
def program():
    subprocess.run(["make", "--no-print-directory", f"BUILD={BUILD}", PROGRAM], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL, timeout=300)


class Run:
    """What the program says of some files: {name: contents}."""

    def __init__(self, folder, **files):
        for name, contents in files.items():
            (folder / f"{name}.json").write_text(contents if isinstance(contents, str) else json.dumps(contents))
        self.done = subprocess.run([PROGRAM, folder], cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert self.done.stderr == "", self.done.stderr
        counts = re.fullmatch(r"(\d+) passed, (\d+) failed", self.done.stdout.splitlines()[-1])
        self.passed, self.failed = int(counts[1]), int(counts[2])
        assert self.done.returncode == (0 if self.passed and not self.failed else 1)

    def counts(self):
        return self.passed, self.failed


# The files

def flipped(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def point(key):
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def wycheproof(algorithm, tests, **group):
    """Of `tests`, each (result, members), one group; bytes are written in hexadecimal digits."""
    written = [{"tcId": number, "comment": "", "flags": [], "result": result,
                **{name: value.hex() if isinstance(value, bytes) else value for name, value in members.items()}}
               for number, (result, members) in enumerate(tests, 1)]
    return {"algorithm": algorithm, "numberOfTests": len(tests), "testGroups": [{**group, "tests": written}]}


def oaep(name, **changes):
    key = KEYS[name].pair_rsa
    private, public = key.private_numbers(), key.public_key().public_numbers()
    number = lambda value: f"{value:x}"
    label = b"some label"
    encrypt = lambda label: key.public_key().encrypt(
        MESSAGE, padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), label))
    ciphertext = encrypt(label)
    group = {"keySize": key.key_size, "sha": "SHA-1", "mgf": "MGF1", "mgfSha": "SHA-1", "privateKey": {
        "modulus": number(public.n), "publicExponent": number(public.e), "privateExponent": number(private.d),
        "prime1": number(private.p), "prime2": number(private.q), "exponent1": number(private.dmp1),
        "exponent2": number(private.dmq1), "coefficient": number(private.iqmp)}} | changes
    return wycheproof("RSAES-OAEP", (
        ("valid", {"msg": MESSAGE, "ct": ciphertext, "label": label}),
        ("valid", {"msg": MESSAGE, "ct": encrypt(None), "label": b""}),
        ("invalid", {"msg": MESSAGE, "ct": ciphertext, "label": b"another label"}),
        ("invalid", {"msg": MESSAGE, "ct": flipped(ciphertext), "label": label})), **group)


def ecdsa(kind, **changes):
    der = ALICE.sign(MESSAGE, ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(der)
    signature = der if kind == "EcdsaVerify" else r.to_bytes(32, "big") + s.to_bytes(32, "big")
    longer = signature[:1] + b"\x81" + signature[1:] if kind == "EcdsaVerify" else b"\x00" + signature
    group = {"type": kind, "sha": "SHA-256",
             "publicKey": {"type": "EcPublicKey", "curve": "secp256r1", "uncompressed": point(ALICE).hex()}} | changes
    return wycheproof("ECDSA", (
        ("valid", {"msg": MESSAGE, "sig": signature}),
        ("invalid", {"msg": flipped(MESSAGE), "sig": signature}),
        ("invalid", {"msg": MESSAGE, "sig": longer})), **group)


def pem(key, form):
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def public_bytes(key, encoding):
    return key.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


def jwk(key, private):
    numbers = key.public_key().public_numbers()
    encode = lambda value: base64.urlsafe_b64encode(value.to_bytes(32, "big")).rstrip(b"=").decode()
    secret = {"d": encode(key.private_numbers().private_value)} if private else {}
    return {"kty": "EC", "crv": "P-256", "x": encode(numbers.x), "y": encode(numbers.y)} | secret


def changed_jwk(key):
    return jwk(key, False) | {"x": base64.urlsafe_b64encode(b"\x01" * 32).rstrip(b"=").decode()}


def scalar(key):
    return key.private_numbers().private_value.to_bytes(32, "big")


def ecdh(encoding, curve, private, public, bad):
    """`private`: one key in as many forms as there are; `bad`: no public key on this curve."""
    shared = BOB.exchange(ec.ECDH(), ALICE.public_key())
    return wycheproof("ECDH", (
        *(("valid", {"private": form, "public": public, "shared": shared}) for form in private),
        ("invalid", {"private": private[0], "public": bad, "shared": shared})), curve=curve, encoding=encoding)


def hkdf():
    key = HKDF(hashes.SHA256(), 42, b"salt", b"info").derive(MESSAGE)
    inputs = {"ikm": MESSAGE, "salt": b"salt", "info": b"info"}
    return wycheproof("HKDF-SHA-256", (
        ("valid", inputs | {"size": 42, "okm": key}),
        ("invalid", inputs | {"size": 255 * 32 + 1, "okm": b""})), type="HkdfTest", keySize=120)


def mac(algorithm, hash_name, size):
    tag = hmac.new(b"key", MESSAGE, hash_name).digest()[:size]
    return wycheproof(algorithm, (
        ("valid", {"key": b"key", "msg": MESSAGE, "tag": tag}),
        ("invalid", {"key": b"key", "msg": MESSAGE, "tag": flipped(tag)})), type="MacTest", keySize=24, tagSize=8 * size)


def aes_ctr():
    counter = b"\xff" * 16
    return {"tests": [{"name": f"AES-{8 * size}", "key": bytes(range(size)).hex(), "ctr": counter.hex(), "pt": MESSAGE.hex(),
                       "ct": ref.aes_ctr(bytes(range(size)), counter, MESSAGE).hex()} for size in (16, 24, 32)]}


def rfc6979():
    """With any nonce: what it is made from is not looked at."""
    d, k = KEYS["sender"].device, KEYS["rsa2048"].device
    r = ref.public_numbers(BOB).x % ref.N
    digest = {name: int.from_bytes(hashlib.new(name, b"sample").digest(), "big") for name in ("sha1", "sha256")}
    tests = [{"hash": name, "msg": "sample", "k": f"{k:064x}", "r": f"{r:064x}",
              "s": f"{pow(k, -1, ref.N) * (z + r * d) % ref.N:064x}"} for name, z in digest.items()]
    return {"curve": "P-256", "d": f"{d:064x}", "q": point(ALICE).hex(), "tests": tests + [dict(tests[0], hash="sha512")]}


WYCHEPROOF = {
    "oaep_1280": lambda: oaep("rsa1280"), "oaep_2048": lambda: oaep("rsa2048"), "oaep_4096": lambda: oaep("rsa4096"),
    "ecdsa_der": lambda: ecdsa("EcdsaVerify"), "ecdsa_p1363": lambda: ecdsa("EcdsaP1363Verify"),
    "ecdh_point": lambda: ecdh("ecpoint", "secp256r1", (scalar(BOB), b"\x00" + scalar(BOB)), point(ALICE),
                               flipped(point(ALICE))),
    "ecdh_asn": lambda: ecdh("asn", "secp256r1", (scalar(BOB),), public_bytes(ALICE, serialization.Encoding.DER),
                             flipped(public_bytes(ALICE, serialization.Encoding.DER))),
    "ecdh_pem": lambda: ecdh("pem", "secp256r1", (pem(BOB, serialization.PrivateFormat.PKCS8),
                                                  pem(BOB, serialization.PrivateFormat.TraditionalOpenSSL)),
                             public_bytes(ALICE, serialization.Encoding.PEM).decode(),
                             public_bytes(ec.generate_private_key(ec.SECP256K1()), serialization.Encoding.PEM).decode()),
    "ecdh_jwk": lambda: ecdh("webcrypto", "P-256", (jwk(BOB, True),), jwk(ALICE, False), changed_jwk(ALICE)),
    "hkdf": hkdf, "hmac_sha1": lambda: mac("HMACSHA1", "sha1", 20), "hmac_sha256": lambda: mac("HMACSHA256", "sha256", 32),
    "hmac_cut": lambda: mac("HMACSHA256", "sha256", 16),
}


def turned(file):
    """The same with each verdict turned round."""
    other = copy.deepcopy(file)
    for test in other["testGroups"][0]["tests"]:
        test["result"] = "invalid" if test["result"] == "valid" else "valid"
    return other


@pytest.mark.parametrize("name", sorted(WYCHEPROOF))
def test_each_kind_is_run(tmp_path, name):
    file = WYCHEPROOF[name]()
    count = len(file["testGroups"][0]["tests"])
    good = Run(tmp_path, file=file)
    assert good.counts() == (count, 0) and "left out" not in good.done.stdout, good.done.stdout
    assert Run(tmp_path, file=turned(file)).counts() == (0, count)


@pytest.mark.parametrize("make,right,left_out,member,wrong", (
    (aes_ctr, 2, "1 (an AES key of another size than 128 and 256 bits)", "ct", 2),
    (rfc6979, 3, "1 (a hash other than SHA-1 and SHA-256)", "s", 2),
    (rfc6979, 3, "1 (a hash other than SHA-1 and SHA-256)", "k", 2)))
def test_each_file_of_nist_is_run(tmp_path, make, right, left_out, member, wrong):
    file = make()
    good = Run(tmp_path, file=file)
    assert good.counts() == (right, 0) and f"left out of file.json: {left_out}" in good.done.stdout, good.done.stdout
    for test in file["tests"]:
        test[member] = flipped(bytes.fromhex(test[member])).hex()
    assert Run(tmp_path, file=file).counts() == (right - wrong, wrong)


def test_a_wrong_output_is_found(tmp_path):
    """Taken, and wrong: neither valid nor acceptable."""
    for verdict in ("valid", "acceptable", "invalid", "whatever"):
        for name, member in (("oaep_1280", "msg"), ("ecdh_point", "shared"), ("hkdf", "okm")):
            file = WYCHEPROOF[name]()
            test = file["testGroups"][0]["tests"][0]
            test[member] = flipped(bytes.fromhex(test[member])).hex()
            test["result"] = verdict
            run = Run(tmp_path, file=file)
            assert run.failed == 1 and "FAILED file.json: test 1 " in run.done.stdout


def test_what_is_acceptable_may_go_either_way(tmp_path):
    for name in ("oaep_1280", "ecdsa_der", "ecdh_jwk", "hkdf", "hmac_sha1"):
        file = WYCHEPROOF[name]()
        tests = file["testGroups"][0]["tests"]
        for test in tests:
            test["result"] = "acceptable"
        assert Run(tmp_path, file=file).counts() == (len(tests), 0)


CURVE = {"type": "EcPublicKey", "curve": "secp384r1", "uncompressed": ""}


@pytest.mark.parametrize("file,why", (
    (oaep("rsa1280", sha="SHA-256"), "4 (a hash or MGF hash other than SHA-1)"),
    (oaep("rsa1280", mgfSha="SHA-256"), "4 (a hash or MGF hash other than SHA-1)"),
    (oaep("rsa1280", keySize=1024), "4 (an RSA key of a size that is not accepted)"),
    (oaep("rsa1280", privateKey={"modulus": "00"}), "4 (an RSA key without its primes)"),
    (ecdsa("EcdsaVerify", publicKey=CURVE), "3 (a curve other than P-256)"),
    (ecdsa("EcdsaVerify", sha="SHA-512"), "3 (a hash other than SHA-1 and SHA-256)"),
    (ecdsa("EcdsaBitcoinVerify"), "3 (a type of ECDSA test that is not known here)"),
    (ecdh("ecpoint", "secp384r1", (b"\x01",), b"\x04", b"\x04"), "2 (a curve other than P-256)"),
    (ecdh("morse", "secp256r1", (b"\x01",), b"\x04", b"\x04"), "2 (an encoding of ECDH keys that is not known here)"),
    (wycheproof("XDH", (("valid", {}),) * 3), "3 (an algorithm that the formats do not use)"),
    ({"anything": 1}, "1 (a kind of file that is not known here)")))
def test_what_is_left_out_is_named(tmp_path, file, why):
    """And alone it is no success."""
    run = Run(tmp_path, file=file)
    assert run.counts() == (0, 0) and f"left out of file.json: {why}\n" in run.done.stdout, run.done.stdout


@pytest.mark.parametrize("flag,why", (("CompressedPoint", "a compressed point in SEC 1 form"),
                                      ("UnnamedCurve", "a curve given by its parameters")))
def test_forms_that_are_not_ours_are_left_out_one_by_one(tmp_path, flag, why):
    file = WYCHEPROOF["ecdh_asn"]()
    tests = file["testGroups"][0]["tests"]
    tests.append(tests[0] | {"flags": [flag], "public": "00"})
    run = Run(tmp_path, file=file)
    assert run.counts() == (2, 0) and f"left out of file.json: 1 ({why}" in run.done.stdout, run.done.stdout


def without_digits(name, member, index=1):
    """An "invalid" test that our code never gets to see: it must not pass for refused."""
    file = WYCHEPROOF[name]()
    file["testGroups"][0]["tests"][index][member] = "no digits"
    return file


@pytest.mark.parametrize("file,failed", (
    ("not JSON", 1), ("[]", 1), ({"algorithm": "ECDH", "testGroups": [{}]}, 1), ({"algorithm": "ECDH", "testGroups": [1]}, 1),
    (without_digits("oaep_1280", "ct", 3), 1), (without_digits("ecdsa_der", "sig"), 1), (without_digits("hmac_sha1", "tag"), 1),
    (without_digits("hkdf", "salt"), 1), (without_digits("ecdh_point", "private", 2), 1),
    (without_digits("ecdh_pem", "private", 2), 1), (without_digits("ecdh_jwk", "private"), 1),
    (ecdsa("EcdsaVerify", publicKey=CURVE | {"curve": "secp256r1"}), 1)))
def test_what_cannot_be_read_has_failed(tmp_path, file, failed):
    run = Run(tmp_path, file=file)
    assert run.failed == failed and run.done.returncode == 1, run.done.stdout


def test_all_files_of_a_folder_count(tmp_path):
    (tmp_path / "LICENSE").write_text("as is")
    run = Run(tmp_path, one=WYCHEPROOF["hkdf"](), two=turned(WYCHEPROOF["hmac_sha1"]()))
    assert run.counts() == (2, 2)
    assert "one.json: 2 passed, 0 failed\n" in run.done.stdout and "two.json: 0 passed, 2 failed\n" in run.done.stdout
    assert "left out of LICENSE: 1 (no JSON file)\n" in run.done.stdout

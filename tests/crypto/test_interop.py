# SPDX-License-Identifier: GPL-2.0-or-later
"""The `pipit` command against the independent program in reference.py, both ways round, and against tests/vectors/."""
import base64
import json
import os
import pathlib
import random
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import make_vectors
import reference as ref

ROOT = pathlib.Path(__file__).resolve().parents[2]
PIPIT = ROOT / os.environ.get("PIPIT_BUILD", "build/nettle") / "pipit"
# For what is done for each payload of many: it starts in a fifth of the time, and the sanitizers watch the same payloads, and
# others of each size, in test_kept_payloads.c, test_pair.c and test_pair_ec.c.
QUICK = ROOT / os.environ.get("PIPIT_BUILD_PLAIN", "build/nettle") / "pipit"
VECTORS = ROOT / "tests" / "vectors"
SUITES = ("pair", "pair-ec")
RSA_DEVICES = ("rsa1280", "rsa2048", "rsa4096")
plaintext = make_vectors.plaintext


def read_vectors(name):
    return json.loads((VECTORS / name).read_text())


DEVICES = {name: ref.Device.from_json(json.dumps(keys["private"])) for name, keys in read_vectors("devices.json").items()}


def run(*arguments, stdin=b"", program=PIPIT):
    return subprocess.run([program, *arguments], input=stdin, capture_output=True, timeout=60)


def succeed(*arguments, stdin=b"", program=PIPIT):
    done = run(*arguments, stdin=stdin, program=program)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()
    return done.stdout


def refuse(*arguments, stdin=b"", program=PIPIT):
    """The one line on stderr."""
    done = run(*arguments, stdin=stdin, program=program)
    assert done.returncode == 1 and done.stdout == b"", done
    assert done.stderr.count(b"\n") == 1 and done.stderr.endswith(b"\n") and len(done.stderr) > 10, done.stderr
    return done.stderr.decode()


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """name -> (file of private keys, file of public keys), those of the vectors and two that pipit made."""
    folder = tmp_path_factory.mktemp("keys")
    made = {}
    for name, keys in read_vectors("devices.json").items():
        made[name] = folder / f"{name}.json", folder / f"{name}.pub.json"
        made[name][0].write_text(json.dumps(keys["private"]))
        made[name][1].write_text(json.dumps(keys["public"]))
    for name in ("own1", "own2"):
        made[name] = folder / f"{name}.json", folder / f"{name}.pub.json"
        made[name][0].write_bytes(succeed("keygen"))
        made[name][1].write_bytes(succeed("public", stdin=made[name][0].read_bytes()))
    return made


def seal(files, suite, sender, recipient, message, *more, program=PIPIT):
    return succeed("seal", "--suite", suite, "--sender", files[sender][0], "--recipient", files[recipient][1], *more,
                   stdin=message, program=program)


def open_arguments(files, suite, sender, recipient):
    return "open", "--suite", suite, "--sender", files[sender][1], "--recipient", files[recipient][0]


def reference_open(suite, sender, recipient, payload):
    if suite == "pair":
        return ref.pair_open(recipient, sender.public(), payload)
    return ref.pair_ec_open(recipient, sender.public(), payload)[0]


# Keys

def test_keygen_writes_what_the_reference_reads(files):
    keys = json.loads(files["own1"][0].read_text())
    device = ref.Device.from_json(files["own1"][0].read_text())
    assert device.pair_rsa.key_size == 2048 and device.pair_rsa.public_key().public_numbers().e == 65537
    assert keys["pair_rsa"] == device.to_dict()["pair_rsa"]
    assert all(len(keys[name]) == 64 for name in ("pair_signing", "device", "prekey"))
    assert abs(keys["prekey_timestamp"] - ref.time.time()) < 600
    assert keys != json.loads(files["own2"][0].read_text())


@pytest.mark.parametrize("name", sorted(DEVICES))
def test_public_agrees_byte_for_byte(files, name):
    ours = json.loads(succeed("public", stdin=files[name][0].read_bytes()))
    theirs = DEVICES[name].public().to_dict()
    for member in ("pair_identity", "device_key", "pair_signing"):
        assert ours[member] == theirs[member]
    record = ref.read_fields(base64.b64decode(ours["prekey_record"]))
    expected = ref.read_fields(base64.b64decode(theirs["prekey_record"]))
    assert (record[1], record[3]) == (expected[1], expected[3])
    assert len(base64.b64decode(ours["prekey_record"])) == len(base64.b64decode(theirs["prekey_record"]))
    ref.Public.from_json(json.dumps(ours))  # checks the signature


def test_directory_blob_of_rsa_1280(files):
    blob = base64.b64decode(json.loads(succeed("public", stdin=files["rsa1280"][0].read_bytes()))["pair_identity"])
    assert len(blob) == 249 and blob[:5].hex() == "3081f68143" and blob[72:75].hex() == "8281ae"


@pytest.mark.parametrize("stamp", (0, 1, 1764000000, 1764000000.1, 1.7e9, 1e-3, 2**53 + 2, 1764000000.1234567, 5e-324, -1.5))
def test_prekey_timestamp_is_kept_exactly(stamp):
    keys = DEVICES["sender"].to_dict() | {"prekey_timestamp": stamp}
    public = json.loads(succeed("public", stdin=json.dumps(keys).encode()))
    record = ref.read_fields(base64.b64decode(public["prekey_record"]))
    assert record[3] == [ref.struct.pack("<d", stamp)]


def test_json_of_others_in_any_form(files, tmp_path):
    keys = DEVICES["larger_y"].to_dict()
    for name in ("pair_signing", "device", "prekey"):
        keys[name] = keys[name].upper()
    keys["pair_rsa"] = "\n" + keys["pair_rsa"].replace("\n", "\r\n")
    keys |= {"comment": ["unknown", {"members": None}], "prekey": keys["prekey"]}
    shuffled = dict(random.Random(1).sample(sorted(keys.items()), len(keys)))
    private = tmp_path / "private.json"
    private.write_text(json.dumps(shuffled, indent=4))
    public = DEVICES["larger_y"].public().to_dict() | {"name": "Ünïcode"}
    (tmp_path / "public.json").write_text(json.dumps(dict(reversed(public.items()))))
    for suite in SUITES:
        payload = seal({"a": (private, None), "b": (None, tmp_path / "public.json")}, suite, "a", "b", b"hello")
        assert reference_open(suite, DEVICES["larger_y"], DEVICES["larger_y"], payload) == b"hello"


@pytest.mark.parametrize("member,value", (
    ("pair_signing", "00" * 32), ("device", f"{ref.N:064x}"), ("device", "11" * 31), ("prekey", "zz" * 32),
    ("prekey", 5), ("prekey_timestamp", "1764000000"), ("prekey_timestamp", None), ("pair_rsa", "no PEM"), ("pair_rsa", "")))
def test_bad_private_keys_are_refused(member, value):
    refuse("public", stdin=json.dumps(DEVICES["sender"].to_dict() | {member: value}).encode())


@pytest.mark.parametrize("member", ("pair_signing", "device", "prekey", "pair_rsa", "prekey_timestamp"))
def test_missing_private_keys_are_refused(member):
    keys = DEVICES["sender"].to_dict()
    del keys[member]
    refuse("public", stdin=json.dumps(keys).encode())


def other_rsa(bits=2048, exponent=65537):
    key = ref.rsa.generate_private_key(exponent, bits)
    return ref.Device(1, 1, 1, key, 0).to_dict()["pair_rsa"]


@pytest.mark.parametrize("pem", (other_rsa(1279), other_rsa(1024), other_rsa(2048, 3)), ids=("1279", "1024", "e=3"))
def test_rsa_keys_out_of_range_are_refused(pem):
    refuse("public", stdin=json.dumps(DEVICES["sender"].to_dict() | {"pair_rsa": pem}).encode())


def test_rsa_key_of_an_odd_size_is_accepted():
    pem = other_rsa(1283)
    succeed("public", stdin=json.dumps(DEVICES["sender"].to_dict() | {"pair_rsa": pem}).encode())


def changed(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def bad_public_keys():
    right = DEVICES["rsa1280"].public()
    other = DEVICES["rsa2048"].public()
    blob, key, record = right.pair_identity, right.device_key, right.prekey_record
    yield "record signed by another device", (blob, key, other.prekey_record)
    yield "record with a changed timestamp", (blob, key, changed(record, len(record) - 2))
    yield "record without its timestamp", (blob, key, record[:-9])
    yield "record with a trailing byte", (blob, key, record + b"\x00")
    yield "device key of 31 bytes", (blob, key[:31], record)
    yield "device key off the curve", (blob, make_vectors.off_curve(), record)
    yield "device key >= p", (blob, b"\xff" * 32, record)
    yield "blob with a trailing byte", (blob + b"\x00", key, record)
    yield "blob cut short", (blob[:-1], key, record)
    yield "signing key off the curve", (changed(blob, 30), key, record)
    yield "e = 65536", (changed(blob, len(blob) - 1), key, record)


@pytest.fixture(scope="session")
def payloads_for_sender(files):
    return {suite: seal(files, suite, "rsa1280", "sender", b"hello") for suite in SUITES}


@pytest.mark.parametrize("parts", [pytest.param(parts, id=why) for why, parts in bad_public_keys()])
def test_bad_public_keys_are_refused_in_seal_and_open(files, payloads_for_sender, tmp_path, parts):
    names = ("pair_identity", "device_key", "prekey_record")
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({name: base64.b64encode(part).decode() for name, part in zip(names, parts)}))
    for suite in SUITES:
        refuse("seal", "--suite", suite, "--sender", files["sender"][0], "--recipient", bad, stdin=b"hello")
        payload = payloads_for_sender[suite]
        refuse("open", "--suite", suite, "--sender", bad, "--recipient", files["sender"][0], stdin=payload)


# Payloads

def name_of(vector):
    return f"{vector['suite']}-{vector['sender']}-{vector['recipient']}-{vector.get('why', vector.get('size'))}"


@pytest.mark.parametrize("vector", read_vectors("sealed.json"), ids=name_of)
def test_kept_payload_opens(files, vector):
    arguments = open_arguments(files, vector["suite"], vector["sender"], vector["recipient"])
    assert succeed(*arguments, stdin=base64.b64decode(vector["payload"]), program=QUICK) == plaintext(vector["size"])


def test_kept_payloads_are_refused_with_one_voice(files):
    said = set()
    for vector in read_vectors("refused.json"):
        arguments = open_arguments(files, vector["suite"], vector["sender"], vector["recipient"])
        said.add(refuse(*arguments, stdin=base64.b64decode(vector["payload"]), program=QUICK))
    assert len(said) == 1


def test_reference_refuses_what_is_kept_as_refused():
    """So that the list is not merely what our own program happens to refuse; what needs strict DER is left to ours."""
    for vector in read_vectors("refused.json"):
        lenient = ("ciphertext that goes on before the block is full", "block that is no OAEP", "message as a number",
                   "inner message twice", "counter of more than 32 bits", "DER length in its long form")
        if vector["why"] in lenient:
            continue
        with pytest.raises((ref.Refused, ValueError, IndexError, TypeError)):
            reference_open(vector["suite"], DEVICES[vector["sender"]], DEVICES[vector["recipient"]],
                           base64.b64decode(vector["payload"]))
            pytest.fail(f"opened: {vector['why']}")


@pytest.mark.parametrize("size", make_vectors.SIZES)
@pytest.mark.parametrize("recipient", RSA_DEVICES)
def test_pair_both_ways(files, recipient, size):
    payload = seal(files, "pair", "sender", recipient, plaintext(size), program=QUICK)
    assert ref.pair_open(DEVICES[recipient], DEVICES["sender"].public(), payload) == plaintext(size)
    assert len(payload) <= 3 + DEVICES[recipient].pair_rsa.key_size // 8 + max(0, size - 100) + 1 + 72
    theirs = ref.pair_seal(DEVICES["sender"], DEVICES[recipient].public(), plaintext(size))
    arguments = open_arguments(files, "pair", "sender", recipient)
    assert succeed(*arguments, stdin=theirs, program=QUICK) == plaintext(size)


@pytest.mark.parametrize("size", make_vectors.SIZES + make_vectors.PADS)
def test_pair_ec_both_ways(files, size):
    payload = seal(files, "pair-ec", "larger_y", "rsa2048", plaintext(size), "--counter", str(size), program=QUICK)
    opened = ref.pair_ec_open(DEVICES["rsa2048"], DEVICES["larger_y"].public(), payload)
    assert opened == (plaintext(size), size)
    theirs = ref.pair_ec_seal(DEVICES["larger_y"], DEVICES["rsa2048"].public(), plaintext(size), size)
    arguments = open_arguments(files, "pair-ec", "larger_y", "rsa2048")
    assert succeed(*arguments, stdin=theirs, program=QUICK) == plaintext(size)
    assert len(payload) == len(theirs)


@pytest.mark.parametrize("suite", SUITES)
def test_own_keys_with_the_reference(files, suite):
    own = {name: ref.Device.from_json(files[name][0].read_text()) for name in ("own1", "own2")}
    payload = seal(files, suite, "own1", "own2", plaintext(300))
    assert reference_open(suite, own["own1"], own["own2"], payload) == plaintext(300)
    assert succeed(*open_arguments(files, suite, "own1", "own2"), stdin=payload) == plaintext(300)
    assert seal(files, suite, "own1", "own2", plaintext(300)) != payload


def test_pair_has_room_for_what_its_length_holds(files):
    largest = 65535 - 160 + 100
    payload = seal(files, "pair", "sender", "rsa1280", plaintext(largest))
    assert ref.pair_open(DEVICES["rsa1280"], DEVICES["sender"].public(), payload) == plaintext(largest)
    refuse("seal", "--suite", "pair", "--sender", files["sender"][0], "--recipient", files["rsa1280"][1],
           stdin=plaintext(largest + 1))


def test_pair_ec_has_room_for_more(files):
    message = os.urandom(3 << 20)
    payload = seal(files, "pair-ec", "sender", "rsa1280", message)
    assert succeed(*open_arguments(files, "pair-ec", "sender", "rsa1280"), stdin=payload) == message


@pytest.mark.parametrize("counter", (0, 1, 127, 128, 2**31, 2**32 - 1))
def test_counter_is_what_was_asked_for(files, counter):
    payload = seal(files, "pair-ec", "sender", "rsa2048", b"x", "--counter", str(counter))
    assert ref.pair_ec_open(DEVICES["rsa2048"], DEVICES["sender"].public(), payload) == (b"x", counter)


def test_counter_by_default_is_the_seconds_since_2020(files):
    payload = seal(files, "pair-ec", "sender", "rsa2048", b"x")
    counter = ref.pair_ec_open(DEVICES["rsa2048"], DEVICES["sender"].public(), payload)[1]
    assert abs(counter - (ref.time.time() - 1577836800)) < 60


@pytest.mark.parametrize("arguments", (
    ("--suite", "pair-rot13"), ("--suite", "pair-ec", "--counter", "-1"), ("--suite", "pair-ec", "--counter", "4294967296"),
    ("--suite", "pair-ec", "--counter", "x"), ("--suite", "pair-ec", "extra"), ("--nonsense",), ()), ids=str)
def test_wrong_command_lines_are_refused(files, arguments):
    refuse("seal", *arguments, "--sender", files["sender"][0], "--recipient", files["rsa2048"][1], stdin=b"x")


def test_missing_files_are_named(files):
    assert "/nonexistent" in refuse("seal", "--suite", "pair", "--sender", "/nonexistent", "--recipient",
                                    files["rsa2048"][1], stdin=b"x")


def test_full_disk_is_an_error(files):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([PIPIT, "keygen"], stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1

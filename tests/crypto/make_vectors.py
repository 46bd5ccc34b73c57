#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the files in tests/vectors/ by tests/crypto/reference.py. Every run draws new keys, so the files are kept and
this is run again only when the formats gain something that they do not cover.

usage: tests/crypto/make_vectors.py [FOLDER]     (default: tests/vectors)

devices.json   name -> {"private": as `pipit keygen` writes, "public": as `pipit public` writes}
sealed.json    payloads that must open: {suite, sender, recipient, size, counter?, payload}; the plaintext has `size`
               bytes, byte i being (7 i + size) mod 256
refused.json   payloads that must not: {suite, sender, recipient, why, payload}
"""
import base64
import json
import pathlib
import sys

import reference as ref

SIZES = (0, 1, 15, 16, 99, 100, 101, 4096, 16000)
PADS = tuple(range(20, 36))  # sixteen sizes in a row give every pad from 0 to 15


def plaintext(size):
    return bytes((7 * i + size) % 256 for i in range(size))


def find_scalar(larger):
    """One whose public Y is the larger (or the smaller)."""
    while True:
        scalar = ref.random_scalar()
        if (ref.compact_scalar(scalar) != scalar) == larger:
            return scalar


def devices():
    made = {f"rsa{bits}": ref.Device.generate(bits, stamp)
            for bits, stamp in ((1280, 1700000000), (2048, 1764000000.125), (4096, 1764000000.1))}
    made["sender"] = ref.Device.generate(2048, 1764000001.5)
    # All scalars the other way round: private keys that other programs may well hold.
    made["larger_y"] = ref.Device(find_scalar(True), find_scalar(True), find_scalar(True),
                                  made["sender"].pair_rsa, 1764000002.75)
    made["smaller_y"] = ref.Device(find_scalar(False), find_scalar(False), find_scalar(False),
                                   made["sender"].pair_rsa, 0)
    return made


def entry(suite, sender, recipient, payload, **more):
    return {"suite": suite, "sender": sender, "recipient": recipient, **more,
            "payload": base64.b64encode(payload).decode()}


def sealed(made, public):
    sender = made["sender"]
    for recipient in ("rsa1280", "rsa2048", "rsa4096"):
        for size in SIZES:
            yield entry("pair", "sender", recipient, ref.pair_seal(sender, public[recipient], plaintext(size)), size=size)
    for size in SIZES + PADS:
        counter = size if size % 2 else 2**32 - 1 - size
        yield entry("pair-ec", "sender", "rsa2048",
                    ref.pair_ec_seal(sender, public["rsa2048"], plaintext(size), counter), size=size, counter=counter)
    for one, other in (("larger_y", "smaller_y"), ("smaller_y", "larger_y"), ("larger_y", "larger_y")):
        yield entry("pair", one, other, ref.pair_seal(made[one], public[other], plaintext(40)), size=40)
        yield entry("pair-ec", one, other, ref.pair_ec_seal(made[one], public[other], plaintext(40), 0),
                    size=40, counter=0)
    # Inner fields that are absent, unknown or the other way round; unknown outer ones, and in another order.
    for inner, size, counter in (
            (b"", 0, 0), (ref.field_varint(2, 7), 0, 7), (ref.field_bytes(1, plaintext(9)), 9, 0),
            (ref.field_varint(2, 7) + ref.field_bytes(1, plaintext(9)), 9, 7),
            (ref.field_bytes(3, b"x") + ref.pair_ec_inner(plaintext(9), 7) + ref.field_double(900, 1.5), 9, 7)):
        payload = ref.pair_ec_outer(ref.pair_ec_fields(sender, public["rsa2048"], ref.pair_ec_pad(inner)))
        yield entry("pair-ec", "sender", "rsa2048", payload, size=size, counter=counter)
    fields = ref.pair_ec_fields(sender, public["rsa2048"], ref.pair_ec_pad(ref.pair_ec_inner(plaintext(9), 7)))
    turned = ref.field_varint(50, 1) + ref.pair_ec_outer(dict(reversed(fields.items()))) + ref.field_bytes(4, b"new")
    yield entry("pair-ec", "sender", "rsa2048", turned, size=9, counter=7)


def refused_pair(made, public):
    sender, recipient = made["sender"], public["rsa1280"]
    right = ref.pair_seal(sender, recipient, plaintext(150))
    size = int.from_bytes(right[1:3], "big")
    body, signature = right[3:3 + size], right[4 + size:]
    long_form = signature[:1] + b"\x81" + signature[1:]
    yield "wrong tag", ref.pair_seal(sender, recipient, plaintext(150), tag=b"wrong")
    yield "sender's identity in place of the recipient's in the tag", ref.pair_seal(
        sender, recipient, plaintext(20), tag=ref.pair_tag(b"0123456789a", plaintext(20), recipient.hash, recipient.hash))
    yield "sealed for another device", ref.pair_seal(sender, public["rsa2048"], plaintext(150))
    yield "sealed by another device", ref.pair_seal(made["rsa2048"], recipient, plaintext(150))
    yield "version 1", b"\x01" + right[1:]
    yield "trailing byte", right + b"\x00"
    yield "signature of no bytes", right[:3 + size] + b"\x00"
    yield "DER length in its long form", right[:3 + size] + bytes([len(long_form)]) + long_form
    yield "byte behind the signature, counted in", right[:3 + size] + bytes([len(signature) + 1]) + signature + b"\x00"
    yield "body shorter than the RSA block", ref.pair_payload(sender, body[:159])
    yield "empty body", ref.pair_payload(sender, b"")
    yield "block that is no OAEP", ref.pair_payload(sender, b"\x11" * 160)
    modulus = recipient.rsa.public_numbers().n.to_bytes(160, "big")
    yield "block = n", ref.pair_payload(sender, modulus)
    yield "block >= n", ref.pair_payload(sender, b"\xff" * 160)
    yield "block = 0", ref.pair_payload(sender, bytes(160))
    yield "key of 15 bytes", ref.pair_payload(sender, recipient.rsa.encrypt(bytes(15), ref.OAEP))
    yield "no key", ref.pair_payload(sender, recipient.rsa.encrypt(b"", ref.OAEP))
    salt = bytes(range(11))
    message = plaintext(60)
    key = salt + ref.pair_tag(salt, message, sender.public().hash, recipient.hash)
    ciphertext = ref.aes_ctr(key, bytes(15) + b"\x01", message)
    yield "ciphertext that goes on before the block is full", ref.pair_payload(
        sender, recipient.rsa.encrypt(key + ciphertext[:50], ref.OAEP) + ciphertext[50:])


def refused_pair_ec(made, public):
    sender, recipient = made["sender"], public["rsa2048"]
    padded = ref.pair_ec_pad(ref.pair_ec_inner(plaintext(40), 1))
    right = ref.pair_ec_fields(sender, recipient, padded)
    change = lambda **more: ref.pair_ec_outer(right | {int(k[1:]): v for k, v in more.items()})
    yield "sealed for another device", ref.pair_ec_seal(sender, public["rsa1280"], plaintext(40), 1)
    yield "sealed by another device", ref.pair_ec_seal(made["rsa1280"], recipient, plaintext(40), 1)
    yield "wrong validator: sender", change(f99=b"\x00" + right[99][1:] if right[99][0] else b"\x01" + right[99][1:])
    yield "wrong validator: end", change(f99=right[99][:6] + b"\x0d")
    for number in right:
        rest = {k: v for k, v in right.items() if k != number}
        yield f"field {number} missing", ref.pair_ec_outer(rest)
        yield f"field {number} twice", ref.pair_ec_outer(right) + ref.field_bytes(number, right[number])
        yield f"field {number} as a varint", ref.pair_ec_outer(rest) + ref.field_varint(number, 1)
        if number != 1:
            yield f"field {number} too short", ref.pair_ec_outer(rest | {number: right[number][:-1]})
            yield f"field {number} too long", ref.pair_ec_outer(rest | {number: right[number] + b"\x00"})
    yield "ephemeral key >= p", change(f2=(ref.P + 5).to_bytes(32, "big"))
    yield "ephemeral key off the curve", change(f2=off_curve())
    yield "ciphertext changed", change(f1=bytes([right[1][0] ^ 1]) + right[1][1:])
    yield "signature of zeros", change(f3=bytes(64))
    other = ref.pair_ec_fields(sender, recipient, padded)
    yield "ephemeral key of another message", change(f2=other[2])
    yield "trailing byte", ref.pair_ec_outer(right) + b"\x00"
    yield "empty", b""
    for why, bad in (("pad of 16", padded[:-4] + b"\x10\x00\x00\x00"), ("pad beyond 32 bits' first byte", padded[:-1] + b"\x01"),
                     ("no pad length", b""), ("not padded to a block", padded[:-5] + padded[-4:]),
                     ("pad longer than the whole", b"\x01\x00\x00\x00"),
                     ("inner message cut short", ref.pair_ec_pad(ref.pair_ec_inner(plaintext(40), 1)[:-20])),
                     ("inner message twice", ref.pair_ec_pad(ref.pair_ec_inner(b"a", 1) + ref.field_bytes(1, b"b"))),
                     ("counter of more than 32 bits", ref.pair_ec_pad(ref.pair_ec_inner(b"a", 2**32))),
                     ("message as a number", ref.pair_ec_pad(ref.field_varint(1, 5)))):
        yield why, ref.pair_ec_outer(ref.pair_ec_fields(sender, recipient, bad))


def off_curve():
    x = 5
    while True:
        try:
            ref.decompress(x.to_bytes(32, "big"))
            x += 1
        except ref.Refused:
            return x.to_bytes(32, "big")


def refused(made, public):
    for why, payload in refused_pair(made, public):
        yield entry("pair", "sender", "rsa1280", payload, why=why)
    for why, payload in refused_pair_ec(made, public):
        yield entry("pair-ec", "sender", "rsa2048", payload, why=why)


def write(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1] / "vectors")
    made = devices()
    public = {name: device.public() for name, device in made.items()}
    write(folder / "devices.json", {name: {"private": made[name].to_dict(), "public": public[name].to_dict()}
                                    for name in made})
    write(folder / "sealed.json", list(sealed(made, public)))
    write(folder / "refused.json", list(refused(made, public)))


if __name__ == "__main__":
    main()

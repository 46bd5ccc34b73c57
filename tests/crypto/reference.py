# SPDX-License-Identifier: GPL-2.0-or-later
"""The sealed formats once more, from docs/sealed-messages.md alone and on another library (python3-cryptography), so
that two programs which share no code have to agree on every byte."""
import base64
import hashlib
import hmac
import json
import os
import struct
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CURVE = ec.SECP256R1()
OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)


class Refused(Exception):
    """A payload or a key that must not be used."""


def require(condition, why):
    if not condition:
        raise Refused(why)


# Compact keys

def private_key(scalar):
    return ec.derive_private_key(scalar, CURVE)


def public_numbers(key):
    return key.public_key().public_numbers()


def compact_scalar(scalar):
    """The scalar of the two that share an X whose public Y is the smaller."""
    y = public_numbers(private_key(scalar)).y
    return scalar if y <= P - y else N - scalar


def compact(scalar):
    return public_numbers(private_key(scalar)).x.to_bytes(32, "big")


def decompress(data):
    require(len(data) == 32, "size of a compact key")
    x = int.from_bytes(data, "big")
    require(x < P, "x >= p")
    square = (x * x * x - 3 * x + B) % P
    y = pow(square, (P + 1) // 4, P)
    require(y * y % P == square, "off the curve")
    return ec.EllipticCurvePublicNumbers(x, min(y, P - y), CURVE).public_key()


def random_scalar():
    while True:
        scalar = int.from_bytes(os.urandom(32), "big")
        if 0 < scalar < N:
            return scalar


def sign_raw(scalar, data, hash_algorithm=None):
    der = private_key(scalar).sign(data, ec.ECDSA(hash_algorithm or hashes.SHA256()))
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify_raw(key, signature, data):
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Refused("signature") from None


# DER and protobuf

def der(tag, content):
    size = len(content)
    if size < 0x80:
        length = bytes([size])
    elif size < 0x100:
        length = bytes([0x81, size])
    else:
        length = bytes([0x82, size >> 8, size & 0xFF])
    return bytes([tag]) + length + content


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field_bytes(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def field_varint(number, value):
    return varint(number << 3) + varint(value)


def field_double(number, value):
    return varint(number << 3 | 1) + struct.pack("<d", value)


def read_varint(data, at):
    value = shift = 0
    while True:
        require(at < len(data), "varint cut short")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def read_fields(data):
    """{number: [value, …]}"""
    fields, at = {}, 0
    while at < len(data):
        tag, at = read_varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = read_varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value, at = data[at:at + size], at + size
        elif kind == 2:
            size, at = read_varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            raise Refused("wire type")
        require(at <= len(data), "field cut short")
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def only(fields, number, size=None):
    values = fields.get(number, [])
    require(len(values) == 1, f"field {number} is there {len(values)} times")
    require(size is None or len(values[0]) == size, f"size of field {number}")
    return values[0]


# Devices

class Device:
    """A device with all its private keys."""

    def __init__(self, pair_signing, device, prekey, pair_rsa, prekey_timestamp):
        self.pair_signing, self.device, self.prekey = pair_signing, device, prekey
        self.pair_rsa, self.prekey_timestamp = pair_rsa, prekey_timestamp

    @staticmethod
    def generate(rsa_bits=2048, timestamp=None):
        return Device(random_scalar(), random_scalar(), random_scalar(), rsa.generate_private_key(65537, rsa_bits),
                      time.time() if timestamp is None else timestamp)

    @staticmethod
    def from_json(text):
        keys = json.loads(text)
        return Device(int(keys["pair_signing"], 16), int(keys["device"], 16), int(keys["prekey"], 16),
                      serialization.load_pem_private_key(keys["pair_rsa"].encode(), None), keys["prekey_timestamp"])

    def to_dict(self):
        pem = self.pair_rsa.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                                          serialization.NoEncryption()).decode()
        return {"pair_signing": f"{self.pair_signing:064x}", "device": f"{self.device:064x}",
                "prekey": f"{self.prekey:064x}", "pair_rsa": pem, "prekey_timestamp": self.prekey_timestamp}

    def public(self):
        point = private_key(self.pair_signing).public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        rsa_der = self.pair_rsa.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        sig = b"\x00\x41" + point
        enc = struct.pack(">H", len(rsa_der)) + rsa_der
        prekey = compact(self.prekey)
        signed = b"NGMPrekeySignature" + prekey + struct.pack("<d", self.prekey_timestamp)
        record = (field_bytes(1, prekey) + field_bytes(2, sign_raw(compact_scalar(self.device), signed))
                  + field_double(3, self.prekey_timestamp))
        return Public(der(0x30, der(0x81, sig) + der(0x82, enc)), compact(self.device), record)


class Public:
    """What others see of a device, checked."""

    def __init__(self, pair_identity, device_key, prekey_record):
        self.pair_identity, self.device_key, self.prekey_record = pair_identity, device_key, prekey_record
        sig, enc = self._split(pair_identity)
        self.hash = hashlib.sha256(sig + enc).digest()
        self.point = sig[2:]
        self.signing = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, self.point)
        self.rsa = serialization.load_der_public_key(self._spki(enc[2:]))
        require(self.rsa.public_numbers().e == 65537 and 1280 <= self.rsa.key_size <= 4096, "RSA key")
        self.device_point = decompress(device_key)
        fields = read_fields(prekey_record)
        self.prekey = only(fields, 1, 32)
        self.prekey_point = decompress(self.prekey)
        verify_raw(self.device_point, only(fields, 2, 64), b"NGMPrekeySignature" + self.prekey + only(fields, 3, 8))

    @staticmethod
    def _split(blob):
        def take(data, tag):
            require(data[0] == tag, "tag")
            size, start = data[1], 2
            if size >= 0x80:
                start = 2 + (size & 0x7F)
                size = int.from_bytes(data[2:start], "big")
            require(start + size <= len(data), "length")
            return data[start:start + size], data[start + size:]
        inside, rest = take(blob, 0x30)
        require(rest == b"", "trailing bytes")
        sig, inside = take(inside, 0x81)
        enc, inside = take(inside, 0x82)
        require(inside == b"" and sig[:2] == b"\x00\x41" and len(sig) == 67, "sig")
        require(struct.unpack(">H", enc[:2])[0] == len(enc) - 2, "enc")
        return sig, enc

    @staticmethod
    def _spki(pkcs1):
        """The same key in the form that the library reads."""
        algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
        return der(0x30, algorithm + der(0x03, b"\x00" + pkcs1))

    @staticmethod
    def from_json(text):
        keys = json.loads(text)
        public = Public(*(base64.b64decode(keys[name]) for name in ("pair_identity", "device_key", "prekey_record")))
        require(base64.b64decode(keys["pair_signing"]) == public.point, "pair_signing")
        return public

    def to_dict(self):
        encode = lambda data: base64.b64encode(data).decode()
        return {"pair_identity": encode(self.pair_identity), "device_key": encode(self.device_key),
                "prekey_record": encode(self.prekey_record), "pair_signing": encode(self.point)}


def aes_ctr(key, counter, data):
    cipher = Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor()
    return cipher.update(data) + cipher.finalize()


# pair

def pair_tag(salt, message, sender_hash, recipient_hash):
    return hmac.new(salt, message + b"\x02" + sender_hash + recipient_hash, "sha256").digest()[:5]


def pair_payload(sender, body):
    """Signs a body, whatever is in it."""
    signature = private_key(sender.pair_signing).sign(body, ec.ECDSA(hashes.SHA1()))
    return b"\x02" + struct.pack(">H", len(body)) + body + bytes([len(signature)]) + signature


def pair_seal(sender, recipient, message, tag=None):
    """`tag`: another one than the right one."""
    salt = os.urandom(11)
    key = salt + (tag or pair_tag(salt, message, sender.public().hash, recipient.hash))
    ciphertext = aes_ctr(key, bytes(15) + b"\x01", message)
    return pair_payload(sender, recipient.rsa.encrypt(key + ciphertext[:100], OAEP) + ciphertext[100:])


def pair_open(recipient, sender, payload):
    require(len(payload) > 3 and payload[0] == 2, "version")
    size = struct.unpack(">H", payload[1:3])[0]
    require(len(payload) > 3 + size, "cut short")
    body, signature = payload[3:3 + size], payload[4 + size:]
    require(payload[3 + size] == len(signature), "signature length")
    try:
        sender.signing.verify(signature, body, ec.ECDSA(hashes.SHA1()))
        block = recipient.pair_rsa.key_size + 7 >> 3
        content = recipient.pair_rsa.decrypt(body[:block], OAEP)
    except (InvalidSignature, ValueError) as error:
        raise Refused(str(error)) from None
    require(len(content) >= 16, "key")
    message = aes_ctr(content[:16], bytes(15) + b"\x01", content[16:] + body[block:])
    require(pair_tag(content[:11], message, sender.hash, recipient.public().hash) == content[11:16], "tag")
    return message


# pair-ec

def pair_ec_crypt(shared, data):
    stream = HKDF(hashes.SHA256(), 48, b"LastPawn-MessageKeys", b"").derive(shared)
    return aes_ctr(stream[:32], stream[32:], data)


def pair_ec_inner(message, counter):
    return field_bytes(1, message) + field_varint(2, counter)


def pair_ec_pad(inner):
    pad = -len(inner) % 16
    return inner + os.urandom(pad) + struct.pack("<I", pad)


def pair_ec_outer(fields):
    """The payload out of {number: bytes}."""
    return b"".join(field_bytes(number, data) for number, data in fields.items())


def pair_ec_fields(sender, recipient, padded, ephemeral=None):
    """The outer fields of any padded plaintext."""
    scalar = compact_scalar(ephemeral or random_scalar())
    key = compact(scalar)
    shared = private_key(scalar).exchange(ec.ECDH(), recipient.prekey_point)
    ciphertext = pair_ec_crypt(shared, padded)
    own_key = compact(sender.device)
    signature = sign_raw(compact_scalar(sender.device), shared + recipient.prekey + key + recipient.device_key + ciphertext)
    validator = own_key[:2] + recipient.device_key[:2] + recipient.prekey[:2] + b"\x0c"
    return {1: ciphertext, 2: key, 3: signature, 99: validator}


def pair_ec_seal(sender, recipient, message, counter):
    return pair_ec_outer(pair_ec_fields(sender, recipient, pair_ec_pad(pair_ec_inner(message, counter))))


def pair_ec_open(recipient, sender, payload):
    """(message, counter)"""
    fields = read_fields(payload)
    ciphertext, ephemeral = only(fields, 1), only(fields, 2, 32)
    signature, validator = only(fields, 3, 64), only(fields, 99, 7)
    own_key, prekey = compact(recipient.device), compact(recipient.prekey)
    require(validator == sender.device_key[:2] + own_key[:2] + prekey[:2] + b"\x0c", "validator")
    shared = private_key(compact_scalar(recipient.prekey)).exchange(ec.ECDH(), decompress(ephemeral))
    verify_raw(sender.device_point, signature, shared + prekey + ephemeral + own_key + ciphertext)
    padded = pair_ec_crypt(shared, ciphertext)
    require(len(padded) >= 4 and len(padded) % 16 == 4, "padded size")
    pad = struct.unpack("<I", padded[-4:])[0]
    require(pad < 16, "pad")
    inner = read_fields(padded[:len(padded) - 4 - pad])
    return inner.get(1, [b""])[-1], inner.get(2, [0])[-1]

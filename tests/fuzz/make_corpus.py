#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seeds of the fuzz targets into tests/fuzz/corpus/, out of tests/vectors/ and what is written down here.

Most targets take a first byte that says how the rest is read; the enum at the top of each names the ways in their order.
What fuzzing adds to these is put there by "tests/fuzz/keep".
"""
import base64
import gzip
import json
import pathlib
import random
import struct
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CORPUS = ROOT / "tests/fuzz/corpus"
DEVICES = json.loads((ROOT / "tests/vectors/devices.json").read_text())
SEALED = json.loads((ROOT / "tests/vectors/sealed.json").read_text())

ID = "7b0c1111-2222-4333-8444-555566667777"
ALICE, BOB, PHONE = "mailto:alice@example.org", "mailto:bob@example.org", "tel:+15551234567"
NOW = 1764000000000
TOKENS = [base64.b64encode(bytes([n]) * 32).decode() for n in range(1, 5)]


def seed(target, name, contents):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(contents)


def way(number, contents):
    return bytes([number]) + (contents.encode() if isinstance(contents, str) else contents)


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def public(device, member):
    return base64.b64decode(DEVICES[device]["public"][member])


def protobuf_bytes(number, contents):
    assert number < 16 and len(contents) < 128
    return bytes([number << 3 | 2, len(contents)]) + contents


def protobuf():
    fields = {"bytes": protobuf_bytes(1, b"hello"), "varint": b"\x10\x96\x01", "fixed64": b"\x19" + bytes(range(8)),
              "high": b"\x9a\x06\x02ab", "unknown": b"\x2d\x01\x02\x03\x04" + protobuf_bytes(7, b"x"),
              "group": b"\x0b\x0c", "long-varint": b"\x10" + b"\xff" * 9 + b"\x01", "long-length": b"\x0a\xff\xff\xff\xff\x0f"}
    for name, contents in fields.items():
        seed("protobuf", name, contents)
    seed("protobuf", "all", b"".join(list(fields.values())[:5]))
    seed("protobuf", "twice", fields["bytes"] * 2)


def pair():
    for vector in SEALED:
        if vector["suite"] == "pair" and vector["recipient"] == "rsa1280" and vector["size"] <= 101:
            seed("pair", f"raw-{vector['size']}", way(0, base64.b64decode(vector["payload"])))
    seed("pair", "signed-short", way(1, b"short"))
    seed("pair", "signed-block", way(1, bytes(160)))
    hash_of_nothing = bytes.fromhex("da39a3ee5e6b4b0d3255bfef95601890afd80709")
    seed("pair", "encoded", way(2, bytes(21) + hash_of_nothing + bytes(100) + b"\x01" + bytes(18)))
    seed("pair", "content-key", way(3, b"\x10" + bytes(range(16))))
    seed("pair", "content-full", way(3, b"\x74" + bytes(116) + b"tail"))
    for size in (0, 1, 100, 101):
        seed("pair", f"sealed-{size}", way(4, bytes(size)))


def pair_ec():
    number = 0
    for vector in SEALED:
        if vector["suite"] == "pair-ec" and vector["recipient"] == "rsa1280" and vector["size"] <= 101:
            seed("pair_ec", f"raw-{vector['size']}-{number}", way(0, base64.b64decode(vector["payload"])))
            number += 1
            if number == 8:
                break
    inner = protobuf_bytes(1, b"hello") + b"\x10\x07"
    seed("pair_ec", "around", way(1, b"\x03\x2a\x01x" + b"\x32\x01y"))
    seed("pair_ec", "repeated", way(1, b"\x00" + protobuf_bytes(2, bytes(32))))
    seed("pair_ec", "padded", way(2, inner + bytes(7) + struct.pack("<I", 7)))
    seed("pair_ec", "padded-wrong", way(2, inner + struct.pack("<I", 15)))
    seed("pair_ec", "inner", way(3, inner))
    seed("pair_ec", "inner-empty", way(3, b""))
    seed("pair_ec", "inner-large-counter", way(3, b"\x10\xff\xff\xff\xff\x1f"))
    seed("pair_ec", "sealed", way(4, b"\x00\x00\x00\x07Hello"))


def device():
    for name in ("rsa1280", "rsa2048", "rsa4096"):
        identity, key, record = (public(name, part) for part in ("pair_identity", "device_key", "prekey_record"))
        seed("device", f"parts-{name}", way(0, struct.pack(">H", len(identity)) + identity + b"\x20" + key + record))
        seed("device", f"bare-{name}", way(0, struct.pack(">H", len(identity)) + identity + b"\x20" + key))
        seed("device", f"identity-{name}", way(1, identity))
        seed("device", f"record-{name}", way(2, record))
    seed("device", "signed", way(3, bytes(32) + struct.pack("<d", 1764000000.0)))
    seed("device", "signed-nan", way(3, bytes(32) + struct.pack("<d", float("nan"))))
    seed("device", "signed-unknown", way(3, bytes(32) + struct.pack("<d", -1.0) + b"\x2a\x01x"))
    seed("device", "signed-no-point", way(3, b"\x01" * 32 + struct.pack("<d", 1.0)))


def forms():
    payload = base64.b64decode(SEALED[0]["payload"])
    body = int.from_bytes(payload[1:3], "big")
    seed("forms", "ecdsa", way(0, payload[4 + body:]))
    identity = public("rsa1280", "pair_identity")
    seed("forms", "rsa-public", way(1, identity[-174:]))
    seed("forms", "rsa-pem", way(2, DEVICES["rsa1280"]["private"]["pair_rsa"]))
    for text in ("", "QQ==", "QUI=", "QUJD", "Q!==", "QR=="):
        seed("forms", f"base64-{len(text)}-{ord((text or 'x')[-1])}", way(3, text))
    for number, text in enumerate((ALICE, PHONE, "Alice@Example.ORG", "+1 (555) 123-45.67", "a.b+c@localhost", "mailto:@")):
        seed("forms", f"handle-{number}", way(4, text))
    for number, text in enumerate(("https://pipit.example.org", "example.org:8443", "http://127.0.0.1:8470/", "http://[::1]:1",
                                   "https://a@b/", "HTTPS://EXAMPLE.ORG")):
        seed("forms", f"origin-{number}", way(5, text))
    seed("forms", "uuid", way(6, ID))


def known_device(name, number, **more):
    keys = {part: DEVICES[name]["public"][part] for part in ("pair_identity", "device_key", "prekey_record")}
    return {"push_token": TOKENS[number], **keys, "added_at": NOW - 5, **more}


def lookup():
    def answer(bob, phone=()):
        results = [{"handle": BOB, "devices": list(bob)}, {"handle": PHONE, "devices": list(phone)}]
        return compact({"time": NOW, "results": results}).encode()
    bare = {key: value for key, value in known_device("rsa1280", 2).items() if key != "prekey_record"}
    seed("lookup", "empty", answer([]))
    seed("lookup", "one", answer([known_device("rsa1280", 0)]))
    seed("lookup", "two", answer([known_device("rsa1280", 0)], [known_device("smaller_y", 1)]))
    seed("lookup", "removed", answer([known_device("rsa1280", 0, removed_at=NOW)]))
    seed("lookup", "bare", answer([bare]))
    seed("lookup", "mixed-up", answer([known_device("rsa1280", 0) | {"device_key": DEVICES["larger_y"]["public"]["device_key"]}]))
    seed("lookup", "same-token", answer([known_device("rsa1280", 0), known_device("smaller_y", 0)]))


def text_message(**more):
    return {"v": 1, "type": "message", "id": ID, "from": ALICE, "to": [BOB], "sent_at": NOW, "text": "Hello"} | more


def blob(**more):
    return {"uri": "/v1/blobs/" + "a" * 43, "key": base64.b64encode(bytes(32)).decode(), "size": 5,
            "sha1": base64.b64encode(bytes(20)).decode(), "sha256": base64.b64encode(bytes(32)).decode()} | more


def message():
    variants = {"plain": {}, "html": {"html": "<b>Hello</b>"}, "many": {"to": [BOB, PHONE]}, "later": {"v": 2},
                "typing": {"type": "typing"}, "strange": {"text": "\u202e\U0001f426\x01", "more": {"a": [1.5, None, True]}},
                "files": {"attachments": [blob(name="a.jpg", type="image/jpeg", width=3, height=4), blob()]},
                "content": {"content": blob()}, "elsewhere": {"content": blob(uri="https://elsewhere/v1/blobs/" + "a" * 43)}}
    for name, more in variants.items():
        text = compact(text_message(**more)).encode()
        seed("message", f"json-{name}", way(1, text))
        seed("message", f"gzip-{name}", way(0, gzip.compress(text, mtime=0)))
    seed("message", "two-members", way(0, gzip.compress(b"{", mtime=0) + gzip.compress(b"}", mtime=0)))


def group_message(**more):
    change = {"kind": "name", "author": ALICE, "version": 2, "at": NOW, "gid": ID, "builds_on": [TOKENS[0]], "name": "us"}
    return {"v": 1, "type": "group", "id": ID, "from": ALICE, "to": [], "sent_at": NOW, "gid": ID, "version": 2,
            "state": [TOKENS[1]], "changes": [compact(change)], "picture": TOKENS[2]} | more


def group():
    common = {"author": ALICE, "version": 2, "at": NOW, "gid": ID, "builds_on": TOKENS[:2]}
    changes = {"add": {"handles": [BOB, PHONE]}, "remove": {"handles": [BOB]}, "leave": {"quiet": True},
               "name": {"name": "us"}, "picture": {"picture": TOKENS[0]}, "dance": {"steps": 3}}
    for kind, more in changes.items():
        seed("group", f"text-{kind}", way(0, compact({"kind": kind} | common | more)))
    seed("group", "text-create", way(0, compact({"kind": "create", "author": ALICE, "version": 1, "at": NOW, "nonce": ID,
                                                 "handles": [ALICE, BOB], "name": "us"})))
    chance = random.Random("group")
    for size in (2, 6, 18, 42, 82, 130, 162):
        seed("group", f"web-{size:03}", way(1, chance.randbytes(size)))
    texts = {"change": group_message(), "text": text_message(to=[], gid=ID, version=2, state=[TOKENS[1]]),
             "ask": {"v": 1, "type": "group-ask", "id": ID, "from": ALICE, "to": [], "sent_at": NOW, "gid": ID, "version": 0,
                     "state": []}}
    for name, text in texts.items():
        seed("message", f"group-{name}", way(0, gzip.compress(compact(text).encode(), mtime=0)))


def tiff():
    return struct.pack("<2sHIHHHIIHHIII", b"II", 42, 8, 2, 0x10e, 2, 8, 38, 0x112, 3, 1, 6, 0) + b"PLACE12\0"


def jpeg():
    def segment(marker, body):
        return bytes([0xff, marker]) + struct.pack(">H", len(body) + 2) + body
    return b"\xff\xd8" + segment(0xe0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xe1, b"Exif\0\0" + tiff()) + \
        segment(0xe2, b"ICC_PROFILE\0\1\1x") + segment(0xdb, b"tables") + segment(0xc0, b"\x08\0\x30\0\x40\1\1\x11\0") + \
        segment(0xda, b"scan") + b"dots\xff\0more\xff\xd9"


def png():
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 0, 0, 0, 0)) + chunk(b"eXIf", tiff()) + \
        chunk(b"tEXt", b"Comment\0x") + chunk(b"IDAT", b"dots") + chunk(b"IEND", b"")


def webp(*chunks):
    body = b"WEBP" + b"".join(kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def picture():
    pictures = {"jpeg": jpeg(), "png": png(), "gif": b"GIF89a\x40\0\x30\0rest",
                "webp": webp((b"VP8X", b"\x2c\0\0\0\x3f\0\0\x2f\0\0"), (b"VP8 ", b"dots"), (b"EXIF", tiff())),
                "webp-lossy": webp((b"VP8 ", b"\0\0\0\x9d\x01\x2a\x40\0\x30\0and more")),
                "webp-lossless": webp((b"VP8L", b"\x2f\x3f\xc0\x0b\0and more of it"))}
    for name, contents in pictures.items():
        seed("picture", name, way(0, contents))
    for number, name in enumerate(["../../etc/passwd", "photo\u202egpj.exe", ".bashrc", "a" * 300 + ".tar", "con.txt"]):
        seed("picture", f"name-{number}", way(1, name))


def gzips():
    seed("gzip", "nothing", b"\x00\x00")
    seed("gzip", "small", b"\x01\x00" + gzip.compress(b"Hello" * 9, mtime=0))
    seed("gzip", "too-much", b"\x00\x01" + gzip.compress(bytes(1000), mtime=0))
    seed("gzip", "stored", b"\x01\x00" + gzip.compress(bytes(range(64)), 0, mtime=0))
    seed("gzip", "trailing", b"\x01\x00" + gzip.compress(b"x", mtime=0) + b"y")
    seed("gzip", "names", b"\x01\x00\x1f\x8b\x08\x1e\x00\x00\x00\x00\x00\xff\x02\x00abname\x00comment\x00\x00\x00\x03\x00")


def envelope(**more):
    return {"seq": 19, "id": ID, "from": ALICE, "to": BOB, "push_token": TOKENS[0], "class": "stored", "suite": "pair-ec",
            "prekey": TOKENS[1], "payload": "SGVsbG8=", "received_at": NOW} | more


def answers():
    pair_envelope = {key: value for key, value in envelope(suite="pair").items() if key != "prekey"}
    ephemeral = envelope(seq=0) | {"class": "ephemeral"}

    def poll(*messages):
        return compact({"time": NOW, "epoch": "6f1c", "more": False, "messages": list(messages)})
    seed("answers", "poll-empty", way(0, poll()))
    seed("answers", "poll", way(0, poll(envelope(), pair_envelope, ephemeral)))
    seed("answers", "poll-malformed", way(0, poll({"seq": 7}, envelope(to="x"))))
    for name, one in {"ec": envelope(), "pair": pair_envelope, "ephemeral": ephemeral}.items():
        seed("answers", f"envelope-{name}", way(1, compact(one)))
    stale = {"to": BOB, "status": "stale", "missing": TOKENS[:1], "gone": TOKENS[1:2], "old_prekey": TOKENS[2:3]}
    accepted = {"to": ALICE, "status": "accepted"}
    refused = {"to": BOB, "status": "refused", "code": "queue-full"}
    seed("answers", "send-stale", way(2, compact({"time": NOW, "results": [stale, accepted]})))
    seed("answers", "send-refused", way(2, compact({"time": NOW, "results": [refused, accepted]})))
    about = {"pipit": 1, "software": "pipitd", "time": NOW, "relay_cap": 16384, "registration": "open", "handles": ["@*"],
             "epoch": "6f1c"}
    seed("answers", "server", way(3, compact(about)))
    registration = {"push_token": TOKENS[0], "auth_token": TOKENS[1], "handles": [ALICE, PHONE], "time": NOW}
    seed("answers", "registration", way(4, compact(registration)))
    seed("answers", "login", way(5, compact({"handles": [ALICE], "time": NOW})))
    own = {"push_token": TOKENS[0], "name": "Laptop", "device_key": DEVICES["rsa1280"]["public"]["device_key"],
           "added_at": NOW, "seen_at": NOW, "this": True}
    seed("answers", "devices", way(6, compact({"devices": [own, own | {"this": False}]})))
    problem = {"type": "about:blank", "title": "x", "status": 400, "code": "bad-request", "detail": "why"}
    seed("answers", "problem", way(7, struct.pack(">H", 400) + compact(problem).encode()))


def jsons():
    texts = {"empty": "{}", "all": '{"a":[1,-2.5e+3,"\\u00e9\\ud83d\\udc26\\n",true,false,null,{}]}', "spaces": ' { "a" : [ ] }\n',
             "repeated": '{"a":1,"a":2}', "deep": '{"a":' * 15 + "1" + "}" * 15, "too-deep": '{"a":' * 17 + "1" + "}" * 17,
             "nul": '{"a":"\\u0000"}', "surrogate": '{"a":"\\ud800"}', "large": '{"a":999999999999999999}',
             "too-large": '{"a":9999999999999999999}', "escapes": '{"\\"\\\\\\/\\b\\f\\n\\r\\t":"\\u0001"}', "array": "[]",
             "zero": '{"a":-0,"b":0.0,"c":1e999}'}
    for name, text in texts.items():
        seed("json", name, text.encode())


def send():
    copy = {"push_token": TOKENS[0], "suite": "pair-ec", "prekey": TOKENS[1], "payload": "SGVsbG8="}
    pair_copy = {"push_token": TOKENS[2], "suite": "pair", "payload": base64.b64encode(bytes(80)).decode()}

    def request(*recipients, **more):
        return compact({"id": ID, "from": ALICE, "class": "stored", "recipients": list(recipients)} | more).encode()
    seed("send", "one", request({"to": BOB, "copies": [copy]}))
    seed("send", "two", request({"to": BOB, "copies": [copy, pair_copy]}, {"to": ALICE, "copies": []}))
    seed("send", "twice", request({"to": BOB, "copies": [copy, copy]}))
    seed("send", "ephemeral", request({"to": PHONE, "copies": []}, **{"class": "ephemeral"}))
    seed("send", "nobody", request())


def html():
    snippets = ["Hello", "<b>x</b> &lt; &amp;amp; &#128038;", "<a href=\"https://e.org/?a=1&amp;b=2\">here</a>",
                "<A HREF=\"http://www.example.org\">www.example.org</A>", "<font color=\"#ff0000\" back=red size=7>r</font>",
                "<span style='font-weight:BOLD;color : #abc;x:url(y)'>x</span>", "<b><i>x</b>y</i>", "<script>a<b></script>x",
                "<!-- c --><!doctype x><?p?>x", "a<br>b<p>c</p><div>d</div>\r\ne\rf", "<a href=javascript:x>y</a>",
                "<b x=\"y>z\" a='b'>q", "<a href=mailto:a@b.c>a@b.c</a>", "<strong><em><u><s>x", "<b" * 20,
                "<a href=\"https://a.org\"><span style=\"color:red\"><a href=\"https://b.org\">x</a></span></a>"]
    for number, snippet in enumerate(snippets):
        seed("html", f"{number:02}", snippet.encode())


def requests():
    register = {"handle": "mailto:new@example.org", "password": "correct horse", "invite": "x"}
    login = {"handle": ALICE, "password": "correct horse battery"}
    keys = {part: DEVICES["rsa2048"]["public"][part] for part in ("pair_identity", "device_key", "prekey_record")}
    bodies = [register, login, login, login | {"name": "Laptop"} | keys, {"push_token": TOKENS[0]},
              {"prekey_record": keys["prekey_record"]}, {"handles": [ALICE, BOB], "removed": True},
              json.loads((CORPUS / "send/two").read_text()), {"ack": [1, 2], "after": 0, "wait": 0}]
    for number, body in enumerate(bodies):
        seed("request", f"{number}", way(number, compact(body)))
    lines = ["GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /.well-known/pipit HTTP/1.1\r\nHost: x\r\n\r\n",
             "POST /v1/ids/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
             "POST /v1/ids/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
             "2\r\n{}\r\n0\r\n\r\n",
             "GET /v1 HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "POST /v1 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
             "GET /v1/ids/devices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TOKENS[0] + "\r\n\r\n",
             "POST /v1/push/poll HTTP/1.1\r\nExpect: 100-continue\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n"]
    for number, line in enumerate(lines):
        seed("request", f"head-{number}", way(9, line))


def shown():
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 32, 16, 8, 6, 0, 0, 0)
    jpeg = (b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\xff\xc0\0\x11\x08\0\x10\0\x20\3" + b"\1\x11\0" * 3 +
            b"\xff\xda\0\x0c\3\1\0\2\0\3\0\0\x3f\0\xff\0\xff\xd9")
    frame = b"," + struct.pack("<HHHHB", 0, 0, 16, 16, 0) + b"\2\2\x4c\1\0"
    gif = b"GIF89a" + struct.pack("<HHBBB", 16, 16, 0x80, 0, 0) + bytes(6) + b"!\xf9\4\0\0\0\0\0" + frame * 2 + b";"
    webp = b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + b"\x1f\0\0\x0f\0\0"
    for name, picture in {"png": png, "jpeg": jpeg, "gif": gif, "webp": webp}.items():
        seed("shown", name, picture)


def blobs():
    ranges = ["bytes=0-", "bytes=2-5", "bytes=-5", "bytes=500-", "bytes=0-18446744073709551616", "bytes=0-1,3-4", "bytes=-0",
              "lines=1-2", "bytes=5-2"]
    for number, header in enumerate(ranges):
        seed("blob", f"range-{number}", way(0, struct.pack("<H", 100) + header.encode()))
    for number, text in enumerate(["-_AZaz09" + "A" * 34 + "8", "A" * 43, "A" * 42 + "B", "../" + "A" * 40, "A" * 44]):
        seed("blob", f"id-{number}", way(1, text))
    heads = ["Content-Length: 5\r\n\r\nbytes", "Content-Length: 5000\r\n\r\nbytes", "Transfer-Encoding: chunked\r\n\r\n2\r\nxy",
             "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", "Content-Length: 4096\r\n\r\n"]
    for number, head in enumerate(heads):
        seed("blob", f"head-{number}", way(2, "Content-Type: application/octet-stream\r\nUpload-Offset: 0\r\n" + head))

    def steps(size, *steps):
        return way(3, struct.pack("<H", size) + b"".join(struct.pack("<BH", *step) for step in steps))
    seed("blob", "steps-whole", steps(3, (0, 3), (4, 1)))
    seed("blob", "steps-resumed", steps(4000, (0, 1000), (2, 500), (3, 0), (0, 4000), (4, 7)))
    seed("blob", "steps-wrong", steps(100, (1, 5), (2, 50), (5, 0), (0, 100)))


def random_bytes(target, sizes):
    """Targets whose input is a list of steps: any bytes will do, and they are always the same."""
    chance = random.Random(target)
    for number, size in enumerate(sizes):
        seed(target, f"{number:02}", chance.randbytes(size))


def main():
    for write in (protobuf, pair, pair_ec, device, forms, lookup, message, group, picture, gzips, answers, jsons, send, html, requests,
                  blobs, shown):
        write()
    random_bytes("store", [0, 8, 16, 32, 64, 64, 128])
    random_bytes("talk", [0, 16, 32, 64, 64, 128, 128, 200])


if __name__ == "__main__":
    main()

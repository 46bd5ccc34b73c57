# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever a person gets wrong when signing in, the client says what it is, in words to act on."""

import re

import pytest

from certificates import Authority
from clients.client import Account
from stage import DOMAIN, KINDS, PASSWORD
from wires import WebServer, closed_port


@pytest.fixture(scope="module")
def authority(workshop):
    return Authority(workshop / "authority")


@pytest.fixture(scope="module")
def web_servers(authority, workshop):
    """Servers that are no Pipit server, or show a wrong certificate, by what is wrong with them."""
    made = {
        "no pipit": WebServer(),
        "expired": WebServer(authority.issue("127.0.0.1", expired=True)),
        "other host": WebServer(authority.issue("elsewhere.test")),
        "other issuer": WebServer(Authority(workshop / "stranger").issue("127.0.0.1")),
        "no pipit over TLS": WebServer(authority.issue("127.0.0.1")),
    }
    yield made
    for server in made.values():
        server.close()


@pytest.fixture(scope="module")
def mistakes(stage, authority, web_servers):
    """Each mistake: what is typed, and what the error must say."""
    stage.server.register(f"taken@{DOMAIN}", PASSWORD)
    stage.server.register(f"member@{DOMAIN}", PASSWORD)
    right = stage.server.url

    def at(name):
        return {"server": web_servers[name].url(), "ca-file": str(authority.path)}

    def member(options, address=f"member@{DOMAIN}", password=PASSWORD):
        return Account(address, password, options)

    return {
        "wrong password": (member({"server": right}, password="something else"), "Wrong password"),
        "unknown handle": (member({"server": right}, f"unknown@{DOMAIN}"), "Wrong password, or .* has no account"),
        "no handle": (member({"server": right}, "not an address"), "is not an address|is no address|name@example.org"),
        "taken handle": (member({"server": right, "register": True}, f"taken@{DOMAIN}", "another password"),
                         "already has an account"),
        "short password": (member({"server": right, "register": True}, f"fresh@{DOMAIN}", "short"),
                           "at least 8 characters"),
        "server not there": (member({"server": f"http://127.0.0.1:{closed_port()}"}), "is not there"),
        "server without a name": (member({"server": "https://nowhere.invalid"}), "no computer named"),
        "plain http elsewhere": (member({"server": "http://nowhere.invalid"}), "https"),
        "not a URL": (member({"server": "::nonsense::"}), "can't be used|is not an? |address"),
        "no pipit server": (member(at("no pipit")), "is not a Pipit server"),
        "no pipit server over TLS": (member(at("no pipit over TLS")), "is not a Pipit server"),
        "expired certificate": (member(at("expired")), "has expired"),
        "certificate of another host": (member(at("other host")), "for another name"),
        "certificate of another issuer": (member(at("other issuer")), "issuer"),
        "missing CA file": (member({"server": web_servers["expired"].url(), "ca-file": "/nowhere/ca.pem"}), "CA file"),
    }


NAMES = ["wrong password", "unknown handle", "no handle", "taken handle", "short password", "server not there",
         "server without a name", "plain http elsewhere", "not a URL", "no pipit server", "no pipit server over TLS",
         "expired certificate", "certificate of another host", "certificate of another issuer", "missing CA file"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_says_what_is_wrong(stage, mistakes, kind, name):
    account, pattern = mistakes[name]
    client = stage.client(kind, "clumsy")
    error = client.fail_to_sign_in(account)
    client.forget_account()
    assert re.search(pattern, error), f"expected /{pattern}/, the person reads: {error!r}"
    assert "\n" not in error


@pytest.mark.parametrize("kind", KINDS)
def test_right_after_wrong(stage, kind):
    client = stage.client(kind, "clumsy")
    client.fail_to_sign_in(Account(f"member@{DOMAIN}", "something else", {"server": stage.server.url}))
    client.forget_account()
    client.sign_in(Account(f"member@{DOMAIN}", PASSWORD, {"server": stage.server.url}))
    client.sign_out()
    client.forget_account()

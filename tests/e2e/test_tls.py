# SPDX-License-Identifier: GPL-2.0-or-later
"""The same over TLS, as people will have it, with a certificate of the test's own authority."""

from certificates import Authority
from stage import Stage


def test_a_conversation_over_tls(build, workshop):
    authority = Authority(workshop / "authority")
    certificate, key = authority.issue("127.0.0.1")
    plain = Stage(build, workshop / "tls")
    try:
        # Accounts are made by plain HTTP; then the same server speaks TLS.
        accounts = [plain.account(name) for name in ("anna", "bert", "carl")]
        plain.server.restart("--cert", str(certificate), "--key", str(key))
        people = []
        for kind, account in zip(("pidgin", "finch", "bitlbee"), accounts):
            account.options |= {"server": f"https://{plain.server.address}", "ca-file": str(authority.path)}
            client = plain.client(kind, account.name)
            client.sign_in(account)
            people.append(client)
        for one, other in zip(people, people[1:] + people[:1]):
            plain.introduce(one, other)
            one.send(other.address, "sealed twice 🔒")
            assert other.receive(one.address) == "sealed twice 🔒"
    finally:
        plain.close()

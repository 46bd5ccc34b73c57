# SPDX-License-Identifier: GPL-2.0-or-later
"""What the documents point at is there: files, tests, targets of make."""
import re
import subprocess

import pytest

DOCUMENTS = ("README.md", "docs/architecture.md", "docs/install.md", "docs/protocol.md", "docs/sealed-messages.md",
             "docs/security.md")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(root, document):
    page = root / document
    links = re.findall(r"\]\(([^)#\s]+)|src=\"([^\"]+)\"", page.read_text())
    missing = [link for pair in links for link in pair
               if link and "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_each_claim_names_tests_that_exist(root):
    rows = [line for line in (root / "docs/security.md").read_text().splitlines() if "`tests/" in line]
    assert len(rows) > 20
    missing = []
    for row in rows:
        for path, names in re.findall(r"`(tests/[\w/]+\.(?:c|py))`:([^;|]*)", row):
            text = (root / path).read_text() if (root / path).exists() else ""
            named = re.findall(r"`([^`]+)`", names)
            missing += [f"{path}: {name}" for name in named or ["(the file)"] if not text or (named and name not in text)]
    assert missing == []


def functions_named(page):
    return set(re.findall(r"`(?:\w+/)*([a-z_]+)\(\)`", page.read_text()))


def test_the_walk_names_functions_that_exist(root):
    """docs/architecture.md follows a message by the names of functions: a renamed one must be renamed there."""
    code = "\n".join(path.read_text() for folder in ("crypto", "protocol", "plugin", "server") for path in
                     (root / folder).glob("*.[ch]"))
    named = functions_named(root / "docs/architecture.md")
    assert len(named) > 40
    assert sorted(name for name in named if f"{name}(" not in code and name != "serv_got_im") == []


def test_make_has_the_targets_that_the_documents_name(root):
    targets = subprocess.run(["make", "-C", root, "help"], check=True, capture_output=True, text=True, timeout=60).stdout
    for document in DOCUMENTS:
        for target in re.findall(r"`make ([a-z-]+)", (root / document).read_text()):
            assert re.search(rf"^{target}\s", targets, re.MULTILINE), f"{document}: make {target}"

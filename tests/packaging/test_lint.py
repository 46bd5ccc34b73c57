# SPDX-License-Identifier: GPL-2.0-or-later
"""Each rule of packaging/lint finds what it is there to find, in a little tree of its own."""
import shutil
import subprocess

import pytest

LICENCE = "/* SPDX-License-Identifier: GPL-2.0-or-later */\n"


@pytest.fixture
def tree(root, tmp_path):
    (tmp_path / "packaging").mkdir()
    shutil.copy(root / "packaging/lint", tmp_path / "packaging/lint")
    shutil.copy(root / ".clang-format", tmp_path)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def lint(tree, rule, path, text):
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    subprocess.run(["git", "-C", tree, "add", "."], check=True)
    return subprocess.run([tree / "packaging/lint", rule], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60)


@pytest.mark.parametrize("rule, path, text", [
    ("layout", "crypto/a.c", LICENCE + "int  a;\n"),
    ("licence", "crypto/a.c", "int a;\n"),
    ("length", "crypto/a.c", LICENCE + "int a;\n" * 600),
    ("arrows", "protocol/a.c", LICENCE + "#include <purple.h>\n"),
    ("arrows", "protocol/a.c", LICENCE + '#include "plugin/im.h"\n'),
    ("arrows", "crypto/a.c", LICENCE + '#include "protocol/handle.h"\n'),
    ("arrows", "crypto/a.c", LICENCE + "#include <time.h>\n"),
    ("arrows", "crypto/a.c", LICENCE + "#include <curl/curl.h>\n"),
    ("arrows", "protocol/a.c", LICENCE + "#include <gcrypt.h>\n"),
    ("arrows", "server/a.c", LICENCE + '#include "plugin/im.h"\n'),
    ("arrows", "plugin/a.c", LICENCE + '#include "server/store.h"\n'),
    ("paths", "docs/a.md", "see /ho" "me/somebody/a.c\n"),
    ("shell", "packaging/a", "#!/bin/bash\n# SPDX-License-Identifier: GPL-2.0-or-later\ncd $1\n"),
])
def test_it_is_found(tree, rule, path, text):
    run = lint(tree, rule, path, text)
    assert run.returncode == 1, run.stdout
    assert run.stdout.splitlines()[-2:] == [f"FAILED {rule}", "0 passed, 1 failed"]


@pytest.mark.parametrize("rule", ["layout", "licence", "length", "arrows", "paths", "shell"])
def test_what_is_right_passes(tree, rule):
    text = LICENCE + '#include "crypto/a.h"\n\n#include <string.h>\n\n#include <nettle/sha2.h>\n'
    run = lint(tree, rule, "crypto/a.c", text)
    assert run.returncode == 0, run.stdout

# SPDX-License-Identifier: GPL-2.0-or-later
"""packaging/install-packages, with programs in place of dpkg-query, apt and sudo that write down what they are asked."""
import subprocess

import pytest

STUBS = {
    # Installed is what stands in $MACHINE/installed.
    "dpkg-query": """
        for name; do case $name in -*) ;; *) grep -qx -- "$name" "$MACHINE/installed" && echo "installed $name" ;; esac; done
        exit 1""",
    "apt-cache": """
        shift; for name; do echo "$name:"; if [ -e "$MACHINE/updated" ] || [ ! -e "$MACHINE/no-lists" ]; then
        echo "  Candidate: 1.0"; else echo "  Candidate: (none)"; fi; done""",
    "apt-get": """
        echo "apt-get $*" >>"$MACHINE/asked"
        for name; do case $name in
        update) : >"$MACHINE/updated"; exit 0 ;; install) installing=yes ;;
        -*|DPkg*) ;; *) [ -n "${installing-}" ] && { [ -e "$MACHINE/broken" ] && exit 100; echo "$name" >>"$MACHINE/installed"; } ;;
        esac; done""",
    "sudo": """echo "sudo $*" >>"$MACHINE/asked"; [ -e "$MACHINE/no-password" ] || { echo "sudo: a password is required" >&2; exit 1; }
        [ "$1" = -n ] && shift; exec "$@" """,
    "id": """cat "$MACHINE/uid" """,
}


class Machine:
    """A Debian of its own: which packages it has, who is asking, what was asked of apt."""

    def __init__(self, root, folder):
        self.root, self.folder = root, folder
        programs = folder / "bin"
        programs.mkdir()
        for name, body in STUBS.items():
            (programs / name).write_text(f"#!/bin/bash\n{body}\n")
            (programs / name).chmod(0o755)
        for name in ("installed", "asked"):
            (folder / name).write_text("")
        (folder / "uid").write_text("0\n")

    def touch(self, name, text=""):
        (self.folder / name).write_text(text)

    def without(self, name):
        # A link farm instead of /usr/bin, so that a program can be missing.
        tools = self.folder / "tools"
        tools.mkdir()
        for tool in ("bash", "env", "grep", "sed", "awk", "cat"):
            (tools / tool).symlink_to(f"/usr/bin/{tool}")
        (self.folder / "bin" / name).unlink()
        self.path = f"{self.folder}/bin:{tools}"

    path = None

    def install(self, *groups, **env):
        path = self.path or f"{self.folder}/bin:/usr/bin:/bin"
        return subprocess.run([self.root / "packaging/install-packages", *groups], stdin=subprocess.DEVNULL, timeout=60,
                              env={"PATH": path, "MACHINE": str(self.folder), "LC_ALL": "C.UTF-8", **env},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @property
    def asked(self):
        return (self.folder / "asked").read_text()


@pytest.fixture
def machine(root, tmp_path):
    return Machine(root, tmp_path)


def test_on_a_fresh_machine_it_installs_all_and_says_so(machine):
    run = machine.install("build", "run")
    assert run.returncode == 0, run.stdout
    assert "to compile Pipit" in run.stdout and "libpurple-dev" in run.stdout
    assert "the chat clients" in run.stdout and "pidgin" in run.stdout
    assert "--no-install-recommends" in machine.asked and "update" not in machine.asked


def test_with_all_in_place_it_is_silent_and_asks_nothing(machine):
    machine.install("build", "run")
    machine.touch("asked")
    run = machine.install("build", "run")
    assert (run.returncode, run.stdout, machine.asked) == (0, "", "")


def test_only_what_is_missing_is_installed(machine):
    machine.install("build", "run")
    installed = (machine.folder / "installed").read_text().replace("finch\n", "")
    machine.touch("installed", installed)
    machine.touch("asked")
    machine.install("build", "run")
    assert machine.asked.rstrip().endswith("--no-install-recommends finch")


def test_lists_are_fetched_once_where_apt_knows_nothing(machine):
    machine.touch("no-lists")
    assert machine.install("build").returncode == 0
    assert machine.asked.count("update") == 1


def test_a_failing_apt_is_tried_again_with_new_lists_then_said(machine):
    machine.touch("broken")
    run = machine.install("run")
    assert run.returncode != 0
    assert machine.asked.count("update") == 1
    assert "apt-get install --no-install-recommends" in run.stdout.splitlines()[-1]


def test_who_is_not_root_goes_through_sudo(machine):
    machine.touch("uid", "1000\n")
    machine.touch("no-password")
    assert machine.install("run").returncode == 0
    assert machine.asked.startswith("sudo -n env DEBIAN_FRONTEND=noninteractive apt-get")


def test_without_sudo_it_says_what_to_type(machine):
    machine.touch("uid", "1000\n")
    machine.without("sudo")
    run = machine.install("run")
    assert run.returncode != 0
    assert "there is no sudo" in run.stdout and "apt-get install --no-install-recommends pidgin" in run.stdout


def test_the_other_libcurl_is_named_before_it_goes(machine):
    machine.touch("installed", "libcurl4-openssl-dev\n")
    run = machine.install("build")
    assert run.returncode == 0
    assert "libcurl4-openssl-dev is removed" in run.stdout


def test_another_system_is_told_what_to_bring(machine):
    machine.without("dpkg-query")
    run = machine.install("build")
    assert run.returncode != 0 and "libpurple-dev" in run.stdout
    assert machine.install("build", PIPIT_NO_INSTALL="1").returncode == 0


def test_an_unknown_group_is_an_error(machine):
    run = machine.install("cheese")
    assert run.returncode != 0 and '"cheese"' in run.stdout

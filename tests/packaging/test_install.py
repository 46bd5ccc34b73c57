# SPDX-License-Identifier: GPL-2.0-or-later
"""`make install` puts each file where its reader looks for it, and `make uninstall` takes away exactly those."""
import pathlib
import stat
import subprocess

import pytest


def make(root, *words):
    return subprocess.run(["make", "--no-print-directory", *words], cwd=root, check=True, timeout=300,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def files_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def pkg_config_variable(name):
    return subprocess.run(["pkg-config", f"--variable={name}", "purple"], check=True, capture_output=True,
                          text=True).stdout.strip().lstrip("/")


@pytest.fixture
def installed(root, build, tmp_path):
    """A folder with an installation in it, as a package builder makes it."""
    make(root, f"BUILD={build}", f"DESTDIR={tmp_path}", "PREFIX=/usr", "install")
    return tmp_path


def test_the_plugin_and_its_icons_are_where_libpurple_and_pidgin_look(installed):
    assert (installed / pkg_config_variable("plugindir") / "libpipit.so").is_file()
    icons = installed / pkg_config_variable("datadir") / "pixmaps/pidgin/protocols"
    assert files_in(icons) == ["16/pipit.png", "22/pipit.png", "48/pipit.png", "scalable/pipit.svg"]


def test_pidgin_really_reads_that_folder():
    # Pidgin has the folder compiled in; jabber.png lies there since Pidgin brings it.
    icons = pathlib.Path("/", pkg_config_variable("datadir"), "pixmaps/pidgin/protocols")
    assert (icons / "16/jabber.png").is_file()


def test_programs_run_from_where_they_were_put(installed):
    for program in ("usr/bin/pipit", "usr/sbin/pipitd", "usr/sbin/pipitctl"):
        run = subprocess.run([installed / program, "--help"], timeout=20, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        assert "usage" in run.stdout.lower()


def test_nothing_is_writable_for_others(installed):
    for name in files_in(installed):
        mode = (installed / name).stat().st_mode
        assert not mode & (stat.S_IWGRP | stat.S_IWOTH), name


def test_the_unit_starts_the_installed_server(installed):
    unit = (installed / "usr/lib/systemd/system/pipitd.service").read_text()
    assert "ExecStart=/usr/sbin/pipitd" in unit
    assert "@" not in unit.replace("@system-service", "")


def test_the_unit_follows_the_prefix(root, build, tmp_path):
    make(root, f"BUILD={build}", f"DESTDIR={tmp_path}", "PREFIX=/opt/pipit", "install")
    unit = (tmp_path / "opt/pipit/lib/systemd/system/pipitd.service").read_text()
    assert "ExecStart=/opt/pipit/sbin/pipitd" in unit


def test_man_pages_are_there_and_well_formed(installed):
    pages = [name for name in files_in(installed) if "/man/" in name]
    assert {"usr/share/man/man8/pipitd.8", "usr/share/man/man1/pipit.1", "usr/share/man/man8/pipitctl.8"} <= set(pages)
    for page in pages:
        run = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", installed / page], timeout=30,
                             capture_output=True, text=True, env={"MANWIDTH": "80", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
        assert run.returncode == 0 and run.stderr == "", page


def test_uninstall_leaves_what_others_put_and_nothing_of_ours(root, build, installed):
    neighbour = installed / pkg_config_variable("plugindir") / "libjabber.so"
    neighbour.write_text("somebody else's")
    make(root, f"BUILD={build}", f"DESTDIR={installed}", "PREFIX=/usr", "uninstall")
    assert files_in(installed) == [neighbour.relative_to(installed).as_posix()]

# SPDX-License-Identifier: GPL-2.0-or-later
"""`make run`, in its three forms: with a display, in a terminal, with neither. Nothing may be left running afterwards."""
import fcntl
import os
import pathlib
import pty
import signal
import socket
import struct
import subprocess
import termios
import time

import pytest

PATIENCE = 60


def until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()):
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(0.05)
    return result


def processes_naming(folder):
    """The command lines of all processes that have something to do with this folder."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


class Run:
    """One run folder, and what is started with it."""

    def __init__(self, root, build, folder):
        self.command = [root / "packaging/run-here", build]
        self.folder = folder
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "LC_ALL": "C.UTF-8", "TERM": "xterm",
                            "PIPIT_RUN_DIR": str(folder)}

    def start(self, *, display=None, **options):
        environment = self.environment | ({"DISPLAY": display} if display else {})
        # Where the tests run in the background of a script, they inherit that an interrupt is ignored; people's shells don't.
        return subprocess.Popen(self.command, env=environment, start_new_session=True,
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
                                **({"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT,
                                    "text": True} | options))

    def talk(self):
        """The run without a display and a terminal: (status, what it printed)."""
        process = self.start()
        output, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, output

    def logs(self):
        return "\n".join(f"{path}:\n{path.read_text(errors='replace')[-1500:]}" for path in self.folder.glob("*.log"))

    def assert_all_ended(self):
        until(lambda: not processes_naming(self.folder), lambda: f"still running: {processes_naming(self.folder)}")

    def server_files(self):
        return b"".join(path.read_bytes() for path in (self.folder / "server").rglob("*") if path.is_file())


@pytest.fixture
def run(root, build, tmp_path):
    run = Run(root, build, tmp_path / "run")
    yield run
    run.assert_all_ended()


def test_without_display_and_terminal_it_talks_and_checks(run):
    status, output = run.talk()
    assert status == 0, output + run.logs()
    lines = output.splitlines()
    sent = [line.split("you@localhost: ")[1] for line in lines if "you@localhost: " in line]
    came = [line.split("echo@localhost: ")[1] for line in lines if "echo@localhost: " in line]
    assert len(sent) >= 3 and sent == came
    assert not any(text.encode() in run.server_files() for text in sent)


def test_a_second_run_finds_the_same_accounts_and_keys(run):
    assert run.talk()[0] == 0
    keys = {path: path.read_bytes() for path in run.folder.rglob("keys/*") if path.is_file()}
    passwords = (run.folder / "passwords.json").read_bytes()
    assert keys
    assert run.talk()[0] == 0
    assert (run.folder / "passwords.json").read_bytes() == passwords
    assert {path: path.read_bytes() for path in run.folder.rglob("keys/*") if path.is_file()}.items() >= keys.items()


def test_a_plugin_that_cannot_be_loaded_is_said(run, build, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    for program in ("pipitd", "pipit"):
        (broken / program).symlink_to(build / program)
    (broken / "libpipit.so").write_text("not a plugin")
    run.command[1] = broken
    status, output = run.talk()
    assert status != 0
    assert "pipit: " in output.splitlines()[-1] and "Traceback" not in output


def test_what_the_plugin_keeps_is_for_its_owner_alone(run):
    run.talk()
    assert run.folder.stat().st_mode & 0o077 == 0
    assert (run.folder / "passwords.json").stat().st_mode & 0o077 == 0


class Terminal:
    """A pseudo-terminal with a program in it."""

    def __init__(self, run):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.process = run.start(stdin=slave, stdout=slave, stderr=slave, text=False)
        os.close(slave)
        os.set_blocking(self.master, False)
        self.shown = b""

    def shows(self, text):
        try:
            self.shown += os.read(self.master, 65536)
        except (BlockingIOError, OSError):
            pass
        return text.encode() in self.shown

    def type(self, keys):
        os.write(self.master, keys)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def terminal(run):
    terminal = Terminal(run)
    yield terminal
    terminal.close()


def test_in_a_terminal_it_opens_finch_and_the_contact_answers(run, terminal):
    def screen():
        return terminal.shown.decode(errors="replace") + run.logs()

    until(lambda: terminal.shows("Buddy List") and terminal.shows("\u25ef Echo"), screen)
    # Finch takes what arrives at once for one key, so each waits for what the last one did.
    ctrl_n, enter, alt_q = b"\x0e", b"\r", b"\x1bq"
    terminal.type(ctrl_n)
    until(lambda: terminal.shows("echo@localhost"), screen)
    terminal.type(enter)
    until(lambda: terminal.shows("Echo (you@localhost"), screen)
    terminal.type(b"is anybody there")
    until(lambda: terminal.shows("anybody"), screen)
    terminal.type(enter)

    def said():
        terminal.shows("")
        return "".join(log.read_text() for log in run.folder.glob("purple/logs/**/*echo@localhost/*"))

    until(lambda: said().count("is anybody there") == 2, said)
    terminal.type(alt_q)
    until(lambda: terminal.shows("\x1b[?1049l") or terminal.process.poll() is not None, "Finch did not end")
    assert terminal.process.wait(timeout=30) == 0


@pytest.fixture
def display():
    """An X server of its own; gives its name."""
    read, write = os.pipe()
    # -noreset: when the last client goes, such as one that a test before left, it would begin anew and refuse whoever comes meanwhile.
    screen = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset"],
                              pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    yield f":{number}"
    screen.terminate()
    screen.wait()


def window(display, title):
    found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", title], env=os.environ | {"DISPLAY": display},
                           capture_output=True, text=True)
    return found.stdout.split()


def wait_for_pidgin(run, process, display):
    until(lambda: window(display, "Buddy List") or process.poll() is not None, run.logs)
    assert process.poll() is None, process.communicate()[0] + run.logs()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_with_a_display_it_opens_pidgin_and_all_ends_with_it(run, display, number):
    process = run.start(display=display)
    wait_for_pidgin(run, process, display)
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    run.assert_all_ended()


def test_leaving_pidgin_ends_the_server(run, display):
    process = run.start(display=display)
    wait_for_pidgin(run, process, display)
    host, port = (run.folder / "server.port").read_text().strip().split(":")
    socket.create_connection((host, int(port)), timeout=5).close()
    list_window = window(display, "Buddy List")[0]
    subprocess.run(["xdotool", "windowfocus", "--sync", list_window, "key", "--window", "0", "ctrl+q"], check=True,
                   env=os.environ | {"DISPLAY": display})
    process.communicate(timeout=60)
    assert process.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)


def test_two_runs_at_once_are_told_apart(run, display):
    first = run.start(display=display)
    until(lambda: (run.folder / "server.port").exists(), run.logs)
    second = run.start(display=display)
    output, _ = second.communicate(timeout=30)
    assert second.returncode != 0 and "PIPIT_RUN_DIR" in output
    first.terminate()
    first.communicate(timeout=30)

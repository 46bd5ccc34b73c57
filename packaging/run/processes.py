# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that end with the one that started them, however that ends."""
import contextlib
import ctypes
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class Trouble(Exception):
    """What can't be done, in a sentence for the person."""


def end_with_parent():
    # Even a kill -9 of the parent must not leave a server behind.
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def running(command, log, **options):
    """Runs `command`, which writes to the file `log`, for the time of a with block."""
    with open(log, "ab") as output:
        options = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output} | options
        process = subprocess.Popen([str(word) for word in command], preexec_fn=end_with_parent, start_new_session=True,
                                   **options)
    process.log = log
    try:
        yield process
    finally:
        stop(process)


def stop(process):
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(condition, process, what, seconds=30):
    """Waits until `condition()` gives something, and returns that; Trouble if the process ends or takes too long."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if process.poll() is not None:
            raise Trouble(f"{what}: {process.args[0]} ended. {last_words(process)}")
        if time.monotonic() > deadline:
            raise Trouble(f"{what}: nothing after {seconds} seconds. {last_words(process)}")
        time.sleep(0.05)
    return result


def last_words(process):
    lines = process.log.read_text(errors="replace").strip().splitlines()
    return f"The end of {process.log}:\n" + "\n".join("    " + line for line in lines[-8:]) if lines else ""


def link(place, target):
    """Makes `place` a link to `target`, whatever it was before."""
    place.unlink(missing_ok=True)
    place.symlink_to(target)

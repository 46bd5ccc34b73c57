# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for something to happen, with a deadline, so that no test sleeps and none hangs."""

import time

from gi.repository import GLib

# Generous: a client under AddressSanitizer on a busy machine is slow, and a condition that holds ends the wait at once.
PATIENCE = 60.0
LOOK_AGAIN_MS = 40


class Waited(AssertionError):
    """What was waited for did not come."""


def until(condition, otherwise, patience=PATIENCE):
    """Returns what `condition()` gives as soon as that is true. It is asked again on every D-Bus signal and a few times a
    second. `otherwise` (a text, or a function that makes one) tells what was missing if the patience ends."""
    context = GLib.MainContext.default()
    deadline = time.monotonic() + patience
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise Waited(f"waited {patience:.0f} s: " + (otherwise() if callable(otherwise) else otherwise))
        wake = GLib.timeout_add(LOOK_AGAIN_MS, lambda: GLib.SOURCE_REMOVE)
        context.iteration(True)
        source = context.find_source_by_id(wake)
        if source is not None:
            source.destroy()

"""The watches that run now: whom a probe tells, and that a forked process has none."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from typing import Protocol

from tensorscope import elsewhere
from tensorscope.capture.recorder import Recorder


class Watching(Protocol):
    """What is asked of a watch here."""

    _recorder: Recorder


#: Weak: whoever lets a watch go without closing it leaves nothing behind.
RUNNING: list[weakref.ref[Watching]] = []


def add(watch: Watching) -> None:
    """Have probes tell a watch."""
    RUNNING.append(weakref.ref(watch))


def remove(watch: Watching) -> None:
    """Have probes tell it no more."""
    RUNNING[:] = [ref for ref in RUNNING if ref() not in (None, watch)]


def recorders() -> Iterator[Recorder]:
    """Give what records for each of them."""
    for ref in list(RUNNING):
        watch = ref()
        if watch is not None:
            yield watch._recorder


def _trains_elsewhere() -> bool:
    """Return whether a watched model trains on a thread of the user's own, and not the caller's.

    What runs on the main thread runs in a cell, of which the widget knows.
    """
    known = (0, threading.get_ident(), threading.main_thread().ident)
    return any(r.thread not in known and not r.control.closed for r in recorders())


elsewhere.tell(_trains_elsewhere)


def _forget() -> None:
    """In a forked process, as a DataLoader's worker is: nothing there is of the training.

    Its widget, its messages and its threads are those of the process that goes on.
    """
    for recorder in recorders():
        recorder.control.closed = True
    RUNNING.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)

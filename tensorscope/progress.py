"""Progress: how far a long read has come, told to whoever asked for it; and how it is stopped.

Reads that go chunk by chunk call :func:`tick` after each. Whoever started them on this thread may
listen, and stops them by raising out of the call: no chunk is begun after that.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tensorscope.errors import SelectionError, TensorScopeError, quote

Report = Callable[[int, int], object]

_LISTENER: ContextVar[Report | None] = ContextVar("tensorscope_progress", default=None)
#: Seconds between two lines of text.
_PAUSE = 0.1


class Cancelled(TensorScopeError):
    """A long read was stopped before it had an answer."""

    default_kind = "CANCELLED"


def tick(done: int, total: int) -> None:
    """Tell that so many chunks of all are read."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(done, total)


@contextmanager
def reporting(progress: object) -> Iterator[None]:
    """Let `progress` hear of reads on this thread.

    Parameters
    ----------
    progress : bool, callable or None
        True prints a line; a callable gets ``(done, total)`` in chunks; else silence.
    """
    if progress is None or progress is False:
        yield
        return
    line = _Line() if progress is True else None
    report = line if line is not None else progress
    if not callable(report):
        raise SelectionError(
            f"progress={quote(progress)}: write True for a line of text, or pass a function of "
            "(done, total)",
            "TYPE",
        )
    token = _LISTENER.set(report)
    try:
        yield
    finally:
        _LISTENER.reset(token)
        if line is not None:
            line.end()


class _Line:
    """One line of text that is written over."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._last = 0.0
        self._written = False

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last < _PAUSE and done < total:
            return
        self._last, self._written = now, True
        seconds = now - self._began
        sys.stderr.write(f"\r{done} of {total} parts read, {seconds:.1f} s")
        sys.stderr.flush()

    def end(self) -> None:
        if self._written:
            sys.stderr.write("\n")

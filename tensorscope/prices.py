"""Prices: what an answer would read from a store, told before it is read; long reads as jobs.

A Python call is consent. A widget asks by itself, so that what reads more than `ASKED` waits for a
click: the reply holds a price, and the same request comes again with ``consent``. While it runs it
tells how far it is, and can be cancelled between two chunks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tensorscope.info import bytes_text
from tensorscope.progress import Cancelled, reporting
from tensorscope.protocol import VERSION

#: Bytes above which a widget asks before it reads.
ASKED = 256 * 10**6
#: Seconds between two pushes of how far a job is.
_PAUSE = 0.1


class Priced(Exception):
    """An answer that reads so much that somebody should agree first."""

    def __init__(self, nbytes: int, what: str, verb: str) -> None:
        super().__init__(what)
        self.nbytes, self.what, self.verb = nbytes, what, verb

    def message(self) -> dict[str, Any]:
        """Return the price as the front end gets it."""
        size = bytes_text(self.nbytes)
        return {"bytes": self.nbytes, "text": f"{self.what} {self.verb} {size}", "size": size}


def is_dear(nbytes: int) -> bool:
    """Return whether a widget asks before it reads so many bytes."""
    return nbytes > ASKED


def check_price(nbytes: int, what: str, framework: str, consent: bool) -> None:
    """Raise Priced if so many bytes are too many to read unasked."""
    if is_dear(nbytes) and not consent:
        raise Priced(nbytes, what, "computes" if framework == "dask" else "reads")


class Jobs:
    """Requests that were agreed to and are being answered; on any threads."""

    def __init__(self) -> None:
        self._running: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def cancel(self, req: str | None = None) -> bool:
        """Stop a job (None: all) before its next chunk; return whether there was one."""
        with self._lock:
            events = [e for name, e in self._running.items() if req is None or name == req]
        for event in events:
            event.set()
        return bool(events)

    @contextmanager
    def running(self, req: str, push: Callable[[dict[str, Any]], None]) -> Iterator[None]:
        """Let what is read meanwhile on this thread tell how far it is, and be cancelled.

        Raises
        ------
        Cancelled
            Out of the read.
        """
        stop = threading.Event()
        last = 0.0

        def report(done: int, total: int) -> None:
            nonlocal last
            if stop.is_set():
                raise Cancelled("cancelled: nothing was changed; ask again to start anew")
            now = time.monotonic()
            if now - last >= _PAUSE or done == total:
                last = now
                message = {"v": VERSION, "push": "progress", "req": req}
                push({**message, "done": done, "total": total})

        with self._lock:
            self._running[req] = stop
        try:
            with reporting(report):
                yield
        finally:
            with self._lock:
                self._running.pop(req, None)

"""Answers that do not wait for the network: the kernel's 'busy' stays out of their way.

Jupyter's server leaves small packets to Nagle's algorithm: a reply that follows the kernel's 'busy'
status waits until the browser has acknowledged that, about 40 ms. For requests of our widgets, and
for these alone, 'busy' is left out and 'idle' is sent once it is quiet.

A page shows whatever status came last. An 'idle' of any request that was answered while a cell runs
is therefore followed by a 'busy' of that cell: it runs still.

This replaces one private method of the running kernel. Where that looks otherwise than it did in
ipykernel 6.31 to 7.4, or where ``TENSORSCOPE_QUICK_REPLIES=0`` is set, nothing is replaced.
"""

from __future__ import annotations

import inspect
import logging
import os
import threading
import time
from typing import Any

from tensorscope.widget.kernel import CELLS

log = logging.getLogger("tensorscope")

#: Seconds of quiet after which 'idle' is told, and the longest that it is held back.
QUIET = 1.0
LONGEST = 2.0


class QuickReplies:
    """Stands in for one kernel's `_publish_status`; everything that is not ours goes through it."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._original = kernel._publish_status
        self._comms: set[str] = set()
        self._held: list[Any] = []
        self._since = 0.0
        self._timer: threading.Timer | None = None
        #: The request of the cell that runs; no other status comes between it and its 'idle'.
        self._cell: Any = None
        #: Held while statuses go out: those of the timer's thread do not mix with the kernel's.
        self._order = threading.RLock()

    def note_cell(self) -> None:
        """Take in the cell that runs now, if this is called by one.

        A kernel's last request alone does not tell: it stays when its cell has ended.
        """
        if not CELLS.runs_here():
            return
        try:
            request = self._kernel.get_parent("shell")
            if self._is_cell(request):
                self._cell = request
        except Exception:
            log.debug("the running cell could not be told", exc_info=True)

    def add(self, comm_id: str) -> None:
        """Take the requests of one more comm for ours."""
        self._comms.add(comm_id)

    def __call__(self, status: str, channel: str, parent: Any = None) -> None:
        """Publish a status, or hold it back."""
        request = parent
        try:
            if channel == "shell" and request is None:
                request = self._kernel.get_parent(channel)
            ours = channel == "shell" and status in ("busy", "idle") and self._is_ours(request)
            cell = channel == "shell" and self._is_cell(request)
        except Exception:  # whatever the kernel's messages look like: publish as ever
            log.debug("a kernel status could not be told apart", exc_info=True)
            ours = cell = False
        if ours:
            if status == "idle":
                self._hold(request)
            return
        # In order: an 'idle' of ours after this 'busy' would say that nothing runs.
        self.flush()
        with self._order:
            if cell:
                self._cell = request if status == "busy" else None
            self._original(status, channel, parent)
            if status == "idle":
                self._say_cell()

    def _say_cell(self) -> None:
        with self._order:
            if self._cell is not None:
                self._original("busy", "shell", self._cell)

    def _is_cell(self, request: Any) -> bool:
        header = request["header"]
        return header["msg_type"] == "execute_request" and header.get("subshell_id") is None

    def _is_ours(self, request: Any) -> bool:
        content = request["content"]
        return (
            request["header"]["msg_type"] == "comm_msg"
            and content["comm_id"] in self._comms
            and content["data"]["method"] == "custom"
        )

    def _hold(self, request: Any) -> None:
        with self._order:
            now = time.monotonic()
            if not self._held:
                self._since = now
            self._held.append(request)
            if self._timer is not None:
                self._timer.cancel()
            wait = min(QUIET, max(0.0, self._since + LONGEST - now))
            self._timer = threading.Timer(wait, self.flush)
            self._timer.daemon = True
            self._timer.start()

    def flush(self) -> None:
        """Tell every 'idle' that was held back."""
        with self._order:
            held, self._held = self._held, []
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            for request in held:
                self._original("idle", "shell", request)
            if held:
                self._say_cell()


def quicken(kernel: Any, comm_id: str) -> None:
    """Let requests of this comm be answered without waiting; does nothing where it cannot."""
    if kernel is None or os.environ.get("TENSORSCOPE_QUICK_REPLIES") == "0":
        return
    current = getattr(kernel, "_publish_status", None)
    if not isinstance(current, QuickReplies):
        if current is None or not hasattr(kernel, "get_parent"):
            return
        if list(inspect.signature(current).parameters) != ["status", "channel", "parent"]:
            return
        current = QuickReplies(kernel)
        current.note_cell()
        kernel._publish_status = current
    current.add(comm_id)

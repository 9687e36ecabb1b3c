"""Turns: the hooks of one watch run one at a time, whatever threads they come from.

Most trainings run a model in one thread. DataParallel runs its replicas side by side, TensorFlow
the branches of a graph, and some train one model in several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

#: Seconds between two looks for messages while another thread is paused in its turn.
_NAP = 0.02


class Turns:
    """A lock to be used with ``with``; the same thread may take it again.

    A thread that is paused keeps its turn, which stops the others at their next hook. These look
    for messages meanwhile: it may be that they alone can.
    """

    def __init__(self, pump: Callable[[], None]) -> None:
        self._pump = pump
        #: Hooks take it themselves, and wait only where it is not free.
        self.lock = threading.RLock()

    def wait(self) -> None:
        """Take the lock, however long that takes."""
        while not self.lock.acquire(timeout=_NAP):
            self._pump()

    def __enter__(self) -> None:
        if not self.lock.acquire(False):
            self.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.lock.release()

"""What a widget needs of the kernel that runs it; each private part is guarded and falls through.

Three facts stand behind this file. A front end with subshells delivers comm messages on another
thread while a cell runs; ipykernel 7.4 then overrides its choice of thread with the one that last
published on the comm, which blocks a widget made in the running cell. And handling a comm message
fires ``post_execute``, whereupon the inline backend closes the figure that the cell is drawing
(ipykernel#1564).
"""

from __future__ import annotations

import logging
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

from tensorscope import elsewhere

log = logging.getLogger("tensorscope")


def shell() -> Any | None:
    """Return the IPython shell, or None."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def in_kernel() -> bool:
    """Return whether this process is a Jupyter kernel, so that widgets can be shown."""
    return getattr(shell(), "kernel", None) is not None


class CellWatch:
    """Knows on which thread a cell is running."""

    def __init__(self) -> None:
        self._running: int | None = None
        self._shell: Any = None
        self._after: weakref.WeakSet[Any] = weakref.WeakSet()

    def start(self) -> None:
        """Begin to listen; call it while a cell runs."""
        current = shell()
        if current is None or self._shell is current:
            return
        self._shell = current
        if threading.current_thread() is threading.main_thread():
            self._running = threading.get_ident()
        current.events.register("pre_run_cell", self._began)
        current.events.register("post_run_cell", self._ended)

    def _began(self, _info: Any) -> None:
        self._running = threading.get_ident()

    def _ended(self, _result: Any) -> None:
        self._running = None
        for listener in list(self._after):
            listener.cell_ended()

    def tell(self, listener: Any) -> None:
        """Call ``listener.cell_ended()`` after each cell, as long as somebody holds it."""
        self._after.add(listener)

    def busy_elsewhere(self) -> bool:
        """Return whether a cell runs now on a thread other than the caller's."""
        return self._running is not None and self._running != threading.get_ident()

    def runs_here(self) -> bool:
        """Return whether the caller is, on the thread that it runs on, a cell that runs now."""
        return self._running == threading.get_ident()


CELLS = CellWatch()
elsewhere.tell(CELLS.busy_elsewhere)


class _Subshell:
    """A subshell of our own, made when the front end does not choose one."""

    def __init__(self) -> None:
        self._id: str | None = None
        self._given_up = False

    def get(self, kernel: Any) -> str | None:
        """Return its id; must be called on the shell channel thread, where messages are routed."""
        if self._id is None and not self._given_up:
            try:
                self._id = kernel.shell_channel_thread.manager._create_subshell()
            except Exception:
                self._given_up = True  # messages wait for the cell, as without subshells
                log.debug("no subshell could be made", exc_info=True)
        return self._id


_SUBSHELL = _Subshell()


def mend_comm(comm: Any, on_custom: Callable[[Any, list[Any]], None]) -> None:
    """Let custom messages of `comm` reach `on_custom` while a cell runs.

    Parameters
    ----------
    comm : comm
        The comm of one widget.
    on_custom : callable
        Gets the content and the buffers, on whatever thread the kernel delivers.
    """
    original = comm.handle_msg

    def handle_msg(message: Any) -> None:
        data = message.get("content", {}).get("data", {})
        if data.get("method") == "custom":
            on_custom(data.get("content"), list(message.get("buffers") or []))
        else:
            original(message)

    comm.handle_msg = handle_msg
    if not hasattr(comm, "_reply_subshell_for"):
        return

    def route(_data: Any, default: str | None) -> str | None:
        if default is not None:
            return default
        kernel = getattr(comm, "kernel", None) or getattr(shell(), "kernel", None)
        return _SUBSHELL.get(kernel) if kernel is not None else None

    comm._reply_subshell_for = route

"""Pump: answer a widget's messages from the training thread, where no subshell does.

Without subshells (ipykernel 6, or a front end that has them switched off) a comm message waits
until the cell ends. A hook, and a paused thread, may look for such messages themselves: those of
our comm are handled, all others are put back in their order. The kernel's private parts are
guarded: where they are not as expected, nothing is pumped, and pushes alone update the widget.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from tensorscope.widget.kernel import shell

log = logging.getLogger("tensorscope")

#: At most so often a second while training runs.
_APART = 0.05


def pump_for(comm_id: str) -> Callable[[], None]:
    """Return a function that handles the waiting messages of a comm; call it on the main thread.

    It does nothing on other threads, more often than twenty times a second, or once a message of
    ours arrived by a subshell.
    """
    return _Pump(comm_id)


class _Pump:
    def __init__(self, comm_id: str) -> None:
        self._comm_id = comm_id
        self._last = 0.0
        self._broken = False

    def __call__(self) -> None:
        now = time.monotonic()
        if self._broken or now - self._last < _APART or ARRIVED_ELSEWHERE.is_set():
            return
        self._last = now
        if threading.current_thread() is not threading.main_thread():
            return
        kernel = getattr(shell(), "kernel", None)
        if kernel is None:
            return
        try:
            self._pump(kernel)
        except Exception:
            self._broken = True
            log.debug("the kernel's messages cannot be pumped", exc_info=True)

    def _pump(self, kernel: Any) -> None:
        stream = _shell_stream(kernel)
        zmq = sys.modules["zmq"]
        waiting: list[list[Any]] = []
        before = stream._recv_callback
        stream.on_recv(waiting.append, copy=False)
        try:
            stream.flush(zmq.POLLIN, limit=32)
        finally:
            stream._recv_callback = before
        rest = []
        for parts in waiting:
            message = _ours(kernel, parts, self._comm_id)
            if message is None:
                rest.append(parts)
                continue
            _handle(kernel, stream, message)
        if rest:
            _put_back(kernel, stream, before, rest)


#: Set once a message of ours was delivered on another thread: subshells work, nothing is pumped.
ARRIVED_ELSEWHERE = threading.Event()


def _shell_stream(kernel: Any) -> Any:
    """Return the stream on which the main thread gets its messages."""
    thread = getattr(kernel, "shell_channel_thread", None)
    if thread is not None:  # 7.x: the channel's own thread hands messages on by a pair of sockets
        return thread.manager._shell_channel_to_main.to_stream
    return kernel.shell_stream


def _ours(kernel: Any, parts: list[Any], comm_id: str) -> dict[str, Any] | None:
    """Return the message if it is a comm message for one comm."""
    session = kernel.session
    _, frames = session.feed_identities(parts, copy=False)
    # A signature counts as seen once it was checked: look before it is handled for good.
    header = session.unpack(frames[1].bytes)
    if header.get("msg_type") != "comm_msg":
        return None
    content = session.unpack(frames[4].bytes)
    return {"parts": parts} if content.get("comm_id") == comm_id else None


def _handle(kernel: Any, stream: Any, message: dict[str, Any]) -> None:
    """Handle one message as the kernel would, wrapped in its busy and idle status."""
    session = kernel.session
    identities, frames = session.feed_identities(message["parts"], copy=False)
    parsed = session.deserialize(frames, content=True, copy=False)
    kernel._publish_status("busy", "shell", parent=parsed)
    try:
        kernel.comm_manager.comm_msg(stream, identities, parsed)
    finally:
        kernel._publish_status("idle", "shell", parent=parsed)


def _put_back(kernel: Any, stream: Any, callback: Any, rest: list[list[Any]]) -> None:
    """Have the kernel get what is not ours, in its order, once the cell has ended."""
    loop = getattr(stream, "io_loop", None) or kernel.io_loop

    def deliver() -> None:
        for parts in rest:
            callback(parts)

    loop.add_callback(deliver)

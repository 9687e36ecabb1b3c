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
from collections import deque
from collections.abc import Callable
from typing import Any

from tensorscope.widget.held import main_waits_for_us
from tensorscope.widget.kernel import shell

log = logging.getLogger("tensorscope")

#: At most so often a second while training runs.
_APART = 0.05


def pump_for(comm_id: str) -> Callable[[], None]:
    """Return a function that handles waiting messages; call it on the thread that trains.

    Those of the comm, and of every other for which a pump was made: two watches in one loop take
    from one stream. It does nothing more often than twenty times a second, once a message of ours
    arrived by a subshell, or on a thread for which the main thread does not wait.
    """
    _OURS.add(comm_id)
    return _Pump()


_OURS: set[str] = set()


class _Pump:
    def __init__(self) -> None:
        self._last = 0.0
        self._broken = False

    def __call__(self) -> None:
        now = time.monotonic()
        if self._broken or now - self._last < _APART or ARRIVED_ELSEWHERE.is_set():
            return
        self._last = now
        kernel = getattr(shell(), "kernel", None)
        if kernel is None or not (_on_main() or main_waits_for_us()):
            return
        if not _ONE.acquire(blocking=False):
            return  # another hook does it, for this watch too
        try:
            PUMPING.add(threading.get_ident())
            self._pump(kernel)
        except Exception:
            self._broken = True  # pushes alone update the widget then
            log.debug("the kernel's messages cannot be pumped", exc_info=True)
        finally:
            PUMPING.discard(threading.get_ident())
            _ONE.release()

    def _pump(self, kernel: Any) -> None:
        stream = _shell_stream(kernel)
        zmq = sys.modules["zmq"]
        waiting: deque[list[Any]] = deque()
        rest: list[list[Any]] = []
        callback = stream._recv_callback
        stream.on_recv(waiting.append, copy=False)
        try:
            stream.flush(zmq.POLLIN, limit=32)
            stream._recv_callback = callback
            while waiting:
                if _is_ours(kernel, waiting[0]):
                    _handle(kernel, stream, waiting.popleft())
                else:
                    rest.append(waiting.popleft())
        finally:
            # An interrupt may come at any place: nothing that was taken off the stream is lost.
            stream._recv_callback = callback
            rest += waiting
            if rest:
                _put_back(stream, callback, rest)


#: Held by the one hook that reads the stream; and the thread that it runs on.
_ONE = threading.Lock()
PUMPING: set[int] = set()

#: Set while messages of ours are delivered on another thread: subshells work, nothing is pumped.
ARRIVED_ELSEWHERE = threading.Event()


def note_arrival() -> None:
    """Remember on which thread a message of ours was delivered; call it in its handler."""
    if _on_main() or threading.get_ident() in PUMPING:
        ARRIVED_ELSEWHERE.clear()
    else:
        ARRIVED_ELSEWHERE.set()


def _on_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def _shell_stream(kernel: Any) -> Any:
    """Return the stream on which the main thread gets its messages."""
    thread = getattr(kernel, "shell_channel_thread", None)
    if thread is not None:  # 7.x: the channel's own thread hands messages on by a pair of sockets
        return thread.manager._shell_channel_to_main.to_stream
    return kernel.shell_stream


def _is_ours(kernel: Any, parts: list[Any]) -> bool:
    """Return whether a message is a comm message for a watch."""
    session = kernel.session
    _, frames = session.feed_identities(parts, copy=False)
    # A signature counts as seen once it was checked: look before it is handled for good.
    if session.unpack(frames[1].bytes).get("msg_type") != "comm_msg":
        return False
    return session.unpack(frames[4].bytes).get("comm_id") in _OURS


def _handle(kernel: Any, stream: Any, parts: list[Any]) -> None:
    """Handle one message as the kernel would, wrapped in its busy and idle status."""
    session = kernel.session
    identities, frames = session.feed_identities(parts, copy=False)
    parsed = session.deserialize(frames, content=True, copy=False)
    kernel._publish_status("busy", "shell", parent=parsed)
    try:
        kernel.comm_manager.comm_msg(stream, identities, parsed)
    finally:
        kernel._publish_status("idle", "shell", parent=parsed)


def _put_back(stream: Any, callback: Any, rest: list[list[Any]]) -> None:
    """Have the kernel get what is not ours, in its order, once the cell has ended."""

    def deliver() -> None:
        for parts in rest:
            stream._run_callback(callback, parts)  # awaits what a callback of 7.x gives

    stream.io_loop.add_callback(deliver)

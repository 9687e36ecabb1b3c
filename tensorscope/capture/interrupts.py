"""Interrupts: noticing Ctrl+C while the main thread is inside of a library and Python hears none.

Python writes each signal's number to a descriptor as it comes: that is looked at here. There is one
such descriptor in a process: watches share it. Whoever listened before (an event loop, which cannot
run meanwhile) gets every number handed on.
"""

from __future__ import annotations

import contextlib
import os
import signal


class _Listener:
    """The process's descriptor, from the first watch that listens to the last."""

    def __init__(self) -> None:
        self.users = 0
        self.count = 0  # of interrupts that were noticed
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            os.set_blocking(end, False)
        self._before: int | None = None

    def listen(self) -> None:
        """Have signals written here, where the calling thread may ask for that: the main one."""
        if self._before is None:
            with contextlib.suppress(ValueError):
                self._before = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)

    def look(self) -> None:
        """Count the interrupts that came, and hand all numbers on."""
        try:
            numbers = os.read(self._reader, 4096)
        except BlockingIOError:
            return
        if self._before is not None and self._before != -1:
            with contextlib.suppress(OSError):  # closed meanwhile, or full: it is awake then
                os.write(self._before, numbers)
        self.count += numbers.count(signal.SIGINT)

    def close(self) -> None:
        """Listen no more; whoever listened before does again."""
        if self._before is not None:
            try:
                now = signal.set_wakeup_fd(-1)
            except ValueError:
                return  # another thread closes the watch: the pipe stays open, for it is written to
            # Somebody may have come after us: theirs stays. Who was before may be closed by now.
            with contextlib.suppress(ValueError, OSError):
                signal.set_wakeup_fd(self._before if now == self._writer else now)
            self.look()
        os.close(self._reader)
        os.close(self._writer)


_SHARED: list[_Listener] = []


class Interrupts:
    """One watch's view of the interrupts."""

    def __init__(self) -> None:
        if not _SHARED:
            _SHARED.append(_Listener())
        self._listener = _SHARED[0]
        self._listener.users += 1
        self._listener.listen()
        self._seen = self._listener.count

    def came(self) -> bool:
        """Return whether an interrupt came since the last look."""
        self._listener.look()
        before, self._seen = self._seen, self._listener.count
        return self._seen != before

    def remove(self) -> None:
        """Listen no more."""
        self._listener.users -= 1
        if self._listener.users == 0:
            _SHARED.remove(self._listener)
            self._listener.close()

"""Control: how a training thread is stopped at a safe point, and let go again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

from tensorscope.errors import SelectionError, quote

Unit = Literal["step", "module"]
#: How long a paused thread sleeps between two looks at what came; an interrupt cuts it short.
_NAP = 0.02


class Control:
    """Pause, step and continue. Any thread may ask; the training thread obeys at safe points.

    Attributes
    ----------
    paused : bool
        Whether the training thread waits now.
    at : str or None
        Where it waits.
    reason : str
        Why, in words.
    stops : int
        How often it has stopped.
    waited : float
        For how many seconds in all, those that it was closed included.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        #: Looked at by every hook without a lock: False is the fast path.
        self.attention = False
        self._wanted: Literal["run", "pause", "step", "module"] = "run"
        self.paused = False
        self.at: str | None = None
        self.reason = ""
        self.stops, self.waited = 0, 0.0
        self.closed = False
        self._closed_at = 0.0
        self.ended_by = ""  # the exception that closed it, in words
        #: Called by the training thread when it begins and ends to wait, and while it waits.
        self.on_pause: Callable[[], None] = lambda: None
        self.on_resume: Callable[[], None] = lambda: None
        self.pump: Callable[[], None] = lambda: None
        #: Whether an interrupt came: only the main thread hears of it by itself.
        self.interrupted: Callable[[], bool] = lambda: False

    @property
    def stops_next(self) -> bool:
        """Whether the next module stops it."""
        return self.attention and self._wanted in ("pause", "module")

    @property
    def status(self) -> str:
        """``running``, ``pausing``, ``paused`` or ``closed``."""
        if self.closed:
            return "closed"
        if self.paused:
            return "paused"
        return "pausing" if self._wanted != "run" else "running"

    def pause(self) -> None:
        """Ask for a pause at the next safe point."""
        self._ask("pause")

    def resume(self) -> None:
        """Let the training thread go on."""
        self._ask("run")

    def step(self, unit: object = "step") -> None:
        """Let it go on for one training step, or to the next module, and pause again."""
        if unit not in ("step", "module"):
            raise SelectionError(f"step() goes by 'step' or 'module', not {quote(unit)}", "TYPE")
        self._ask("step" if unit == "step" else "module")

    def close(self) -> None:
        """Let it go, and stop it nowhere."""
        with self._changed:
            if not self.closed:
                self.closed, self._closed_at = True, time.perf_counter()
            self._ask("run")

    def reopen(self) -> None:
        """Obey again after :meth:`close`."""
        with self._changed:
            if self.closed:
                self.waited += time.perf_counter() - self._closed_at
            self.closed, self.ended_by = False, ""

    def _ask(self, wanted: Literal["run", "pause", "step", "module"]) -> None:
        with self._changed:
            if wanted == "pause" and self.paused:
                return
            self._wanted = "run" if self.closed else wanted
            self.attention = self._wanted != "run"
            self.paused = False
            self._changed.notify_all()

    def point(self, unit: Unit, at: str) -> None:
        """Be a safe point: wait here if that was asked for. Called by the training thread."""
        if not self.attention:
            return
        with self._changed:
            # Looked at under the lock: whoever took it back meanwhile waits for no answer.
            if self._wanted not in ("pause", unit):
                return
            self._stop(at, "asked for")
        self._wait()

    def wait(self, at: str, reason: str) -> None:
        """Wait until told to go on.

        A KeyboardInterrupt ends the waiting and passes on.
        """
        with self._changed:
            if self.closed:
                return
            self._stop(at, reason)
        self._wait()

    def _stop(self, at: str, reason: str) -> None:
        self._wanted = "run"
        self.attention = False
        self.paused, self.at, self.reason = True, at, reason
        self.stops += 1

    def _wait(self) -> None:
        began = time.perf_counter()
        try:
            self.on_pause()
            while self.paused:
                with self._changed:
                    if self.paused:
                        self._changed.wait(_NAP)
                self.pump()
                if self.interrupted():
                    break  # the main thread raises once the others let it
        finally:
            self.waited += time.perf_counter() - began
            self.paused, self.at, self.reason = False, None, ""
            self.on_resume()

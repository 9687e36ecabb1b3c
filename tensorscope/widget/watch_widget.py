"""WatchWidget: the anywidget between a watch and its views."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from tensorscope.session import Session
from tensorscope.watch_session import WatchSession
from tensorscope.widget.kernel import CELLS, mend_comm, shell
from tensorscope.widget.pump import note_arrival, pump_for
from tensorscope.widget.status import quicken
from tensorscope.widget.widget import _SLOW, bundled, farewell

if TYPE_CHECKING:
    from tensorscope.widget.watch import Watch

#: Seconds between two pushes, and until one that nobody acknowledged is given up.
_APART, _GIVEN_UP = 0.1, 2.0


class WatchWidget(anywidget.AnyWidget):
    """The view of one watch. No tensor bytes in its traits."""

    _esm = bundled("watch.js")
    _css = bundled("watch.css")

    watch = traitlets.Dict().tag(sync=True)
    snapshot = traitlets.Dict().tag(sync=True)

    def __init__(self, watch: Watch, session: WatchSession) -> None:
        self._session = session
        self._recorder = watch._recorder
        self._lock = threading.Lock()
        self._sent = 0.0
        self._waiting = False
        self._timer: threading.Timer | None = None
        self.dropped = 0
        #: The step in which the last cell ended; None where the loop goes on without one.
        self._ended_in: int | None = None
        super().__init__(watch={"name": session.title(), "text": repr(watch)})
        CELLS.start()
        CELLS.tell(self)
        session.on_push = self._push
        recorder = self._recorder
        recorder.on_news = self.news
        recorder.control.on_pause = recorder.control.on_resume = self._stopped_or_gone_on
        comm = self.comm
        if comm is not None:
            mend_comm(comm, self._on_custom)
            quicken(getattr(shell(), "kernel", None), comm.comm_id)
            recorder.control.pump = recorder.pump = pump_for(comm.comm_id)

    def shown(self) -> Session | None:
        """Return what the scope inside shows; None before there is a record."""
        return self._session.current()

    def _on_custom(self, content: Any, _buffers: list[Any]) -> None:
        note_arrival()
        if farewell(content)[0] == "bye":
            return  # the watch goes on, whoever looks
        if isinstance(content, dict) and content.get("kind") == "watch":
            with self._lock:
                self._waiting = False  # what was pushed has been seen
        if self._session.is_slow(content):
            _SLOW.submit(self._reply, content)
        else:
            self._reply(content)

    def _reply(self, content: Any) -> None:
        reply, buffers = self._session.handle(content)
        if "watch" in reply:
            status = reply["watch"]["status"]
            status["dropped"] = self.dropped
            # A watch that was started by hand stays open: it does not run for that.
            status["idle"] = status["status"] == "running" and status["step"] == self._ended_in
        self.send(reply, buffers)

    def news(self, urgent: bool = False) -> None:
        """Tell the views that there is something to ask for.

        Never waits: what is too much is dropped and counted, and the last of it is told a moment
        later.
        """
        now = time.monotonic()
        with self._lock:
            early = now - self._sent < _APART
            waiting = self._waiting and now - self._sent < _GIVEN_UP
            if (early or waiting) and not urgent:
                self.dropped += 1
                if self._timer is None:
                    self._timer = threading.Timer(_APART, self._late)
                    self._timer.daemon = True
                    self._timer.start()
                return
            self._sent, self._waiting = now, True
        self._push({"v": 1, "push": "training"})

    def _late(self) -> None:
        with self._lock:
            self._timer = None
            if self._waiting and time.monotonic() - self._sent < _GIVEN_UP:
                return  # whoever has not asked yet will get all of it
            self._sent, self._waiting = time.monotonic(), True
        self._push({"v": 1, "push": "training"})

    def _stopped_or_gone_on(self) -> None:
        self._ended_in = None
        self.news(urgent=True)

    def cell_ended(self) -> None:
        """Tell the last of what a cell did."""
        elsewhere = self._recorder.thread not in (0, threading.get_ident())
        self._ended_in = None if elsewhere else self._recorder.step
        self.news(urgent=True)

    def _push(self, message: dict[str, Any]) -> None:
        if self.comm is not None:
            self.send(message)

"""ScopeWidget: the anywidget that stands between a session and its views."""

from __future__ import annotations

import os
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import anywidget
import traitlets

from tensorscope.errors import TensorScopeError
from tensorscope.session import Session
from tensorscope.widget.kernel import CELLS, mend_comm, shell
from tensorscope.widget.status import quicken

_STATIC = Path(__file__).parent.parent / "static"

if not (_STATIC / "widget.js").is_file():
    raise TensorScopeError(
        "the front end is not built: tensorscope/static/widget.js is missing. Run 'make build' in "
        "the checkout (it needs Node 20), or install a wheel, which brings it",
        "NOT_BUILT",
    )


def bundled(name: str) -> str | Path:
    """Return a file of the front end as anywidget takes it.

    As text, that all widgets share: for a path, anywidget connects each widget to the file for as
    long as the kernel runs, and a widget that was closed would never be freed. As a path where
    somebody works on the front end.
    """
    file = _STATIC / name
    return file if os.environ.get("ANYWIDGET_HMR") == "1" else file.read_text(encoding="utf-8")


#: Answers that take a pass over much data are made here, so that clicks do not wait for them.
_SLOW = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tensorscope")


def farewell(content: Any) -> tuple[str | None, str]:
    """Return the kind of a message, and which view it comes from."""
    if not isinstance(content, dict):
        return None, ""
    return content.get("kind"), str(content.get("req")).partition(":")[0]


#: Seconds for which a widget without a view is kept: a cell that is moved, or cut and put back,
#: makes its views anew.
GRACE = 60.0
#: Widgets whose last view went, and when.
_LEFT: weakref.WeakKeyDictionary[ScopeWidget, float] = weakref.WeakKeyDictionary()


def sweep() -> None:
    """End widgets that have been forsaken for a while; called when a view comes or goes."""
    now = time.monotonic()
    for widget, since in list(_LEFT.items()):
        if now - since < GRACE:
            continue
        _LEFT.pop(widget, None)
        if widget.forsaken():
            widget.end()


class ScopeWidget(anywidget.AnyWidget):
    """The view of one session. Holds no tensor bytes in its traits."""

    _esm = bundled("widget.js")
    _css = bundled("widget.css")

    info = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    snapshot = traitlets.Dict().tag(sync=True)

    def __init__(self, session: Session, snapshot: dict[str, str]) -> None:
        self._session = session
        self._views: set[str] = set()
        sweep()
        super().__init__(info=session.info_message(), snapshot=snapshot)
        CELLS.start()
        CELLS.tell(self)
        session.on_push = self._push
        comm = self.comm
        if comm is not None:
            mend_comm(comm, self._on_custom)
            quicken(getattr(shell(), "kernel", None), comm.comm_id)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return the traits; the state is filled in when somebody asks for it."""
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        if "view" in state and not self._session.closed:
            state["view"] = self._session.state_message()
        return state

    def _on_custom(self, content: Any, _buffers: list[Any]) -> None:
        if self._is_farewell(content):
            return
        if self._session.is_long(content):
            # Its own thread, which ends with the process: it may take minutes, and be cancelled.
            Thread(target=self._reply, args=(content,), daemon=True, name="tensorscope job").start()
        elif self._session.is_slow(content):
            _SLOW.submit(self._reply, content)
        else:
            self._reply(content)

    def _is_farewell(self, content: Any) -> bool:
        """Count the views; some time after the last one a scope that nobody holds goes too."""
        kind, view = farewell(content)
        if kind == "hello":
            self._views.add(view)
            _LEFT.pop(self, None)
        elif kind == "bye":
            self._views.discard(view)
            if not self._views:
                _LEFT[self] = time.monotonic()
            sweep()
        return kind == "bye"

    def forsaken(self) -> bool:
        """Return whether nobody looks at it, and nobody can show it again."""
        return not self._views and (self._session.closed or self._session.holder is None)

    def end(self) -> None:
        """Let the tensor go, and close the widget on both sides."""
        self._session.let_go()
        layout = self.layout  # a widget of its own
        self.close()
        layout.close()

    def _reply(self, content: Any) -> None:
        reply, buffers = self._session.handle(content)
        self.send(reply, buffers)

    def cell_ended(self) -> None:
        """Show what the tensor holds now, where a view has what was read while a cell ran."""
        self._session.settle()

    def _push(self, message: dict[str, Any]) -> None:
        if self.comm is not None:
            self.send(message)

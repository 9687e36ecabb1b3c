"""ScopeWidget: the anywidget that stands between a session and its views."""

from __future__ import annotations

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

#: Answers that take a pass over much data are made here, so that clicks do not wait for them.
_SLOW = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tensorscope")


class ScopeWidget(anywidget.AnyWidget):
    """The view of one session. Holds no tensor bytes in its traits."""

    _esm = _STATIC / "widget.js"
    _css = _STATIC / "widget.css"

    info = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    snapshot = traitlets.Dict().tag(sync=True)

    def __init__(self, session: Session, snapshot: dict[str, str]) -> None:
        self._session = session
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
        if self._session.is_long(content):
            # Its own thread, which ends with the process: it may take minutes, and be cancelled.
            Thread(target=self._reply, args=(content,), daemon=True, name="tensorscope job").start()
        elif self._session.is_slow(content):
            _SLOW.submit(self._reply, content)
        else:
            self._reply(content)

    def _reply(self, content: Any) -> None:
        reply, buffers = self._session.handle(content)
        self.send(reply, buffers)

    def cell_ended(self) -> None:
        """Show what the tensor holds now, where a view has what was read while a cell ran."""
        self._session.settle()

    def _push(self, message: dict[str, Any]) -> None:
        if self.comm is not None:
            self.send(message)

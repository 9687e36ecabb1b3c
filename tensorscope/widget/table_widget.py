"""The widget of a TensorTable: the table on the page, and below it the scope of the open row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
import traitlets

from tensorscope.errors import TensorScopeError
from tensorscope.widget.kernel import mend_comm
from tensorscope.widget.widget import bundled

if TYPE_CHECKING:
    from tensorscope.widget.table import TensorTable


class TableWidget(anywidget.AnyWidget):
    """Rows on the page; tells which one is to be opened."""

    _esm = bundled("table.js")
    _css = bundled("table.css")

    name = traitlets.Unicode().tag(sync=True)
    count = traitlets.Int().tag(sync=True)
    rows: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)
    trouble = traitlets.Unicode().tag(sync=True)

    def __init__(self, table: TensorTable, below: Any, name: str, count: int) -> None:
        self._table, self._below = table, below
        super().__init__(name=name, count=count, rows=table.rows)
        comm = self.comm
        if comm is not None:
            mend_comm(comm, self._on_custom)

    def _on_custom(self, content: Any, _buffers: list[Any]) -> None:
        """Open a row, or close it again (-1)."""
        row = content.get("open") if isinstance(content, dict) else None
        if not isinstance(row, int) or not -1 <= row < len(self.rows):
            return
        self.trouble = ""
        try:
            self._below.children = () if row < 0 else (self._table.open(row).widget,)
        except TensorScopeError as error:
            self.trouble, row = str(error), -1
            self._below.children = ()
        self.chosen = row


def table_box(table: TensorTable, name: str, count: int) -> Any:
    """Return the table with the room below it."""
    below = ipywidgets.VBox()
    return ipywidgets.VBox([TableWidget(table, below, name, count), below])

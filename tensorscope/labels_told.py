"""What positions are called, for the screen: only of what is visible, and shortened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from tensorscope.slots import Span
from tensorscope.source import LiveSource
from tensorscope.view import ViewState

#: Labels of some positions; None where there is none.
Told: TypeAlias = list[str | None]
#: A frame that shows more rows or columns tells none: they are too thin to be read.
MOST = 2048


def of_cell(source: LiveSource, cell: Sequence[Any]) -> dict[str, Told]:
    """Return what a message says of a cell: the label of each coordinate, if any dim has some."""
    if all(source.labels_of(dim) is None for dim in range(len(source.lengths))):
        return {}
    return {"labels": [source.label(dim, position) for dim, position in enumerate(cell)]}


def of_frame(
    source: LiveSource, state: ViewState, meta: dict[str, Any]
) -> dict[str, dict[str, Told]]:
    """Return what a message says of a frame: labels of rows and columns, if they have some.

    Nothing where a cell of the frame is several of the tensor.
    """
    if not meta["exact"]:
        return {}
    row0, row1, column0, column1 = meta["rect"]
    told = {}
    for role, dim, start, stop in (
        ("rows", state.rows, row0, row1),
        ("columns", state.columns, column0, column1),
    ):
        slot = None if dim is None else state.picture.slots[dim]
        if dim is None or not isinstance(slot, Span) or source.labels_of(dim) is None:
            continue
        if stop - start <= MOST:
            positions = (slot.start + slot.step * k for k in range(start, stop))
            told[role] = [source.label(dim, position) for position in positions]
    return {"labels": told} if told else {}

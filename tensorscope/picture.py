"""The picture of a state: its bits as (tiles, rows, columns), ready to be framed."""

from __future__ import annotations

from tensorscope.adapters.cut import Cut
from tensorscope.slots import Span
from tensorscope.source import LiveSource
from tensorscope.view import ViewState


def picture_cut(source: LiveSource, state: ViewState) -> Cut:
    """Return the bits that the picture shows, always with three dims: tiles, rows, columns.

    Cost: nothing is copied where the bits lie in this process's memory.
    """
    selected = source.read(state.picture, painted=True)
    kept = [d for d, slot in enumerate(state.picture.slots) if isinstance(slot, Span)]
    place = {dim: k for k, dim in enumerate(kept)}
    order = [None if dim is None else place[dim] for dim in (state.grid, state.rows, state.columns)]
    return selected.cut.arrange(order)

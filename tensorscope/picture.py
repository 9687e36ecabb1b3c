"""The picture of a state: its bits as (tiles, rows, columns), ready to be framed."""

from __future__ import annotations

import numpy as np

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
    shown = (state.grid, state.rows, state.columns)
    if any(dim not in shown for dim in kept):  # an empty slice has no index to be held at
        cut = selected.cut
        return Cut(cut.dtype, (Span(0, 1, 0),) * 3, array=np.empty((0, 0, 0), cut.dtype.storage))
    return selected.cut.arrange([None if dim is None else place[dim] for dim in shown])

"""Anomalies: the NaN and infinities of a picture, in the order in which one reads it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.selection import Selection
from tensorscope.slots import Reduce, Span
from tensorscope.view import Roles


class Anomalies:
    """Places to step through.

    Parameters
    ----------
    cells : ndarray of int, shape (count, dims)
        Coordinates in the whole tensor.
    roles : tuple of (int or None)
        The dims on columns, rows and grid.
    selection : Selection or None
        What the picture shows; None if it has no such places.
    """

    def __init__(self, cells: NDArray[np.int64], roles: Roles, selection: Selection | None) -> None:
        self._selection = selection
        self._dims = [d for d in reversed(roles) if d is not None]
        keys = self._keys(cells)
        order = np.lexsort(keys.T[::-1]) if keys.size else np.arange(len(cells))
        self._cells, self._order = cells[order], keys[order]

    def _keys(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return positions in the picture: tile, row, column."""
        keys = cells[:, self._dims].copy()
        for k, dim in enumerate(self._dims):
            span = None if self._selection is None else self._selection.slots[dim]
            if isinstance(span, Span):
                keys[:, k] = (keys[:, k] - span.start) // span.step
        return keys

    def next(self, cell: tuple[int | str, ...] | None, backwards: bool) -> list[Any] | None:
        """Return the cell after (or before) one, round the end; from None the first (last)."""
        count = len(self._cells)
        if not count or self._selection is None:
            return None
        at = -1 if backwards else 0
        if cell is not None and self._dims:
            here = self._keys(np.array([[c if isinstance(c, int) else 0 for c in cell]]))[0]
            less = np.zeros(count, bool)
            equal = np.ones(count, bool)
            for key, mine in zip(self._order.T, here, strict=True):
                less |= equal & (key < mine)
                equal &= key == mine
            before = int(np.count_nonzero(less))
            at = before - 1 if backwards else before + int(np.count_nonzero(equal))
        place = self._cells[at % count].tolist()
        return [
            slot.op if isinstance(slot, Reduce) else c
            for slot, c in zip(self._selection.slots, place, strict=True)
        ]

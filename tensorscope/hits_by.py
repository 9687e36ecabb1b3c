"""Which slices along a dim hold the hits, counted in the pass that finds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.select import Selected
from tensorscope.errors import SelectionError
from tensorscope.kernels.along import SLICES, Along
from tensorscope.kernels.predicate import Predicate
from tensorscope.kernels.search import Found
from tensorscope.kernels.search import find as find_hits
from tensorscope.selection import Selection
from tensorscope.slots import Reduce, Span


def find_selected(
    selected: Selected, predicate: Predicate, limit: int, dim: int | None = None
) -> Found:
    """Return the first hits in a selection; the zeros that were left out of it are counted.

    dim: also count how many there are at each index of this free dim of the selection.
    """
    along = None if dim is None else _along(selected, dim)
    found = find_hits(selected.cut, predicate, limit, along=along)
    if not (selected.zeros and predicate.holds_at_zero):
        return found
    by = found.by
    if by is not None and along is not None:
        stored = along.count(np.arange(selected.cut.count))
        by = by + (selected.count // along.size - stored)
    return Found(found.count + selected.zeros, found.flat, found.raw, by)


def check_by(selection: Selection, dim: int) -> None:
    """Raise SelectionError unless hits can be counted by the slices of a dim."""
    ndim = len(selection.slots)
    if not 0 <= dim < ndim:
        raise SelectionError(
            f"there is no dim {dim}: the tensor has {ndim}, counted from 0", "DIMS"
        )
    slot = selection.slots[dim]
    if isinstance(slot, Reduce):
        raise SelectionError(
            f"dim {dim} is reduced ({slot.op}): it has no slices; choose another dim", "DIMS"
        )
    if selection.lengths[dim] > SLICES:
        raise SelectionError(
            f"dim {dim} has {selection.lengths[dim]:,} slices, and at most {SLICES:,} are counted "
            "apart: choose another dim",
            "TOO_LARGE",
        )


def by_slice(selection: Selection, dim: int, found: Found) -> NDArray[np.int64]:
    """Return how many hits each index of the tensor's dim holds, from counts of a selection."""
    counts = np.zeros(selection.lengths[dim], np.int64)
    slot = selection.slots[dim]
    if isinstance(slot, Span) and found.by is not None:
        counts[slot.slice] = found.by
    elif isinstance(slot, int):
        counts[slot] = found.count
    return counts


def _along(selected: Selected, dim: int) -> Along | None:
    """Return where hits are counted, for a dim of the tensor; None for one that has an index."""
    slots = selected.selection.slots
    if not isinstance(slots[dim], Span):
        return None
    place = sum(isinstance(slot, Span) for slot in slots[:dim])
    if selected.held is not None:
        return Along(place, selected.selection.shape, selected.held)
    return Along(place + selected.batch, selected.cut.shape)

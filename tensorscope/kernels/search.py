"""Where does a predicate hold? Counts everything, gathers a bounded part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw
from tensorscope.kernels.expanded import Expanded, is_expanded
from tensorscope.kernels.predicate import Predicate
from tensorscope.kernels.walk import Walk


@dataclass(frozen=True, slots=True)
class Found:
    """Elements of a cut, in C order.

    Attributes
    ----------
    count : int
        How many there are.
    flat : ndarray of int64
        Flat C-order positions of those that were gathered.
    raw : ndarray
        Their raw bits, an own array.
    """

    count: int
    flat: NDArray[np.int64]
    raw: Raw


@np.errstate(invalid="ignore", over="ignore")  # NaN and Inf are answers, not accidents
def count(cut: Cut, predicate: Predicate) -> int:
    """Return in how many elements the predicate holds.

    Cost: one pass in the order of memory; no temporary above a piece.
    """
    walk = Walk(cut, as_stored=True)
    total = sum(int(np.count_nonzero(predicate.mask(raw))) for _, raw in walk)
    return total * walk.copies


@np.errstate(invalid="ignore", over="ignore")  # NaN and Inf are answers, not accidents
def find(cut: Cut, predicate: Predicate, limit: int, offset: int = 0) -> Found:
    """Count where the predicate holds; gather hits `offset` to `offset + limit` in C order.

    Cost: one pass; a second one, that stops once the hits are gathered, if memory is not in C
    order and there are more hits than asked for.
    """
    if is_expanded(cut):
        whole = Expanded(cut)
        once = find(whole.cut, predicate, limit + offset)
        flat, number = whole.first(once.flat, limit + offset)
        return Found(once.count * whole.copies, flat[offset:], once.raw[number[offset:]])
    stored = Walk(cut, as_stored=True)
    gathered = _Gathered(limit + offset)
    if stored.in_order:
        total = _pass(stored, predicate, gathered)
        return gathered.found(cut, total, offset)
    total = _pass(stored, predicate, gathered)
    if total > gathered.wanted:
        gathered = _Gathered(min(limit + offset, total))
        _pass(Walk(cut), predicate, gathered, stop=True)
    return gathered.found(cut, total, offset)


def find_mask(cut: Cut, mask: Cut, limit: int, offset: int = 0) -> Found:
    """Do as :func:`find` does, for a boolean mask of the cut's shape."""
    total, wanted = 0, limit + offset
    flats: list[NDArray[np.int64]] = []
    kept = 0
    for begin, raw in Walk(mask):
        here = int(np.count_nonzero(raw))
        total += here
        if here and kept < wanted:
            places = np.flatnonzero(raw)[: wanted - kept] + begin
            kept += len(places)
            flats.append(places)
    flat = np.concatenate(flats)[offset:] if flats else np.empty(0, np.int64)
    return Found(total, flat, gather(cut, flat))


def gather(cut: Cut, flat: NDArray[np.int64]) -> Raw:
    """Return the raw bits at flat C-order positions, in their order.

    Cost: the pieces that hold them are read if the cut cannot be borrowed.
    """
    if cut.array is not None:
        array = cut.array if cut.array.ndim < 64 else cut.array.squeeze()  # of 64, some have size 1
        if not array.ndim:
            return _copies(array, flat)
        return array[np.unravel_index(flat, array.shape)]
    out = np.empty(len(flat), cut.dtype.storage)
    walk = Walk(cut)
    order = np.argsort(flat)
    done = 0
    while done < len(order):
        begin, raw = walk.read(walk.piece_at(int(flat[order[done]])))
        end = int(np.searchsorted(flat, begin + raw.size, sorter=order))
        out[order[done:end]] = raw[flat[order[done:end]] - begin]
        done = end
    return out


def _copies(array: Raw, flat: NDArray[np.int64]) -> Raw:
    return np.repeat(array.reshape(1), len(flat))


class _Gathered:
    """Hits up to a number, with their bits as they were when they were found."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.kept = 0
        self.flats: list[NDArray[np.int64]] = []
        self.raws: list[Raw] = []

    def add(self, walk: Walk, begin: int, raw: Raw, places: NDArray[np.intp]) -> None:
        places = places[: self.wanted - self.kept]
        self.kept += len(places)
        self.flats.append(walk.c_order(places + begin))
        self.raws.append(raw[places])

    def found(self, cut: Cut, total: int, offset: int) -> Found:
        if not self.flats:
            return Found(total, np.empty(0, np.int64), np.empty(0, cut.dtype.storage))
        flat, raw = np.concatenate(self.flats), np.concatenate(self.raws)
        order = np.argsort(flat)[offset:]
        return Found(total, flat[order], raw[order])


def _pass(walk: Walk, predicate: Predicate, gathered: _Gathered, stop: bool = False) -> int:
    total = 0
    for begin, raw in walk:
        mask = predicate.mask(raw)
        here = int(np.count_nonzero(mask))
        total += here
        if here and gathered.kept < gathered.wanted:
            gathered.add(walk, begin, raw, np.flatnonzero(mask))
        if stop and gathered.kept >= gathered.wanted:
            break
    return total

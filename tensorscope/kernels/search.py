"""Where does a predicate hold? Counts everything, gathers a bounded part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.tiles import Place, lift
from tensorscope.condition import Condition
from tensorscope.kernels import device
from tensorscope.kernels.along import Along
from tensorscope.kernels.expanded import Expanded, is_expanded
from tensorscope.kernels.predicate import Predicate
from tensorscope.kernels.walk import Walk
from tensorscope.slots import Span

if TYPE_CHECKING:
    from tensorscope.adapters.torch_device import DeviceArray


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
    by : ndarray of int64, optional
        How many there are in each slice along a dim, if that was asked for.
    """

    count: int
    flat: NDArray[np.int64]
    raw: Raw
    by: NDArray[np.int64] | None = None


class FindWork:
    """Counts hits in tiles; gathers the first of them.

    Parameters
    ----------
    predicate : Predicate
        What is looked for.
    shape : tuple of int
        Of the whole cut.
    limit : int
        How many are gathered.
    along : Along, optional
        Along which dim they are counted too.
    """

    def __init__(
        self,
        predicate: Predicate,
        shape: tuple[int, ...],
        limit: int,
        along: Along | None = None,
    ) -> None:
        self.predicate, self.shape, self.limit = predicate, shape, limit
        self.along = along

    @np.errstate(invalid="ignore", over="ignore")  # NaN and Inf are answers, not accidents
    def take(self, place: Place, raw: Raw) -> Found:
        """Search one tile.

        A second pass over it, that stops once the hits are gathered, if memory is not in C order
        and there are more hits than asked for.
        """
        cut = Cut(self.predicate.dtype, tuple(Span(0, 1, n) for n in raw.shape), array=raw)
        along = None if self.along is None else self.along.within(place)
        found = self._search(cut, along)
        by = None
        if self.along is not None and found.by is not None:
            by = self.along.lift(found.by, place)
        return Found(found.count, lift(found.flat, place, self.shape), found.raw, by)

    def _search(self, cut: Cut, along: Along | None) -> Found:
        if is_expanded(cut):
            whole = Expanded(cut)
            once = self._search(whole.cut, None if along is None else along.once(whole))
            flat, number = whole.first(once.flat, self.limit)
            by = None if along is None else along.spread(once.by, once.count, whole.copies)
            return Found(once.count * whole.copies, flat, once.raw[number], by)
        stored, gathered = Walk(cut, as_stored=True), _Gathered(self.limit)
        by = None if along is None else np.zeros(along.size, np.int64)
        total = _pass(stored, self.predicate, gathered, along=along, by=by)
        if not stored.in_order and total > gathered.wanted:
            gathered = _Gathered(min(self.limit, total))
            _pass(Walk(cut), self.predicate, gathered, stop=True)
        return replace(gathered.found(cut, total), by=by)

    def on_device(self, array: DeviceArray) -> Found:
        """Search where the numbers lie; listed hits alone are copied."""
        total, flat, by = device.find(array, self.predicate.root, self.limit, self.along)
        return Found(total, flat, array.bits(flat), by)

    def merge(self, parts: Sequence[Found]) -> Found:
        """Join hits; the first in C order stay."""
        flat = np.concatenate([part.flat for part in parts])
        raw = np.concatenate([part.raw for part in parts])
        order = np.argsort(flat)[: self.limit]
        counts = [part.by for part in parts if part.by is not None]
        by = np.sum(counts, axis=0) if counts else None
        return Found(sum(part.count for part in parts), flat[order], raw[order], by)


def count(cut: Cut, predicate: Predicate) -> int:
    """Return in how many elements the predicate holds.

    Cost: one pass in the order of memory; no temporary above a piece.
    """
    return cut.fold(FindWork(predicate, cut.shape, 0)).count


def find(
    cut: Cut, predicate: Predicate, limit: int, offset: int = 0, along: Along | None = None
) -> Found:
    """Count where the predicate holds; gather hits `offset` to `offset + limit` in C order.

    Cost: one pass; a second one, that stops once the hits are gathered, if memory is not in C
    order and there are more hits than asked for. What is stored in chunks is read once.
    """
    found = cut.fold(FindWork(predicate, cut.shape, limit + offset, along))
    return Found(found.count, found.flat[offset:], found.raw[offset:], found.by)


def find_mask(cut: Cut, mask: Cut, limit: int, offset: int = 0) -> Found:
    """Do as :func:`find` does, for a boolean mask of the cut's shape.

    Cost: a pass over the mask; of the cut, the chunks that hold gathered hits.
    """
    set_ = Predicate(Condition.parse("x != 0"), mask.dtype)
    found = mask.fold(FindWork(set_, mask.shape, limit + offset))
    flat = found.flat[offset:]
    return Found(found.count, flat, gather(cut, flat))


def gather(cut: Cut, flat: NDArray[np.int64]) -> Raw:
    """Return the raw bits at flat C-order positions, in their order.

    Cost: the chunks that hold them are read if the cut cannot be borrowed, each once.
    """
    if not cut.shape:
        return np.repeat(cut.read().reshape(1), len(flat))
    if cut.array is not None:
        array = cut.array if cut.array.ndim < 64 else cut.array.squeeze()  # of 64, some have size 1
        if not array.ndim:
            return _copies(array, flat)
        return array[np.unravel_index(flat, array.shape)]
    places = np.unravel_index(flat, cut.shape)
    out = np.empty(len(flat), cut.dtype.storage)
    tiles = cut.tiles(together=False)
    numbers = tiles.numbers(places)
    order = np.argsort(numbers, kind="stable")
    if not len(flat):
        return out
    for chosen in np.split(order, np.unique(numbers[order], return_index=True)[1][1:]):
        # No more of the chunk than the box around what is wanted.
        box = tuple(slice(int(p[chosen].min()), int(p[chosen].max()) + 1) for p in places)
        raw = cut.read(*box)
        out[chosen] = raw[tuple(p[chosen] - b.start for p, b in zip(places, box, strict=True))]
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

    def found(self, cut: Cut, total: int) -> Found:
        if not self.flats:
            return Found(total, np.empty(0, np.int64), np.empty(0, cut.dtype.storage))
        flat, raw = np.concatenate(self.flats), np.concatenate(self.raws)
        order = np.argsort(flat)
        return Found(total, flat[order], raw[order])


def _pass(
    walk: Walk,
    predicate: Predicate,
    gathered: _Gathered,
    stop: bool = False,
    along: Along | None = None,
    by: NDArray[np.int64] | None = None,
) -> int:
    total = 0
    for begin, raw in walk:
        mask = predicate.mask(raw)
        here = int(np.count_nonzero(mask))
        total += here
        if here and gathered.kept < gathered.wanted:
            gathered.add(walk, begin, raw, np.flatnonzero(mask))
        if here and along is not None and by is not None:
            by += along.count(walk.c_order(np.flatnonzero(mask) + begin))
        if stop and gathered.kept >= gathered.wanted:
            break
    return total

"""Cut: a selected part of a tensor, readable while the call that made it lasts.

A cut is how shared code reads any framework. If the bits lie in this process's memory, `array`
borrows them without a copy; otherwise `read` fetches just what is asked for. Nothing that leaves
the library may keep a borrowed array: copy first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.tiles import Edges, Tiles, Work, tiles_of
from tensorscope.progress import tick
from tensorscope.selection import Selection
from tensorscope.slots import Span

Index: TypeAlias = tuple[int | slice, ...]
Raw: TypeAlias = NDArray[Any]
#: Places within a cut, shape (stored, dims), each once, and the bits there.
Stored: TypeAlias = tuple[NDArray[np.int64], Raw]
P = TypeVar("P")

#: Answers of so many tiles are joined at a time.
_JOINED = 8


class Cut:
    """The raw bits of a selection.

    Parameters
    ----------
    dtype : DType
        Element type.
    spans : tuple of Span
        The positions in each kept dim, in the source's coordinates; its sizes are the shape.
    array : ndarray, optional
        Borrowed raw bits of `dtype.storage`, of the cut's shape (any strides, maybe 0 or negative).
    fetch : callable, optional
        Copies a part when there is no `array`: takes one rising Span per kept dim, in the
        source's coordinates, and returns an own raw array.
    edges : sequence of ndarray or None, optional
        Where the source's chunks begin, for each dim of `fetch`; left out if it has no chunks.
    run : callable, optional
        Does what :meth:`fold` does, where the source has an engine of its own.
    touched : callable, optional
        How many bytes must be read, or computed, for a cut of that source.
    order : tuple of int or None, optional
        Which dim of `fetch` each dim of the cut is; None for one of size 1 that was added.
    stored : callable, optional
        Of a sparse tensor: returns what is stored of the cut; everything else is 0.

    Attributes
    ----------
    blank : ndarray of bool or None
        Where places hold no value, whatever their bits: of the cut's shape; None for nowhere.
    """

    __slots__ = (
        "array", "blank", "dtype", "edges", "fetch", "order", "run", "shape", "spans", "stored",
        "touched",
    )  # fmt: skip

    def __init__(
        self,
        dtype: DType,
        spans: tuple[Span, ...],
        array: Raw | None = None,
        fetch: Callable[[tuple[Span, ...]], Raw] | None = None,
        edges: Sequence[Edges] | None = None,
        run: Callable[[Cut, Work[Any]], Any] | None = None,
        touched: Callable[[Cut], int] | None = None,
        order: tuple[int | None, ...] | None = None,
        stored: Callable[[], Stored] | None = None,
    ) -> None:
        self.dtype = dtype
        self.spans = spans
        self.shape = tuple(span.size for span in spans)
        self.array = array
        self.fetch = fetch
        self.order = order if order is not None else tuple(range(len(spans)))
        self.edges = tuple(edges) if edges is not None else (None,) * len(spans)
        self.run = run
        self.touched = touched
        self.stored = stored
        self.blank: NDArray[np.bool_] | None = None

    @property
    def count(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def read(self, *parts: slice) -> Raw:
        """Return raw bits of a part (a view if borrowed, else a copy); missing dims are whole.

        Parameters
        ----------
        *parts : slice
            Positions within the cut, with any step that is not 0.
        """
        parts = (*parts, *(slice(None) for _ in range(len(self.shape) - len(parts))))
        if self.array is not None:
            index: Any = (*parts, ...)  # "...": an object of 0 dims stays in its array
            lent: Raw = self.array[index]
            return lent
        assert self.fetch is not None
        wanted = [_within(span, part) for span, part in zip(self.spans, parts, strict=True)]
        if any(span.size == 0 for span in wanted):
            return np.empty([span.size for span in wanted], self.dtype.storage)
        asked = {d: span.forward() for d, span in zip(self.order, wanted, strict=True)}
        raw = self.fetch(tuple(asked[d] for d in sorted(d for d in asked if d is not None)))
        flips = tuple(slice(None, None, -1) if s.step < 0 else slice(None) for s in wanted)
        part: Raw = self.arranged(raw)[(*flips, ...)]
        return part

    def arranged(self, raw: Any) -> Any:
        """Return what `fetch` gives with its dims in the order of the cut's."""
        raw = raw.transpose([d for d in self.order if d is not None])
        return raw[(*(None if d is None else slice(None) for d in self.order), ...)]

    def part(self, *parts: slice) -> Cut:
        """Return a part of the cut, by positions within it. Copies nothing."""
        spans = tuple(_within(span, part) for span, part in zip(self.spans, parts, strict=True))
        index: Any = (*parts, ...)
        array = None if self.array is None else self.array[index]
        found = self._like(spans, self.order, array)
        found.blank = None if self.blank is None else self.blank[parts]
        return found

    def arrange(self, dims: Sequence[int | None]) -> Cut:
        """Return the same bits with dims in another order; None stands for a dim of size 1.

        Every dim of the cut must be named once. Copies nothing.
        """
        spans = tuple(Span(0, 1, 1) if d is None else self.spans[d] for d in dims)
        kept = [d for d in dims if d is not None]
        expand = tuple(None if d is None else slice(None) for d in dims)
        if self.array is not None:
            turned = self._like(spans, self.order, self.array.transpose(kept)[expand])
        else:
            order = tuple(None if d is None else self.order[d] for d in dims)
            turned = self._like(spans, order)
            turned.stored = self._arranged_entries(dims)
        if self.blank is not None:
            turned.blank = self.blank.transpose(kept)[expand]
        return turned

    def _arranged_entries(self, dims: Sequence[int | None]) -> Callable[[], Stored] | None:
        stored = self.stored
        if stored is None:
            return None

        def arranged() -> Stored:
            places, raw = stored()
            columns = [np.zeros(len(raw), np.int64) if d is None else places[:, d] for d in dims]
            return np.stack(columns, axis=1), raw

        return arranged

    def ticks(self) -> Cut:
        """Return dates and durations as the integers that they are kept as; others unchanged."""
        counted = self._like(self.spans, self.order, self.array)
        counted.dtype = self.dtype.ticks
        counted.stored, counted.blank = self.stored, self.blank
        return counted

    def _like(
        self, spans: tuple[Span, ...], order: tuple[int | None, ...], array: Raw | None = None
    ) -> Cut:
        if array is not None:
            return Cut(self.dtype, spans, array=array)
        return Cut(self.dtype, spans, None, self.fetch, self.edges, self.run, self.touched, order)

    @property
    def price(self) -> int:
        """How many bytes reading all of it takes from a store; 0 for what lies in memory."""
        return 0 if self.touched is None or not self.count else self.touched(self)

    def own(self) -> Raw:
        """Return all raw bits as an own C-contiguous array."""
        if self.array is not None:
            return np.array(self.read(), order="C", copy=True)
        return np.array(self.read(), order="C", copy=None)

    def tiles(self, together: bool = True) -> Tiles:
        """Return boxes of whole chunks that together are the cut; False: of one chunk each."""
        edges = [None if d is None else self.edges[d] for d in self.order]
        return tiles_of(self.spans, edges, self.dtype.storage.itemsize, together)

    def fold(self, work: Work[P]) -> P:
        """Ask a question of all tiles and join the answers: every chunk is read once.

        What lies in this process's memory is one tile. Tells :mod:`tensorscope.progress` how far
        it has come.

        Cost: memory for one tile, of 8 MiB or one chunk.
        """
        if self.array is not None or self.count == 0:
            raw = self.array if self.array is not None else np.empty(self.shape, self.dtype.storage)
            return work.take(tuple(slice(0, n) for n in self.shape), raw)
        if self.run is not None:
            answer: P = self.run(self, work)
            return answer
        tiles = self.tiles()
        total = len(tiles)
        tick(0, total)
        found: list[P] = []
        for done, place in enumerate(tiles, 1):
            found.append(work.take(place, self.read(*place)))
            if len(found) >= _JOINED or done == total:
                found = [work.merge(found)] if len(found) > 1 else found
            tick(done, total)
        return found[0]


def spans_of(selection: Selection) -> tuple[Span, ...]:
    """Return the positions in each dim that a cut keeps: reduced dims are whole."""
    return tuple(
        s if isinstance(s, Span) else Span(0, 1, n)
        for s, n in zip(selection.slots, selection.lengths, strict=True)
        if not isinstance(s, int)
    )


def _within(span: Span, part: slice) -> Span:
    """Return the source positions of `part` of `span`."""
    start, stop, step = part.indices(span.size)
    size = len(range(start, stop, step))
    return Span(span.start + span.step * start, span.step * step, size)

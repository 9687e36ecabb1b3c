"""Cut: a selected part of a tensor, readable while the call that made it lasts.

A cut is how shared code reads any framework. If the bits lie in this process's memory, `array`
borrows them without a copy; otherwise `read` fetches just what is asked for. Nothing that leaves
the library may keep a borrowed array: copy first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.dtypes import DType
from tensorscope.selection import Selection
from tensorscope.slots import Span

Index: TypeAlias = tuple[int | slice, ...]
Raw: TypeAlias = NDArray[Any]
#: Places within a cut, shape (stored, dims), each once, and the bits there.
Stored: TypeAlias = tuple[NDArray[np.int64], Raw]


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
        source's coordinates, and returns an own C-contiguous raw array.
    stored : callable, optional
        Of a sparse tensor: returns what is stored of the cut; everything else is 0.

    Attributes
    ----------
    blank : ndarray of bool or None
        Where places hold no value, whatever their bits: of the cut's shape; None for nowhere.
    """

    __slots__ = ("array", "blank", "dtype", "fetch", "shape", "spans", "stored")

    def __init__(
        self,
        dtype: DType,
        spans: tuple[Span, ...],
        array: Raw | None = None,
        fetch: Callable[[tuple[Span, ...]], Raw] | None = None,
        stored: Callable[[], Stored] | None = None,
    ) -> None:
        self.dtype = dtype
        self.spans = spans
        self.shape = tuple(span.size for span in spans)
        self.array = array
        self.fetch = fetch
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
            index: tuple[Any, ...] = (*parts, ...)
            part: Raw = self.array[index]  # '...' keeps an array of what is one object
            return part
        assert self.fetch is not None
        wanted = [_within(span, part) for span, part in zip(self.spans, parts, strict=True)]
        if any(span.size == 0 for span in wanted):
            return np.empty([span.size for span in wanted], self.dtype.storage)
        raw = self.fetch(tuple(span.forward() for span in wanted))
        flips = tuple(slice(None, None, -1) if s.step < 0 else slice(None) for s in wanted)
        own: Raw = raw[(*flips, ...)]
        return own

    def arrange(self, dims: Sequence[int | None]) -> Cut:
        """Return the same bits with dims in another order; None stands for a dim of size 1.

        Every dim of the cut must be named once. Copies nothing.
        """
        order = [d for d in dims if d is not None]
        spans = tuple(Span(0, 1, 1) if d is None else self.spans[d] for d in dims)
        expand = tuple(None if d is None else slice(None) for d in dims)
        if self.array is not None:
            turned = Cut(self.dtype, spans, array=self.array.transpose(order)[expand])
        else:
            fetch, stored = self._arranged(dims, order, expand), self._arranged_entries(dims)
            turned = Cut(self.dtype, spans, fetch=fetch, stored=stored)
        if self.blank is not None:
            turned.blank = self.blank.transpose(order)[expand]
        return turned

    def _arranged(
        self, dims: Sequence[int | None], order: list[int], expand: tuple[slice | None, ...]
    ) -> Callable[[tuple[Span, ...]], Raw]:
        fetch = self.fetch
        assert fetch is not None

        def arranged(wanted: tuple[Span, ...]) -> Raw:
            named = {d: span for d, span in zip(dims, wanted, strict=True) if d is not None}
            raw = fetch(tuple(named[d] for d in range(len(named))))
            return np.array(raw.transpose(order)[expand], order="C", copy=None)

        return arranged

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
        counted = Cut(self.dtype.ticks, self.spans, self.array, self.fetch, self.stored)
        counted.blank = self.blank
        return counted

    def own(self) -> Raw:
        """Return all raw bits as an own C-contiguous array."""
        raw = self.read()
        if self.array is not None:
            return np.array(raw, order="C", copy=True)
        return np.array(raw, order="C", copy=None)

    def blocks(self, limit: int = 1 << 16) -> Iterator[tuple[int, Raw]]:
        """Walk through all elements in C order, in pieces of about `limit` elements.

        Yields
        ------
        offset : int
            Flat C-order position, within the cut, of the piece's first element.
        raw : ndarray
            The piece: its elements in C order are the consecutive flat positions from `offset`.
            A view if borrowed; may be 1-D or have any strides.
        """
        if self.count == 0:
            return
        if self.array is not None and self.array.flags.c_contiguous:
            flat = self.array.reshape(-1)
            for offset in range(0, flat.size, limit):
                yield offset, flat[offset : offset + limit]
            return
        # The first dim whose rows fit into one piece is cut into runs; dims before it are walked.
        sizes = [math.prod(self.shape[k:]) for k in range(len(self.shape) + 1)]
        split = next((k for k in range(len(self.shape)) if sizes[k + 1] <= limit), None)
        if split is None:  # no dims: one element
            yield 0, self.read()
            return
        run = max(1, limit // sizes[split + 1])
        for lead in np.ndindex(*self.shape[:split]):
            ones = tuple(slice(i, i + 1) for i in lead)
            base = sum(i * sizes[k + 1] for k, i in enumerate(lead))
            for start in range(0, self.shape[split], run):
                raw = self.read(*ones, slice(start, min(start + run, self.shape[split])))
                yield base + start * sizes[split + 1], raw


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

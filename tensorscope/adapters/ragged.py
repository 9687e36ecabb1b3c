"""Rows of different lengths: which places of the rectangle around them hold a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DType
from tensorscope.selection import Selection
from tensorscope.slots import Span


@dataclass(frozen=True, slots=True)
class Ragged:
    """A tensor whose rows end at different places.

    Attributes
    ----------
    values : ndarray, shape (stored, *inner dims)
        All rows, one behind the other.
    splits : tuple of ndarray of int64
        For each ragged dim, from the outside in: where its rows begin, and where the last ends.
    """

    values: NDArray[Any]
    splits: tuple[NDArray[np.int64], ...]

    @property
    def lengths(self) -> tuple[int, ...]:
        """Shape of the smallest rectangle around all rows."""
        longest = (int(np.diff(s).max()) if len(s) > 1 else 0 for s in self.splits)
        return len(self.splits[0]) - 1, *longest, *self.values.shape[1:]

    def present(self, selection: Selection) -> NDArray[np.bool_]:
        """Return which places of a selection (reduced dims whole) hold a value.

        Cost: a few arrays of the selection's size.
        """
        box = [_span(slot, n) for slot, n in zip(selection.slots, selection.lengths, strict=True)]
        held = self._find(box)[1]
        inner = tuple(span.size for span in box[held.ndim :])
        full = np.broadcast_to(held.reshape(held.shape + (1,) * len(inner)), held.shape + inner)
        return np.array(full).reshape([span.size for span in spans_of(selection)])

    def cut(self, dtype: DType, selection: Selection) -> Cut:
        """Return the selection of the rectangle; `values` must hold raw bits of `dtype`.

        Places without a value hold zero bits: ask :meth:`present` for them.
        """

        def fetch(wanted: tuple[Span, ...]) -> Raw:
            rest = iter(wanted)
            box = [_span(s, 1) if isinstance(s, int) else next(rest) for s in selection.slots]
            rows, held = self._find(box)
            inner = box[held.ndim :]
            out: Raw
            if len(self.values):
                chosen: tuple[Any, ...] = (rows, *(span.slice for span in inner))
                out = self.values[chosen]
            else:
                out = np.zeros(held.shape + tuple(span.size for span in inner), dtype.storage)
            out[~held] = b"" if dtype.kind == "O" else 0
            return out.reshape([span.size for span in wanted])

        return Cut(dtype, spans_of(selection), fetch=fetch)

    def _find(self, box: Sequence[Span]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return which row of `values` each place is, and whether it is one (else 0)."""
        rows = _places(box[0])
        held = np.ones(rows.shape, np.bool_)
        for splits, span in zip(self.splits, box[1:], strict=False):
            ends = np.append(splits, splits[-1])  # so that a place without a row can be asked for
            rows, stops = ends[rows], ends[rows + 1]
            rows = rows[..., None] + _places(span)
            held = held[..., None] & (rows < stops[..., None])
            rows[~held] = 0
        return rows, held


def _span(slot: object, length: int) -> Span:
    if isinstance(slot, Span):
        return slot
    return Span(slot, 1, 1) if isinstance(slot, int) else Span(0, 1, length)


def _places(span: Span) -> NDArray[np.int64]:
    return span.start + span.step * np.arange(span.size, dtype=np.int64)

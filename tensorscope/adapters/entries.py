"""Entries: the stored elements of a sparse tensor; searched, never made dense as a whole."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw, Stored, spans_of
from tensorscope.adapters.dtypes import DType
from tensorscope.selection import Selection
from tensorscope.slots import Span


@dataclass(frozen=True, slots=True)
class Entries:
    """Stored elements, or blocks of them, at rising places.

    Attributes
    ----------
    places : ndarray of int64, shape (stored, sparse dims)
        Coordinates in the leading dims, in C order, each once.
    values : ndarray, shape (stored, *dense dims)
        What stands there; everything else is 0.
    repeated : bool
        Whether several stored elements had to be joined at one place.
    in_order : bool
        Whether they were stored in C order.
    """

    places: NDArray[np.int64]
    values: NDArray[Any]
    repeated: bool
    in_order: bool

    @classmethod
    def gather(
        cls, places: NDArray[Any], values: NDArray[Any], lengths: tuple[int, ...]
    ) -> Entries:
        """Sort entries and add up those at the same place, in their own dtype.

        Entries outside of `lengths` are padding and dropped.

        Cost: a few copies of the stored entries.
        """
        places = np.asarray(places, np.int64)
        bounds = np.asarray(lengths[: places.shape[1]], np.int64)
        inside = ((places >= 0) & (places < bounds)).all(axis=1)
        if not inside.all():
            places, values = places[inside], values[inside]
        order = np.lexsort(places.T[::-1]) if places.shape[1] else np.arange(len(places))
        in_order = bool((order == np.arange(len(order))).all())
        if not in_order:
            places, values = places[order], values[order]
        new = np.ones(len(places), np.bool_)
        new[1:] = (places[1:] != places[:-1]).any(axis=1)
        if new.all():
            return cls(places, values, False, in_order)
        joined = values[new].copy()
        rest = ~new
        np.add.at(joined, (np.cumsum(new) - 1)[rest], values[rest])
        return cls(places[new], joined, True, in_order)

    def cut(self, dtype: DType, selection: Selection, fill: Any = 0) -> Cut:
        """Return the selection of the whole tensor; `values` must hold raw bits of `dtype`.

        fill: raw bits of everything that is not stored.

        Cost: each part that is read looks at the entries between its first and last row.
        """
        slots = selection.slots

        def fetch(wanted: tuple[Span, ...]) -> Raw:
            rest = iter(wanted)
            box = [Span(s, 1, 1) if isinstance(s, int) else next(rest) for s in slots]
            return self._dense(box, dtype, fill).reshape([span.size for span in wanted])

        def stored() -> Stored:
            flat, raw = self.stored(selection)
            places = np.unravel_index(flat, selection.shape) if selection.shape else ()
            return np.stack(places, axis=1) if places else np.zeros((len(flat), 0), np.int64), raw

        return Cut(
            dtype, spans_of(selection), fetch=fetch, stored=None if selection.reduced else stored
        )

    def stored(self, selection: Selection) -> tuple[NDArray[np.int64], Raw]:
        """Return rising flat positions, within a selection, of stored elements, and their bits.

        Cost: a few arrays of the size of `places` and `values`.
        """
        sparse = self.places.shape[1]
        inside = np.ones(len(self.places), np.bool_)
        flat = np.zeros(len(self.places), np.int64)
        for dim, slot in enumerate(selection.slots[:sparse]):
            if not isinstance(slot, Span):
                inside &= self.places[:, dim] == slot
                continue
            step, offset = np.divmod(self.places[:, dim] - slot.start, slot.step)
            inside &= (offset == 0) & (step >= 0) & (step < slot.size)
            flat = flat * slot.size + step
        values = self.values[inside]
        values = values[(slice(None), *selection.index[sparse:])]
        block = math.prod(values.shape[1:])
        flat = (flat[inside, None] * block + np.arange(block)).reshape(-1)
        order = np.argsort(flat)  # falling steps turn the order round
        return flat[order], values.reshape(-1)[order]

    def _dense(self, box: list[Span], dtype: DType, fill: Any) -> Raw:
        sparse = self.places.shape[1]
        places, values = self.places, self.values
        out = np.full([span.size for span in box], fill, dtype.storage)
        if not math.prod(out.shape):
            return out
        if sparse:
            first, last = box[0].start, box[0].start + box[0].step * (box[0].size - 1)
            low, high = np.searchsorted(places[:, 0], [first, last + 1])
            places, values = places[low:high], values[low:high]
        target = np.empty_like(places)
        inside = np.ones(len(places), np.bool_)
        for dim in range(sparse):
            span = box[dim]
            step, offset = np.divmod(places[:, dim] - span.start, span.step)
            inside &= (offset == 0) & (step >= 0) & (step < span.size)
            target[:, dim] = step
        chosen: tuple[Any, ...] = (inside, *(span.slice for span in box[sparse:]))
        out[tuple(target[inside].T)] = values[chosen]
        return out


def compressed(starts: NDArray[Any], others: NDArray[Any]) -> NDArray[np.int64]:
    """Return the places of elements that are stored row by row, or column by column.

    Parameters
    ----------
    starts : ndarray, shape (*batch, rows + 1)
        Where each row's elements begin, and where the last one's end.
    others : ndarray, shape (*batch, stored)
        The column of each element; what comes after the last row's end is padding.

    Returns
    -------
    ndarray of int64, shape (all stored, batch dims + 2)
        Batch, row, column; padding has a row after the last.
    """
    stored, rows = others.shape[-1], starts.shape[-1] - 1
    lead = coordinates(others.shape[:-1])
    ends: NDArray[np.int64] = starts.astype(np.int64)
    counts = (ends[..., 1:] - ends[..., :-1]).reshape(len(lead), rows)
    row = np.full((len(lead), stored), rows, np.int64)
    for found, count in zip(row, counts, strict=True):
        found[: count.sum()] = np.repeat(np.arange(rows), count)
    columns = (np.repeat(lead, stored, axis=0), row.reshape(-1, 1), others.reshape(-1, 1))
    return np.concatenate(columns, axis=1).astype(np.int64)


def coordinates(lengths: tuple[int, ...]) -> NDArray[np.int64]:
    """Return all places of a shape in C order, shape (count, dims)."""
    return np.argwhere(np.ones(lengths, np.bool_))

"""Blocks: a plane bounded to few cells, each keeping the extremes and what is not finite.

Rows are folded first, along memory, so that every element is read once and in order; the columns
of what is left are few. A plane that lies transposed in memory is folded the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.kernels.bits import Bits
from tensorscope.kernels.encode import encode
from tensorscope.kernels.predicate import numbers, quiet

#: Elements looked at together; a piece stays in the cache while it is folded several times.
PIECE = 1 << 16
#: A piece has at least so many columns, if there are: shorter stretches of memory are slow.
_NARROW = 1 << 8
#: Up to so many columns a block, whole strided columns are folded; above, runs are.
_STRIDED = 32

#: Bits of a cell's flags. A masked place holds no value; NONE: no finite one in a block.
NAN, POSINF, NEGINF, NONE, MASKED = 1, 2, 4, 8, 16


@dataclass(frozen=True, slots=True)
class Blocks:
    """What is left of a plane.

    Attributes
    ----------
    low, high : ndarray
        Raw bits of each block's finite extremes; 0 where there is none. Complex: magnitudes.
    flags : ndarray of uint8
        1 NaN, 2 +Inf, 4 −Inf, 8 no finite element.
    mask : ndarray of uint8 or None
        Which conditions hold for any element of the block, one bit each.
    """

    low: Raw
    high: Raw
    flags: NDArray[np.uint8]
    mask: NDArray[np.uint8] | None


@dataclass(slots=True)
class Folded:
    """Extremes so far, in numbers that compute; +Inf below −Inf where there is no finite one."""

    low: NDArray[Any]
    high: NDArray[Any]
    flags: NDArray[np.uint8]
    mask: NDArray[np.uint8] | None

    @classmethod
    def empty(cls, dtype: DType, cells: tuple[int, int], masked: bool) -> Folded:
        """Return what is known before anything was looked at."""
        like = comparable(dtype, np.empty(0, dtype.storage)).dtype
        if like.kind == "f":
            first, last = np.inf, -np.inf
        elif like.kind == "b":
            first, last = True, False
        else:
            first, last = np.iinfo(like).max, np.iinfo(like).min
        return cls(
            np.full(cells, first, like), np.full(cells, last, like), np.zeros(cells, np.uint8),
            np.zeros(cells, np.uint8) if masked else None,
        )  # fmt: skip

    def turned(self) -> Folded:
        """Return the same with rows and columns exchanged."""
        mask = None if self.mask is None else self.mask.T
        return Folded(self.low.T, self.high.T, self.flags.T, mask)

    def spread(self, cells: tuple[int, int]) -> Folded:
        """Return the same for so many cells: dims of one cell are repeated."""
        arrays = (self.low, self.high, self.flags)
        low, high, flags = (np.broadcast_to(a, cells).copy() for a in arrays)
        mask = None if self.mask is None else np.broadcast_to(self.mask, cells).copy()
        return Folded(low, high, flags, mask)

    def join(self, other: Folded, place: tuple[slice, ...] = (slice(None), slice(None))) -> None:
        """Take in what is known of the cells at a place."""
        np.minimum(self.low[place], other.low, out=self.low[place])
        np.maximum(self.high[place], other.high, out=self.high[place])
        self.flags[place] |= other.flags
        if self.mask is not None and other.mask is not None:
            self.mask[place] |= other.mask

    def blocks(self, dtype: DType) -> Blocks:
        """Return what was found, as raw bits."""
        low, high, flags = self.low, self.high, self.flags
        none = low > high
        flags[none] |= NONE
        low[none] = high[none] = 0
        if dtype.kind != "c":
            low, high = encode(dtype, low), encode(dtype, high)
        return Blocks(low, high, flags, self.mask)


def fold_part(
    raw: Raw,
    dtype: DType,
    begin: tuple[int, int],
    block: tuple[int, int],
    bits: Bits | None = None,
    aside: NDArray[np.uint8] | None = None,
) -> Folded:
    """Bound a part of a plane to one cell a block.

    Parameters
    ----------
    raw : ndarray
        Its raw bits, of any strides; rows along memory are fast.
    begin : tuple of int
        Row and column, in the plane, at which the part begins: blocks begin at the plane's corner.
    block : tuple of int
        Rows and columns of a block.
    bits : Bits, optional
        What `mask` shows.
    aside : ndarray, optional
        Flags of the places that count as no number, whatever their bits; 0 for the others.

    Returns
    -------
    Folded
        Of the cells that the part reaches into.

    Notes
    -----
    Cost: every element is read once; temporaries of a piece, whatever the size.
    """
    spans = tuple(
        (start, start + size, b) for start, size, b in zip(begin, raw.shape, block, strict=True)
    )
    cells = tuple(-(-stop // b) - start // b for start, stop, b in spans)
    work = _Work(raw, dtype, (cells[0], cells[1]), begin, block, bits, aside)
    wide = max(1, PIECE // block[1]) * block[1] if block[1] <= PIECE else PIECE
    for left, right in _aligned(*spans[1], wide):
        tall = max(1, PIECE // (right - left)) * block[0]
        for top, bottom in _aligned(*spans[0], tall):
            work.take((top, bottom), (left, right))
    return work.folded


def _aligned(start: int, stop: int, block: int, step: int) -> Iterator[tuple[int, int]]:
    """Cut a part of a length into what begins within a block, and stretches of whole ones."""
    if start % block:
        end = min(stop, (start // block + 1) * block)
        for first, last in _stretches(end - start, step, block):
            yield start + first, start + last
        start = end
    for first, last in _stretches(stop - start, step, block):
        yield start + first, start + last


def _stretches(size: int, step: int, block: int) -> Iterator[tuple[int, int]]:
    """Cut a length into stretches of whole blocks, or of parts of one block."""
    start = 0
    while start < size:
        end = min(start + step, size)
        if step < block:
            end = min(end, (start // block + 1) * block)
        yield start, end
        start = end


class _Work:
    """Folds a part of a plane, piece by piece; rows and columns are the plane's."""

    def __init__(
        self,
        raw: Raw,
        dtype: DType,
        cells: tuple[int, int],
        begin: tuple[int, int],
        block: tuple[int, int],
        bits: Bits | None,
        aside: NDArray[np.uint8] | None,
    ) -> None:
        self.raw, self.dtype, self.begin = raw, dtype, begin
        self.block, self.bits, self.aside = block, bits, aside
        self.folded = Folded.empty(dtype, cells, bits is not None)
        like = self.folded.low.dtype.type
        self.floats = self.folded.low.dtype.kind == "f"
        nothing = Folded.empty(dtype, (1, 1), False)
        self.first, self.last = like(nothing.low[0, 0]), like(nothing.high[0, 0])

    def take(self, rows: tuple[int, int], columns: tuple[int, int]) -> None:
        """Fold rows of a part of the plane, then the columns of what is left of them."""
        height = -(-(rows[1] - rows[0]) // self.block[0])
        size = (height, columns[1] - columns[0])
        like = self.folded.low.dtype
        low, high = np.empty(size, like), np.empty(size, like)
        outs: list[tuple[np.ufunc, NDArray[Any]]] = [(np.minimum, low), (np.maximum, high)]
        mask = None if self.bits is None else np.empty(size, np.uint8)
        put_aside = None if self.aside is None else np.empty(size, np.uint8)
        self._fold_rows(rows, columns, outs, mask, put_aside=put_aside)
        place = tuple(
            slice(start // b - first // b, -(-stop // b) - first // b)
            for (start, stop), first, b in zip((rows, columns), self.begin, self.block, strict=True)
        )
        into = self.folded
        if put_aside is not None:
            into.flags[place] |= _fold_columns(np.bitwise_or, put_aside, self.block[1])
        if self.floats and not (np.isfinite(low).all() and np.isfinite(high).all()):
            flags = self._careful(rows, columns, low, high)
            into.flags[place] |= _fold_columns(np.bitwise_or, flags, self.block[1])
        for ufunc, target, part in (
            (np.minimum, into.low, low), (np.maximum, into.high, high),
        ):  # fmt: skip
            ufunc(target[place], _fold_columns(ufunc, part, self.block[1]), out=target[place])
        if mask is not None and into.mask is not None:
            into.mask[place] |= _fold_columns(np.bitwise_or, mask, self.block[1])

    def _careful(
        self,
        rows: tuple[int, int],
        columns: tuple[int, int],
        low: NDArray[Any],
        high: NDArray[Any],
    ) -> NDArray[np.uint8]:
        """Fold rows that hold NaN or Inf again: finite extremes (into low, high), and flags."""
        flags: NDArray[np.uint8] = np.isnan(low) * np.uint8(
            NAN
        )  # minimum and maximum let NaN through
        outs: list[tuple[np.ufunc, NDArray[Any]]] = [(np.fmin, low), (np.fmax, high)]
        if np.isnan(low).any():
            self._fold_rows(rows, columns, outs, None, careful=True)
        flags |= (high == np.inf) * np.uint8(POSINF) | (low == -np.inf) * np.uint8(NEGINF)
        if (flags > NAN).any():
            self._fold_rows(rows, columns, outs, None, careful=True, finite=True)
        none = np.isnan(low)
        low[none], high[none] = np.inf, -np.inf
        return flags

    def _fold_rows(
        self,
        rows: tuple[int, int],
        columns: tuple[int, int],
        outs: list[tuple[np.ufunc, NDArray[Any]]],
        mask: NDArray[np.uint8] | None,
        careful: bool = False,
        finite: bool = False,
        put_aside: NDArray[np.uint8] | None = None,
    ) -> None:
        """Fold each block of rows to one row, piece by piece.

        careful: there is NaN; finite: take Inf for NaN too.
        """
        size = self.block[0]
        for top, bottom, left, right in _pieces(rows, columns, size):
            part = (
                slice(top - self.begin[0], bottom - self.begin[0]),
                slice(left - self.begin[1], right - self.begin[1]),
            )
            raw = self.raw[part]
            values = comparable(self.dtype, raw)
            if careful:
                values = quiet(values)
            if finite:
                values = np.where(np.isinf(values), np.nan, values)
            first = (top - rows[0]) // size
            place = (
                slice(first, first + max(1, (bottom - top) // size)),
                slice(left - columns[0], right - columns[0]),
            )
            fresh = (top - rows[0]) % size == 0
            apart = None if self.aside is None else self.aside[part]
            if apart is not None and put_aside is not None:
                _fold_block(np.bitwise_or, apart, size, put_aside[place], fresh)
            for ufunc, out in outs:
                counted = values
                if apart is not None:  # what counts as no number is never the extreme
                    least = ufunc in (np.minimum, np.fmin)
                    counted = np.where(apart != 0, self.first if least else self.last, values)
                _fold_block(ufunc, counted, size, out[place], fresh)
            if mask is not None and self.bits is not None:
                hits = self.bits.of(raw)
                if apart is not None:
                    hits = hits * ((apart & MASKED) == 0)
                _fold_block(np.bitwise_or, hits, size, mask[place], fresh)


def _pieces(
    rows: tuple[int, int], columns: tuple[int, int], size: int
) -> Iterator[tuple[int, int, int, int]]:
    """Cut into pieces of whole blocks of `size` rows, one short block, or parts of a block."""
    width = columns[1] - columns[0]
    wide = min(width, max(_NARROW, PIECE // size))
    step = max(1, PIECE // wide)
    tall = step - step % size if step >= size else step
    for left in range(columns[0], columns[1], wide):
        right = min(left + wide, columns[1])
        for top, bottom in _stretches(rows[1] - rows[0], tall, size):
            whole = bottom - (bottom - top) % size if bottom - top > size else bottom
            yield rows[0] + top, rows[0] + whole, left, right
            if whole < bottom:
                yield rows[0] + whole, rows[0] + bottom, left, right


def comparable(dtype: DType, raw: Raw) -> NDArray[Any]:
    """Return numbers with an order: complex as magnitudes in float64."""
    if dtype.kind == "c":
        wide = raw.astype(np.complex128)
        return np.hypot(wide.real, wide.imag)
    return numbers(dtype, raw)


def _fold_block(
    ufunc: np.ufunc, values: NDArray[Any], size: int, out: NDArray[Any], fresh: bool
) -> None:
    """Fold whole blocks of rows, or (a part of) one, into rows of `out`.

    fresh: `out` holds nothing yet, else this is more of the same block.
    """
    rows, columns = values.shape
    if rows > size:
        ufunc.reduce(values.reshape(rows // size, size, columns), axis=1, out=out)
        return
    group = 1024 // columns
    if group > 1 and rows >= 4 * group and values.flags.c_contiguous:
        # A narrow block: fold it as a wide one first, so that each step does more.
        even = rows // group * group
        wide = ufunc.reduce(values[:even].reshape(-1, group * columns), axis=0)
        values = np.concatenate([wide.reshape(group, columns), values[even:]])
    if fresh:
        ufunc.reduce(values, axis=0, out=out[0])
    else:
        ufunc(out[0], ufunc.reduce(values, axis=0), out=out[0])


def _fold_columns(ufunc: np.ufunc, values: NDArray[Any], size: int) -> NDArray[Any]:
    columns = values.shape[1]
    if size == 1:
        return values
    if size > _STRIDED:
        result: NDArray[Any] = ufunc.reduceat(values, np.arange(0, columns, size), axis=1)
        return result
    whole = columns // size
    parts = []
    if whole:
        body = values[:, : whole * size]
        folded = body[:, ::size].copy()
        for k in range(1, size):
            ufunc(folded, body[:, k::size], out=folded)
        parts.append(folded)
    if whole * size < columns:
        parts.append(ufunc.reduce(values[:, whole * size :], axis=1, keepdims=True))
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

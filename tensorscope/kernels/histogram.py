"""Histogram: exact counts in at most 64 bins over the finite range.

For floats the bin of x is the whole part of ``(x − low) × scale`` in the data's own precision.
That rises with x, rounding or not; so each bin is an interval, and its edge is *found*, by
bisection over the representable numbers: the counts are exact for the edges that are returned.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.dtypes import DType
from tensorscope.kernels.predicate import numbers
from tensorscope.kernels.walk import PIECE, Walk

BINS = 64

Histogram = tuple[NDArray[np.int64], NDArray[np.float64]]


@np.errstate(invalid="ignore", over="ignore")
def histogram(walk: Walk, low: Any, high: Any, bad: bytearray) -> Histogram | None:
    """Count the finite elements of a walk.

    Parameters
    ----------
    walk : Walk
        Over a real dtype.
    low, high : int, float or None
        The finite extremes; None if there is no finite element.
    bad : bytearray
        One byte a piece: whether it holds NaN or Inf.

    Returns
    -------
    counts : ndarray of int64
    edges : ndarray of float64
        One more than counts; bin i is ``edges[i] <= x < edges[i + 1]``, the last one closed.
        Whole numbers have edges half-way between them, and one bin each if 64 suffice.

    Notes
    -----
    Cost: one pass.
    """
    if low is None:
        return None
    bin_of, edges = bins_of(walk.dtype, low, high)
    counts = _count(walk, bad, bin_of)
    bins = len(edges) - 1
    counts[bins - 1] += counts[bins:].sum()  # high itself may land one further
    return counts[:bins], edges


def bins_of(
    dtype: DType, low: Any, high: Any
) -> tuple[Callable[[NDArray[Any]], NDArray[np.uint8]], NDArray[np.float64]]:
    """Return which bin each number of a finite range falls into, and the edges of the bins."""
    if dtype.kind in "iub":
        return _whole_bins(int(low), int(high), dtype.storage)
    if low == high:
        half = 0.5 if abs(low) < 2.0**40 else abs(low) / 1024
        top = sys.float_info.max
        edges = np.array([max(low - half, -top), min(low + half, top)])
        return lambda x: np.zeros(x.size, np.uint8), edges
    precision = numbers(dtype, np.empty(0, dtype.storage)).dtype
    return _float_bins(low, high, precision, PIECE)


def _count(
    walk: Walk, bad: bytearray, bin_of: Callable[[NDArray[Any]], NDArray[np.uint8]]
) -> NDArray[np.int64]:
    counts = np.zeros(BINS + 1, np.int64)
    # Two bins at a time: half as many steps, and no runs of one counter. Two pieces at a time:
    # the table of pairs is added up half as often.
    pairs = np.zeros((BINS + 1) * 256, np.int64)
    bins = np.empty(2 * PIECE, np.uint8)
    filled = 0
    for number, (_, raw) in enumerate(walk):
        values = numbers(walk.dtype, raw)
        if bad[number]:
            values = values[np.isfinite(values)]
        for start in range(0, values.size, PIECE):
            part = values[start : start + PIECE]
            bins[filled : filled + part.size] = bin_of(part)
            filled += part.size
            if filled > PIECE:
                filled = _empty(bins, filled, pairs, counts)
    _empty(bins, filled, pairs, counts)
    table = pairs.reshape(BINS + 1, 256)
    counts += table.sum(axis=0)[: BINS + 1] + table.sum(axis=1)
    return counts * walk.copies


def _empty(
    bins: NDArray[np.uint8], filled: int, pairs: NDArray[np.int64], counts: NDArray[np.int64]
) -> int:
    """Count the bins that were filled; return how many are filled then."""
    even = filled & ~1
    if filled > even:
        counts[bins[even]] += 1
    if even:
        seen = np.bincount(bins[:even].view(np.uint16))
        pairs[: len(seen)] += seen
    return 0


def _whole_bins(
    low: int, high: int, storage: np.dtype[Any]
) -> tuple[Callable[[NDArray[Any]], NDArray[np.uint8]], NDArray[np.float64]]:
    span = high - low + 1
    width = -(-span // BINS)
    bins = -(-span // width)
    edges = np.array([float(low + width * k) - 0.5 for k in range(bins + 1)])
    if storage.kind == "b":
        return lambda x: x.view(np.uint8), edges
    unsigned = np.dtype(f"u{storage.itemsize}")
    start = unsigned.type(low % (1 << 8 * storage.itemsize))
    step = unsigned.type(width)

    def bin_of(values: NDArray[Any]) -> NDArray[np.uint8]:
        above = values.view(unsigned) - start  # wraps to the exact distance
        if width > 1:
            np.floor_divide(above, step, out=above)
        bins: NDArray[np.uint8] = above.astype(np.uint8)
        return bins

    return bin_of, edges


def _float_bins(
    low: float, high: float, dtype: np.dtype[Any], size: int
) -> tuple[Callable[[NDArray[Any]], NDArray[np.uint8]], NDArray[np.float64]]:
    limit = float(np.finfo(dtype).max)
    if dtype == np.float32 and not 2.0**-100 < high - low < limit:
        dtype = np.dtype(np.float64)  # the span or its inverse would overflow
    # A power of two first, where even float64 would overflow or vanish.
    exponent = max(math.frexp(high / 4 - low / 4)[1] + 2, -1000)
    power = dtype.type(2.0**-exponent) if abs(exponent) > 900 else None
    factor = 1.0 if power is None else float(power)
    start = dtype.type(low * factor)
    scale = dtype.type(BINS / (high * factor - low * factor))
    room = np.empty(size, dtype)

    def bin_of(values: NDArray[Any]) -> NDArray[np.uint8]:
        if power is not None:
            values = values * power
        place = np.subtract(values, start, out=room[: values.size], dtype=dtype)
        np.multiply(place, scale, out=place)
        bins: NDArray[np.uint8] = place.astype(np.uint8)
        return bins

    return bin_of, _found_edges(bin_of, low, high, dtype)


def _found_edges(
    bin_of: Callable[[NDArray[Any]], NDArray[np.uint8]],
    low: float,
    high: float,
    dtype: np.dtype[Any],
) -> NDArray[np.float64]:
    """Return, for each bin, the smallest representable number in it."""
    wanted = np.arange(1, BINS)
    below = np.full(BINS - 1, _ordinal(dtype.type(low)))
    reached = np.full(BINS - 1, _ordinal(dtype.type(high)))
    while (below + 1 < reached).any():
        middle = (below >> 1) + (reached >> 1) + (below & reached & 1)
        inside = bin_of(_from_ordinal(middle, dtype)) >= wanted
        reached = np.where(inside, middle, reached)
        below = np.where(inside, below, middle)
    found = _from_ordinal(reached, dtype).astype(np.float64)
    return np.concatenate([[low], found, [high]])


def _ordinal(value: Any) -> np.int64:
    """Return the place of a float among all floats of its dtype."""
    bits = np.int64(value.view(f"i{value.dtype.itemsize}"))
    return bits if bits >= 0 else np.int64(-(2 ** (8 * value.dtype.itemsize - 1)) - bits - 1)


def _from_ordinal(places: NDArray[np.int64], dtype: np.dtype[Any]) -> NDArray[Any]:
    least = -(2 ** (8 * dtype.itemsize - 1))
    bits = np.where(places >= 0, places, least - (places + 1))
    return bits.astype(f"i{dtype.itemsize}").view(dtype)

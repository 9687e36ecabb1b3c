"""Bins: fine exact counts that grow with the range, so that one pass makes a histogram.

The range of a stored array is not known before all of it was read, and reading it twice is what
nobody wants. So each tile counts on a grid of its own, of whole multiples of a power of two; where
tiles are joined the finer grid folds into the coarser, and no count is lost. At the end the 64
bins of the histogram are made of some ten thousand fine ones: exact counts, for edges that lie on
the grid (at most 1/128 of a bin from where they would lie evenly). Formats of 16 bits and less are
counted by their bits, whole numbers of a narrow range one by one: the same as in memory.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.dtypes import DType
from tensorscope.kernels.histogram import BINS, Histogram, bins_of

#: Fine bins at most.
_FINE = 1 << 14
#: Whole numbers are counted one by one over at most such a range.
_SINGLE = 1 << 16


class Bins:
    """Counts of finite numbers.

    Attributes
    ----------
    exponent : int
        Fine bins are ``2**exponent`` wide.
    base : int
        The first bin begins at ``base × 2**exponent``.
    counts : ndarray of int64
    by_bits : bool
        Whether raw bits are counted, whatever they mean.
    """

    def __init__(self, dtype: DType, exponent: int, base: int, counts: NDArray[np.int64]) -> None:
        self.dtype, self.exponent, self.base, self.counts = dtype, exponent, base, counts
        self.by_bits = by_bits(dtype)

    @classmethod
    def start(cls, dtype: DType, low: Any, high: Any) -> Bins:
        """Return empty bins that hold a range; None, None where nothing is finite."""
        if by_bits(dtype):
            size = 1 << 8 * dtype.storage.itemsize
            return cls(dtype, 0, 0, np.zeros(size, np.int64))
        if low is None:
            return cls(dtype, _LEAST, 0, np.zeros(0, np.int64))
        exponent = _exponent(dtype, low, high)
        base = _index(low, exponent)
        size = _index(high, exponent) - base + 1
        return cls(dtype, exponent, base, np.zeros(size, np.int64))

    def add(self, values: NDArray[Any]) -> None:
        """Count numbers (or raw bits) that lie in the range."""
        if self.by_bits:
            bits = values.view(f"u{values.dtype.itemsize}")
            self.counts += np.bincount(bits, minlength=len(self.counts))
        elif values.size:
            places = self._places(values)
            self.counts += np.bincount(places, minlength=len(self.counts))

    def _places(self, values: NDArray[Any]) -> NDArray[np.intp]:
        if values.dtype.kind in "iu":
            unsigned = np.dtype(f"u{values.dtype.itemsize}")
            start = (self.base << self.exponent) % (1 << 8 * values.dtype.itemsize)
            above = values.view(unsigned) - unsigned.type(start)  # wraps to the exact distance
            shifted: NDArray[np.intp] = (above >> unsigned.type(self.exponent)).astype(np.intp)
            return shifted
        scaled: NDArray[Any]
        if values.dtype == np.float32 and -100 < self.exponent <= 0:
            # The index of a float32 has at most 24 bits: the product and the floor are exact.
            scaled = values * np.float32(2.0**-self.exponent)
        elif abs(self.exponent) < 1000:
            scaled = values * 2.0**-self.exponent
        else:
            scaled = np.ldexp(values.astype(np.float64), -self.exponent)
        np.floor(scaled, out=scaled)
        if self.exponent > 0:  # what vanished from below 0 is not in the bin that begins there
            scaled[(scaled == 0) & (values < 0)] = -1
        if abs(self.base) > 1 << 23:
            scaled = scaled.astype(np.float64)
        return (scaled - scaled.dtype.type(self.base)).astype(np.intp)

    def join(self, other: Bins) -> Bins:
        """Return both together."""
        if self.by_bits:
            self.counts += other.counts
            return self
        if not len(self.counts) or not len(other.counts):
            return self if len(self.counts) else other
        exponent = max(self.exponent, other.exponent)
        while True:
            low = min(_down(b.base, exponent - b.exponent) for b in (self, other))
            high = max(
                _down(b.base + len(b.counts) - 1, exponent - b.exponent) for b in (self, other)
            )
            if high - low < (_SINGLE if exponent == 0 and self.dtype.kind in "iub" else _FINE):
                break
            exponent += 1
        counts = np.zeros(high - low + 1, np.int64)
        for bins in (self, other):
            shift = exponent - bins.exponent
            first = _down(bins.base, shift)
            if shift == 0:
                counts[first - low : first - low + len(bins.counts)] += bins.counts
                continue
            # Where the first of these begins within a coarser one; beyond that, all fall in one.
            offset = bins.base - (first << shift) if shift < 60 else 0
            places = (np.arange(len(bins.counts)) + min(offset, 1 << 61)) >> min(shift, 62)
            np.add.at(counts, places + (first - low), bins.counts)
        return Bins(self.dtype, exponent, low, counts)

    def finish(self, low: Any, high: Any) -> Histogram:
        """Return at most 64 bins over the range."""
        if self.by_bits:
            return self._from_bits(low, high)
        if self.dtype.kind not in "iub" and low == high:
            edges = bins_of(self.dtype, low, high)[1]
            return np.array([int(self.counts.sum())], np.int64), edges
        if self.dtype.kind in "iub" and self.exponent == 0:
            places = np.arange(len(self.counts))
            span = int(high) - int(low) + 1
            width = -(-span // BINS)
            bins = -(-span // width)
            edges = np.array([float(int(low) + width * k) - 0.5 for k in range(bins + 1)])
            return np.bincount(places // width, self.counts, bins).astype(np.int64), edges
        whole = self.dtype.kind in "iub"
        first, last = self.base, self.base + len(self.counts)
        even = [_even(low, high, k, whole) for k in range(1, BINS)]
        inside = (min(max(_nearest(e, self.exponent), first), last) for e in even)
        wanted = [first, *inside, last]
        below = np.concatenate([[0], np.cumsum(self.counts)])
        counts = np.diff(below[[w - first for w in wanted]])
        if whole:
            inner = [float(w << self.exponent) - 0.5 for w in wanted[1:-1]]
            return counts, np.array([int(low) - 0.5, *inner, int(high) + 0.5])
        inner = [math.ldexp(w, self.exponent) for w in wanted[1:-1]]
        return counts, np.array([low, *inner, high])

    def _from_bits(self, low: Any, high: Any) -> Histogram:
        patterns = np.arange(len(self.counts)).astype(f"u{self.dtype.storage.itemsize}")
        values = self.dtype.decode(patterns.view(self.dtype.storage))
        if self.dtype.name == "float16":
            values = values.astype(np.float32)
        kept = np.isfinite(values) & (self.counts > 0)
        bin_of, edges = bins_of(self.dtype, low, high)
        counts = np.zeros(BINS + 1, np.int64)
        np.add.at(counts, bin_of(values[kept]), self.counts[kept])
        bins = len(edges) - 1
        counts[bins - 1] += counts[bins:].sum()
        return counts[:bins], edges


#: The exponent of bins that hold nothing: below that of any number.
_LEAST = -5000


def by_bits(dtype: DType) -> bool:
    """Return whether there are so few bit patterns that each can be counted."""
    return dtype.storage.itemsize <= 2


def _exponent(dtype: DType, low: Any, high: Any) -> int:
    """Return the finest power of two on whose grid a range has few bins, exactly."""
    if dtype.kind in "iub":
        span = int(high) - int(low)
        return 0 if span < _SINGLE // 2 else max(0, (span // (_FINE // 2)).bit_length())
    largest = max(abs(low), abs(high))
    bits = 24 if dtype.numpy == np.float32 else 53
    # No finer than the numbers themselves: an index has to be exact.
    finest = math.frexp(largest)[1] - bits if largest else -1074
    span = high / 2 - low / 2
    coarse = math.frexp(span)[1] + 2 - _FINE.bit_length() + 1 if span else finest
    return max(finest, coarse, -1074)


def _index(value: Any, exponent: int) -> int:
    """Return the number of the bin that holds a value, exactly."""
    if isinstance(value, float):
        top, bottom = value.as_integer_ratio()
        if exponent >= 0:
            return top // (bottom << exponent)
        return (top << -exponent) // bottom
    return int(value) >> exponent if exponent >= 0 else int(value) << -exponent


def _even(low: Any, high: Any, k: int, whole: bool) -> Any:
    """Return where edge `k` lies if all bins are of one width."""
    if whole:
        return int(low) + (int(high) - int(low)) * k // BINS
    return low * (1 - k / BINS) + high * (k / BINS)


def _nearest(value: Any, exponent: int) -> int:
    """Return the number of the bin that begins nearest to a value."""
    return (_index(value, exponent - 1) + 1) >> 1


def _down(index: int, shift: int) -> int:
    return index >> shift

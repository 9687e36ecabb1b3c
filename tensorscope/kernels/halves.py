"""Half-precision floats as float32, fast: NumPy's own conversion is the slowest of all dtypes.

A half's bits, moved to a float32's places, are the same number times 2⁻¹¹²: its exponent counts
from 15 and not from 127 (IEEE 754-2019). NaN and Inf, and processors that were told to flush
subnormal numbers, take a table of all bit patterns instead.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SMALL = 1 << 12
_KEPT = np.uint32(0x8FFFFFFF).astype(np.int32)  # sign, exponent, mantissa; not the sign's copies
_SCALE = np.float32(2.0**112)


def widen(raw: NDArray[Any]) -> NDArray[np.float32]:
    """Return halves of any shape as float32, exactly.

    Cost: an array of twice the size of `raw`, and one of its size.
    """
    if raw.size < _SMALL:
        return raw.astype(np.float32)
    bits = raw.view(np.int16)
    if int((bits & 0x7FFF).max()) >= 0x7C00 or _flushes():
        return _table().take(raw.view(np.uint16))
    moved = bits.astype(np.int32)
    np.left_shift(moved, 13, out=moved)
    np.bitwise_and(moved, _KEPT, out=moved)
    values: NDArray[np.float32] = moved.view(np.float32)
    np.multiply(values, _SCALE, out=values)
    return values


def _flushes() -> bool:
    """Return whether this thread takes subnormal numbers for 0."""
    return bool(np.multiply(np.full(4, 1e-40, np.float32), np.float32(1))[0] == 0)


@cache
def _table() -> NDArray[np.float32]:
    """Return the value of each bit pattern."""
    return np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)

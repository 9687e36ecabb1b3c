"""Blocks of a sparse plane, from what it stores: its zeros are counted, not looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.kernels.bits import Bits
from tensorscope.kernels.blocks import NAN, NEGINF, NONE, POSINF, Blocks, comparable
from tensorscope.kernels.encode import encode


def fold_entries(
    places: NDArray[np.int64],
    raw: Raw,
    dtype: DType,
    shape: tuple[int, int],
    block: tuple[int, int],
    bits: Bits | None = None,
) -> Blocks:
    """Bound a plane to one cell a block, as `fold_plane` does.

    Parameters
    ----------
    places : ndarray of int64, shape (stored, 2)
        Row and column of each stored element, within the plane, each place once.
    raw : ndarray, shape (stored,)
        Their bits.
    shape, block : tuple of int
        Rows and columns, of the plane and of a block; neither is 0.
    bits : Bits, optional
        What the mask shows.

    Notes
    -----
    Cost: a few arrays of the size of what is stored, and of the blocks.
    """
    cells = (-(-shape[0] // block[0]), -(-shape[1] // block[1]))
    cell = places[:, 0] // block[0] * cells[1] + places[:, 1] // block[1]
    count = cells[0] * cells[1]
    heights = np.minimum(block[0], shape[0] - block[0] * np.arange(cells[0]))
    widths = np.minimum(block[1], shape[1] - block[1] * np.arange(cells[1]))
    full = np.bincount(cell, minlength=count) >= np.outer(heights, widths).ravel()

    values = comparable(dtype, raw)
    finite = np.isfinite(values)
    seen = np.zeros(count, np.bool_)
    seen[cell[finite]] = True
    low, high = np.zeros(count, values.dtype), np.zeros(count, values.dtype)
    # Where no zero is left over, the extremes begin with one of the stored elements.
    low[cell[finite]] = np.where(full[cell[finite]], values[finite], 0)
    high[:] = low
    np.minimum.at(low, cell[finite], values[finite])
    np.maximum.at(high, cell[finite], values[finite])

    flags = np.zeros(count, np.uint8)
    flags[full & ~seen] = NONE
    for flag, held in (
        (NAN, np.isnan(values)), (POSINF, values == np.inf), (NEGINF, values == -np.inf),
    ):  # fmt: skip
        flags[cell[held]] |= np.uint8(flag)
    mask = None
    if bits is not None:
        mask = np.where(full, np.uint8(0), bits.at_zero)
        np.bitwise_or.at(mask, cell, bits.of(raw))
        mask = mask.reshape(cells)
    if dtype.kind != "c":
        low, high = encode(dtype, low), encode(dtype, high)
    return Blocks(low.reshape(cells), high.reshape(cells), flags.reshape(cells), mask)

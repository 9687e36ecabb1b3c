"""Frame: what a viewport shows of a picture, never more than its device pixels.

Where a cell has a pixel, its value travels as it is. Where it has not, blocks of cells do, each
with its finite extremes and with flags for NaN and infinities, so that nothing is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.dtypes import DTYPES, DType
from tensorscope.condition import Condition
from tensorscope.kernels.plane import PlaneWork
from tensorscope.kernels.predicate import Predicate


@dataclass(frozen=True, slots=True)
class Frame:
    """Cells, or blocks of cells, of a picture; all arrays are own, C-contiguous, of `shape`.

    Attributes
    ----------
    dtype : DType
        Element type of `values`, or of `lo` and `hi` (complex: float64 magnitudes).
    shape : tuple of int
        Tiles, rows, columns.
    rect : tuple of int
        Picture positions covered: first row, row after the last, first column, column after.
    block : tuple of int
        Rows and columns of the picture that one cell of the frame stands for.
    values : ndarray or None
        Raw bits, where `block` is ``(1, 1)``.
    lo, hi : ndarray or None
        Raw bits of each block's finite extremes, otherwise.
    flags : ndarray of uint8 or None
        With them: 1 NaN, 2 +Inf, 4 −Inf, 8 no finite value.
    mask : ndarray of uint8 or None
        1 where the condition holds, for any cell of the block.
    """

    dtype: DType
    shape: tuple[int, int, int]
    rect: tuple[int, int, int, int]
    block: tuple[int, int]
    values: Raw | None = None
    lo: Raw | None = None
    hi: Raw | None = None
    flags: NDArray[np.uint8] | None = None
    mask: NDArray[np.uint8] | None = None


@np.errstate(invalid="ignore", over="ignore")  # NaN and Inf are answers, not accidents
def frame(
    cut: Cut,
    rows: tuple[int, int],
    columns: tuple[int, int],
    px: tuple[int, int],
    tiles: tuple[int, int] | None = None,
    condition: Condition | None = None,
) -> Frame:
    """Frame a part of a picture.

    Parameters
    ----------
    cut : Cut
        The picture: tiles, rows, columns.
    rows, columns, tiles : tuple of int
        Positions ``[start, end)`` that are visible, within the cut.
    px : tuple of int
        Width and height, in device pixels, of one tile.
    condition : Condition, optional
        What the mask shows.

    Returns
    -------
    Frame

    Raises
    ------
    ConditionError
        The condition does not fit the cut's dtype.

    Notes
    -----
    Cost: one copy of the visible cells if they fit; else one pass over them in the order of
    memory, with temporaries of 64 k elements; each stored chunk is read once.
    """
    tiles = tiles if tiles is not None else (0, cut.shape[0])
    predicate = None if condition is None else Predicate(condition, cut.dtype)
    size = (rows[1] - rows[0], columns[1] - columns[0])
    block = (_block(size[0], px[1]), _block(size[1], px[0]))
    rect = (*rows, *columns)
    count = tiles[1] - tiles[0]
    if count == 0:
        block = (1, 1)
    if block == (1, 1):
        values = np.array(cut.read(slice(*tiles), slice(*rows), slice(*columns)), order="C")
        mask = None if predicate is None else predicate.mask(values).view(np.uint8)
        return Frame(cut.dtype, values.shape, rect, block, values=values, mask=mask)
    part = cut.part(slice(*tiles), slice(*rows), slice(*columns))
    work = PlaneWork(cut.dtype, (count, *size), block, predicate)
    planes = work.finish(part.fold(work))
    shape = (count, -(-size[0] // block[0]), -(-size[1] // block[1]))

    def stack(name: str) -> NDArray[Any]:
        parts = [getattr(plane, name) for plane in planes]
        return np.ascontiguousarray(parts[0])[None] if count == 1 else np.stack(parts)

    return Frame(
        DTYPES["float64"] if cut.dtype.kind == "c" else cut.dtype,
        shape,
        rect,
        block,
        lo=stack("low"),
        hi=stack("high"),
        flags=stack("flags"),
        mask=None if predicate is None else stack("mask").view(np.uint8),
    )


def _block(cells: int, pixels: int) -> int:
    """Return how many cells must share a pixel."""
    return max(1, -(-cells // max(1, pixels)))

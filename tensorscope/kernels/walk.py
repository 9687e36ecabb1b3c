"""Walk: all elements of a cut in short contiguous pieces that can be read in any order.

A piece is small enough to stay in the processor's cache while several passes go over it, so that
memory is read once and no temporary grows with the tensor.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.dtypes import DType

#: Elements a piece: at 8 bytes each, one piece and its masks fit into a second-level cache.
PIECE = 1 << 16


class Walk:
    """Pieces of a cut.

    Parameters
    ----------
    cut : Cut
        What to walk over: one with an `array`. It must stay valid meanwhile. (Others come here a
        tile at a time: :meth:`Cut.fold`.)
    as_stored : bool
        False: in C order. True: in the order of memory, each stored element once, which is fast
        for transposed, channels_last, flipped and expanded tensors.
    pieces : int
        How many ordinary pieces to take as one.

    Attributes
    ----------
    count : int
        Elements that are walked.
    copies : int
        Elements of the cut that each walked one stands for (above 1 for expanded dims).
    in_order : bool
        Whether walked positions are flat C-order positions of the cut.
    """

    __slots__ = (
        "_array", "_base", "_buffer", "_flat", "_lead", "_rows", "_run", "_shape", "_split",
        "_weights", "copies", "count", "dtype", "in_order", "piece",
    )  # fmt: skip

    def __init__(self, cut: Cut, as_stored: bool = False, pieces: int = 1) -> None:
        self.dtype: DType = cut.dtype
        self.piece = PIECE * pieces
        self.copies = 1
        assert cut.array is not None
        self._array: Raw = cut.array
        self._base = 0
        self._weights = _c_strides(cut.shape)
        self._shape = cut.shape
        self.in_order = True
        if as_stored and not cut.array.flags.c_contiguous and cut.count:
            self._arrange(cut.array)
        self.count = math.prod(self._shape)
        array = self._array
        # A view of one dim if the elements lie in a row; pieces are then slices of it.
        self._flat: Raw | None = array.reshape(-1) if array.flags.c_contiguous else None
        self._buffer: Raw | None = None
        self._plan()

    def _arrange(self, array: Raw) -> None:
        """Put the dims in the order of memory: no falling dim, no dim of stride 0."""
        index: list[Any] = []
        kept = []
        for dim, (size, stride) in enumerate(zip(array.shape, array.strides, strict=True)):
            if stride == 0 and size > 1:
                self.copies *= size
                index.append(0)
            elif stride < 0 and size > 1:
                self._base += (size - 1) * self._weights[dim]
                index.append(slice(None, None, -1))
                kept.append((-stride, dim, -self._weights[dim]))
            else:
                index.append(slice(None))
                kept.append((stride if size > 1 else 0, dim, self._weights[dim]))
        order = sorted(range(len(kept)), key=lambda k: (-kept[k][0], kept[k][1]))
        self._array = array[(*index, ...)].transpose(order)
        self._weights = [kept[k][2] for k in order]
        self._shape = self._array.shape
        self.in_order = (
            self.copies == 1 and self._base == 0 and self._weights == _c_strides(self._shape)
        )

    def _plan(self) -> None:
        """Find the dim that pieces cut into runs; the dims before it are walked one by one."""
        shape = self._shape
        sizes = [math.prod(shape[k:]) for k in range(len(shape) + 1)]
        if self.count == 0:
            self._lead, self._split, self._run, self._rows = 0, 0, 1, 0
        elif self._flat is not None or not shape:
            self._lead, self._split, self._run, self._rows = 1, 0, self.piece, self.count
        else:
            split = next(k for k in range(len(shape)) if sizes[k + 1] <= self.piece)
            self._lead = math.prod(shape[:split])
            self._split = split
            self._run = max(1, self.piece // sizes[split + 1])
            self._rows = shape[split]

    def __len__(self) -> int:
        """Return the number of pieces."""
        return self._lead * -(-self._rows // self._run)

    def read(self, number: int) -> tuple[int, Raw]:
        """Return where a piece begins in the walk, and its raw bits.

        The bits are one-dimensional and contiguous, and are valid until the next read.
        """
        if self._flat is not None:
            start = number * self.piece
            return start, self._flat[start : start + self.piece]
        if not self._shape:
            return 0, self._contiguous(self._array)
        per_lead = -(-self._rows // self._run)
        lead, run = divmod(number, per_lead)
        begin = run * self._run
        end = min(begin + self._run, self._rows)
        inner = math.prod(self._shape[self._split + 1 :])
        place = np.unravel_index(lead, self._shape[: self._split]) if self._split else ()
        parts = (*(slice(int(i), int(i) + 1) for i in place), slice(begin, end))
        part = self._array[parts]
        return (lead * self._rows + begin) * inner, self._contiguous(part)

    def _contiguous(self, part: Raw) -> Raw:
        if part.flags.c_contiguous:
            return part.reshape(-1)
        if self._buffer is None:
            self._buffer = np.empty(self.piece, self.dtype.storage)
        flat = self._buffer[: part.size]
        np.copyto(flat.reshape(part.shape), part)
        return flat

    def __iter__(self) -> Iterator[tuple[int, Raw]]:
        """Give every piece, as :meth:`read` does."""
        for number in range(len(self)):
            yield self.read(number)

    def rows(self, size: int) -> Raw | None:
        """Return whole blocks of `size` elements as rows of a view, if memory allows for one."""
        if self._flat is None or self.piece % size:
            return None
        return self._flat[: self.count // size * size].reshape(-1, size)

    def c_order(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the flat C-order positions, in the cut, of walked positions (first copies)."""
        if self.in_order or not self._shape:
            return positions
        out = np.full(len(positions), self._base, np.int64)
        for place, weight in zip(
            np.unravel_index(positions, self._shape), self._weights, strict=True
        ):
            out += place * weight
        return out


def _c_strides(shape: tuple[int, ...]) -> list[int]:
    """Return how far apart, in C order, neighbours along each dim are."""
    return [math.prod(shape[k + 1 :]) for k in range(len(shape))]

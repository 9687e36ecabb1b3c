"""Plane: a picture bounded to few cells, whose bits come in tiles that are read once each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.tiles import Place
from tensorscope.kernels import device
from tensorscope.kernels.bits import Bits
from tensorscope.kernels.blocks import Blocks, Folded, fold_part

if TYPE_CHECKING:
    from tensorscope.adapters.torch_device import DeviceArray


@dataclass(frozen=True, slots=True)
class _Patch:
    """Some cells of one picture, folded so far."""

    picture: int
    rows: slice
    columns: slice
    folded: Folded


class PlaneWork:
    """Bounds tiles of several pictures.

    Parameters
    ----------
    dtype : DType
        Element type of the cut.
    shape : tuple of int
        Pictures, rows, columns of the cut.
    block : tuple of int
        Rows and columns that one cell stands for.
    bits : Bits, optional
        What the mask shows.
    aside : callable, optional
        Tells of a tile which places count as no number: flags like its bits, 0 for a number.
    """

    def __init__(
        self,
        dtype: DType,
        shape: tuple[int, int, int],
        block: tuple[int, int],
        bits: Bits | None = None,
        aside: Callable[[Place, Raw], NDArray[np.uint8]] | None = None,
    ) -> None:
        self.dtype, self.shape, self.block, self.bits = dtype, shape, block, bits
        self.aside = aside

    def take(self, place: Place, raw: Raw) -> list[_Patch]:
        """Fold what a tile holds of each picture."""
        pictures, rows, columns = place
        down, across = (
            slice(along.start // b, -(-along.stop // b))
            for along, b in zip((rows, columns), self.block, strict=True)
        )
        aside = None if self.aside is None else self.aside(place, raw)
        found = []
        for k in range(raw.shape[0]):
            apart = None if aside is None else aside[k]
            folded = self._fold(raw[k], rows, columns, apart, (down, across))
            found.append(_Patch(pictures.start + k, down, across, folded))
        return found

    def on_device(self, array: DeviceArray) -> list[_Patch] | None:
        """Fold where the numbers lie; what crosses has a cell a block."""
        if self.aside is not None or 0 in self.shape:
            return None
        roots = [] if self.bits is None else self.bits.roots
        found = []
        for picture in range(self.shape[0]):
            folded = Folded(*device.fold(array, picture, self.block, roots))
            down, across = (slice(0, n) for n in folded.low.shape)
            found.append(_Patch(picture, down, across, folded))
        return found

    @np.errstate(invalid="ignore", over="ignore")
    def _fold(
        self,
        plane: Raw,
        rows: slice,
        columns: slice,
        aside: NDArray[np.uint8] | None,
        cells: tuple[slice, slice],
    ) -> Folded:
        begin = (rows.start, columns.start)
        strides = [abs(stride) for stride in plane.strides]
        still = [
            aside is None and s == 0 and n > 1 for s, n in zip(strides, plane.shape, strict=True)
        ]
        if any(still):  # along an expanded dim all is the same: one row or column is looked at
            part = plane[tuple(slice(0, 1) if s else slice(None) for s in still)]
            first = [0 if s else b for s, b in zip(still, begin, strict=True)]
            block = [1 if s else b for s, b in zip(still, self.block, strict=True)]
            folded = fold_part(
                part, self.dtype, (first[0], first[1]), (block[0], block[1]), self.bits
            )
            return folded.spread((cells[0].stop - cells[0].start, cells[1].stop - cells[1].start))
        if 0 < strides[0] < strides[1]:
            turned = None if aside is None else aside.T
            folded = fold_part(
                plane.T, self.dtype, begin[::-1], self.block[::-1], self.bits, turned
            )
            return folded.turned()
        return fold_part(plane, self.dtype, begin, self.block, self.bits, aside)

    def merge(self, parts: Sequence[list[_Patch]]) -> list[_Patch]:
        """Join patches; those of the same cells become one."""
        joined: dict[tuple[int, ...], _Patch] = {}
        for patch in (patch for part in parts for patch in part):
            key = (
                patch.picture, patch.rows.start, patch.rows.stop,
                patch.columns.start, patch.columns.stop,
            )  # fmt: skip
            old = joined.get(key)
            if old is None:
                joined[key] = patch
            else:
                old.folded.join(patch.folded)
        return list(joined.values())

    def finish(self, patches: list[_Patch]) -> list[Blocks]:
        """Return the pictures."""
        cells = tuple(-(-n // b) for n, b in zip(self.shape[1:], self.block, strict=True))
        if len(patches) == self.shape[0] and all(p.folded.low.shape == cells for p in patches):
            ordered = sorted(patches, key=lambda patch: patch.picture)
            return [patch.folded.blocks(self.dtype) for patch in ordered]  # each is whole
        whole = [
            Folded.empty(self.dtype, (cells[0], cells[1]), self.bits is not None)
            for _ in range(self.shape[0])
        ]
        for patch in patches:
            whole[patch.picture].join(patch.folded, (patch.rows, patch.columns))
        return [folded.blocks(self.dtype) for folded in whole]

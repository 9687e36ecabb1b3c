"""Plane: a picture bounded to few cells, whose bits come in tiles that are read once each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tensorscope.adapters.cut import Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.tiles import Place
from tensorscope.kernels.blocks import Blocks, Folded, fold_part
from tensorscope.kernels.predicate import Predicate


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
    predicate : Predicate, optional
        What the mask shows.
    """

    def __init__(
        self,
        dtype: DType,
        shape: tuple[int, int, int],
        block: tuple[int, int],
        predicate: Predicate | None = None,
    ) -> None:
        self.dtype, self.shape, self.block, self.predicate = dtype, shape, block, predicate

    def take(self, place: Place, raw: Raw) -> list[_Patch]:
        """Fold what a tile holds of each picture."""
        pictures, rows, columns = place
        down, across = (
            slice(along.start // b, -(-along.stop // b))
            for along, b in zip((rows, columns), self.block, strict=True)
        )
        return [
            _Patch(pictures.start + k, down, across, self._fold(raw[k], rows, columns))
            for k in range(raw.shape[0])
        ]

    @np.errstate(invalid="ignore", over="ignore")
    def _fold(self, plane: Raw, rows: slice, columns: slice) -> Folded:
        down, across = (abs(stride) for stride in plane.strides)
        turned = 0 < down < across
        if turned:
            folded = fold_part(
                plane.T, self.dtype, (columns.start, rows.start), self.block[::-1], self.predicate
            )
            return folded.turned()
        return fold_part(plane, self.dtype, (rows.start, columns.start), self.block, self.predicate)

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
        whole = [
            Folded.empty(self.dtype, (cells[0], cells[1]), self.predicate is not None)
            for _ in range(self.shape[0])
        ]
        for patch in patches:
            whole[patch.picture].join(patch.folded, (patch.rows, patch.columns))
        return [folded.blocks(self.dtype) for folded in whole]

"""From a state and a viewport to a frame on the wire: meta data and binary buffers."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from tensorscope.adapters.dtypes import DType
from tensorscope.frame import Frame, frame
from tensorscope.picture import picture_cut
from tensorscope.protocol import Viewport
from tensorscope.replies import hole_text
from tensorscope.source import LiveSource
from tensorscope.view import ViewState

#: No frame has more cells, whatever pixels a browser says that it has.
CELLS_LIMIT = 1 << 21


def frame_reply(
    source: LiveSource, state: ViewState, viewport: Viewport
) -> tuple[dict[str, Any], list[bytes]]:
    """Return what the viewport shows of the picture, bounded by its device pixels.

    Cost: one copy of the visible cells; a reduction reads each of them once.
    """
    cut = picture_cut(source, state)
    tiles, rows, columns = cut.shape
    tile_range = _clamp(viewport.tiles, tiles)
    made: Frame = frame(
        cut,
        tiles=tile_range,
        rows=_clamp(viewport.rows, rows),
        columns=_clamp(viewport.columns, columns),
        px=_bounded(viewport, max(tile_range[1] - tile_range[0], 1), state.grid is not None),
        conditions=[one.condition for one in state.conditions.named],
    )
    buffers = {
        name: array
        for name, array in (
            ("values", made.values),
            ("lo", made.lo),
            ("hi", made.hi),
            ("flags", made.flags),
            ("mask", made.mask),
        )
        if array is not None
    }
    packed = [_little(array).tobytes() for array in buffers.values()]
    names = list(buffers)
    if made.texts is not None:
        names.append("texts")
        packed.append(json.dumps(made.texts, ensure_ascii=False).encode())
    meta = {
        "dtype": wire_name(made.dtype),
        "hole": hole_text(source.adapter),
        "spoken": cut.dtype.kind in "MmO",
        "shape": list(made.shape),
        "rect": list(made.rect),
        "block": list(made.block),
        "exact": made.block == (1, 1),
        "tiles": list(range(*tile_range)),
        "buffers": names,
    }
    return meta, packed


def frame_price(source: LiveSource, state: ViewState, viewport: Viewport) -> int:
    """Return how many bytes reading what the viewport shows takes from a store. Reads no data."""
    adapter, x = source.adapter, source.tensor
    if not adapter.distant or adapter.lengths(x) != state.picture.lengths:
        return 0  # nothing to fetch; or reading says that the shape changed
    if state.picture.reduced:
        return source.price(state.picture)
    cut = picture_cut(source, state)
    if cut.touched is None:
        return 0
    wanted = (viewport.tiles, viewport.rows, viewport.columns)
    spans = [_clamp(span, size) for span, size in zip(wanted, cut.shape, strict=True)]
    return cut.part(*(slice(*span) for span in spans)).price


def _bounded(viewport: Viewport, tiles: int, grid: bool) -> tuple[int, int]:
    """Return the pixels of one picture, such that all of them stay within the limit."""
    width, height = viewport.tile if grid and viewport.tile is not None else viewport.px
    excess = math.sqrt(tiles * width * height / CELLS_LIMIT)
    if excess > 1:
        return max(1, int(width / excess)), max(1, int(height / excess))
    return width, height


def wire_name(dtype: DType) -> str:
    """Return the dtype's name on the wire."""
    return dtype.storage.name if dtype.native else dtype.name  # int4 travels as int8


def _clamp(span: tuple[int, int] | None, size: int) -> tuple[int, int]:
    if span is None:
        return 0, size
    start = min(max(span[0], 0), size)
    return start, min(max(span[1], start), size)


def _little(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)

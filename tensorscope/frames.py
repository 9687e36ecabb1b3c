"""From a state and a viewport to a frame on the wire: meta data and binary buffers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut
from tensorscope.adapters.dtypes import DTYPES, DType
from tensorscope.frame import Frame, frame, sampled
from tensorscope.labels_told import of_frame
from tensorscope.picture import picture_cut
from tensorscope.protocol import Viewport
from tensorscope.replies import hole_text
from tensorscope.source import LiveSource
from tensorscope.tiled import tiled
from tensorscope.view import ViewState

#: No frame has more cells, whatever pixels a browser says that it has.
CELLS_LIMIT = 1 << 21
#: Meta data and buffers.
FrameReply: TypeAlias = tuple[dict[str, Any], list[bytes]]
#: From so many elements on a first look is that of a sample.
SAMPLED = 1 << 24


def frame_reply(
    source: LiveSource,
    state: ViewState,
    viewport: Viewport,
    order: NDArray[np.int64] | None = None,
    first: bool = False,
) -> FrameReply:
    """Return what the viewport shows of the picture, bounded by its device pixels.

    `order` is that of a grid's tiles, where they are sorted. `first`: of a
    large plane a sample, which says so.

    Cost: one copy of the visible cells; a reduction reads each of them once.
    """
    cut = picture_cut(source, state)
    tiles, rows, columns = cut.shape
    in_tiles = state.grid is not None and not state.is_rgb
    tile_range = _clamp(viewport.tiles if in_tiles else None, tiles)
    shown = list(range(*tile_range)) if order is None else order[slice(*tile_range)].tolist()
    row_range, column_range = _clamp(viewport.rows, rows), _clamp(viewport.columns, columns)
    cells = len(shown) * (row_range[1] - row_range[0]) * (column_range[1] - column_range[0])
    is_sample = first and cells >= SAMPLED and not in_tiles and can_sample(source, cut)
    px = _bounded(viewport, max(len(shown), 1), in_tiles)
    make: Callable[..., Frame] = frame
    if is_sample:  # coarse, so that it is there at once: the exact picture follows
        make, px = sampled, (-(-px[0] // 2), -(-px[1] // 2))
    made = tiled(
        shown,
        lambda run: make(
            cut,
            tiles=run,
            rows=row_range,
            columns=column_range,
            px=px,
            conditions=[one.condition for one in state.conditions.named],
        ),
        together=cut.array is None,
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
        "sampled": is_sample,
        "tiles": shown,
        "buffers": names,
    }
    return {**meta, **of_frame(source, state, meta)}, packed


def can_sample(source: LiveSource, cut: Cut) -> bool:
    """Return whether a picture can be bounded by some of its cells: plain numbers, near at hand."""
    plain = cut.dtype.kind in "fiub" and cut.dtype.name in DTYPES and cut.blank is None
    return plain and cut.stored is None and not source.adapter.distant


def frame_price(
    source: LiveSource,
    state: ViewState,
    viewport: Viewport,
    order: NDArray[np.int64] | None = None,
) -> int:
    """Return how many bytes reading what the viewport shows takes from a store. Reads no data."""
    adapter, x = source.adapter, source.tensor
    if not adapter.distant or adapter.lengths(x) != state.picture.lengths:
        return 0  # nothing to fetch; or reading says that the shape changed
    if state.picture.reduced:
        return source.price(state.picture)
    cut = picture_cut(source, state)
    if cut.touched is None:
        return 0
    in_tiles = state.grid is not None and not state.is_rgb
    wanted = (viewport.tiles if in_tiles else None, viewport.rows, viewport.columns)
    spans = [_clamp(span, size) for span, size in zip(wanted, cut.shape, strict=True)]
    if order is not None and len(shown := order[slice(*spans[0])]):
        spans[0] = (int(shown.min()), int(shown.max()) + 1)
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

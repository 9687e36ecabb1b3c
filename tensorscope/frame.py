"""Frame: what a viewport shows of a picture, never more than its device pixels.

Where a cell has a pixel, its value travels as it is. Where it has not, blocks of cells do, each
with its finite extremes and with flags for NaN and infinities, so that nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.dtypes import DTYPES, NAT, DType
from tensorscope.adapters.tiles import Place
from tensorscope.condition import Condition
from tensorscope.kernels.bits import Bits
from tensorscope.kernels.blocks import MASKED, NAN, NEGINF, NONE, POSINF, Blocks
from tensorscope.kernels.plane import PlaneWork
from tensorscope.kernels.scatter import fold_entries
from tensorscope.slots import Span
from tensorscope.text import scalar_text

#: More cells than this have no room for words.
TEXTS = 4096


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
        With them: 1 NaN, 2 +Inf, 4 −Inf, 8 no finite value. Also where a value is masked (16), or
        a date is NaT (1).
    mask : ndarray of uint8 or None
        Bit k is set where the k-th condition holds, for any cell of the block.
    texts : list of str or None
        What each cell says, in C order, where its dtype says more than a number does: dates, text,
        objects; not of more than `TEXTS` cells.
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
    texts: list[str] | None = None


@np.errstate(invalid="ignore", over="ignore")  # NaN and Inf are answers, not accidents
def frame(
    cut: Cut,
    rows: tuple[int, int],
    columns: tuple[int, int],
    px: tuple[int, int],
    tiles: tuple[int, int] | None = None,
    conditions: Sequence[Condition] = (),
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
    conditions : sequence of Condition
        What the mask shows: one bit each.

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
    memory, with temporaries of 64 k elements; each stored chunk is read once. Of a sparse tensor,
    over what is stored.
    """
    tiles = tiles if tiles is not None else (0, cut.shape[0])
    spoken, cut = cut, _painted(cut)
    bits = Bits(conditions, spoken.dtype) if conditions else None
    size = (rows[1] - rows[0], columns[1] - columns[0])
    block = (_block(size[0], px[1]), _block(size[1], px[0]))
    rect = (*rows, *columns)
    count = tiles[1] - tiles[0]
    if count == 0:
        block = (1, 1)
    if block == (1, 1):
        parts = (slice(*tiles), slice(*rows), slice(*columns))
        values = np.array(cut.read(*parts), order="C")
        mask = None if bits is None else bits.of(values)
        flags = _flags(spoken, values, parts)
        if flags is not None and not flags.any():
            flags = None
        if flags is not None:
            masked = (flags & MASKED) != 0
            values[masked] = 0  # what lies under a mask does not travel
            if mask is not None:
                mask[masked] = 0
        return Frame(
            cut.dtype, values.shape, rect, block, values=values, flags=flags, mask=mask,
            texts=_texts(spoken, parts, flags),
        )  # fmt: skip
    if cut.stored is not None and spoken.blank is None:
        planes = _fold_stored(cut, tiles, rows, columns, block, bits)
    else:
        part = cut.part(slice(*tiles), slice(*rows), slice(*columns))
        work = PlaneWork(
            cut.dtype, (count, *size), block, bits, _aside(spoken, tiles, rows, columns)
        )
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
        mask=None if bits is None else stack("mask"),
    )


@np.errstate(invalid="ignore", over="ignore")
def sampled(
    cut: Cut,
    rows: tuple[int, int],
    columns: tuple[int, int],
    px: tuple[int, int],
    tiles: tuple[int, int],
    conditions: Sequence[Condition] = (),
) -> Frame:
    """Frame a part of a picture of plain numbers by one cell of each block: a first look.

    Its extremes and flags are those of the one cell. Parameters are those of :func:`frame`.

    Cost: as many cells as there are blocks, whatever the size.
    """
    block = (_block(rows[1] - rows[0], px[1]), _block(columns[1] - columns[0], px[0]))
    parts = (slice(*tiles), slice(*rows, block[0]), slice(*columns, block[1]))
    raw = np.array(cut.read(*parts), order="C")
    values = cut.dtype.decode(raw)
    flags = np.zeros(raw.shape, np.uint8)
    if cut.dtype.kind == "f":
        for bit, is_so in ((NAN, np.isnan), (POSINF, np.isposinf), (NEGINF, np.isneginf)):
            flags |= is_so(values) * np.uint8(bit)
        flags[flags != 0] |= NONE
    mask = Bits(conditions, cut.dtype).of(raw) if conditions else None
    return Frame(cut.dtype, raw.shape, (*rows, *columns), block, lo=raw, hi=raw, flags=flags,
                 mask=mask)  # fmt: skip


def _block(cells: int, pixels: int) -> int:
    """Return how many cells must share a pixel."""
    return max(1, -(-cells // max(1, pixels)))


def _painted(cut: Cut) -> Cut:
    """Return what is coloured: dates as ticks, text as nothing but places, long double rounded."""
    dtype = cut.dtype
    if dtype.kind in "Mm":
        return cut.ticks()
    if dtype.kind == "O":
        blank = np.broadcast_to(np.uint8(0), cut.shape)
        return Cut(DTYPES["uint8"], cut.spans, array=blank)
    if dtype.kind not in "fc" or not dtype.native or dtype.name in DTYPES:
        return cut
    rounded = DTYPES["float64" if dtype.kind == "f" else "complex128"]
    spans = tuple(Span(0, 1, n) for n in cut.shape)

    def fetch(wanted: tuple[Span, ...]) -> Raw:
        part: Raw = cut.read(*(span.slice for span in wanted))
        return part.astype(rounded.storage, order="C")

    return Cut(rounded, spans, fetch=fetch)


def _flags(cut: Cut, raw: Raw, parts: tuple[slice, ...]) -> NDArray[np.uint8] | None:
    """Return why places of a part count as no number, whatever their bits; 0 where they do."""
    flags = None
    if cut.dtype.kind in "Mm":
        flags = (raw == NAT) * np.uint8(NAN)
    if cut.blank is not None:
        masked = cut.blank[parts] * np.uint8(MASKED)
        flags = masked if flags is None else np.where(masked, masked, flags)
    return flags


def _aside(
    cut: Cut, tiles: tuple[int, int], rows: tuple[int, int], columns: tuple[int, int]
) -> Callable[[Place, Raw], NDArray[np.uint8]] | None:
    """Return what tells, of a tile of the visible part, which places count as no number."""
    if cut.blank is None and cut.dtype.kind not in "Mm":
        return None
    begin = (tiles[0], rows[0], columns[0])

    def aside(place: Place, raw: Raw) -> NDArray[np.uint8]:
        parts = [
            slice(first + at.start, first + at.stop) for first, at in zip(begin, place, strict=True)
        ]
        flags = _flags(cut, raw, (parts[0], parts[1], parts[2]))
        assert flags is not None
        return flags

    return aside


def _texts(cut: Cut, parts: tuple[slice, ...], flags: NDArray[np.uint8] | None) -> list[str] | None:
    """Return what cells say that are no plain numbers, shortened; masked ones say nothing."""
    plain = cut.dtype.kind not in "MmO"
    raw = None if plain else cut.read(*parts)
    if raw is None or raw.size > TEXTS:
        return None
    if flags is None:
        flags = np.zeros(raw.shape, np.uint8)
    return [
        "" if flag & MASKED else _short(scalar_text(cut.dtype, raw[(*place, ...)]))
        for place, flag in zip(np.ndindex(raw.shape), flags.ravel().tolist(), strict=True)
    ]


def _short(text: str) -> str:
    if text[:1] in "'\"" and text[-1:] == text[:1]:
        text = text[1:-1]  # in a cell a text needs no quotes
    return text if len(text) <= 40 else f"{text[:39]}…"


def _fold_stored(
    cut: Cut,
    tiles: tuple[int, int],
    rows: tuple[int, int],
    columns: tuple[int, int],
    block: tuple[int, int],
    bits: Bits | None,
) -> list[Blocks]:
    """Fold tiles of a sparse picture, at the price of what is stored."""
    assert cut.stored is not None
    places, raw = cut.stored()
    first, last = np.array([(tiles[0], rows[0], columns[0]), (tiles[1], rows[1], columns[1])])
    inside = ((places >= first) & (places < last)).all(axis=1)
    places, raw = places[inside] - first, raw[inside]
    size = (rows[1] - rows[0], columns[1] - columns[0])
    return [
        fold_entries(places[mine, 1:], raw[mine], cut.dtype, size, block, bits)
        for mine in (places[:, 0] == tile for tile in range(tiles[1] - tiles[0]))
    ]

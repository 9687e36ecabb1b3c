"""Still pictures: what they show, and a small PNG for when there is no kernel."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut
from tensorscope.condition import Condition
from tensorscope.frame import Frame, frame
from tensorscope.kernels.blocks import MASKED, NAN, NEGINF, NONE, POSINF
from tensorscope.ramps import MAGENTA, limits, paint, palette, ramp
from tensorscope.text import scalar_text
from tensorscope.tiled import tiled

_SIDE = 320
_TILE = 72
#: Neither side of a picture is shorter.
_SLIVER = 64
#: A plane that is flatter, or narrower, than this is stretched.
FLAT = 5
#: Tiles of a still picture at most.
TILES = 64
#: How much larger than they are shown texts are drawn.
_FINE = 4
_INK = (27, 31, 36)
_QUIET = (105, 113, 123)


@dataclass(frozen=True, slots=True)
class Rgb:
    """Tiles are red, green, blue and alpha; `span` are the values of dark and bright, if chosen."""

    span: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Tiles:
    """How the tiles of a grid stand.

    Attributes
    ----------
    order : sequence of int
        All of them, as they stand.
    names : sequence of str
        What the first `TILES` of them are called.
    by : str or None
        What they are sorted by, in words; None: one after the other.
    """

    order: Sequence[int]
    names: Sequence[str]
    by: str | None = None


def shown_values(
    cut: Cut, side: int, order: Sequence[int], make: Callable[..., Frame] = frame
) -> np.ma.MaskedArray[Any, np.dtype[np.float64]]:
    """Return what a picture of `side` pixels shows; see :func:`shown_frame` and :func:`painted`."""
    return painted(shown_frame(cut, side, order, make))


def shown_frame(
    cut: Cut,
    side: int,
    order: Sequence[int],
    make: Callable[..., Frame] = frame,
    conditions: Sequence[Condition] = (),
) -> Frame:
    """Return the frame of a whole picture of `side` pixels.

    A pixel is as many rows high as it is columns wide, so that a circle stays one; a plane that is
    very flat or narrow is stretched. `order`: which tiles, as they stand. `make`: what bounds the
    picture. `conditions`: what its mask tells.
    """
    rows, columns = (0, cut.shape[1]), (0, cut.shape[2])
    px = (side, side) if is_flat(cut.shape[1], cut.shape[2]) else _square(cut, side)
    return tiled(
        order,
        lambda run: make(cut, tiles=run, rows=rows, columns=columns, px=px, conditions=conditions),
        together=cut.array is None,
    )


def painted(made: Frame) -> np.ma.MaskedArray[Any, np.dtype[np.float64]]:
    """Return what a frame shows, as floats (tiles, rows, columns). Masked: NaN under the mask.

    Where cells are finer than pixels, each pixel is the extreme that lies farthest from the
    middle of the range; NaN wins, then +Inf, then −Inf.
    """
    if made.values is not None:
        shown = _real(made.dtype.decode(made.values))
        if made.flags is None:
            return np.ma.array(shown)
        shown[made.flags != 0] = math.nan
        return np.ma.array(shown, mask=(made.flags & MASKED) != 0)
    assert made.lo is not None
    assert made.hi is not None
    assert made.flags is not None
    low, high = _real(made.dtype.decode(made.lo)), _real(made.dtype.decode(made.hi))
    finite = (made.flags & NONE) == 0
    if finite.any():
        top, bottom = float(high[finite].max()), float(low[finite].min())
        middle = 0.0 if bottom < 0 < top else (top + bottom) / 2
        values = np.where(high - middle >= middle - low, high, low)
    else:
        values = high.copy()
    values[(made.flags & NEGINF) != 0] = -math.inf
    values[(made.flags & POSINF) != 0] = math.inf
    hidden = (made.flags & (MASKED | NONE | POSINF | NEGINF | NAN)) == (MASKED | NONE)
    values[((made.flags & NAN) != 0) | hidden] = math.nan
    return np.ma.array(values, mask=hidden)


def is_flat(rows: int, columns: int) -> bool:
    """Return whether a plane is so flat, or so narrow, that it is stretched."""
    return max(rows, columns) > FLAT * min(rows, columns)


def _square(cut: Cut, side: int) -> tuple[int, int]:
    """Return the pixels, across and down, in which blocks of cells are square."""
    rows, columns = cut.shape[1:]
    block = max(1, math.ceil(max(rows, columns) / side))
    return math.ceil(columns / block), math.ceil(rows / block)


def _real(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return float64 values; complex numbers by their magnitude."""
    if values.dtype.kind == "c":
        return np.abs(values.astype(np.complex128))
    return values.astype(np.float64)


def in_colour(
    values: NDArray[np.float64], dtype: str, span: tuple[float, float] | None = None
) -> NDArray[np.uint8]:
    """Return three or four planes as pixels (rows, columns, channels).

    Bytes and floats within [0, 1] are shown as they are, others scaled from `span`, else from what
    is finite. A pixel that holds NaN or an infinity is magenta.
    """
    finite = np.isfinite(values)
    some = values[finite]
    if span is None and dtype == "uint8":
        span = (0.0, 255.0)
    if span is None:
        low, high = (float(some.min()), float(some.max())) if some.size else (0.0, 1.0)
        unit = "int" not in dtype and low >= 0 and high <= 1
        span = (0.0, 1.0) if unit else (low, high)
    with np.errstate(invalid="ignore"):
        share = np.where(finite, (values - span[0]) / ((span[1] - span[0]) or 1.0), 0.0)
    pixels = np.moveaxis(np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8), 0, -1)
    pixels[~finite.all(axis=0)] = (*MAGENTA, 255)[: pixels.shape[-1]]
    return np.ascontiguousarray(pixels)


def picture_png(
    cut: Cut | None,
    title: str,
    lines: list[str],
    rgb: Rgb | None = None,
    make: Callable[..., Frame] = frame,
    tiles: Tiles | None = None,
) -> str:
    """Return a PNG in base64: title, picture, range and `lines` of text; None: no picture.

    `rgb`: the tiles are one picture in colour, scaled from that range if it has one. `make`: what
    bounds the picture. `tiles`: how the tiles of a grid stand; None: one after the other.

    Cost: reads what `shown_values` reads; about 5 ms.
    """
    from PIL import Image

    values = np.ma.empty((0, 0, 0))
    if cut is not None:
        side = _TILE if cut.shape[0] > 1 and rgb is None else _SIDE
        values = shown_values(cut, side, first_tiles(cut, tiles), make)
    low, high, diverging = limits(values.data[np.isfinite(values.data)])
    image = _mosaic(paint(values, low, high, diverging)) if values.size > 1 else None
    word = _word(cut) if cut is not None and values.size == 1 and rgb is None else ""
    if rgb is not None and cut is not None and values.size:
        made = Image.fromarray(in_colour(values.data, cut.dtype.name, rgb.span)).convert("RGBA")
        white = Image.new("RGBA", made.size, (255, 255, 255, 255))
        image = np.asarray(Image.alpha_composite(white, made).convert("RGB"))
    if image is not None:
        # A picture of one row, or of one column, is stretched to be seen; others keep their shape.
        rows, columns = image.shape[:2]
        least = max(1, round(_SIDE / max(rows, columns)))
        tall, wide = (max(least, math.ceil(_SLIVER / n)) for n in (rows, columns))
        if not is_flat(rows, columns):
            tall = wide = max(tall, wide)
        image = image.repeat(tall, 0).repeat(wide, 1)
    height = image.shape[0] if image is not None else 32 if word else 0
    texts = [_drawn(title, 13), _drawn(word, 26), *(_drawn(line, 11) for line in lines)]
    widest = max(0 if image is None else image.shape[1], *(text.width for text in texts))
    width = min(1600, max(480, math.ceil(widest) + 16))
    page = Image.new("RGB", (width, 34 + height + 20 * len(lines) + 34), (255, 255, 255))
    name, value, *rest = texts
    page.paste(_INK, (8, 8), name)
    top = 34
    if word:
        page.paste(_INK, (8, top), value)
        top += height + 8
    elif image is not None:
        page.paste(Image.fromarray(image), (8, top))
        top += height + 8
        if rgb is None:
            legend = ramp(diverging)[None, :, :].repeat(8, 0)
            page.paste(Image.fromarray(legend), (8, top))
        left = 8 if rgb is not None else 8 + 264
        page.paste(_QUIET, (left, top - 3), _drawn(f"{low:.4g} to {high:.4g}", 11))
        top += 18
    for line in rest:
        page.paste(_QUIET, (8, top), line)
        top += 18
    out = io.BytesIO()
    page = page.crop((0, 0, width, top + 4))
    if rgb is None:  # its colours are known: to look for the best ones takes ten times as long
        few = Image.new("P", (1, 1))
        few.putpalette(palette(diverging).tobytes())
        page = page.quantize(palette=few, dither=Image.Dither.NONE)
    else:
        page = page.quantize(255, Image.Quantize.FASTOCTREE)
    page.save(out, "PNG", compress_level=6)
    return base64.b64encode(out.getvalue()).decode("ascii")


def _drawn(text: str, size: int) -> Any:
    """Return a text as a mask, drawn large and made small: letters stand where they belong."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size * _FINE)
    width = math.ceil(font.getlength(text) / _FINE) + 1
    mask = Image.new("L", (width * _FINE, size * 2 * _FINE))
    ImageDraw.Draw(mask).text((0, 0), text, fill=255, font=font)
    return mask.reduce(_FINE)


def _word(cut: Cut) -> str:
    """Return the one value of a cut as text."""
    if cut.blank is not None and cut.blank.any():
        return "masked"
    return scalar_text(cut.dtype, cut.own().reshape(-1)[0])


def _mosaic(tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay tiles out in rows, with a white line between them."""
    count, rows, columns, _ = tiles.shape
    if count == 1:
        return tiles.reshape(rows, columns, 3)
    across = math.ceil(math.sqrt(count * rows / columns)) if columns else 1
    down = math.ceil(count / across)
    page = np.full((down * (rows + 1), across * (columns + 1), 3), 255, np.uint8)
    for k in range(count):
        y, x = (k // across) * (rows + 1), (k % across) * (columns + 1)
        page[y : y + rows, x : x + columns] = tiles[k]
    return page


def first_tiles(cut: Cut, tiles: Tiles | None) -> Sequence[int]:
    """Return the tiles that a still picture has room for, as they stand."""
    return range(min(cut.shape[0], TILES)) if tiles is None else tiles.order[:TILES]

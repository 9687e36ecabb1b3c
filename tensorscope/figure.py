"""A matplotlib Figure of what a scope shows, ready for a paper."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorscope.adapters.cut import Cut
from tensorscope.condition import Condition
from tensorscope.export import Rgb, Tiles, first_tiles, in_colour, is_flat, painted, shown_frame
from tensorscope.ramps import MAGENTA, NEGINF, POSINF, limits, paint, ramp
from tensorscope.slots import Span

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

#: What is not finite, by its name: how it is told, and its colour.
_SIGNS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "NaN": (np.isnan, "#{:02x}{:02x}{:02x}".format(*MAGENTA)),
    "+Inf": (np.isposinf, "#{:02x}{:02x}{:02x}".format(*POSINF)),
    "-Inf": (np.isneginf, "#{:02x}{:02x}{:02x}".format(*NEGINF)),
}
#: Of the white over what is no hit: half, as in the widget.
_FADED = 128

#: A side of the picture: what it is called, and its indices; None: it is no dim.
Side = tuple[str, Span | None]


def figure(
    cut: Cut,
    title: str,
    sides: tuple[Side, Side],
    rgb: Rgb | None = None,
    tiles: Tiles | None = None,
    conditions: Sequence[Condition] = (),
) -> Figure:
    """Return the picture as a matplotlib Figure; pyplot does not know of it.

    `sides`: rows and columns. `rgb`: the tiles are one picture in colour, scaled from that range
    if it has one. `tiles`: how the tiles of a grid stand; None: there is one. NaN and infinities
    have colours of their own, and a legend; what is masked is left white. What meets none of the
    `conditions` is faded.

    Cost: imports matplotlib; reads at most 1024 × 1024 pixels' worth of extremes.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize
    from matplotlib.patches import Patch

    single = rgb is not None or cut.shape[0] == 1
    shown_as = shown_frame(
        cut, 1024 if single else 256, first_tiles(cut, tiles), conditions=conditions
    )
    values, block = painted(shown_as), shown_as.block
    missed = None
    if shown_as.mask is not None:
        missed = (shown_as.mask == 0) & np.isfinite(values.data)
    if rgb is not None:
        made = _empty_figure(1, 1)
        place = made.subplots()
        pixels = in_colour(values.data, cut.dtype.name, rgb.span)
        _show(place, pixels, cut, block)
        if missed is not None:
            _fade(place, missed.all(axis=0), cut, block)
        _label(place, sides)
        made.suptitle(title, fontsize=10)
        return made
    across = max(1, math.ceil(math.sqrt(len(values))))
    down = max(1, math.ceil(len(values) / across))
    made = _empty_figure(across, down)
    axes = made.subplots(down, across, squeeze=False)
    low, high, diverging = limits(values.data[np.isfinite(values.data)])
    colours = ScalarMappable(Normalize(low, high), ListedColormap(ramp(diverging) / 255.0))
    lines = single and cut.shape[1] == 1
    for k, place in enumerate(axes.flat):
        if k >= len(values):
            place.set_axis_off()
        elif lines and values.size:
            _plot(place, values[k, 0], block[1], None if missed is None else missed[k, 0])
        else:
            shown = np.ma.masked_invalid(values[k])
            _show(place, shown, cut, block, cmap=colours.cmap, norm=colours.norm)
            marks = paint(values[k], low, high, diverging)
            alpha = np.isfinite(values[k].data) | np.ma.getmaskarray(values[k])
            if not alpha.all():
                opaque = np.where(alpha, 0, 255).astype(np.uint8)
                _show(place, np.dstack([marks, opaque]), cut, block)
            if missed is not None:
                _fade(place, missed[k], cut, block)
        if across > 1 and k < len(values):
            place.set_xticks([])
            place.set_yticks([])
            place.set_title(str(k) if tiles is None else tiles.names[k], fontsize=7)
    if across == 1:
        _label(axes[0, 0], sides, lines, empty=not values.size)
    if values.size and not lines:
        made.colorbar(colours, ax=axes, shrink=0.8)
    bare = values.compressed()
    signs = [
        Patch(color=colour, label=name)
        for name, (is_so, colour) in _SIGNS.items()
        if is_so(bare).any()
    ]
    if signs:
        made.legend(handles=signs, loc="outside lower right", ncols=3, fontsize=7, frameon=False)
    made.suptitle(title, fontsize=10)
    return made


def _empty_figure(across: int, down: int) -> Figure:
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        """A figure that shows itself as a cell's last line, without pyplot or a magic."""

        def _repr_png_(self) -> bytes:
            out = io.BytesIO()
            self.savefig(out, format="png", bbox_inches="tight")
            return out.getvalue()

    size = (5.2, 4.4) if across == 1 else (1.1 * across + 1, 1.1 * down + 0.6)
    return ShownFigure(figsize=size, layout="compressed")  # no gaps beside what keeps its shape


def _label(place: Axes, sides: tuple[Side, Side], lines: bool = False, empty: bool = False) -> None:
    """Name the sides; ticks stand at indices. `lines`: heights are values; `empty`: no ticks."""
    for axis, (name, span) in zip((place.yaxis, place.xaxis), sides, strict=True):
        axis.set_label_text(name)
        if not (lines and axis is place.yaxis):
            _tick(axis, None if empty else span)


def _tick(axis: Axis, span: Span | None) -> None:
    """Have ticks at whole positions, each with the index in the whole tensor that is there."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if span is None or not span.size:
        axis.set_ticks([])
        return
    axis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
    axis.set_major_formatter(
        FuncFormatter(
            lambda at, _: f"{span.start + round(at) * span.step}" if 0 <= at < span.size else ""
        )
    )


def _show(place: Axes, pixels: Any, cut: Cut, block: tuple[int, int], **colours: Any) -> None:
    """Paint a tile, `block` cells a pixel; an empty one has no extent to paint."""
    if not pixels.size:
        place.set_xticks([])
        place.set_yticks([])
        return
    _, rows, columns = cut.shape
    down, across = pixels.shape[0] * block[0], pixels.shape[1] * block[1]
    place.imshow(
        pixels, interpolation="nearest", aspect="auto" if is_flat(rows, columns) else "equal",
        extent=(-0.5, across - 0.5, down - 0.5, -0.5), **colours,
    )  # fmt: skip
    # The last pixel may stand for fewer cells than the others.
    place.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))


def _fade(place: Axes, missed: Any, cut: Cut, block: tuple[int, int]) -> None:
    """Lay white over what is no hit."""
    white = np.full((*missed.shape, 4), 255, np.uint8)
    white[..., 3] = np.where(missed, _FADED, 0)
    _show(place, white, cut, block)


def _plot(place: Axes, values: Any, block: int, missed: Any = None) -> None:
    """Draw a line; hits, what is not finite, and a value by itself, as marks."""
    line = np.ma.masked_invalid(values)
    gaps = np.ma.getmaskarray(line)
    alone = ~gaps & np.r_[True, gaps[:-1]] & np.r_[gaps[1:], True]
    at = np.arange(len(line)) * block
    (drawn,) = place.plot(at, line, alpha=None if missed is None else 0.5)
    dots: dict[str, Any] = {"markersize": 3, "color": drawn.get_color()}
    if missed is None:
        place.plot(at[alone], line[alone], "o", **dots)
    else:
        misses = alone & missed
        place.plot(at[misses], line[misses], "o", alpha=0.5, **dots)
        hits = ~gaps & ~missed
        place.plot(at[hits], line[hits], "o", **dots)
    for is_so, colour in _SIGNS.values():
        where = at[is_so(values.data) & ~np.ma.getmaskarray(values)]
        if len(where):
            low: dict[str, Any] = {"transform": place.get_xaxis_transform(), "clip_on": False}
            place.plot(where, np.zeros(len(where)), "x", color=colour, **low)

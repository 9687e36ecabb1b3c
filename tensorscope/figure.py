"""A matplotlib Figure of what a scope shows, ready for a paper."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorscope.adapters.cut import Cut
from tensorscope.export import Rgb, Tiles, first_tiles, in_colour, shown_values
from tensorscope.ramps import MAGENTA, NEGINF, POSINF, limits, paint, ramp

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: What is not finite, by its name: how it is told, and its colour.
_SIGNS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "NaN": (np.isnan, "#{:02x}{:02x}{:02x}".format(*MAGENTA)),
    "+Inf": (np.isposinf, "#{:02x}{:02x}{:02x}".format(*POSINF)),
    "-Inf": (np.isneginf, "#{:02x}{:02x}{:02x}".format(*NEGINF)),
}
#: A plane that is flatter, or narrower, than this is stretched.
_FLAT = 5


def figure(
    cut: Cut,
    title: str,
    labels: tuple[str, str],
    rgb: Rgb | None = None,
    tiles: Tiles | None = None,
) -> Figure:
    """Return the picture as a matplotlib Figure; pyplot does not know of it.

    `rgb`: the tiles are one picture in colour, scaled from that range if it has one. `tiles`: how
    the tiles of a grid stand; None: there is one. NaN and infinities have colours of their own,
    and a legend; what is masked is left white.

    Cost: imports matplotlib; reads at most 1024 × 1024 pixels' worth of extremes.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize
    from matplotlib.patches import Patch

    single = rgb is not None or cut.shape[0] == 1
    values = shown_values(cut, 1024 if single else 256, first_tiles(cut, tiles))
    if rgb is not None:
        made = _empty_figure(1, 1)
        place = made.subplots()
        pixels = in_colour(values.data, cut.dtype.name, rgb.span)
        _show(place, pixels)
        _label(place, labels)
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
            _plot(place, values[k, 0])
        else:
            shown = np.ma.masked_invalid(values[k])
            _show(place, shown, cmap=colours.cmap, norm=colours.norm)
            marks = paint(values[k], low, high, diverging)
            alpha = np.isfinite(values[k].data) | np.ma.getmaskarray(values[k])
            if not alpha.all():
                _show(place, np.dstack([marks, np.where(alpha, 0, 255).astype(np.uint8)]))
        if across > 1 and k < len(values):
            place.set_xticks([])
            place.set_yticks([])
            place.set_title(str(k) if tiles is None else tiles.names[k], fontsize=7)
    if across == 1:
        _label(axes[0, 0], labels)
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


def _label(place: Axes, labels: tuple[str, str]) -> None:
    place.set_ylabel(labels[0])
    place.set_xlabel(labels[1])


def _show(place: Axes, pixels: Any, **colours: Any) -> None:
    """Paint a tile; an empty one has no extent to paint."""
    if not pixels.size:
        place.set_xticks([])
        place.set_yticks([])
        return
    rows, columns = pixels.shape[:2]
    flat = max(rows, columns) > _FLAT * min(rows, columns)
    place.imshow(pixels, interpolation="nearest", aspect="auto" if flat else "equal", **colours)


def _plot(place: Axes, values: Any) -> None:
    """Draw a line; what is not finite, and a value by itself, as marks."""
    line = np.ma.masked_invalid(values)
    gaps = np.ma.getmaskarray(line)
    alone = ~gaps & np.r_[True, gaps[:-1]] & np.r_[gaps[1:], True]
    (drawn,) = place.plot(line)
    at = np.arange(len(line))
    place.plot(at[alone], line[alone], "o", markersize=3, color=drawn.get_color())
    for is_so, colour in _SIGNS.values():
        where = at[is_so(values.data) & ~np.ma.getmaskarray(values)]
        if len(where):
            low: dict[str, Any] = {"transform": place.get_xaxis_transform(), "clip_on": False}
            place.plot(where, np.zeros(len(where)), "x", color=colour, **low)

"""Channels: the statistics of a grid's tiles, the order that they give, and which are marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut
from tensorscope.kernels.channels import ChannelWork, DistanceWork, Tally
from tensorscope.sort import Sort

#: From this share of its elements at one end on, a tile is saturated.
SATURATED = 0.99

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mark:
    """What is conspicuous about a tile: `kind` is dead, saturated or nonfinite."""

    kind: str
    text: str


class Channels:
    """What each tile of a picture holds.

    Parameters
    ----------
    cut : Cut
        The picture: tiles, rows, columns; of numbers.

    Notes
    -----
    Cost: one pass, a million elements at a time; each stored chunk is read once.
    """

    def __init__(self, cut: Cut) -> None:
        self.tally: Tally = cut.fold(ChannelWork(cut.dtype, cut.shape[0], cut.blank))
        self.size = cut.shape[0]

    def values(self, name: str) -> Floats:
        """Return a statistic of all tiles; NaN where a tile has none."""
        tally = self.tally
        if name == "index":
            return np.arange(self.size, dtype=np.float64)
        with np.errstate(all="ignore"):
            if name in ("sparsity", "nonfinite"):
                some = tally.zero if name == "sparsity" else tally.nan + tally.inf
                share: Floats = some / np.where(tally.count > 0, tally.count, np.nan)
                return share
            finite = np.where(tally.finite > 0, tally.finite, np.nan)
            known: dict[str, Any] = {
                "mean": lambda: tally.mean,
                "std": lambda: np.sqrt(tally.spread / finite),
                "max": lambda: tally.high.astype(np.float64),
                "min": lambda: tally.low.astype(np.float64),
            }
            found: Floats = np.where(tally.finite > 0, known[name](), np.nan)
            return found

    def distances(self, cut: Cut, name: str, tile: int) -> Floats:
        """Return how far all tiles are from one; NaN where that has no answer.

        Cost: a pass of its own, and the one tile kept meanwhile.
        """
        tally = self.tally
        reference = cut.read(slice(tile, tile + 1))
        by_angle = name == "cosine"
        means = tally.mean if by_angle else None
        sums = cut.fold(DistanceWork(cut.dtype, reference, tile, means, cut.blank))
        found: Floats = np.full(self.size, np.nan)
        found[list(sums)] = list(sums.values())
        with np.errstate(all="ignore"):
            if by_angle:
                scale: Floats = np.sqrt(tally.spread * tally.spread[tile])
                found = 1 - found / scale
                found[(tally.spread == 0) | ~np.isfinite(found)] = np.nan
            else:
                found = np.sqrt(found)
        if tally.finite[tile] == tally.count[tile]:
            found[tile] = 0.0
        return found

    def mark(self, tile: int) -> Mark | None:
        """Return what is conspicuous about a tile."""
        tally = self.tally
        count, nan, inf = (int(c[tile]) for c in (tally.count, tally.nan, tally.inf))
        if nan or inf:
            said = [f"{n:,} {word}" for n, word in ((nan, "NaN"), (inf, "Inf")) if n]
            return Mark("nonfinite", f"{' and '.join(said)} of {count:,}")
        if count < 2:
            return None
        low, high = tally.low[tile], tally.high[tile]
        if low == high:
            return Mark("dead", "all zero" if low == 0 else f"constant: all are {low:.6g}")
        for at, name, end in (
            (tally.at_low, "minimum", low),
            (tally.at_high, "maximum", high),
        ):
            if at[tile] >= SATURATED * count:
                share = 100 * at[tile] / count
                return Mark("saturated", f"{share:.4g} % at its {name} {end:.6g}")
        return None


def order_of(values: Floats, falling: bool) -> NDArray[np.int64]:
    """Return tiles in the order of a statistic: ties by position, those without one last."""
    has = np.flatnonzero(~np.isnan(values))
    keys = -values[has] if falling else values[has]
    rest = np.flatnonzero(np.isnan(values))
    return np.concatenate([has[np.argsort(keys, kind="stable")], rest]).astype(np.int64)


def stat_text(name: str, value: float) -> str:
    """Return a statistic of a tile in a few letters, as the widget writes it under the tile."""
    if value != value:
        return "–"
    return f"{100 * value:.3g} %" if name in ("sparsity", "nonfinite") else f"{value:.3g}"


def tiles_dict(
    channels: Channels,
    sort: Sort | None,
    values: Floats,
    order: NDArray[np.int64],
    tiles: tuple[int, int],
) -> dict[str, Any]:
    """Return some tiles of an order, with their statistic and marks, for the screen."""
    marks = {t: m for t in range(channels.size) if (m := channels.mark(t)) is not None}
    shown = order[slice(*tiles)].tolist()
    kinds = [mark.kind for mark in marks.values()]
    return {
        "sort": None if sort is None else sort.text,
        "stat": "max" if sort is None or sort.name == "index" else sort.name,
        "at": shown,
        "values": [None if v != v else float(f"{v:.6g}") for v in values[shown].tolist()],
        "marks": [
            None if t not in marks else {"kind": marks[t].kind, "text": marks[t].text}
            for t in shown
        ],
        "counts": {kind: kinds.count(kind) for kind in ("dead", "saturated", "nonfinite")},
        "marked": [rank for rank, t in enumerate(order.tolist()) if t in marks][:1000],
    }

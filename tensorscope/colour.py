"""Colour: the map and the range in which a picture is painted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tensorscope.errors import SelectionError, quote

COLOUR_MAPS = ("auto", "sequential", "diverging", "viridis", "cividis", "grey")


@dataclass(frozen=True, slots=True)
class Colour:
    """Colour map and range.

    Attributes
    ----------
    map : str
        One of ``auto sequential diverging viridis cividis grey``; auto is diverging where finite
        values have both signs.
    range : tuple of float or None
        Values at the ends of the ramp; None: 0.2–99.8 % of what is shown.
    """

    map: str = "auto"
    range: tuple[float, float] | None = None

    def changed(self, change: Mapping[str, Any]) -> Colour:
        """Return it with another `map` or `range`, where the change names them.

        Raises
        ------
        SelectionError
            There is no such map, or the range is none (``VIEW``).
        """
        colour = self
        if "map" in change:
            if change["map"] not in COLOUR_MAPS:
                raise SelectionError(
                    f"there is no colour map {quote(change['map'])}: use one of "
                    f"{', '.join(COLOUR_MAPS)}",
                    "VIEW",
                )
            colour = replace(colour, map=change["map"])
        if "range" in change:
            colour = replace(colour, range=_range(change["range"]))
        return colour


def _range(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    try:
        low, high = (float(v) for v in value)
    except (TypeError, ValueError):
        low, high = 1.0, 0.0
    if not -float("inf") < low < high < float("inf"):
        raise SelectionError(
            f"the colour range {quote(value)} is no pair of finite numbers, low before high: "
            "pass e.g. (-1, 1), or None for 0.2–99.8 % of what is shown",
            "VIEW",
        )
    return low, high

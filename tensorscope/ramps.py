"""Colour ramps for still pictures, interpolated in OKLab (Ottosson 2020), as in the widget."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Evenly spaced stops, from the page outwards.
SEQUENTIAL = "#f8f7ee #acdba3 #34b7a1 #0085a0 #0d4d8d #1f1c55".split()
NEGATIVE = "#f4f7f9 #a7d3f2 #61a9e3 #2779ca #134a9f #12265c".split()
POSITIVE = "#f9f6f4 #f6c69d #e79155 #c85b26 #993018 #5f1a15".split()

MAGENTA = (196, 20, 143)
POSINF = (27, 31, 36)
NEGINF = (201, 205, 210)

_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _to_lab(stops: list[str]) -> NDArray[np.float64]:
    rgb = np.array([[int(s[k : k + 2], 16) / 255 for k in (1, 3, 5)] for s in stops])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _LMS.T) @ _LAB.T, dtype=np.float64)


def _to_rgb(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
    linear = np.clip((lab @ np.linalg.inv(_LAB).T) ** 3 @ np.linalg.inv(_LMS).T, 0, 1)
    rgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(rgb * 255).astype(np.uint8)


@cache
def ramp(diverging: bool, steps: int = 256) -> NDArray[np.uint8]:
    """Return the colours of a ramp, shape (steps, 3), low to high."""
    if not diverging:
        return _interpolate(SEQUENTIAL, steps)
    half = steps // 2
    return np.concatenate([_interpolate(NEGATIVE, half)[::-1], _interpolate(POSITIVE, half)])


@cache
def palette(diverging: bool) -> NDArray[np.uint8]:
    """Return the 256 colours of a still picture: a ramp, what is not finite, greys of text."""
    greys = np.linspace(0, 255, 13).round().astype(np.uint8)
    others = np.array([MAGENTA, POSINF, NEGINF, *((grey, grey, grey) for grey in greys)], np.uint8)
    return np.concatenate([ramp(diverging, 240), others])


def _interpolate(stops: list[str], steps: int) -> NDArray[np.uint8]:
    lab = _to_lab(stops)
    at = np.linspace(0, len(stops) - 1, steps)
    return _to_rgb(np.stack([np.interp(at, range(len(stops)), lab[:, k]) for k in range(3)], 1))


def limits(finite: NDArray[Any]) -> tuple[float, float, bool]:
    """Return low, high and whether to diverge around 0, for finite values.

    0.2–99.8 % of the values; symmetric about 0 where there are both signs.
    """
    if finite.size == 0:
        return 0.0, 1.0, False
    low, high = (float(v) for v in np.quantile(finite.astype(np.float64), [0.002, 0.998]))
    if finite.min() < 0 < finite.max():
        top = max(abs(low), abs(high)) or float(np.abs(finite).max())
        return -top, top, True
    return (low, high, False) if low < high else (low, low + 1.0, False)


def paint(values: NDArray[Any], low: float, high: float, diverging: bool) -> NDArray[np.uint8]:
    """Return an image, shape (…, 3), of float values; NaN and Inf in their own colours.

    What is masked is white, as the page is.
    """
    numbers, colours = np.ma.getdata(values), ramp(diverging)
    with np.errstate(invalid="ignore", over="ignore"):
        place = np.clip((numbers - low) / (high - low), 0, 1) * (len(colours) - 1)
    index = np.nan_to_num(place, nan=0.0).astype(np.intp)
    image = colours[index]
    image[np.isnan(numbers)] = MAGENTA
    image[np.isposinf(numbers)] = POSINF
    image[np.isneginf(numbers)] = NEGINF
    image[np.ma.getmaskarray(values)] = 255
    return image

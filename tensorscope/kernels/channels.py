"""Channels: what each tile of a picture holds, all of them in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.reduce import pieces
from tensorscope.adapters.tiles import Place

if TYPE_CHECKING:
    from tensorscope.adapters.torch_device import DeviceArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(slots=True)
class Tally:
    """Counts and moments, an element a tile.

    Attributes
    ----------
    count, nan, inf, zero : ndarray of int
        Elements that are not masked; which of them are NaN, infinite, 0.
    low, high : ndarray
        Finite extremes; what they are where nothing is finite has no meaning.
    at_low, at_high : ndarray of int
        How many elements stand at them.
    mean, spread : ndarray of float
        Mean of the finite elements, and the sum of their squared distances from it.
    """

    count: Counts
    nan: Counts
    inf: Counts
    zero: Counts
    low: NDArray[Any]
    high: NDArray[Any]
    at_low: Counts
    at_high: Counts
    mean: Floats
    spread: Floats

    @property
    def finite(self) -> Counts:
        """How many elements are finite."""
        return self.count - self.nan - self.inf

    def join(self, tiles: slice, other: Tally) -> None:
        """Take in what is known of some tiles."""
        mine, theirs = self.finite[tiles], other.finite
        for name in ("count", "nan", "inf", "zero"):
            getattr(self, name)[tiles] += getattr(other, name)
        for name, at, first in (("low", "at_low", np.less), ("high", "at_high", np.greater)):
            old, new = getattr(self, name)[tiles], getattr(other, name)
            counts = getattr(self, at)[tiles]
            better = (theirs > 0) & ((mine == 0) | first(new, old))
            same = (theirs > 0) & ~better & (new == old)
            counts[same] += getattr(other, at)[same]
            counts[better] = getattr(other, at)[better]
            old[better] = new[better]
        share = theirs / np.maximum(mine + theirs, 1)
        distance = other.mean - self.mean[tiles]
        self.spread[tiles] += other.spread + distance**2 * mine * share
        self.mean[tiles] += distance * share


class ChannelWork:
    """Tallies each tile of a cut with the dims tiles, rows, columns.

    Parameters
    ----------
    dtype : DType
        Element type: numbers or booleans. Complex ones count by their magnitudes.
    tiles : int
        How many there are.
    blank : ndarray of bool, optional
        Places of the cut that hold no value.
    """

    def __init__(self, dtype: DType, tiles: int, blank: NDArray[np.bool_] | None = None) -> None:
        self.dtype, self.tiles, self.blank = dtype, tiles, blank

    def take(self, place: Place, raw: Raw) -> Tally:
        """Tally one part of the cut, a million elements at a time."""
        found = _nothing(self.tiles, numbers(self.dtype, raw[:0]).dtype)
        with np.errstate(all="ignore"):
            for piece in pieces(raw.shape, (1, 2), whole=True):
                values = numbers(self.dtype, raw[piece])
                first = place[0].start
                tiles = slice(first + piece[0].start, first + piece[0].stop)
                blank = None
                if self.blank is not None:
                    inside = self.blank[place][piece]
                    blank = inside.reshape(len(inside), -1)
                found.join(tiles, _tally(values.reshape(len(values), -1), blank))
        return found

    def on_device(self, array: DeviceArray) -> Tally | None:
        """Tally where the numbers lie; ten numbers a tile and chunk cross, at once."""
        if self.blank is not None or 0 in array.shape:
            return None
        found = _nothing(self.tiles, numbers(self.dtype, np.empty(0, self.dtype.storage)).dtype)
        tiles: list[slice] = []
        rows: list[Any] = []
        for piece in pieces(array.shape, (1, 2), whole=True):
            values = array.numbers(piece)
            tiles.append(piece[0])
            rows.append(_tally_there(array.xp, values.reshape(len(values), -1)))
        crossed = array.home(array.xp.cat(rows, dim=1))
        first = 0
        for at in tiles:
            part = crossed[:, first : first + at.stop - at.start]
            first += part.shape[1]
            is_float = found.low.dtype.kind == "f"
            ends = [end.view(np.float64) if is_float else end for end in part[4:6]]
            counts, moments = (*part[:4], *part[6:8]), part[8:].view(np.float64)
            found.join(at, Tally(*counts[:4], *ends, *counts[4:], *moments))
        return found

    def merge(self, parts: Sequence[Tally]) -> Tally:
        """Join what parts of the cut told."""
        first, *rest = parts
        with np.errstate(all="ignore"):
            for other in rest:
                first.join(slice(None), other)
        return first


class DistanceWork:
    """Measures how far each tile of a cut is from one of them.

    Parameters
    ----------
    dtype : DType
        Element type.
    reference : ndarray
        Raw bits of the tile, with the dims of the cut.
    means : ndarray of float or None
        Means of all tiles, for products of what is left without them; None for squared distances.
    tile : int
        Which of the cut's tiles the reference is.
    blank : ndarray of bool, optional
        Places of the cut that hold no value: left out where either tile has none.
    """

    def __init__(
        self,
        dtype: DType,
        reference: Raw,
        tile: int,
        means: Floats | None = None,
        blank: NDArray[np.bool_] | None = None,
    ) -> None:
        self.blank = blank
        self.dtype, self.reference, self.tile, self.means = dtype, reference, tile, means
        self.mean = 0.0 if means is None else float(means[tile])

    def take(self, place: Place, raw: Raw) -> dict[int, float]:
        """Measure one part of the cut."""
        found: dict[int, float] = {}
        with np.errstate(all="ignore"):
            for piece in pieces(raw.shape, (1, 2), whole=True):
                values = numbers(self.dtype, raw[piece]).astype(np.float64)
                across = tuple(
                    slice(at.start + p.start, at.start + p.stop)
                    for at, p in zip(place[1:], piece[1:], strict=True)
                )
                other = numbers(self.dtype, self.reference[(slice(None), *across)])
                first = place[0].start + piece[0].start
                wide = other.astype(np.float64)
                if self.means is None:
                    parts = (values - wide) ** 2
                else:
                    means = self.means[first : first + len(values), None, None]
                    parts = (values - means) * (wide - self.mean)
                if self.blank is not None:
                    hidden = self.blank[(slice(self.tile, self.tile + 1), *across)]
                    parts[self.blank[place][piece] | hidden] = 0.0
                sums = parts.sum(axis=(1, 2))
                for tile, total in enumerate(sums.tolist(), first):
                    found[tile] = found.get(tile, 0.0) + total
        return found

    def on_device(self, array: DeviceArray) -> dict[int, float] | None:
        """Measure where the numbers lie; a number a tile and chunk crosses, at once."""
        if self.blank is not None or 0 in array.shape:
            return None
        xp = array.xp
        tiles: list[int] = []
        rows: list[Any] = []
        for piece in pieces(array.shape, (1, 2), whole=True):
            values = array.numbers(piece).to(xp.float64)
            other = array.numbers((slice(self.tile, self.tile + 1), *piece[1:])).to(xp.float64)
            tiles.extend(range(piece[0].start, piece[0].stop))
            if self.means is None:
                rows.append(((values - other) ** 2).sum((1, 2)))
            else:
                means = array.send(self.means[piece[0]])[:, None, None]
                rows.append(((values - means) * (other - self.mean)).sum((1, 2)))
        found: dict[int, float] = {}
        for tile, total in zip(tiles, array.home(xp.cat(rows)).tolist(), strict=True):
            found[tile] = found.get(tile, 0.0) + total
        return found

    def merge(self, parts: Sequence[dict[int, float]]) -> dict[int, float]:
        """Join what parts of the cut told."""
        first, *rest = parts
        for other in rest:
            for tile, total in other.items():
                first[tile] = first.get(tile, 0.0) + total
        return first


def numbers(dtype: DType, raw: Raw) -> NDArray[Any]:
    """Return raw bits as numbers that NumPy reduces: no booleans, no halves, no complex ones."""
    values = dtype.decode(raw)
    if values.dtype.kind == "c":
        return np.abs(values.astype(np.complex128))
    if values.dtype.kind == "b":
        return values.view(np.uint8)
    narrow = values.dtype.kind == "f" and values.dtype.itemsize < 4
    return values.astype(np.float32) if narrow else values


def _tally_there(xp: Any, values: Any) -> Any:
    """Return the fields of a Tally of rows of numbers on a device, as bits of int64."""
    is_float = values.is_floating_point()
    if values.dtype == xp.bool:
        values = values.to(xp.uint8)
    finite = xp.isfinite(values)
    some = finite.sum(1)
    wide = xp.where(finite, values.to(xp.float64), 0.0)
    mean = wide.sum(1) / some.clamp(min=1)
    spread = xp.where(finite, (wide - mean[:, None]) ** 2, 0.0).sum(1)
    low = (xp.where(finite, values, np.inf) if is_float else values).amin(1)
    high = (xp.where(finite, values, -np.inf) if is_float else values).amax(1)
    count = xp.full_like(some, values.shape[1])
    nan, inf = xp.isnan(values).sum(1), xp.isinf(values).sum(1)
    zero = (values == 0).sum(1)
    at_low = ((values == low[:, None]) & finite).sum(1)
    at_high = ((values == high[:, None]) & finite).sum(1)
    ends = [e.to(xp.float64).view(xp.int64) if is_float else e.to(xp.int64) for e in (low, high)]
    moments = [m.view(xp.int64) for m in (mean, spread)]
    return xp.stack([count, nan, inf, zero, *ends, at_low, at_high, *moments])


def _nothing(tiles: int, dtype: np.dtype[Any]) -> Tally:
    def zeros() -> Counts:
        return np.zeros(tiles, np.int64)

    ends = np.zeros(tiles, dtype), np.zeros(tiles, dtype)
    return Tally(zeros(), zeros(), zeros(), zeros(), *ends, zeros(), zeros(),
                 np.zeros(tiles), np.zeros(tiles))  # fmt: skip


def _tally(values: NDArray[Any], blank: NDArray[np.bool_] | None) -> Tally:
    """Tally rows of numbers."""
    tiles, size = values.shape
    none = np.zeros(tiles, np.int64)
    if size == 0:
        return _nothing(tiles, values.dtype)
    present = np.ones(values.shape, bool) if blank is None else ~blank
    finite, nan, inf = present, none, none.copy()
    if values.dtype.kind == "f":
        finite = np.isfinite(values) & present
        if blank is not None or not finite.all():
            nan = np.count_nonzero(np.isnan(values) & present, axis=1)
            inf = np.count_nonzero(np.isinf(values) & present, axis=1)
    some = np.count_nonzero(finite, axis=1)
    # Places that do not count take the value of one that does.
    stand_in = values[np.arange(tiles), finite.argmax(axis=1)]
    whole = bool(finite.all())
    held = values if whole else np.where(finite, values, stand_in[:, None])
    low, high = held.min(axis=1), held.max(axis=1)

    def share(where: NDArray[np.bool_]) -> Counts:
        counts: Counts = np.count_nonzero(where if whole else where & finite, axis=1)
        return counts

    wide = held.astype(np.float64)
    if not whole:
        wide[~finite] = 0.0
    mean = wide.sum(axis=1) / np.maximum(some, 1)
    wide -= mean[:, None]
    if not whole:
        wide[~finite] = 0.0
    return Tally(
        np.count_nonzero(present, axis=1).astype(np.int64), nan, inf, share(held == 0), low, high,
        share(held == low[:, None]), share(held == high[:, None]), mean, (wide * wide).sum(axis=1),
    )  # fmt: skip

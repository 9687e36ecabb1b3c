"""Tally: the summary of a cut, joined from what each of its tiles tells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.tiles import Place, lift
from tensorscope.kernels import device
from tensorscope.kernels.bins import Bins
from tensorscope.kernels.histogram import Histogram, histogram
from tensorscope.kernels.moments import Moments
from tensorscope.kernels.predicate import numbers
from tensorscope.kernels.survey import ComplexSummary, Summary
from tensorscope.slots import Span

if TYPE_CHECKING:
    from tensorscope.adapters.torch_device import DeviceArray


@dataclass
class Tally:
    """What is known of some tiles.

    Attributes
    ----------
    count, nan, posinf, neginf, zero : int
        How many elements there are, and are that.
    least, most : tuple or None
        Extremes of all elements but NaN, with their lowest flat position.
    range : tuple or None
        Extremes of the finite elements.
    first_nan, first_inf : int or None
        Lowest flat position of NaN, and of an infinity.
    total : int or None
        The exact sum of whole numbers.
    moments : list of Moments
        Of the real part, and of the imaginary part of complex numbers.
    histogram : tuple of ndarray or None
        Counts and edges, where one tile is all.
    bins : Bins or None
        Fine counts otherwise.
    """

    count: int
    nan: int
    posinf: int
    neginf: int
    zero: int
    moments: list[Moments]
    least: tuple[Any, int] | None = None
    most: tuple[Any, int] | None = None
    range: tuple[Any, Any] | None = None
    first_nan: int | None = None
    first_inf: int | None = None
    total: int | None = None
    histogram: Histogram | None = field(default=None, repr=False)
    bins: Bins | None = field(default=None, repr=False)

    @property
    def finite(self) -> int:
        """How many elements are neither NaN nor infinite."""
        return self.count - self.nan - self.posinf - self.neginf

    def results(self, kind: str) -> dict[str, Any]:
        """Return sum, norm, mean and std; `kind` is that of the dtype."""
        if kind == "c":
            return self._complex()
        found = self.moments[0].results()
        if self.total is None:
            return dict(found)
        count, total = self.finite, self.total
        norm, std = found["norm"] or 0.0, found["std"]
        if kind == "b":
            norm = math.sqrt(total)
            std = math.sqrt(total * (count - total)) / count if count else None
        return {"sum": total, "norm": norm, "mean": total / count if count else None, "std": std}

    def _complex(self) -> dict[str, Any]:
        real, imag = (part.results() for part in self.moments)
        mean = std = None
        if real["mean"] is not None and imag["mean"] is not None:
            mean = complex(real["mean"], imag["mean"])
            std = math.hypot(real["std"] or 0.0, imag["std"] or 0.0)
        return {
            "sum": complex(real["sum"] or 0.0, imag["sum"] or 0.0),
            "norm": math.hypot(real["norm"] or 0.0, imag["norm"] or 0.0),
            "mean": mean,
            "std": std,
        }


class TallyWork:
    """Sums up tiles.

    Parameters
    ----------
    dtype : DType
        Element type of the cut.
    shape : tuple of int
        Of the whole cut.
    with_histogram : bool
        Whether to count in bins too.
    """

    def __init__(self, dtype: DType, shape: tuple[int, ...], with_histogram: bool) -> None:
        self.dtype, self.shape, self.with_histogram = dtype, shape, with_histogram

    def take(self, place: Place, raw: Raw) -> Tally:
        """Sum up one tile, and say where things stand in the whole cut."""
        cut = Cut(self.dtype, tuple(Span(0, 1, n) for n in raw.shape), array=raw)

        def at(flat: int | None) -> int | None:
            return None if flat is None else int(lift(np.array([flat]), place, self.shape)[0])

        if self.dtype.kind == "c":
            parts = ComplexSummary(cut)
            tally = Tally(cut.count, parts.nan, parts.posinf, 0, parts.zero, parts.parts)
            tally.first_nan, tally.first_inf = at(parts.where_nan()), at(parts.where_inf())
        else:
            tally = self._real(Summary(cut), at, raw)
        for moments in tally.moments:
            moments.rest()
        return tally

    def on_device(self, array: DeviceArray) -> Tally | None:
        """Sum up where the numbers lie."""
        found = device.survey(array, self.with_histogram)
        if found is None:
            return None
        count, moments = math.prod(self.shape), found.pop("moments")
        return Tally(count=count, moments=[moments], **found)

    def _real(self, found: Summary, at: Any, raw: Raw) -> Tally:
        low, high = found.low.value, found.high.value
        tally = Tally(
            found.cut.count, found.nan, found.posinf, found.neginf, found.zero, [found.moments],
            range=None if low is None else (low, high),
            first_nan=at(found.where_nan()),
            first_inf=at(found.where_inf()),
            total=found.total,
        )  # fmt: skip
        least, most = at(found.where(found.least)), at(found.where(found.most))
        if least is not None and most is not None:
            tally.least, tally.most = (found.least.value, least), (found.most.value, most)
        if not self.with_histogram:
            return tally
        if raw.shape == self.shape:
            tally.histogram = histogram(found.walk, low, high, found.bad)
            return tally
        tally.bins = Bins.start(self.dtype, low, high)
        for number, (_, piece) in enumerate(found.walk):
            values = piece if tally.bins.by_bits else numbers(self.dtype, piece)
            if found.bad[number] and not tally.bins.by_bits:
                values = values[np.isfinite(values)]
            tally.bins.add(values)
        return tally

    def merge(self, parts: Sequence[Tally]) -> Tally:
        """Join tallies."""
        first, *rest = parts
        for other in rest:
            for name in ("count", "nan", "posinf", "neginf", "zero"):
                setattr(first, name, getattr(first, name) + getattr(other, name))
            if first.total is not None and other.total is not None:
                first.total += other.total
            first.least = _better(first.least, other.least, -1)
            first.most = _better(first.most, other.most, 1)
            first.range = _wider(first.range, other.range)
            first.first_nan = _earlier(first.first_nan, other.first_nan)
            first.first_inf = _earlier(first.first_inf, other.first_inf)
            for mine, theirs in zip(first.moments, other.moments, strict=True):
                mine.join(theirs)
            if first.bins is not None and other.bins is not None:
                first.bins = first.bins.join(other.bins)
        return first

    def finish(self, tally: Tally) -> Histogram | None:
        """Return the histogram of the whole cut."""
        if tally.bins is None or tally.range is None:
            return tally.histogram
        return tally.bins.finish(*tally.range)


def _better(one: Any, two: Any, sign: int) -> Any:
    """Return the extreme (value, position) of two; of equal ones that which stands first."""
    if one is None or two is None:
        return two if one is None else one
    if one[0] == two[0]:
        return one if one[1] < two[1] else two
    return one if (one[0] > two[0]) == (sign > 0) else two


def _wider(one: Any, two: Any) -> Any:
    if one is None or two is None:
        return two if one is None else one
    return min(one[0], two[0]), max(one[1], two[1])


def _earlier(one: int | None, two: int | None) -> int | None:
    if one is None or two is None:
        return two if one is None else one
    return min(one, two)

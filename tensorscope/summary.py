"""Stats: what a selection holds, summed up exactly in one pass."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut
from tensorscope.adapters.dtypes import NAT, DType
from tensorscope.adapters.select import Selected, dates_as_ticks, select
from tensorscope.errors import UnsupportedTensorError
from tensorscope.kernels.histogram import Histogram
from tensorscope.kernels.search import gather
from tensorscope.kernels.tally import TallyWork
from tensorscope.progress import reporting
from tensorscope.slots import Span

#: Elements of the quick first look, and how many of them lie in a row.
SAMPLE, _RUN = 1 << 18, 1 << 9
_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Stats:
    """Summary of a selection.

    Masked places are left out and counted in `masked`. NaN and infinities are counted beside: sum,
    norm, mean, std, range and histogram are over the finite elements; min, max and their places
    leave out NaN alone, and so may be infinite. What has no value in an empty selection is None.
    Complex numbers have no order: no min, max, range, places or histogram, and their infinities,
    which have no sign, count as ``posinf``.

    Attributes
    ----------
    count : int
        Elements of the selection.
    nan, posinf, neginf, zero : int
        How many are NaN, +Inf, −Inf, 0.
    min, max : int, float, bool or None
        Extremes of all but NaN.
    range : tuple or None
        Smallest and largest finite element.
    sum : int, float or complex
        Exact for integers and bool, else rounded to float64.
    norm : float
        Square root of the sum of squared magnitudes.
    mean : float, complex or None
    std : float or None
        Of the population (divided by the count). Complex: of the distance from the mean.
    histogram : tuple of ndarray or None
        Counts (int64) and edges (float64, one more): exact for these edges, at most 64 bins over
        the range.
    argmin, argmax : tuple of int or None
        Where min and max stand first, in the whole tensor; −1 for a reduced dim.
    first_nan, first_inf : tuple of int or None
        Where the first NaN, and the first infinity, stand.
    coverage : float
        Share of the elements that was looked at; below 1 it is a sample, and so are the extremes.
        Counts are those of the sample then.
    dtype : str
        Element type of the selection.
    masked : int
        Places of the selection that were left out because they are masked.

    Notes
    -----
    Dates and durations are counted in their ticks: extremes, range and mean are dates (durations),
    the mean rounded to a tick; std is a duration; edges of the histogram are ticks; NaT counts as
    NaN. Dates have no sum and no norm.
    """

    count: int
    nan: int
    posinf: int
    neginf: int
    zero: int
    min: Any
    max: Any
    range: tuple[Any, Any] | None
    sum: Any
    norm: Any
    mean: Any
    std: Any
    histogram: Histogram | None = field(compare=False)
    argmin: tuple[int, ...] | None
    argmax: tuple[int, ...] | None
    first_nan: tuple[int, ...] | None
    first_inf: tuple[int, ...] | None
    coverage: float
    dtype: str
    masked: int = 0

    @property
    def finite(self) -> int:
        """How many elements are neither NaN nor infinite."""
        return self.count - self.nan - self.posinf - self.neginf

    def __repr__(self) -> str:
        sampled = f", a sample of {100 * self.coverage:.2g} %" if self.coverage < 1 else ""
        lines = [f"<Stats of {self.count} elements, {self.dtype}{sampled}>"]
        if self.range is not None:
            lines.append(f"  finite {_short(self.range[0])} … {_short(self.range[1])}")
        if self.min is not None:
            ends = [f"min {_short(self.min)} at {_place(self.argmin)}"]
            ends.append(f"max {_short(self.max)} at {_place(self.argmax)}")
            lines.append(f"  {', '.join(ends)}")
        if self.mean is not None:
            lines.append(f"  mean {_short(self.mean)} ± {_short(self.std)} (population std)")
        if self.sum is not None:
            lines.append(f"  sum {_short(self.sum)}, norm {_short(self.norm)}")
        counted = {"NaN": self.nan, "+Inf": self.posinf, "-Inf": self.neginf, "zero": self.zero}
        if self.masked:
            counted["masked"] = self.masked
        lines.append(f"  {', '.join(f'{name} {n}' for name, n in counted.items())}")
        if self.histogram is not None:
            lines.append(f"  {_bars(self.histogram[0])}")
        return "\n".join(lines)


def stats(
    x: Any,
    sel: object = None,
    dims: object = None,
    histogram: bool = True,
    progress: object = None,
) -> Stats:
    """Sum up a selection.

    Parameters
    ----------
    x : tensor
        A live tensor; it is left as it was.
    sel : str, tuple, mapping or None
        Which part; None takes everything.
    dims : sequence of str, optional
        Names of the dims, so that `sel` can use them.
    histogram : bool
        False leaves the histogram out, and with it a second pass over memory.
    progress : bool or callable, optional
        For arrays that are read in chunks: True prints a line, a function gets ``(done, total)``.
        What it raises stops the read; so does an interrupt.

    Returns
    -------
    Stats

    Raises
    ------
    SelectionError
        The selection cannot be read or is out of range.
    UnsupportedTensorError
        `x` has no values that can be read.

    Notes
    -----
    Cost: one pass in the order of memory, a second one for the histogram, the extremes' pieces
    again; in pieces of 64 k elements, so that no temporary grows with the tensor. Of a stored or
    lazy array every chunk is read once, the histogram included: where it takes several reads, its
    edges lie on a fine grid (within 1/128 of a bin of even ones), and counts are exact for them.

    Examples
    --------
    >>> import numpy as np, tensorscope as ts
    >>> found = ts.stats(np.array([1.0, 2.0, np.nan, 3.0]))
    >>> found.mean, found.max, found.nan
    (2.0, 3.0, 1)
    """
    with reporting(progress):
        return summarise(select(x, sel, dims, search=1), histogram)


def summarise(selected: Selected, with_histogram: bool = True) -> Stats:
    """Return the exact summary of what was selected."""
    dtype = selected.dtype
    if not is_counted(dtype):
        raise UnsupportedTensorError(
            f"{dtype.name} holds more digits than statistics in float64 keep: pass "
            "x.astype(np.float64) or x.astype(np.complex128); ts.where and ts.topk compare exactly",
            "NOT_NUMERIC",
        )
    counted, nat = dates_as_ticks(selected)

    def place(flat: int | None) -> tuple[int, ...] | None:
        if flat is None:
            return None
        return tuple(counted.coordinates(np.array([flat]))[0].tolist())

    found = _stats(counted.cut, place, 1.0, with_histogram)
    if selected.zeros:
        found = _with_zeros(found, selected.zeros)
    if dtype.kind in "Mm":
        found = _dated(found, selected, nat)
    return replace(found, masked=selected.masked) if selected.masked else found


def is_counted(dtype: DType) -> bool:
    """Return whether statistics in float64 do right by a number type: not by long double."""
    if dtype.kind not in "fc" or not dtype.native:
        return True
    return dtype.storage.itemsize <= (16 if dtype.kind == "c" else 8)


def _dated(found: Stats, selected: Selected, nat: int) -> Stats:
    """Return the summary of ticks as one of dates or durations, of which `nat` are NaT."""
    dtype = selected.dtype
    spans = np.dtype(str(dtype.numpy).replace("datetime64", "timedelta64"))

    def date(ticks: int | None) -> Any:
        return None if ticks is None else dtype.decode(np.array([ticks], np.int64))[0]

    def duration(ticks: float) -> Any:
        if abs(ticks) >= 2.0**63:
            return None
        return np.array([round(ticks)], np.int64).view(spans)[0]

    first = None
    if nat:
        flat = np.flatnonzero(np.asarray(selected.cut.read()).ravel() == NAT)[:1]
        first = tuple(selected.coordinates(flat)[0].tolist())
    is_date = dtype.kind == "M"
    return replace(
        found,
        dtype=dtype.name,
        count=found.count + nat,
        nan=nat,
        zero=0 if is_date else found.zero,
        min=date(found.min),
        max=date(found.max),
        range=None if found.range is None else (date(found.range[0]), date(found.range[1])),
        mean=date(round(Fraction(found.sum, found.count))) if found.count else None,
        std=None if found.std is None else duration(found.std),
        sum=None if is_date else duration(found.sum),
        norm=None if is_date else duration(found.norm),
        first_nan=first,
    )


def _with_zeros(found: Stats, zeros: int) -> Stats:
    """Return the summary of the same elements and so many zeros more, one being among them."""
    finite = found.finite + zeros
    mean = found.mean * found.finite / finite
    assert found.std is not None
    spread = found.finite * (found.std**2 + abs(found.mean - mean) ** 2) + zeros * abs(mean) ** 2
    bars = found.histogram
    if bars is not None:
        counts, edges = bars
        counts = counts.copy()
        place = int(np.searchsorted(edges, 0.0, side="right")) - 1
        counts[min(max(place, 0), len(counts) - 1)] += zeros
        bars = counts, edges
    return replace(
        found,
        count=found.count + zeros,
        zero=found.zero + zeros,
        mean=mean,
        std=float(np.sqrt(spread / finite)),
        histogram=bars,
    )


def sampled(selected: Selected, count: int = SAMPLE) -> Stats:
    """Return a quick first summary from about `count` elements; its ``coverage`` says how many.

    A selection that is not larger is summed up exactly.

    Cost: `count` elements are copied, in runs spread over the selection.
    """
    cut = selected.cut
    if cut.count <= count:
        return summarise(selected)
    flat = _sample_places(cut, count)
    chosen = cut.array
    if chosen is not None and chosen.flags.c_contiguous:
        raw = chosen.reshape(-1)[flat]
    else:
        raw = gather(cut, flat)

    def place(position: int | None) -> tuple[int, ...] | None:
        if position is None:
            return None
        return tuple(selected.coordinates(flat[position : position + 1])[0].tolist())

    return _stats(
        Cut(cut.dtype, (Span(0, 1, len(flat)),), array=raw), place, len(flat) / cut.count, True
    )


def _sample_places(cut: Cut, count: int) -> NDArray[np.int64]:
    """Return flat positions: one run in each of equal stretches, at a random place in it."""
    contiguous = cut.array is not None and cut.array.flags.c_contiguous
    run = _RUN if contiguous or cut.array is None else 8
    runs = max(1, (count if contiguous else count // 8) // run)
    stretch = cut.count / runs
    chance = np.random.default_rng(0).random(runs)  # the same sample each time
    starts = (np.arange(runs) * stretch + chance * max(stretch - run, 0)).astype(np.int64)
    starts = np.minimum(starts, cut.count - run)
    return (starts[:, None] + np.arange(run)).ravel()


def _stats(cut: Cut, place: Any, coverage: float, with_histogram: bool) -> Stats:
    common: dict[str, Any] = {"coverage": coverage, "dtype": cut.dtype.name, "count": cut.count}
    work = TallyWork(cut.dtype, cut.shape, with_histogram)
    found = cut.fold(work)
    (low, argmin), (high, argmax) = found.least or (None, None), found.most or (None, None)
    return Stats(
        **common,
        **found.results(cut.dtype.kind),
        nan=found.nan,
        posinf=found.posinf,
        neginf=found.neginf,
        zero=found.zero,
        min=low,
        max=high,
        range=found.range,
        histogram=work.finish(found),
        argmin=place(argmin),
        argmax=place(argmax),
        first_nan=place(found.first_nan),
        first_inf=place(found.first_inf),
    )


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float | complex) else str(value)


def _place(index: tuple[int, ...] | None) -> str:
    return "nowhere" if index is None else f"[{', '.join(map(str, index))}]"


def _bars(counts: NDArray[np.int64]) -> str:
    """Draw counts as a line of bars; a bin with anything in it is never blank."""
    top = max(int(counts.max()), 1)
    return "".join(
        " " if n == 0 else _BARS[min(int(n) * len(_BARS) // (top + 1), 7)] for n in counts.tolist()
    )

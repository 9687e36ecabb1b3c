"""Statistics as the screen gets them: texts, cells, warnings."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorscope.adapters.dtypes import DType
from tensorscope.cautions import warnings_of
from tensorscope.selection import Selection
from tensorscope.summary import Stats
from tensorscope.text import value_text


def stats_dict(stats: Stats, selection: Selection, dtype: DType) -> dict[str, Any]:
    """Return statistics for the screen."""
    nan, inf = _cell(selection, stats.first_nan), _cell(selection, stats.first_inf)
    counts, edges = stats.histogram if stats.histogram is not None else (None, None)
    low, high = stats.range if stats.range is not None else (None, None)
    return {
        "count": stats.count,
        "nan": stats.nan,
        "posinf": stats.posinf,
        "neginf": stats.neginf,
        "zero": stats.zero,
        "min": _own_text(dtype, stats.min),
        "max": _own_text(dtype, stats.max),
        "low": _colour_text(dtype, low),
        "high": _colour_text(dtype, high),
        "mean": _wide_text(stats.mean),
        "std": _wide_text(stats.std),
        "sum": _wide_text(stats.sum),
        "norm": _wide_text(stats.norm),
        "argmin": _cell(selection, stats.argmin),
        "argmax": _cell(selection, stats.argmax),
        "first_nan": nan,
        "first_inf": inf,
        "histogram": None
        if counts is None or edges is None
        else {"counts": [int(c) for c in counts], "edges": [float(e) for e in edges]},
        "coverage": stats.coverage,
        "masked": stats.masked,
        "warnings": warnings_of(stats, nan, inf),
    }


def uncounted_dict(count: int, masked: int) -> dict[str, Any]:
    """Return what can be said of elements that are no numbers: how many hold a value."""
    names = "min max low high mean std sum norm argmin argmax first_nan first_inf histogram"
    return {
        "count": count,
        "masked": masked,
        **dict.fromkeys(("nan", "posinf", "neginf", "zero"), 0),
        **dict.fromkeys(names.split()),
        "coverage": 1.0,
        "warnings": [],
    }


def _cell(selection: Selection, place: tuple[int, ...] | None) -> list[int | str | None] | None:
    return None if place is None else [selection.op if c < 0 else c for c in place]


def _own_text(dtype: DType, value: Any) -> str | None:
    return None if value is None else value_text(dtype, value)


def _colour_text(dtype: DType, value: Any) -> str | None:
    """Return an end of the range as colours take it: dates as their ticks."""
    if value is not None and dtype.kind in "Mm":
        return str(int(value.astype(np.int64)))
    return _own_text(dtype, value)


def _wide_text(value: Any) -> str | None:
    if isinstance(value, np.datetime64 | np.timedelta64):
        return str(value)
    return None if value is None else repr(value)

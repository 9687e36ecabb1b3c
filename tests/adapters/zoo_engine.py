"""The public API in the words of a list of cases: read a value, describe a tensor, keep a law.

A module that lists tensors, and what must be read from them, calls these three functions. Values
that are absent come as its own sentinels.
"""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import zoo

import tensorscope as ts

_STATS = {"nonfinite": lambda s: s.nan + s.posinf + s.neginf}


def read(obj: Any, index: tuple[int, ...] | None) -> Any:
    """Return the Python value at an index; a refusal is an error with ``.kind``."""
    value = ts.extract(obj, index).item()
    if value is np.ma.masked:
        info = ts.describe(obj)
        masks = info.framework in ("numpy", "torch") and not info.dtype.startswith("String")
        return zoo.MASKED if masks else zoo.NA
    return _spoken(value)


def _spoken(value: Any) -> Any:
    """Return dates as text."""
    if isinstance(value, np.datetime64 | np.timedelta64):
        return zoo.NAT if np.isnat(value) else str(value)
    return value.isoformat() if isinstance(value, datetime.datetime) else value


def describe(obj: Any) -> tuple[tuple[int | None, ...] | None, str | None]:
    """Return shape and dtype, also of what has no values."""
    try:
        info = ts.describe(obj)
    except ts.UnsupportedTensorError as error:
        return error.shape, error.dtype
    return info.shape, info.dtype


def law(obj: Any, op: str, *args: Any) -> Any:
    """Return what a threshold, an order, a statistic or a format gives."""
    if op == "threshold":
        return _places(ts.where(obj, _condition(*args)))
    if op == "topk":
        hits = ts.topk(obj, args[0], by=args[1] if len(args) > 1 else "value")
        values = hits.values.tolist()
        return [(i[0], v) for i, v in zip(hits.indices.tolist(), values, strict=True)]
    if op == "stat":
        return _stat(obj, *args)
    text = ts.extract(obj, args[0]).text
    return text if op == "format" else text.replace("nan", "NaN")


def _condition(op: str, value: float) -> str:
    return f"abs(x) {op[3:]} {value}" if op.startswith("abs") else f"x {op} {value}"


def _places(hits: Any) -> list[tuple[int, ...]]:
    return [tuple(place) for place in hits.indices.tolist()]


def _stat(obj: Any, name: str, dim: int | None = None) -> Any:
    if dim is not None:
        return ts.extract(obj, {dim: name}).numpy().tolist()
    stats = ts.stats(obj)
    return _STATS[name](stats) if name in _STATS else _spoken(getattr(stats, name))

"""Dates and durations in conditions, exactly, as counts of an element type's ticks."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np

from tensorscope.adapters.dtypes import DType
from tensorscope.errors import ConditionError, clip, quote

_DATE = re.compile(r"[+-]?\d{4,}(-\d\d(-\d\d([T ]\d\d(:\d\d(:\d\d(\.\d{1,18})?)?)?)?)?)?")
_DURATION = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*([A-Za-zµ]+)\s*")

#: Ticks of a unit in a day.
_A_DAY = {"D": 1, "h": 24, "m": 1440, "s": 86400}
_A_DAY |= {name: 86400 * 1000**k for k, name in enumerate(("ms", "us", "ns", "ps", "fs", "as"), 1)}
_WORDS = {
    "w": "W", "week": "W", "d": "D", "day": "D", "hour": "h", "min": "m", "minute": "m",
    "sec": "s", "second": "s", "µs": "us",
}  # fmt: skip


def ticks_of(value: Any, dtype: DType) -> Fraction | int | float:
    """Return how many ticks of `dtype` a threshold is; not always a whole number.

    Parameters
    ----------
    value : str, int or float
        A date, ``2020-01-01T12:30``, or a duration, ``90 s``; for durations also a number of ticks.

    Raises
    ------
    ConditionError
        With kind ``TYPE``: it cannot be compared with elements of `dtype`.
    """
    unit, count = np.datetime_data(dtype.numpy)
    if dtype.kind == "M":
        if isinstance(value, str) and _DATE.fullmatch(value.strip()):
            return _date(value.strip(), unit) / count
        raise ConditionError(
            f"{dtype.name} is compared with a date in quotes, e.g. x > '2020-01-01' or "
            f"x > '2020-01-01T12:30', not with {clip(repr(value), 60)}",
            "TYPE",
        )
    if not isinstance(value, str):
        ticks: int | float = value
        return ticks
    found = _DURATION.fullmatch(value)
    spelt = found[2] if found else ""
    spelt = spelt if spelt in _A_DAY else _WORDS.get(spelt.lower().removesuffix("s"), spelt)
    if found is None or (spelt != unit and not {spelt, unit} <= {"W", *_A_DAY}):
        raise ConditionError(
            f"{dtype.name} is compared with a duration in quotes, e.g. x > '90 s' or x > '1.5 h' "
            f"(W D h m s ms us ns), or with a number of its own unit, not with "
            f"{clip(repr(value), 60)}",
            "TYPE",
        )
    amount = Fraction(found[1])
    return (amount if spelt == unit else amount * _in_a_day(unit) / _in_a_day(spelt)) / count


def _in_a_day(unit: str) -> Fraction:
    return Fraction(1, 7) if unit == "W" else Fraction(_A_DAY[unit])


def _date(text: str, unit: str) -> Fraction:
    """Return ticks since 1970; between two ticks for what lies inside a month or a year."""
    try:
        moment = np.datetime64(text)
        own, _ = np.datetime_data(moment.dtype)
        day = moment.astype("M8[D]")
        inside = int((moment - day).astype(f"m8[{own}]").astype(np.int64)) if own in _A_DAY else 0
    except (ValueError, OverflowError) as error:
        raise ConditionError(
            f"{quote(text)} is no date: {clip(str(error), 200)}", "TYPE"
        ) from error
    days = int(day.astype(np.int64)) + Fraction(inside, _A_DAY.get(own, 1))
    if unit not in ("Y", "M"):
        return days * _in_a_day(unit)
    begin = day.astype(f"M8[{unit}]")
    exact = days == int(begin.astype("M8[D]").astype(np.int64))
    return int(begin.astype(np.int64)) + (Fraction(0) if exact else Fraction(1, 2))


def date_code(ticks: int, dtype: DType) -> str:
    """Return code for one date or duration of `dtype`."""
    unit, count = np.datetime_data(dtype.numpy)
    if dtype.kind == "M" and count == 1:
        return f"np.datetime64('{dtype.decode(np.array([ticks], np.int64))[0]}', '{unit}')"
    kind = "np.datetime64" if dtype.kind == "M" else "np.timedelta64"
    return f"{kind}({ticks}, '{count if count > 1 else ''}{unit}')"

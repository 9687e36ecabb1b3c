"""Labels of tables and coordinates: names of columns, and what a pandas Index holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.errors import clip, quote
from tensorscope.labels import Labels

#: So many labels are told in a note.
_TOLD = 6


class NameLabels(Labels):
    """Labels that are texts, such as the columns of polars."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    def text(self, position: int) -> str:
        return self._names[position]

    def find(self, label: object) -> list[int]:
        return [k for k, name in enumerate(self._names) if name == label]


class IndexLabels(Labels):
    """Labels that a pandas Index holds: texts, numbers, dates, tuples of several levels.

    Parameters
    ----------
    index : pandas.Index
        Kept, never changed; its own look-up table is not built.
    """

    def __init__(self, index: Any) -> None:
        self._index = index

    def __len__(self) -> int:
        return len(self._index)

    @cached_property
    def _values(self) -> NDArray[Any]:
        values: NDArray[Any] = np.asarray(self._index)
        return values

    def text(self, position: int) -> str:
        # Of a date NumPy writes only as much as it says: no midnight.
        values = self._values if self._values.dtype.kind == "M" else self._index
        return _words(values[position])

    def find(self, label: object) -> list[int]:
        values = self._values
        if isinstance(label, str) and values.dtype.kind in "Om":
            return [k for k in range(len(values)) if self.text(k) == label]
        if values.dtype.kind == "O":
            return [k for k, value in enumerate(values) if _is(value, label)]
        wanted = _as_kind(label, values.dtype)
        if wanted is None:
            return []
        return [int(k) for k in np.flatnonzero(values == wanted)]


def labels_of_index(index: Any) -> Labels | None:
    """Return the labels of a pandas Index; None where they are the positions themselves."""
    length = len(index)
    if hasattr(index, "start") and hasattr(index, "step"):  # a RangeIndex
        return None if (index.start, index.step) == (0, 1) else IndexLabels(index)
    whole = length and index.dtype.kind in "iu" and index[0] == 0 and index[-1] == length - 1
    counts = whole and np.array_equal(np.asarray(index), np.arange(length))
    return None if counts else IndexLabels(index)


def notes_of(dims: Sequence[str], labels: Sequence[Labels | None]) -> list[str]:
    """Return a line for each dim with labels: few are listed, of many the first and the last."""
    lines = []
    for dim, named in zip(dims[:_TOLD], labels, strict=False):
        if named is None or not len(named):
            continue
        few = len(named) <= _TOLD
        told = [named.shown(k) for k in (range(len(named)) if few else (0, len(named) - 1))]
        lines.append(f"{dim}: {(', ' if few else ' … ').join(told)}")
    return lines


def _words(value: Any) -> str:
    """Return a label as text. Objects of unknown types are not asked for their own words."""
    if isinstance(value, str):
        return value
    if isinstance(value, np.datetime64):
        return str(np.datetime_as_string(value, unit="auto"))
    if isinstance(value, np.generic) and not isinstance(value, np.timedelta64):
        value = value.item()
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, tuple):
        return f"({', '.join(_words(part) for part in value)})"
    plain = isinstance(value, int | float | complex | bytes | date | timedelta | np.generic)
    if value is None or plain or type(value).__module__.partition(".")[0] == "pandas":
        return str(value)  # Period, Interval, NaT, NA
    return clip(quote(value))


def _is(value: Any, label: object) -> bool:
    alike = type(value) is type(label) or isinstance(value, int | float | str | tuple | date)
    return alike and bool(value == label)


def _as_kind(label: object, dtype: np.dtype[Any]) -> Any:
    """Return a label as an element of a dtype, or None where it is none."""
    try:
        if dtype.kind == "M":
            return _date(label)
        if dtype.kind == "m":
            return np.timedelta64(label) if isinstance(label, timedelta | np.timedelta64) else None
        if isinstance(label, str):
            if dtype.kind in "iu":
                return int(label)
            if dtype.kind == "f":
                return float(label)
            return {"True": True, "False": False}.get(label) if dtype.kind == "b" else label
    except ValueError:
        return None
    return label if isinstance(label, int | float | complex | np.number) else None


def _date(label: object) -> np.datetime64 | None:
    if isinstance(label, str):  # not 'now' and 'today', which NumPy reads too
        return np.datetime64(label) if label[:1].isdigit() else None
    exact = getattr(label, "to_datetime64", None)
    if isinstance(label, datetime) and (label.tzinfo is not None or exact is not None):
        return None if exact is None or label.tzinfo is not None else exact()
    return np.datetime64(label) if isinstance(label, date | np.datetime64) else None

"""Hits: elements that were asked for; where they are, what they hold."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.select import Selected
from tensorscope.errors import SelectionError, quote
from tensorscope.hits_by import by_slice, check_by
from tensorscope.kernels import hits_code
from tensorscope.kernels.search import Found
from tensorscope.text import value_text

_SHOWN = 10


class Hits:
    """Elements of a tensor that were asked for, with their coordinates.

    ``len(hits)`` is how many are listed; ``for place, value in hits`` goes through these.

    Attributes
    ----------
    count : int
        How many there are: elements where the condition holds; for top-k, the candidates.
    indices : ndarray of int64, shape (k, ndim)
        Coordinates in the whole tensor; −1 for a reduced dim.
    values : ndarray, shape (k,)
        Their values, an own array.
    raw : ndarray, shape (k,)
        Their bits as stored (uint16 for bfloat16, uint8 for float8).
    complete : bool
        Whether all `count` are listed.
    searched : int
        How many elements were looked at.
    nan : int
        For top-k: elements left out because they are NaN (or NaT).
    masked : int
        Places left out because they are masked.
    notes : tuple of str
        What one should know, e.g. to what a threshold was rounded.
    """

    __slots__ = (
        "_code", "_count_by", "_dtype", "_ranked", "_selection", "count", "indices", "masked",
        "nan", "notes", "raw", "searched", "values",
    )  # fmt: skip

    def __init__(
        self,
        selected: Selected,
        found: Found,
        code: Callable[[], str],
        notes: tuple[str, ...] = (),
        nan: int = 0,
        dtype: DType | None = None,
        count_by: Callable[[int], Found] | None = None,
        ranked: bool = False,
    ) -> None:
        self._ranked = ranked
        self.count = found.count
        self._selection = selected.selection
        self._count_by = count_by
        self.raw: Raw = found.raw
        self.indices: NDArray[np.int64] = selected.coordinates(found.flat)
        self._dtype: DType = dtype or selected.dtype
        decoded = self._dtype.decode(found.raw)
        self.values: NDArray[Any] = decoded.copy() if decoded is found.raw else decoded
        self.searched = selected.count
        self.masked = selected.masked
        self.nan = nan
        self.notes = notes
        self._code = code

    def __getstate__(self) -> dict[str, Any]:
        # The code is made now: the tensor that it speaks of does not travel.
        state = {name: getattr(self, name) for name in self.__slots__}
        return {**state, "_code": self.code, "_count_by": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        code = state.pop("_code")
        for name, value in state.items():
            setattr(self, name, value)
        self._code = lambda: code

    @property
    def complete(self) -> bool:
        """Whether all hits are listed."""
        return len(self.raw) == self.count

    @property
    def code(self) -> str:
        """An expression over the tensor's name that gives ``(indices, values)``, limited alike."""
        return self._code()

    def by_dim(self, dim: int) -> NDArray[np.int64]:
        """Return how many hits each slice along a dim holds.

        Parameters
        ----------
        dim : int
            A dim of the tensor; a negative one counts from the end.

        Returns
        -------
        ndarray of int64, shape (length of the dim,)
            At i the number of hits with index i in that dim; all of them, not the listed ones
            alone. ``np.argsort(-h.by_dim(1))[:5]`` are the five channels with the most.

        Raises
        ------
        SelectionError
            There is no such dim, it is reduced (``DIMS``), or has more than a million slices
            (``TOO_LARGE``); not all hits of a mask or a top-k are listed (``INCOMPLETE``), or the
            tensor has changed since (``CHANGED``).

        Notes
        -----
        Cost: nothing is read where all hits are listed; else one more pass over the selection.
        """
        number = _dim_number(dim, len(self._selection.slots))
        check_by(self._selection, number)
        if self.complete:
            return np.bincount(
                self.indices[:, number], minlength=self._selection.lengths[number]
            ).astype(np.int64)
        if self._count_by is None:
            raise SelectionError(
                f"{len(self)} of {self.count} are listed: only a condition's hits can be counted "
                "without listing all. Pass a larger limit",
                "INCOMPLETE",
            )
        found = self._count_by(number)
        if found.count != self.count:
            raise SelectionError(
                f"the tensor has changed: {self.count} hits were found, now there are "
                f"{found.count}. Call ts.where again",
                "CHANGED",
            )
        return by_slice(self._selection, number, found)

    @property
    def texts(self) -> list[str]:
        """The values as text: shortest digits that round-trip in the source dtype."""
        return [value_text(self._dtype, value) for value in self._scalars()]

    def __len__(self) -> int:
        return len(self.raw)

    def __iter__(self) -> Iterator[tuple[tuple[int, ...], Any]]:
        """Yield the coordinates and the value of each listed hit: ``for place, value in hits``."""
        return zip(map(tuple, self.indices.tolist()), self._scalars(), strict=True)

    def _scalars(self) -> Iterable[Any]:
        """Return the values as Python's; dates as NumPy's, since these may not fit."""
        values: Iterable[Any] = self.values if self._dtype.kind in "Mm" else self.values.tolist()
        return values

    def __repr__(self) -> str:
        share = f" ({share_text(self.count, self.searched)})" if self.searched else ""
        lines = [f"<Hits {self.count} of {self.searched}{share}, {len(self)} listed>"]
        if self._ranked:
            lines = [f"<Hits: the first {len(self)} in order, of {self.count}>"]
        for index, text in zip(self.indices[:_SHOWN].tolist(), self.texts[:_SHOWN], strict=True):
            place = ", ".join("·" if i < 0 else str(i) for i in index)
            lines.append(f"  [{place}]  {text}")
        if len(self) > _SHOWN:
            lines.append(f"  … {len(self) - _SHOWN} more in .indices and .values")
        if self.nan:
            what = "NaT" if self._dtype.kind in "Mm" else "NaN"
            lines.append(f"  note: {self.nan} {what} left out")
        if self.masked:
            lines.append(f"  note: {self.masked} masked left out")
        lines.extend(f"  note: {note}" for note in self.notes)
        return "\n".join(lines)


def share_text(part: int, whole: int) -> str:
    """Return a share for people, e.g. ``"4.1 %"``; a part never reads as nothing, nor as all."""
    if whole == 0 or part == 0:
        return "0 %"
    if part == whole:
        return "100 %"
    share = 100 * part / whole
    if share < 0.01:
        return "< 0.01 %"
    if share > 99.99:
        return "> 99.99 %"
    return f"{share:.2f} %" if share < 1 or share > 99 else f"{share:.1f} %"


def parts_of(selected: Selected) -> hits_code.Parts:
    """Return what code needs to know of a selection."""
    return hits_code.Parts(
        selected.adapter, selected.source, selected.selection, selected.dtype,
        selected.holes,
    )  # fmt: skip


def _dim_number(dim: object, ndim: int) -> int:
    """Return a number of a dim that somebody passed, counted from the start."""
    try:
        number = operator.index(dim)  # type: ignore[arg-type]
    except TypeError:
        raise SelectionError(f"dim={quote(dim)}: write the dim's number, 0 or -1", "TYPE") from None
    return number + ndim if number < 0 else number


def whole_number(value: object, what: str) -> int:
    """Return a count that somebody passed, or raise SelectionError."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = -1
    if number < 0 or isinstance(value, bool):
        raise SelectionError(f"{what}={quote(value)}: write a whole number from 0 up", "TYPE")
    return number

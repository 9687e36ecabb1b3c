"""Moments: mean, spread, sum and norm in one pass, in float64, whatever the magnitudes.

Each piece of the data gives its own count, mean and squared deviation; pieces are joined at the
end by the formula for combined variances (Chan, Golub and LeVeque 1979). A piece whose squared
sum is mostly its mean is shifted first: without that, 1000 ± 0.01 loses every digit of its spread.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Squares of larger float64 numbers could overflow, of smaller ones vanish: they are scaled.
_SAFE = (2.0**-480, 2.0**480)
#: Below this share of the squared sum, the deviation is computed anew from shifted values.
_SHARE = 0.01
#: OpenBLAS keeps products of up to 9216 elements on one thread.
_ROW = 1 << 13
#: Elements that are widened at a time.
_PART = 1 << 16
_MERGE = 1 << 12


class ScaleNeeded(Exception):
    """Squares would overflow or vanish: start again with an exponent."""


class Moments:
    """Accumulates pieces of finite numbers.

    Parameters
    ----------
    base : int or float
        The exact number that piece means are kept relative to.
    exponent : int, optional
        Numbers are divided by ``2**exponent`` first; None: they must be of ordinary size.
    """

    def __init__(self, base: float = 0, exponent: int | None = None) -> None:
        self.base = base
        self.exponent = exponent
        self.count = 0
        self._ones: NDArray[np.float64]
        self._wide: NDArray[np.float64]
        self._views: tuple[NDArray[np.float64], NDArray[np.float64]]
        self.rest()
        self._parts: list[tuple[int, float, float]] = []  # count, mean − base, squared deviation
        self._sums: list[float] = []
        self._squares: list[float] = []

    def add(
        self,
        values: NDArray[Any],
        low: float,
        high: float,
        bad: NDArray[np.bool_] | None = None,
        offset: int = 0,
    ) -> None:
        """Take a piece in.

        Parameters
        ----------
        values : ndarray
            One-dimensional numbers of any real dtype; finite where `bad` is not set.
        low, high : float
            Their extremes (without `bad` ones).
        bad : ndarray of bool, optional
            Elements to leave out.
        offset : int
            What is to be added to each value: exact, also where float64 would not be.
        """
        count = values.size - (int(np.count_nonzero(bad)) if bad is not None else 0)
        if count:
            self.add_sums(
                count, low, high, lambda shift: self._add_up(values, bad, shift), offset=offset
            )

    def add_sums(
        self,
        count: int,
        low: float,
        high: float,
        sums: Callable[[float], tuple[float, float]],
        offset: int = 0,
    ) -> None:
        """Take in a piece that somebody else adds up.

        Parameters
        ----------
        count : int
            Its elements; at least one.
        low, high : float
            Their extremes.
        sums : callable
            Takes a shift; returns the sum, and the sum of squares, of all elements less the shift.
            With an `exponent`, of the scaled elements.
        offset : int
            See :meth:`add`.
        """
        if self.exponent is None:
            largest = max(abs(low), abs(high))
            if largest and not _SAFE[0] < largest < _SAFE[1]:
                raise ScaleNeeded
        total, square = sums(0.0)
        if low == high:
            scaled = float(low) if self.exponent is None else math.ldexp(low, -self.exponent)
            mean, spread = scaled, 0.0
        else:
            mean = total / count
            spread = square - total * mean
            if spread < _SHARE * square:
                moved, spread = sums(mean)
                mean, spread = mean + moved / count, spread - moved * moved / count
        self.count += count
        # The shift is exact when both are integers: Python's integers have no size.
        self._parts.append((count, mean + float(offset - self.base), max(spread, 0.0)))
        self._sums.append(total)
        self._squares.append(square if not offset else spread + count * (mean + offset) ** 2)
        if len(self._parts) >= _MERGE:
            self._merge()

    def take(self, count: int, mean: float, spread: float, total: float, square: float) -> None:
        """Take in what somebody else summed up: mean, squared deviation, sum, sum of squares."""
        self.count += count
        self._parts.append((count, mean - float(self.base), max(spread, 0.0)))
        self._sums.append(total)
        self._squares.append(square)
        if len(self._parts) >= _MERGE:
            self._merge()

    def _add_up(
        self, values: NDArray[Any], bad: NDArray[np.bool_] | None, shift: float = 0.0
    ) -> tuple[float, float]:
        """Return the sum, and the sum of squares, of all values less `shift`."""
        total = square = 0.0
        for start in range(0, values.size, _PART):
            part = slice(start, start + _PART)
            wide = self._widen(values[part], None if bad is None else bad[part], shift)
            one, two = self._dots(wide)
            total, square = total + one, square + two
        return total, square

    def _widen(
        self, values: NDArray[Any], bad: NDArray[np.bool_] | None, shift: float
    ) -> NDArray[np.float64]:
        plain = bad is None and self.exponent is None and shift == 0.0
        if plain and values.dtype == np.float64:
            return values
        if self._wide.size < values.size:
            self._wide = np.empty(values.size)
            self._views = self._rows(self._wide)
        wide = self._wide if self._wide.size == values.size else self._wide[: values.size]
        np.copyto(wide, values)
        if plain:
            return wide
        if self.exponent is not None:
            np.ldexp(wide, -self.exponent, out=wide)
        if shift:
            np.subtract(wide, shift, out=wide)
        if bad is not None:
            np.copyto(wide, 0.0, where=bad)
        return wide

    @staticmethod
    def _rows(wide: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the whole rows, and the same in groups, as views."""
        rows = wide[: wide.size // _ROW * _ROW].reshape(-1, _ROW)
        return rows, rows.reshape(-1, 4, _ROW // 4)

    def _dots(self, wide: NDArray[np.float64]) -> tuple[float, float]:
        """Return the sum and the sum of squares."""
        whole = wide.size // _ROW * _ROW
        total = square = 0.0
        if whole:
            rows, groups = self._views if wide is self._wide else self._rows(wide)
            total = sum(np.matmul(groups, self._ones).ravel().tolist())
            square = sum(np.vecdot(rows, rows).tolist())
        if whole < wide.size:
            rest = wide[whole:]
            total += float(np.add.reduce(rest))
            square += float(np.vecdot(rest, rest))
        return total, square

    def _merge(self) -> None:
        counts, means, spreads = (np.array(column) for column in zip(*self._parts, strict=True))
        total = int(counts.sum())
        first = float(means[0])  # relative to it, equal means stay equal
        mean = first + float((counts * (means - first)).sum()) / total
        spread = float(spreads.sum() + (counts * (means - mean) ** 2).sum())
        self._parts = [(total, mean, spread)]
        self._sums = [math.fsum(self._sums)]
        self._squares = [math.fsum(self._squares)]

    def rest(self) -> None:
        """Let the room go in which pieces are widened."""
        self._ones = np.ones(_ROW // 4)
        self._wide = np.empty(0)
        self._views = self._rows(self._wide)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        for room in ("_ones", "_wide", "_views"):
            del state[room]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.rest()

    def repeat(self, copies: int) -> None:
        """Count every element so often."""
        if copies == 1 or not self._parts:
            return
        self._merge()
        count, mean, spread = self._parts[0]
        self._parts = [(count * copies, mean, spread * copies)]
        self._sums = [self._sums[0] * copies]
        self._squares = [self._squares[0] * copies]
        self.count *= copies

    def join(self, other: Moments) -> None:
        """Take in what another has accumulated."""
        if not other._parts:
            return
        if not self._parts:
            self.base, self.exponent = other.base, other.exponent
        common = max((m.exponent or 0 for m in (self, other) if any(m._squares)), default=0)
        mine, theirs = self._scaled(common, self.base), other._scaled(common, self.base)
        self._parts, self._sums, self._squares = (
            [*first, *second] for first, second in zip(mine, theirs, strict=True)
        )
        self.exponent = common
        self.count += other.count
        if len(self._parts) >= _MERGE:
            self._merge()

    def _scaled(self, exponent: int, base: float) -> tuple[list[Any], list[float], list[float]]:
        """Return parts, sums and squares for another exponent and base."""
        shift, moved = (self.exponent or 0) - exponent, float(self.base - base)
        if shift == 0 and moved == 0.0:
            return self._parts, self._sums, self._squares
        parts = [(n, _ldexp(m, shift) + moved, _ldexp(s, 2 * shift)) for n, m, s in self._parts]
        sums = [_ldexp(total, shift) for total in self._sums]
        return parts, sums, [_ldexp(square, 2 * shift) for square in self._squares]

    def results(self) -> dict[str, float | None]:
        """Return sum, norm, mean and (population) std; None for the last two without elements."""
        if not self._parts:
            return {"sum": 0.0, "norm": 0.0, "mean": None, "std": None}
        self._merge()
        count, mean, spread = self._parts[0]
        exponent = self.exponent or 0
        return {
            "sum": _ldexp(self._sums[0], exponent),
            "norm": _ldexp(math.sqrt(self._squares[0]), exponent),
            "mean": _ldexp(mean + self.base, exponent),
            "std": _ldexp(math.sqrt(spread / count), exponent),
        }


def exponent_of(largest: float) -> int:
    """Return the exponent that brings numbers up to `largest` below 1."""
    return math.frexp(largest)[1]


def _ldexp(value: float, exponent: int) -> float:
    try:
        return math.ldexp(value, exponent)
    except OverflowError:
        return math.copysign(math.inf, value)

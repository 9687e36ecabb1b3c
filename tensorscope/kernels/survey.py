"""Summary of a cut: counts, extremes and moments in one pass over its pieces."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw
from tensorscope.kernels import native
from tensorscope.kernels.moments import Moments, ScaleNeeded, exponent_of
from tensorscope.kernels.place import Place
from tensorscope.kernels.predicate import Mask, numbers
from tensorscope.kernels.walk import Walk

#: What is compared with, by the size of an element: a Python 0 would be converted each time.
_ZERO: dict[int, np.float32 | np.float64] = {4: np.float32(0), 8: np.float64(0)}


class Summary:
    """What one pass tells. Real dtypes alone; see :class:`ComplexSummary`.

    Attributes
    ----------
    nan, posinf, neginf, zero : int
        How many elements are that.
    low, high : Place
        Extremes of the finite elements.
    least, most : Place
        Extremes of all elements but NaN.
    first_nan, first_inf : Place
        Where the first of them are.
    bad : bytearray
        One byte a piece: whether it holds NaN or Inf.
    total : int or None
        The exact sum of whole numbers.
    """

    @np.errstate(invalid="ignore", over="ignore")  # NaN and Inf are answers, not accidents
    def __init__(self, cut: Cut) -> None:
        self.cut = cut
        # Longer pieces mean fewer calls; those of other dtypes need more room beside them.
        self.walk = Walk(cut, as_stored=True, pieces=2 if cut.dtype.name == "float32" else 1)
        self._start(Moments())
        try:
            self._pass()
        except ScaleNeeded:
            largest = max((_finite_largest(numbers(cut.dtype, raw)) for _, raw in self.walk))
            self._start(Moments(exponent=exponent_of(largest)))
            self._pass()
        for name in ("nan", "posinf", "neginf", "zero"):
            setattr(self, name, getattr(self, name) * self.walk.copies)
        self.moments.repeat(self.walk.copies)
        self.finite = cut.count - self.nan - self.posinf - self.neginf
        if self.total is not None:
            self.total *= self.walk.copies

    def _start(self, moments: Moments) -> None:
        self.moments = moments
        self.nan = self.posinf = self.neginf = self.zero = 0
        self.least, self.most = Place(), Place()
        # Only floats have finite extremes of their own.
        floats = self.cut.dtype.kind == "f"
        self.low, self.high = (Place(), Place()) if floats else (self.least, self.most)
        self.first_nan, self.first_inf = Place(), Place()
        self.bad = bytearray(len(self.walk))
        self._mask = np.empty(min(self.walk.piece, self.cut.count), np.bool_)
        self.total: int | None = None if self.cut.dtype.kind == "f" else 0

    def _pass(self) -> None:
        dtype, scaled = self.cut.dtype, self.moments.exponent is not None
        take = {"f": self._float, "b": self._bool}.get(dtype.kind, self._whole)
        add = (
            None
            if scaled
            else native.adder(dtype.name if dtype.kind == "f" else dtype.storage.name)
        )
        for number, (_, raw) in enumerate(self.walk):
            if add is None:
                take(number, numbers(dtype, raw))
            elif dtype.kind == "f":
                self._added_floats(number, raw, add)
            else:
                self._added_wholes(number, raw, add)

    def _added_floats(self, number: int, raw: Raw, add: native.Add) -> None:
        """Take in a piece of floats that compiled code adds up."""
        found: native.Floats = add(raw, 0.0)
        finite = raw.size - found.nan - found.posinf - found.neginf
        if finite < raw.size:
            self.bad[number] = 1
            self._count_bad(number, found.nan, found.posinf, found.neginf)
        if not finite:
            return
        self.zero += found.zero
        for least, most in ((self.low, self.high), (self.least, self.most)):
            self._offer(number, found.low, found.high, least, most)
        self.moments.add_sums(finite, found.low, found.high, _sums(raw, add, found))

    def _added_wholes(self, number: int, raw: Raw, add: native.Add) -> None:
        """Take in a piece of whole numbers that compiled code adds up."""
        found: native.Wholes = add(raw, 0.0)
        largest = max(-found.low, found.high)
        if largest >= 1 << 53 or largest * raw.size >= 1 << 63:
            self._whole(number, raw)  # float64, or the sum's 64 bits, could not hold them
            return
        self._offer(number, found.low, found.high, self.least, self.most)
        self.zero += found.zero
        assert self.total is not None
        self.total += found.sum
        if self.moments.count == 0:
            self.moments.base = found.low
        self.moments.add_sums(raw.size, found.low, found.high, _sums(raw, add, found))

    def _float(self, number: int, values: NDArray[Any]) -> None:
        low, high = float(np.minimum.reduce(values)), float(np.maximum.reduce(values))
        bad = None
        if not (low > -math.inf and high < math.inf):  # NaN compares as false
            self.bad[number] = 1
            values, bad = self._without_bad(number, values)
            if values.size == 0:
                return
            low, high = float(np.minimum.reduce(values)), float(np.maximum.reduce(values))
        seen = self.low.value is not None and bad is None
        if not seen or low <= self.low.value or high >= self.high.value:
            self._offer(number, low, high, self.low, self.high)
            self._offer(number, low, high, self.least, self.most)
        if low <= 0 <= high:
            room = self._mask if self._mask.size == values.size else self._mask[: values.size]
            zero = np.equal(values, _ZERO[values.itemsize], out=room)
            if bad is not None:
                zero &= ~bad
            self.zero += int(np.count_nonzero(zero))
        self.moments.add(values, low, high, bad)

    def _without_bad(self, number: int, values: NDArray[Any]) -> tuple[NDArray[Any], Mask | None]:
        """Count NaN and Inf; return values with a finite one in their places, and where."""
        bad = ~np.isfinite(values)
        count = int(np.count_nonzero(bad))
        nan = int(np.count_nonzero(values != values))
        posinf = int(np.count_nonzero(values == np.inf)) if nan < count else 0
        self._count_bad(number, nan, posinf, count - nan - posinf)
        if count == values.size:
            return values[:0], None
        kept = np.array(values)
        kept[bad] = values[int(np.argmin(bad))]
        return kept, bad

    def _count_bad(self, number: int, nan: int, posinf: int, neginf: int) -> None:
        self.nan, self.posinf, self.neginf = (
            self.nan + nan, self.posinf + posinf, self.neginf + neginf,
        )  # fmt: skip
        if nan:
            self.first_nan.see(number)
        if posinf or neginf:
            self.first_inf.see(number)
            self._offer(
                number,
                -math.inf if neginf else math.inf,
                math.inf if posinf else -math.inf,
                self.least,
                self.most,
            )

    def _whole(self, number: int, values: NDArray[Any]) -> None:
        low, high = int(np.minimum.reduce(values)), int(np.maximum.reduce(values))
        self._offer(number, low, high, self.least, self.most)
        if low <= 0 <= high:
            self.zero += int(np.count_nonzero(np.equal(values, 0)))
        assert self.total is not None
        self.total += _whole_sum(values, max(abs(low), abs(high)))
        if self.moments.count == 0:
            self.moments.base = low
        if max(abs(low), abs(high)) < 1 << 53:
            self.moments.add(values, low, high)
            return
        # Float64 would lose the last digits: take the exact distance from the smallest.
        unsigned = np.dtype(f"u{values.itemsize}")
        above = values.view(unsigned) - unsigned.type(low % (1 << 8 * values.itemsize))
        self.moments.add(above, 0, high - low, offset=low)

    def _bool(self, number: int, values: NDArray[Any]) -> None:
        ones = int(np.count_nonzero(values))
        assert self.total is not None
        self.total += ones
        self.zero += values.size - ones
        self._offer(number, ones == values.size, ones > 0, self.least, self.most)

    @staticmethod
    def _offer(number: int, low: Any, high: Any, least: Place, most: Place) -> None:
        least.offer(low, number, least.value is not None and low < least.value)
        most.offer(high, number, most.value is not None and high > most.value)

    @np.errstate(invalid="ignore")
    def where(self, place: Place) -> int | None:
        """Return the lowest flat position of the value of a place."""
        dtype, value = self.cut.dtype, place.value
        return place.first(self.cut, self.walk, lambda raw: numbers(dtype, raw) == value)

    @np.errstate(invalid="ignore")
    def where_nan(self) -> int | None:
        """Return the lowest flat position of NaN."""
        dtype = self.cut.dtype
        return self.first_nan.first(self.cut, self.walk, lambda raw: np.isnan(numbers(dtype, raw)))

    @np.errstate(invalid="ignore")
    def where_inf(self) -> int | None:
        """Return the lowest flat position of an infinity."""
        dtype = self.cut.dtype
        return self.first_inf.first(self.cut, self.walk, lambda raw: np.isinf(numbers(dtype, raw)))


class ComplexSummary:
    """What one pass tells of complex numbers: no order, so no extremes.

    An element is NaN if a part is, else infinite if a part is; infinities have no sign and are
    counted in `posinf`. The spread is that of the distance from the mean.
    """

    @np.errstate(invalid="ignore", over="ignore")  # NaN and Inf are answers, not accidents
    def __init__(self, cut: Cut) -> None:
        self.cut = cut
        self.walk = Walk(cut, as_stored=True)
        self.nan = self.posinf = self.neginf = self.zero = 0
        try:
            self._pass(None, None)
        except ScaleNeeded:
            real = imag = 0.0
            for _, raw in self.walk:
                finite = raw[np.isfinite(raw)]
                real = max(real, _finite_largest(finite.real))
                imag = max(imag, _finite_largest(finite.imag))
            self._pass(exponent_of(real), exponent_of(imag))
        copies = self.walk.copies
        self.nan, self.posinf, self.zero = (
            self.nan * copies,
            self.posinf * copies,
            self.zero * copies,
        )
        self.finite = cut.count - self.nan - self.posinf
        for part in self.parts:
            part.repeat(copies)

    def _pass(self, *exponents: int | None) -> None:
        self.nan = self.posinf = self.neginf = self.zero = 0
        self.parts = [Moments(exponent=exponent) for exponent in exponents]
        self.first_nan, self.first_inf = Place(), Place()
        for number, (_, values) in enumerate(self.walk):
            broken: Mask = ~np.isfinite(values)
            count = int(np.count_nonzero(broken))
            bad = broken if count else None
            if count:
                nan = int(np.count_nonzero(np.isnan(values)))
                self.nan, self.posinf = self.nan + nan, self.posinf + count - nan
                if nan:
                    self.first_nan.see(number)
                if nan < count:
                    self.first_inf.see(number)
                values = np.where(broken, 0, values)
                self.zero -= count
            self.zero += int(np.count_nonzero(values == 0))
            for moments, part in zip(self.parts, (values.real, values.imag), strict=True):
                part = np.ascontiguousarray(part)
                low, high = float(np.minimum.reduce(part)), float(np.maximum.reduce(part))
                # Zeros stand for what is left out: the true extremes may be nearer together.
                moments.add(part, low, high, bad)

    @np.errstate(invalid="ignore")
    def where_nan(self) -> int | None:
        """Return the lowest flat position of NaN."""
        return self.first_nan.first(self.cut, self.walk, np.isnan)

    @np.errstate(invalid="ignore")
    def where_inf(self) -> int | None:
        """Return the lowest flat position of an infinity without NaN."""
        return self.first_inf.first(self.cut, self.walk, lambda raw: np.isinf(raw) & ~np.isnan(raw))


def _sums(raw: Raw, add: native.Add, first: native.Sums) -> Callable[[float], tuple[float, float]]:
    """Return what gives sum and sum of squares for a shift; `first` is known already, for 0."""

    def sums(shift: float) -> tuple[float, float]:
        found = add(raw, shift) if shift else first
        return found.total, found.square

    return sums


def _whole_sum(values: NDArray[Any], largest: int) -> int:
    """Return the exact sum of integers."""
    wide = np.int64 if values.dtype.kind == "i" else np.uint64
    if largest * values.size < 1 << 63:
        return int(np.add.reduce(values, dtype=wide))
    upper = int(np.add.reduce(values >> 32, dtype=wide))
    return (upper << 32) + int(np.add.reduce(values & 0xFFFFFFFF, dtype=wide))


def _finite_largest(values: NDArray[Any]) -> float:
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0

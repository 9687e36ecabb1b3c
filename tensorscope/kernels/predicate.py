"""Predicate: a condition bound to an element type, so that comparing is right for every bit.

Thresholds of floats are rounded to the tensor's dtype, as the frameworks do, and a note says to
what. Comparisons of integers are exact whatever the number: each becomes one with an integer in
range, or a constant.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Raw
from tensorscope.adapters.dtypes import NAT, DType
from tensorscope.condition import And, Compare, Condition, Not, Number, Op, Or, Test, is_nan
from tensorscope.errors import ConditionError, clip
from tensorscope.kernels.dates import ticks_of
from tensorscope.kernels.halves import widen

Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Always:
    """Holds for every element, or for none."""

    holds: bool


@dataclass(frozen=True, slots=True)
class Truth:
    """Holds where a boolean tensor is True."""


Bound: TypeAlias = Always | Truth | Compare | Test | Not | And | Or

_UFUNC: dict[Op, np.ufunc] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


class Predicate:
    """A condition for one element type.

    Attributes
    ----------
    root : Bound
        The condition as it is carried out: constants folded, thresholds in the dtype's own values.
    notes : tuple of str
        What happened to the thresholds.
    """

    __slots__ = ("_table", "dtype", "notes", "root")

    def __init__(self, condition: Condition, dtype: DType) -> None:
        self.dtype = dtype
        self.root = _bind(condition.root, dtype)
        self.notes = tuple(_notes(condition, dtype))
        self._table: Mask | None = None

    def mask(self, raw: Raw) -> Mask:
        """Return where the condition holds, for raw bits of any shape.

        Cost: one or two temporaries of the size of `raw`.
        """
        if not self.dtype.native and raw.itemsize == 1:  # float8: look the answer up
            if self._table is None:
                patterns = np.arange(256, dtype=np.uint8)
                self._table = evaluate(self.root, self.dtype.decode(patterns))
            return self._table.take(raw)
        return np.asarray(evaluate(self.root, numbers(self.dtype, raw)))

    @property
    def holds_at_zero(self) -> bool:
        """Whether the condition holds for 0, which a sparse tensor does not store."""
        return bool(self.mask(np.zeros(1, self.dtype.storage))[0])


def numbers(dtype: DType, raw: Raw) -> NDArray[Any]:
    """Return raw bits as numbers that compute fast: halves as float32, others as decoded."""
    if dtype.kind in "Mm":
        return raw  # ticks
    if dtype.name != "float16":
        return dtype.decode(raw)
    return widen(raw)


def quiet(values: NDArray[Any]) -> NDArray[Any]:
    """Return floats with every signalling NaN made a quiet one.

    fmin and fmax pass quiet NaN over; a signalling one (any bits may be looked at) makes them
    answer NaN, or a number that is no extreme. The product keeps −0.0.
    """
    result: NDArray[Any] = values * values.dtype.type(1)
    return result


def magnitude(values: NDArray[Any]) -> NDArray[Any]:
    """Return |values|: exact for integers (unsigned), of the parts' dtype for complex."""
    kind = values.dtype.kind
    if kind == "c":
        # Not np.abs: its last bit differs between contiguous and strided arrays.
        size: NDArray[Any] = np.hypot(values.real, values.imag)
        return size
    if kind in "bu":
        return values
    size = np.abs(values)
    return size if kind == "f" else size.view(f"u{values.dtype.itemsize}")


def evaluate(node: Bound, values: NDArray[Any]) -> Mask:
    """Return where `node` holds, for values that are numbers."""
    result: Mask
    if isinstance(node, Compare):
        left = magnitude(values) if node.absolute else values
        result = _UFUNC[node.op](left, left.dtype.type(node.value))
        return result
    if isinstance(node, Test):
        return _test(node, magnitude(values) if node.absolute else values)
    if isinstance(node, Always):
        return np.full(values.shape, node.holds)
    if isinstance(node, Truth):
        return values.astype(np.bool_)
    if isinstance(node, Not):
        result = np.asarray(evaluate(node.part, values))
        return np.logical_not(result, out=result)
    join = np.logical_and if isinstance(node, And) else np.logical_or
    result = np.asarray(evaluate(node.parts[0], values))
    for other in node.parts[1:]:
        join(result, evaluate(other, values), out=result)
    return result


def _test(node: Test, values: NDArray[Any]) -> Mask:
    result: Mask
    if node.function in ("isposinf", "isneginf"):
        result = np.equal(values, np.inf if node.function == "isposinf" else -np.inf)
    else:
        result = getattr(np, node.function)(values)
    return result


def _bind(node: object, dtype: DType) -> Bound:
    if isinstance(node, Not):
        return _not(_bind(node.part, dtype))
    if isinstance(node, And | Or):
        return _join(type(node), (_bind(part, dtype) for part in node.parts))
    if isinstance(node, Test):
        return _bind_test(node, dtype)
    assert isinstance(node, Compare)
    if dtype.kind == "O":
        raise ConditionError(
            f"{clip(dtype.name)} elements are no numbers: no condition compares them. Compute a "
            "mask, and pass it: ts.where(x, mask)",
            "TYPE",
        )
    if dtype.kind in "Mm":
        return _bind_date(node, dtype)
    if isinstance(node.value, str):
        raise ConditionError(
            f"x {node.op} {clip(repr(node.value), 40)}: {clip(dtype.name)} elements are compared "
            "with numbers; quotes are for dates and durations",
            "TYPE",
        )
    if dtype.kind == "b":
        false, true = (_holds(node, value) for value in (0, 1))
        if false == true:
            return Always(true)
        return Truth() if true else _not(Truth())
    if dtype.kind in "iu":
        return _bind_integer(node, dtype)
    if dtype.kind == "c" and not node.absolute and node.op not in ("==", "!="):
        raise ConditionError(
            f"x {node.op} {clip(repr(node.value), 40)}: {dtype.name} numbers have no order; write "
            f"abs(x) {node.op} {clip(repr(node.value), 40)}",
            "TYPE",
        )
    return Compare(node.op, _rounded(node.value, dtype), node.absolute)


def _bind_date(node: Compare, dtype: DType) -> Bound:
    """Compare ticks, exactly; NaT matches ``!=`` alone, as NaN does."""
    if node.absolute and dtype.kind == "M":
        raise ConditionError("dates have no magnitude: compare x itself", "TYPE")
    ticks: Any = ticks_of(node.value, dtype)
    bound = _bind_integer(Compare(node.op, ticks, node.absolute), dtype.ticks)
    return bound if node.op == "!=" else _join(And, (bound, Compare("!=", NAT)))


def _bind_test(node: Test, dtype: DType) -> Bound:
    if dtype.kind == "O":
        raise ConditionError(
            f"{clip(dtype.name)} elements are no numbers: {node.function} does not apply", "TYPE"
        )
    if dtype.kind in "Mm":
        if node.function in ("isnan", "isfinite"):
            return Compare("==" if node.function == "isnan" else "!=", NAT)
        return Always(False)
    if dtype.kind in "iub":
        return Always(node.function == "isfinite")
    if dtype.kind == "c" and not node.absolute and node.function in ("isposinf", "isneginf"):
        raise ConditionError(
            f"{node.function}(x): {dtype.name} infinities have no sign; use isinf(x)", "TYPE"
        )
    return node


def _bind_integer(node: Compare, dtype: DType) -> Bound:
    """Make an exact comparison of whole numbers, in range, without abs (whose result may wrap)."""
    limits = np.iinfo(dtype.storage)
    low, high = int(limits.min), int(limits.max)
    op, value = node.op, cast("Number", node.value)
    if is_nan(value):
        return Always(op == "!=")
    if isinstance(value, float) and math.isinf(value):
        sign = 1 if value > 0 else -1
        value = sign * (2 * max(high, -low) + 2)  # beyond every element and every magnitude
    if op in ("==", "!="):
        if value != math.floor(value):
            return Always(op == "!=")
        whole = int(value)
    else:
        whole = math.floor(value) if op in (">", "<=") else math.ceil(value)
    if not node.absolute:
        return _in_range(op, whole, low, high)
    if op in (">", ">=", "!="):
        if whole < 0:
            return Always(True)
        join, mirrored = (And, "!=") if op == "!=" else (Or, "<" if op == ">" else "<=")
    else:
        if whole < 0:
            return Always(False)
        join, mirrored = (Or, "==") if op == "==" else (And, ">" if op == "<" else ">=")
    parts = [_in_range(op, whole, low, high)]
    if whole or op not in ("==", "!="):
        parts.append(_in_range(mirrored, -whole, low, high))  # type: ignore[arg-type]
    return _join(join, parts)


def _in_range(op: Op, whole: int, low: int, high: int) -> Bound:
    if low <= whole <= high:
        if (op == ">=" and whole == low) or (op == "<=" and whole == high):
            return Always(True)
        if (op == "<" and whole == low) or (op == ">" and whole == high):
            return Always(False)
        return Compare(op, whole)
    if op in ("==", "!="):
        return Always(op == "!=")
    return Always((op[0] == ">") == (whole < low))


def _not(part: Bound) -> Bound:
    if isinstance(part, Always):
        return Always(not part.holds)
    return part.part if isinstance(part, Not) else Not(part)  # type: ignore[arg-type]


def _join(kind: type[And] | type[Or], parts: Iterable[Bound]) -> Bound:
    """Join bound parts; a constant either decides or disappears."""
    decides = kind is Or
    kept: list[Any] = []
    for part in parts:
        if isinstance(part, Always):
            if part.holds == decides:
                return part
        elif part not in kept:
            kept.append(part)
    if not kept:
        return Always(not decides)
    return kept[0] if len(kept) == 1 else kind(tuple(kept))


def _holds(node: Compare, value: int) -> bool:
    other = cast("Number", node.value)  # Python compares integers and floats exactly
    return {
        "<": value < other,
        "<=": value <= other,
        ">": value > other,
        ">=": value >= other,
        "==": value == other,
        "!=": value != other,
    }[node.op]


def _rounded(value: Number, dtype: DType) -> float:
    """Return the threshold that is compared with."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf if value > 0 else -math.inf
    # e8m0 has powers of two alone, not even 0: rounding would make x > 0 miss its smallest value.
    return number if dtype.name == "float8_e8m0fnu" else dtype.round(number)


def _notes(condition: Condition, dtype: DType) -> Iterable[str]:
    moved = []
    for node in condition.comparisons():
        if is_nan(node.value):
            yield "Nothing equals nan: isnan(x) finds it"
        elif dtype.kind in "fc":
            rounded = _rounded(cast("Number", node.value), dtype)
            if rounded != node.value:
                moved.append(f"{clip(repr(node.value), 40)} became {rounded!r}")
    if moved:
        yield f"Compared as {dtype.name}: {clip(', '.join(dict.fromkeys(moved)), 300)}"

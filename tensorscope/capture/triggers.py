"""Triggers: the conditions of breakpoints, which speak of a whole value at once.

``any(isnan(x))``, ``norm(x) > 1e3``, ``share(x == 0) > 0.9``; a bare predicate means any. They are
parsed and never evaluated as code. What the cheap measure of a step rules out costs nothing more.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from tensorscope.capture.measure import Measure
from tensorscope.condition import And, Compare, Condition, Node, Not, Test, is_nan
from tensorscope.condition_hints import explained
from tensorscope.errors import ConditionError, clip, quote

_OPS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_DIGITS = "[0-9](?:_?[0-9])*"
_DECIMAL = rf"(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][-+]?{_DIGITS})?"
_NUMBER = rf"(?P<number>[-+]?(?:{_DECIMAL}|inf))"
_SUMMARY = re.compile(
    rf"\s*(?P<name>norm|mean|std|max|min)\s*\(\s*x\s*\)\s*(?P<op><=|>=|<|>)\s*{_NUMBER}\s*$"
)
_SHARE = re.compile(rf"\s*share\s*\((?P<part>.*)\)\s*(?P<op><=|>=|<|>)\s*{_NUMBER}\s*$", re.DOTALL)
_ANY = re.compile(r"\s*any\s*\((?P<part>.*)\)\s*$", re.DOTALL)
_WORDS = re.compile(r"\b(any|share|norm|mean|std|max|min)\s*\(")
_ALLOWED = (
    "a breakpoint takes e.g. abs(x) > 1e4, ~isfinite(x), any(x > 3), share(x == 0) > 0.9, or "
    "norm(x) > 1e3 (also mean, std, max, min)"
)

#: No dtype of floats that are compared ends before this.
_SMALLEST_RANGE = 200.0
#: Counts where a predicate holds in the value at hand: (hits, first hit, elements).
Count = Callable[[Condition], tuple[int, tuple[int, ...] | None, int]]


@dataclass(frozen=True, slots=True)
class Trigger:
    """A parsed condition of a breakpoint.

    Attributes
    ----------
    text : str
        Canonical text.
    summary : str or None
        What is compared of the whole value: norm, mean, std, max, min or share; None for any.
    predicate : Condition or None
        The predicate of any and share.
    op, number : str, float
        How a summary is compared.
    """

    text: str
    summary: str | None = None
    predicate: Condition | None = None
    op: str = ">"
    number: float = 0.0

    @classmethod
    def parse(cls, text: object) -> Trigger:
        """Read a breakpoint's condition.

        Raises
        ------
        ConditionError
            It is none; says what is allowed.
        """
        if isinstance(text, Trigger):
            return text
        if not isinstance(text, str):
            raise ConditionError(f"{quote(text)} is no condition: {_ALLOWED}", "TYPE")
        found = _SUMMARY.match(text)
        if found:
            number = float(found["number"])
            shown = f"{found['name']}(x) {found['op']} {number:g}"
            return cls(shown, found["name"], None, found["op"], number)
        found = _SHARE.match(text)
        if found:
            part = _predicate(found["part"])
            number = float(found["number"])
            shown = f"share({part.text}) {found['op']} {number:g}"
            return cls(shown, "share", part, found["op"], number)
        found = _ANY.match(text)
        part_text = found["part"] if found else text
        if _WORDS.search(part_text):
            raise ConditionError(f"{quote(text)} cannot be read: {_ALLOWED}", "SYNTAX")
        try:
            part = _predicate(part_text)
        except ConditionError as error:
            raise ConditionError(f"{error}; {_ALLOWED}", error.kind, error.span) from None
        return cls(f"any({part.text})" if found else part.text, None, part)

    def holds(self, measure: Measure, count: Count) -> tuple[bool, tuple[int, ...] | None, str]:
        """Return whether it holds, where first, and the evidence in words.

        Parameters
        ----------
        measure : Measure
            The cheap measure of the value.
        count : callable
            Counts hits of a predicate in the value; called only if the measure leaves it open.
        """
        if measure.count == 0:
            return False, None, ""
        if self.summary in ("norm", "mean", "std", "max", "min"):
            name = {"max": "high", "min": "low"}.get(self.summary, self.summary)
            value = getattr(measure, name)
            return _OPS[self.op](value, self.number), None, f"{self.summary} is {value:.6g}"
        assert self.predicate is not None
        if self.summary is None and not possible(self.predicate.root, measure)[0]:
            return False, None, ""
        hits, first, total = count(self.predicate)
        evidence = f"{hits:,} of {total:,} values"
        if self.summary == "share":
            return _OPS[self.op](hits / total, self.number), first, evidence
        return hits > 0, first, evidence


def _predicate(text: str) -> Condition:
    """Read a predicate that can be asked of what was measured: of numbers alone."""
    try:
        part = Condition.parse_plain(text)
    except ConditionError as error:
        raise explained(error, text, masks=False) from None
    if any(isinstance(compare.value, str) for compare in part.comparisons()):
        raise ConditionError(
            f"{clip(part.text)} compares dates, and a watch measures numbers: compare x with a "
            "number",
            "TYPE",
        )
    return part


def possible(node: Node, measure: Measure) -> tuple[bool, bool]:
    """Return whether a predicate may hold somewhere, and whether it may fail somewhere.

    Judged by the extremes alone: True where these leave it open.
    """
    if isinstance(node, Not):
        holds, fails = possible(node.part, measure)
        return fails, holds
    if isinstance(node, Test):
        return _test(node, measure)
    if isinstance(node, Compare):
        return _compare(node, measure)
    parts = [possible(part, measure) for part in node.parts]
    if isinstance(node, And):
        return all(p[0] for p in parts), any(p[1] for p in parts)
    return any(p[0] for p in parts), all(p[1] for p in parts)


def _test(node: Test, measure: Measure) -> tuple[bool, bool]:
    nan = measure.low != measure.low or measure.high != measure.high
    infinite = nan or math.isinf(measure.low) or math.isinf(measure.high)
    return {
        "isnan": (nan, True),
        "isfinite": (True, not measure.finite),
        "isinf": (infinite, True),
        "isposinf": (nan or measure.high == math.inf or (node.absolute and infinite), True),
        "isneginf": (nan or measure.low == -math.inf, True),
    }[node.function]


def _compare(node: Compare, measure: Measure) -> tuple[bool, bool]:
    assert not isinstance(node.value, str)
    low, high = measure.low, measure.high
    if low != low or high != high or is_nan(node.value):
        return True, True
    if node.absolute:
        nearest = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
        low, high = nearest, max(abs(low), abs(high))
    least, most = _rounded(node.value)
    above, below = high >= least, low <= most
    if node.op in (">", ">="):
        return above, below
    if node.op in ("<", "<="):
        return below, above
    return (above and below, True) if node.op == "==" else (True, above and below)


def _rounded(number: float) -> tuple[float, float]:
    """Return the least and the most that a threshold becomes in the dtype of what is compared.

    In float8 it moves by up to a fifteenth, what is next to 0 becomes 0, and what is past the
    dtype's largest number becomes infinite.
    """
    try:
        value = float(number)
    except OverflowError:
        value = math.inf if number > 0 else -math.inf
    if not value or math.isinf(value):
        return value, value
    slack = 0.07 * abs(value) + 2**-9
    least = -math.inf if value < -_SMALLEST_RANGE else value - slack
    return least, math.inf if value > _SMALLEST_RANGE else value + slack

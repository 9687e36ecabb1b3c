"""Conditions of breakpoints: what the cheap measure rules out does not hold anywhere."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import tensorscope as ts
from tensorscope.capture.triggers import Trigger
from tensorscope.capture.values import ARRAYS

NUMBERS = (0.0, 1.0, -3.0, 1e-9, 1e-50, -1e-50, 250.0, 65520.0, 1e39, -1e39, math.inf, -math.inf)
VALUES = {
    "zeros": [0.0, 0.0],
    "plain": [1.0, -3.0, 250.0],
    "one infinity": [1.0, math.inf],
    "infinities": [math.inf, math.inf],
    "negative infinities": [-math.inf, -math.inf],
    "both": [-math.inf, math.inf],
    "nan": [math.nan, 1.0],
}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", VALUES)
def test_what_holds_somewhere_is_never_ruled_out(name: str, dtype: str) -> None:
    values = np.array(VALUES[name], dtype)
    measure = ARRAYS.take(values)
    texts = [
        f"{term} {op} {number!r}"
        for term, op, number in itertools.product(
            ("x", "abs(x)"), ("<", "<=", ">", ">=", "==", "!="), NUMBERS
        )
    ]
    for text in (*texts, *(f"~({text})" for text in texts), "isinf(x)", "isposinf(abs(x))"):
        found = ts.where(values, text)

        def count(condition: object, found: ts.Hits = found) -> tuple[int, None, int]:
            return found.count, None, found.searched

        assert Trigger.parse(text).holds(measure, count)[0] == (found.count > 0), text


def test_a_whole_number_of_any_size_is_compared() -> None:
    with ts.watch() as w:
        low = w.break_when(f"x > -{10**400}", action="log")
        high = w.break_when(f"x > {10**400}", action="log")
        ts.probe("loss", 0.5)
    assert (low.hits, high.hits) == (1, 0)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("norm(x) > 1_", "SYNTAX"),
        ("share(x > 1) > 1__0", "SYNTAX"),
        ("x > '2020-01-01'", "TYPE"),
        ("share(x < '90 s') > 0.5", "TYPE"),
    ],
)
def test_what_cannot_be_compared_is_refused_at_once(text: str, kind: str) -> None:
    with pytest.raises(ts.ConditionError) as caught:
        Trigger.parse(text)
    assert caught.value.kind == kind


@pytest.mark.parametrize("text", ["foo(x) > 1", "x % 2 == 0", "share(foo(x) > 1) > 0.5"])
def test_no_mask_is_asked_for_where_none_can_be_passed(text: str) -> None:
    with pytest.raises(ts.ConditionError, match="a condition compares x with numbers") as caught:
        Trigger.parse(text)
    assert "mask" not in str(caught.value)


def test_digits_may_be_grouped() -> None:
    assert Trigger.parse("norm(x) > 1_000.5").number == 1000.5

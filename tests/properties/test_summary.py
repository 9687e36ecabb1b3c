"""Statistics equal exact ones, taken element by element with Python's fractions and integers."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tensorscope as ts
from tests.strategies import (
    COMPLEX,
    REAL,
    small_pieces,
    tensors,
    values_of,
    without_compiled_code,
)

#: What is computed is quiet, whatever the bits.
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


@dataclass(frozen=True)
class Way:
    """How statistics are computed: in pieces so short that each tensor has many, by what code."""

    small: bool
    compiled: bool


ways = st.builds(Way, st.booleans(), st.booleans())


def stats_of(x: Any, way: Way) -> ts.Stats:
    with contextlib.ExitStack() as stack:
        if way.small:
            stack.enter_context(small_pieces())
        if not way.compiled:
            stack.enter_context(without_compiled_code())
        return ts.stats(x)


def close(ours: float, exact: Fraction, scale: Fraction) -> bool:
    """Whether a float is the exact value but for rounding relative to `scale`."""
    try:
        float(exact)
    except OverflowError:
        return math.isinf(ours)
    if math.isinf(ours):
        return abs(exact) > Fraction(1.79e308)
    least = Fraction(5e-324) * 4
    return abs(Fraction(ours) - exact) <= scale * Fraction(1, 10**12) + least


def root(square: Fraction) -> Fraction:
    """Return the square root to 30 digits or so."""
    if square == 0:
        return Fraction(0)
    shift = 400 + max(0, square.denominator.bit_length() - square.numerator.bit_length())
    scaled = (square.numerator << (2 * shift)) // square.denominator
    return Fraction(math.isqrt(scaled), 1 << shift)


@given(tensors(REAL), ways)
@settings(max_examples=600)
def test_statistics_are_exact(x: Any, way: Way) -> None:
    found = stats_of(x, way)
    values = values_of(x)
    elements = [v.item() for v in values.reshape(-1)]
    finite = [v for v in elements if math.isfinite(v)]
    exact = [Fraction(v) for v in finite]
    ordered = [v for v in elements if v == v]
    n = len(finite)

    assert found.count == len(elements)
    assert found.nan == len(elements) - len(ordered)
    assert found.posinf == sum(v == math.inf for v in ordered)
    assert found.neginf == sum(v == -math.inf for v in ordered)
    assert found.zero == sum(v == 0 for v in elements)
    assert found.finite == n
    assert found.coverage == 1.0
    assert found.min == (min(ordered) if ordered else None)
    assert found.max == (max(ordered) if ordered else None)
    assert found.range == ((min(finite), max(finite)) if finite else None)
    assert type(found.min) is (type(elements[0]) if ordered else type(None))

    total = sum(exact, Fraction(0))
    if values.dtype.kind in "iub":
        assert found.sum == int(total)
        assert type(found.sum) is int
    else:
        assert close(found.sum, total, sum(map(abs, exact), Fraction(0)))
    square = sum((v * v for v in exact), Fraction(0))
    assert close(found.norm, root(square), root(square))
    if not n:
        assert found.mean is None
        assert found.std is None
    else:
        mean = total / n
        scale = sum(map(abs, exact), Fraction(0)) / n
        assert close(found.mean, mean, scale)
        spread = root(sum(((v - mean) ** 2 for v in exact), Fraction(0)) / n)
        # The spread keeps its digits although the mean is far larger.
        assert close(found.std, spread, spread + scale * Fraction(1, 1000))

    places = [tuple(i) for i in np.ndindex(values.shape)]
    assert found.argmin == (places[elements.index(found.min)] if ordered else None)
    assert found.argmax == (places[elements.index(found.max)] if ordered else None)
    assert found.first_nan == next(
        (p for p, v in zip(places, elements, strict=True) if v != v), None
    )
    assert found.first_inf == next(
        (p for p, v in zip(places, elements, strict=True) if v in (math.inf, -math.inf)), None
    )


@given(tensors(REAL), ways)
@settings(max_examples=400)
def test_every_bin_counts_what_lies_between_its_edges(x: Any, way: Way) -> None:
    found = stats_of(x, way)
    finite = [v.item() for v in values_of(x).reshape(-1) if math.isfinite(v)]
    if not finite:
        assert found.histogram is None
        return
    assert found.histogram is not None
    counts, edges = found.histogram
    assert 1 <= len(counts) <= 64
    assert len(edges) == len(counts) + 1
    assert counts.sum() == len(finite)
    assert edges[0] <= min(finite)
    assert edges[-1] >= max(finite)
    assert (np.diff(edges) >= 0).all()
    if max(map(abs, finite)) >= 2**53 and values_of(x).dtype.kind in "iu":
        return  # such edges have no exact float64; the counts were checked in sum
    for k, count in enumerate(counts.tolist()):
        last = k == len(counts) - 1
        inside = [
            v for v in finite if edges[k] <= v and (v < edges[k + 1] or (last and v == edges[-1]))
        ]
        assert count == len(inside), (k, edges[k], edges[k + 1])


@given(tensors(COMPLEX), ways)
@settings(max_examples=150)
def test_complex_numbers(x: Any, way: Way) -> None:
    found = stats_of(x, way)
    values = values_of(x).reshape(-1)
    finite = values[np.isfinite(values)]
    parts = [(Fraction(float(v.real)), Fraction(float(v.imag))) for v in finite]
    assert found.nan == np.isnan(values).sum()
    assert found.posinf == (np.isinf(values) & ~np.isnan(values)).sum()
    assert found.neginf == 0
    with np.errstate(invalid="ignore"):
        assert found.zero == (values == 0).sum()
    assert (found.min, found.max, found.range, found.argmin, found.histogram) == (None,) * 5
    if not parts:
        assert found.mean is None
        assert found.std is None
        return
    n = len(parts)
    for k, (total, mean) in enumerate(
        ((found.sum.real, found.mean.real), (found.sum.imag, found.mean.imag))
    ):
        exact = sum((p[k] for p in parts), Fraction(0))
        scale = sum((abs(p[k]) for p in parts), Fraction(0))
        assert close(total, exact, scale)
        assert close(mean, exact / n, scale / n)
    square = sum((a * a + b * b for a, b in parts), Fraction(0))
    assert close(found.norm, root(square), root(square))
    middle = [sum((p[k] for p in parts), Fraction(0)) / n for k in (0, 1)]
    spread = sum(((a - middle[0]) ** 2 + (b - middle[1]) ** 2 for a, b in parts), Fraction(0))
    assert close(found.std, root(spread / n), root(square / n))


@given(tensors(REAL, max_side=4), st.data())
@settings(max_examples=100)
def test_places_count_in_the_whole_tensor(x: Any, data: st.DataObject) -> None:
    assume(x.ndim and 0 not in x.shape)
    sel = {0: data.draw(st.integers(0, x.shape[0] - 1))}
    if x.ndim > 1:
        sel[1] = slice(None, None, -1)
    found = ts.stats(x, sel)
    values = values_of(x)
    for place, value in ((found.argmin, found.min), (found.argmax, found.max)):
        if value is not None:
            assert values[place] == value
            assert place[0] == sel[0]

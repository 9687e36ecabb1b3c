"""where and topk give what a plain loop over the elements gives, and their code gives the same."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tensorscope as ts
from tensorscope.adapters.dtypes import DTYPES
from tests.strategies import COMPLEX, REAL, ran, same_bits, small_pieces, tensors, values_of

#: What is computed is quiet, whatever the bits.
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

OPS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
NUMBERS = st.one_of(
    st.sampled_from([0, 1, -1, 3, 0.9, 0.5, -3.5, 127, 128, -128, 255, 256, 65504, 70000, 2**31,
                     2**53 + 1, 2**63, -(2**63), 2**64, 10**400, 1e-40, 1e39, 1e300,
                     math.inf, -math.inf, math.nan]),
    st.integers(-10, 10), st.floats(-4, 4),
)  # fmt: skip


def name_of(x: Any) -> str:
    return str(x.dtype).removeprefix("torch.")


def rounded(number: float, dtype: str) -> float:
    """The number as it is compared: whole numbers exactly, others in the tensor's dtype."""
    if DTYPES[dtype].kind in "iub":
        return number
    try:
        number = float(number)
    except OverflowError:
        number = math.inf if number > 0 else -math.inf
    return number if "e8m0" in dtype else DTYPES[dtype].round(number)


@np.errstate(all="ignore")
def size_of(value: Any) -> Any:
    if isinstance(value, complex):
        return float(np.hypot(value.real, value.imag))
    return abs(value)


@np.errstate(all="ignore")
def magnitudes(values: np.ndarray) -> np.ndarray:
    """Sizes: of int8 −128 it is 128, of large complex numbers it is Inf."""
    if values.dtype.kind == "c":
        return np.hypot(values.real, values.imag)
    return np.asarray(np.abs(values.astype(object))).astype(np.float64)


def holds(value: Any, op: str, number: Any, absolute: bool) -> bool:
    return bool(OPS[op](size_of(value) if absolute else value, number))


def listed(x: Any) -> list[tuple[tuple[int, ...], Any]]:
    """All coordinates and Python values, in C order; magnitudes of complex64 in float32."""
    values = values_of(x)
    return [(index, values[index].item()) for index in np.ndindex(values.shape)]


def check_code(hits: Any, x: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # The user's NumPy may say so of signalling NaN, and of magnitudes beyond the dtype.
        warnings.filterwarnings("ignore", "(invalid value|overflow) encountered")
        indices, values = ran(hits.code, x)
    assert same_bits(indices, hits.indices), hits.code
    assert same_bits(values, hits.values), hits.code


@given(
    tensors(REAL), st.sampled_from(list(OPS)), NUMBERS, st.booleans(), st.integers(0, 9),
    st.booleans(),
)  # fmt: skip
@settings(max_examples=400)
def test_where_is_a_plain_loop(
    x: Any, op: str, number: Any, absolute: bool, limit: int, small: bool
) -> None:
    term = "abs(x)" if absolute else "x"
    text = f"{term} {op} {number!r}"
    at = rounded(number, name_of(x))
    expected = [index for index, value in listed(x) if holds(value, op, at, absolute)]
    if small:
        with small_pieces():
            hits = ts.where(x, text, limit=limit)
    else:
        hits = ts.where(x, text, limit=limit)
    assert hits.count == len(expected)
    assert [tuple(i) for i in hits.indices.tolist()] == expected[:limit]
    assert hits.indices.shape == (min(limit, len(expected)), x.ndim)
    assert hits.complete == (len(expected) <= limit)
    assert hits.searched == values_of(x).size
    assert hits.values.dtype == DTYPES[name_of(x)].numpy
    found = np.array([values_of(x)[i] for i in expected[:limit]], values_of(x).dtype)
    assert same_bits(hits.values.astype(found.dtype), found)
    check_code(hits, x)


@given(
    tensors(),
    st.sampled_from(
        ["isnan(x)", "~isfinite(x)", "isinf(x) | (abs(x) > 2)", "0.5 <= abs(x) < 3", "x != 0.9",
         "isfinite(abs(x)) & ~(x == 1)", "not (abs(x) > 1 or isnan(x))"]
    ),
    st.booleans(),
)  # fmt: skip
@settings(max_examples=300)
def test_joined_conditions(x: Any, text: str, small: bool) -> None:
    values = values_of(x)
    size = magnitudes(values)
    part = name_of(x)
    part = {"complex64": "float32", "complex128": "float64"}.get(part, part)
    nine = rounded(0.9, part)
    expect = {
        "isnan(x)": lambda: np.isnan(values),
        "~isfinite(x)": lambda: ~np.isfinite(values),
        "isinf(x) | (abs(x) > 2)": lambda: np.isinf(values) | (size > 2),
        "0.5 <= abs(x) < 3": lambda: (size >= 0.5) & (size < 3),
        "x != 0.9": lambda: values.astype(complex) != nine,
        "isfinite(abs(x)) & ~(x == 1)": lambda: np.isfinite(size) & (values != 1),
        "not (abs(x) > 1 or isnan(x))": lambda: ~((size > 1) | np.isnan(values)),
    }[text]
    with np.errstate(invalid="ignore"):
        expected = expect()
    if small:
        with small_pieces():
            hits = ts.where(x, text)
    else:
        hits = ts.where(x, text)
    assert hits.indices.tolist() == np.argwhere(expected).tolist()
    check_code(hits, x)


SLOTS = st.sampled_from([":", "0", "-1", "::-1", "1:", "::2", "-1::-2"])


@given(tensors(), st.data())
@settings(max_examples=200)
def test_coordinates_count_in_the_whole_tensor(x: Any, data: st.DataObject) -> None:
    assume(0 not in x.shape)
    sel = f"[{', '.join(data.draw(SLOTS) for _ in x.shape)}]"
    values = values_of(x)
    every = np.empty(x.shape, object)
    for index in np.ndindex(x.shape):
        every[index] = index
    chosen = np.asarray(ran(f"x{sel.replace(']', ', ...]')}", every) if x.ndim else every)
    places = np.zeros((chosen.size, x.ndim), int)
    for row, index in enumerate(np.ndindex(chosen.shape)):
        places[row] = chosen[index]
    taken = np.array([values[tuple(p)] for p in places], values.dtype)
    hits = ts.where(x, "abs(x) >= 0.5", sel)
    wanted = magnitudes(taken)
    half = rounded(0.5, name_of(x)) if taken.dtype.kind == "f" else 0.5
    with np.errstate(invalid="ignore"):
        assert hits.indices.tolist() == places[wanted >= half].tolist()
    check_code(hits, x)
    best = ts.topk(x, 3, sel, by="abs")
    check_code(best, x)
    assert len(best) == min(3, len(taken) - best.nan)


@given(
    tensors(), st.integers(0, 12), st.booleans(), st.sampled_from(["value", "abs"]), st.booleans()
)
@settings(max_examples=500)
def test_topk_is_a_stable_sort(x: Any, k: int, largest: bool, by: str, small: bool) -> None:
    assume(by == "abs" or name_of(x) not in COMPLEX)
    elements = [
        (size_of(value) if by == "abs" else value, flat, index, value)
        for flat, (index, value) in enumerate(listed(x))
    ]
    if name_of(x) == "complex64":  # magnitudes are rounded to the parts' dtype
        with np.errstate(over="ignore"):
            elements = [(float(np.hypot(np.float32(v.real), np.float32(v.imag))), f, i, v)
                        for _, f, i, v in elements]  # fmt: skip
    candidates = [e for e in elements if e[0] == e[0]]
    sign = -1 if largest else 1
    expected = sorted(candidates, key=lambda e: (sign * e[0], e[1]))[:k]
    if small:
        with small_pieces():
            hits = ts.topk(x, k, largest=largest, by=by)
    else:
        hits = ts.topk(x, k, largest=largest, by=by)
    assert hits.nan == len(elements) - len(candidates)
    assert hits.count == len(candidates)
    assert [tuple(i) for i in hits.indices.tolist()] == [e[2] for e in expected]
    assert hits.complete == (k >= len(candidates))
    check_code(hits, x)


@given(tensors(max_side=4), st.integers(0, 1000), st.integers(0, 5))
@settings(max_examples=150)
def test_a_boolean_mask_is_taken_too(x: Any, seed: int, limit: int) -> None:
    mask = np.random.default_rng(seed).random(x.shape) < 0.4
    hits = ts.where(x, mask, limit=limit)
    assert hits.count == int(mask.sum())
    assert hits.indices.tolist() == np.argwhere(mask)[:limit].tolist()
    check_code(hits, x)


@given(tensors(REAL, max_side=4), st.data())
@settings(max_examples=150)
def test_in_a_reduced_selection_the_reduced_dim_is_minus_one(x: Any, data: st.DataObject) -> None:
    assume(x.ndim and 0 not in x.shape)
    dim = data.draw(st.integers(0, x.ndim - 1))
    op = data.draw(st.sampled_from(["max", "min", "absmax"]))
    hits = ts.where(x, "x != 0", {dim: op})
    values = ts.extract(x, {dim: op}).numpy()
    with np.errstate(invalid="ignore"):
        expected = np.argwhere(values != 0)
    assert hits.indices[:, dim].tolist() == [-1] * len(expected)
    assert np.delete(hits.indices, dim, axis=1).tolist() == expected.tolist()
    check_code(hits, x)
    check_code(ts.topk(x, 2, {dim: op}), x)


@given(tensors(max_side=4), st.integers(0, 6), st.integers(0, 6))
@settings(max_examples=100)
def test_pages_follow_each_other(x: Any, offset: int, limit: int) -> None:
    from tensorscope.adapters.select import select
    from tensorscope.condition import Condition
    from tensorscope.kernels.predicate import Predicate
    from tensorscope.kernels.search import count, find

    selected = select(x)
    predicate = Predicate(Condition.parse("abs(x) > 0.4"), selected.dtype)
    everything = find(selected.cut, predicate, 10_000)
    page = find(selected.cut, predicate, limit, offset)
    assert page.count == everything.count == count(selected.cut, predicate)
    assert page.flat.tolist() == everything.flat[offset : offset + limit].tolist()
    assert page.raw.tobytes() == everything.raw[offset : offset + limit].tobytes()


def test_twelve_dims() -> None:
    x = np.arange(2**12, dtype=np.int64).reshape([2] * 12)
    for view in (x, x.transpose(), x[::-1, :, ::-1]):
        hits = ts.where(view, "x >= 4090")
        assert {view[tuple(i)] for i in hits.indices} == set(range(4090, 4096))
        assert hits.values.tolist() == [view[tuple(i)] for i in hits.indices]
        check_code(hits, view)
        best = ts.topk(view, 3)
        assert best.values.tolist() == [4095, 4094, 4093]
        check_code(best, view)
        assert list(itertools.chain(*best.indices[:1].tolist())) == list(
            np.argwhere(view == 4095)[0]
        )

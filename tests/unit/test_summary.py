"""Statistics where the usual formulas fail, and what they say of themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

import tensorscope as ts
from tensorscope.adapters.select import select
from tensorscope.summary import sampled
from tests.strategies import without_compiled_code

T = torch.tensor


@pytest.fixture(autouse=True, params=["compiled", "NumPy"])
def _code(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run every test here with compiled code, and without."""
    if request.param == "compiled":
        yield
        return
    with without_compiled_code():
        yield


@pytest.mark.parametrize(
    ("x", "name", "expected"),
    [
        (torch.full((100_000,), 300.0, dtype=torch.float16), "sum", 30_000_000.0),
        (torch.full((100_000,), 300.0, dtype=torch.float16), "std", 0.0),
        (torch.full((100,), 30_000.0, dtype=torch.float16), "norm", 300_000.0),
        (torch.full((10_000,), 1.0078125, dtype=torch.bfloat16), "sum", 10_078.125),
        (torch.full((10_000,), 1.0078125, dtype=torch.bfloat16), "mean", 1.0078125),
        (torch.full((10,), 448.0).to(torch.float8_e4m3fn), "mean", 448.0),
        (T([2**62, 2**62, 2]), "mean", (2**63 + 2) / 3),
        (T([2**62, 2**62]), "sum", 2**63),
        (T([2**64 - 1] * 3, dtype=torch.uint64), "sum", 3 * (2**64 - 1)),
        (T([-(2**63)] * 3), "sum", -3 * 2**63),
        (T([2**62 + k for k in range(4)]), "std", math.sqrt(1.25)),
        (T([True, False]), "mean", 0.5),
        (T([True, False]), "std", 0.5),
        (T([True, True, False]), "sum", 2),
        (T([3.0]), "std", 0.0),
        (T([1.0, math.nan, 3.0]), "max", 3.0),
        (T([1.0, math.nan, math.inf]), "max", math.inf),
        (T([1.0, math.nan, math.inf]), "range", (1.0, 1.0)),
        (T([1.0, math.nan, math.inf, 3.0]), "mean", 2.0),
        (T([math.inf, -math.inf]), "posinf", 1),
        (T([math.inf, -math.inf]), "mean", None),
        (T([1e30, -1e30]), "std", float(np.float32(1e30))),
        (T([3e300, 4e300], dtype=torch.float64), "norm", 5e300),
        (T([3e-300, 4e-300], dtype=torch.float64), "norm", 5e-300),
        (T([1.7e308, -1.7e308], dtype=torch.float64), "std", 1.7e308),
        (T([0.1] * 70_000), "mean", float(np.float32(0.1))),
        (T([0.1] * 70_000), "std", 0.0),
        (torch.empty(0), "max", None),
        (torch.empty(0), "mean", None),
        (torch.empty(0), "std", None),
        (torch.empty(0), "argmax", None),
        (torch.empty(0), "histogram", None),
        (torch.empty(0, dtype=torch.int64), "sum", 0),
        (T([255, 127], dtype=torch.uint8).view(torch.float8_e8m0fnu), "nan", 1),
        (T([-0.0, 0.0, 5.0]), "zero", 2),
        (T([3.0, 1.0, 3.0, 1.0]), "argmax", (0,)),
        (T([3.0, 1.0, 3.0, 1.0]), "argmin", (1,)),
        (T([[1.0, math.inf], [math.nan, math.nan]]), "first_nan", (1, 0)),
        (T([[1.0, math.inf], [math.nan, math.nan]]), "first_inf", (0, 1)),
        (T(3.5), "argmin", ()),
    ],
)  # fmt: skip
def test_one_statistic(x: torch.Tensor, name: str, expected: Any) -> None:
    found = getattr(ts.stats(x), name)
    assert found == (pytest.approx(expected, rel=1e-15) if expected else expected)
    assert type(found) is type(expected)


def test_a_small_spread_around_a_large_mean_keeps_its_digits() -> None:
    noise = np.random.default_rng(0).normal(size=200_000)
    x = (1000 + 0.01 * noise).astype(np.float32)
    exact = x.astype(np.float64)
    assert ts.stats(x).std == pytest.approx(float((exact - exact.mean()).std()), rel=1e-9)
    wide = 1e9 + noise
    assert ts.stats(wide).std == pytest.approx(float((wide - 1e9).std()), rel=1e-9)


def test_the_outlier_in_the_last_piece_does_not_spoil_the_rest() -> None:
    x = np.concatenate([np.random.default_rng(1).normal(size=200_000), [1e8]])
    found = ts.stats(x)
    assert found.std == pytest.approx(float(x.std()), rel=1e-12)
    assert found.argmax == (200_000,)


@pytest.mark.parametrize("make", ["transpose", "channels_last", "flipped", "strided", "expanded"])
def test_any_layout_gives_the_same(make: str) -> None:
    base = torch.randn(6, 5, 40, 30)
    x: Any = {
        "transpose": lambda: base.permute(3, 1, 0, 2),
        "channels_last": lambda: base.to(memory_format=torch.channels_last),
        "flipped": lambda: base.numpy()[::-1, :, ::-1],
        "strided": lambda: base[:, ::2, 1:, ::3],
        "expanded": lambda: base[:, :1].expand(6, 50, 40, 30),
    }[make]()
    plain = np.ascontiguousarray(np.asarray(x))
    found, expected = ts.stats(x), ts.stats(plain)
    assert found.argmin == expected.argmin == np.unravel_index(plain.argmin(), plain.shape)
    assert found.argmax == expected.argmax
    assert (found.min, found.max, found.zero) == (expected.min, expected.max, expected.zero)
    assert found.std == pytest.approx(float(plain.astype(np.float64).std()), rel=1e-12)
    assert found.sum == pytest.approx(expected.sum, rel=1e-9)
    assert found.histogram is not None
    assert expected.histogram is not None
    assert np.array_equal(found.histogram[0], expected.histogram[0])


def test_many_equal_extremes_in_another_memory_order() -> None:
    x = np.zeros((700, 2000), np.float32).T  # more pieces hold the extreme than are remembered
    x[3, 5] = x[1999, 0] = -1.0
    found = ts.stats(x)
    assert found.argmin == (3, 5)
    assert found.argmax == (0, 0)


def test_an_expanded_tensor_costs_what_it_stores() -> None:
    x = torch.randn(1, 1000).expand(10**9, 1000)
    found = ts.stats(x)
    assert found.count == 10**12
    assert found.histogram is not None
    assert found.histogram[0].sum() == 10**12
    assert found.mean == pytest.approx(float(x[0].double().mean()), rel=1e-9)


def test_the_histogram_can_be_left_out() -> None:
    assert ts.stats(np.arange(5.0), histogram=False).histogram is None


@pytest.mark.parametrize(
    ("x", "counts", "edges"),
    [
        (np.array([0, 1, 1, 5]), [1, 2, 0, 0, 0, 1], [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5]),
        (np.array([True, False, True]), [1, 2], [-0.5, 0.5, 1.5]),
        (np.array([7, 7]), [2], [6.5, 7.5]),
        (np.array([2.0, 2.0]), [2], [1.5, 2.5]),
    ],
)
def test_bins_of_few_values(x: np.ndarray, counts: list[int], edges: list[float]) -> None:
    found = ts.stats(x).histogram
    assert found is not None
    assert found[0].tolist() == counts
    assert found[1].tolist() == edges


def test_wide_integers_have_even_bins() -> None:
    found = ts.stats(np.arange(-128, 128, dtype=np.int8)).histogram
    assert found is not None
    assert found[0].tolist() == [4] * 64


def test_float_bins_are_even_and_span_the_range() -> None:
    x = np.random.default_rng(0).uniform(-1, 3, 100_000).astype(np.float32)
    found = ts.stats(x).histogram
    assert found is not None
    counts, edges = found
    assert len(counts) == 64
    assert (edges[0], edges[-1]) == (x.min(), x.max())
    assert np.allclose(np.diff(edges), (edges[-1] - edges[0]) / 64, rtol=1e-4)
    assert np.array_equal(np.histogram(x, edges)[0], counts)


def test_a_sample_says_that_it_is_one() -> None:
    x = np.random.default_rng(0).normal(size=(1000, 2000)).astype(np.float32)
    quick = sampled(select(x), 1 << 14)
    assert 0.005 < quick.coverage < 0.01
    assert quick.count == round(quick.coverage * x.size)
    assert quick.mean == pytest.approx(0, abs=0.05)
    assert quick.std == pytest.approx(1, abs=0.05)
    assert x[quick.argmax] == quick.max
    assert "a sample of" in repr(quick)
    turned = sampled(select(x.T), 1 << 14)
    assert x.T[turned.argmin] == turned.min
    assert turned.coverage < 1
    small = sampled(select(x[:3]))
    assert small.coverage == 1.0


def test_the_text_tells_the_essentials() -> None:
    x = np.array([[1.0, math.nan], [math.inf, -2.5]])
    text = repr(ts.stats(x))
    assert "4 elements, float64" in text
    assert "finite -2.5 … 1" in text
    assert "max inf at [1, 0]" in text
    assert "NaN 1, +Inf 1, -Inf 0, zero 0" in text
    assert "mean -0.75 ± 1.75" in text


def test_names_of_dims_can_be_used() -> None:
    x = np.arange(6.0).reshape(2, 3)
    found = ts.stats(x, {"row": 1}, dims=("row", "column"))
    assert (found.min, found.argmin) == (3.0, (1, 0))


def test_a_reduced_dim_is_minus_one_in_places() -> None:
    x = np.arange(6.0).reshape(2, 3)
    found = ts.stats(x, "[mean, :]")
    assert found.argmax == (-1, 2)
    assert found.max == 3.5

"""Measures by compiled code are those that PyTorch itself gives, wherever a tensor lies."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from tensorscope.capture.measure import Measure, Measurer, of_floats
from tensorscope.capture.values import ARRAYS
from tensorscope.kernels import native

BASE = torch.linspace(-3, 5, 2 * 3 * 8 * 10).reshape(2, 3, 8, 10).round(decimals=1)


def without_compiled_code() -> Measurer:
    measurer = Measurer(torch)
    measurer._compiled.clear()
    return measurer


def same(ours: Any, other: Any) -> None:
    assert isinstance(ours, Measure)
    assert isinstance(other, Measure)
    assert (ours.count, ours.zero is None) == (other.count, other.zero is None)
    for name in ("mean", "norm", "low", "high", "zero"):
        one, two = getattr(ours, name), getattr(other, name)
        assert one is two or one == pytest.approx(two, rel=1e-5, nan_ok=True), name


SPECIAL = [
    *([], [math.nan], [math.inf], [-math.inf]),
    *([math.inf, -math.inf], [math.nan, math.inf]),
]


@pytest.mark.parametrize("dtype", native.FLOATS)
@pytest.mark.parametrize("special", SPECIAL)
def test_as_pytorch_has_it(dtype: str, special: list[float]) -> None:
    x = BASE.to(getattr(torch, dtype), copy=True)
    x.view(-1)[5 : 5 + len(special)] = torch.tensor(special, dtype=x.dtype)
    compiled = Measurer(torch)
    assert x.dtype in compiled._compiled
    same(compiled.take(x, zeros=True), without_compiled_code().take(x, zeros=True))
    assert compiled.take(x).zero is None


@pytest.mark.parametrize(
    ("make", "lies"),
    [
        (lambda: BASE, True),
        (lambda: BASE.to(memory_format=torch.channels_last), True),
        (lambda: BASE[1:], True),
        (lambda: BASE[..., ::2], False),
        (lambda: BASE[:, :1].expand(2, 7, 8, 10), False),
        (lambda: torch.view_as_complex(BASE.unflatten(-1, (5, 2))).conj().imag, False),
        (lambda: torch._efficientzerotensor((4, 5)), False),
    ],
    ids=["plain", "channels_last", "offset", "strided", "expanded", "negated view", "zeros"],
)
def test_what_lies_otherwise_is_measured_as_it_reads(make: Any, lies: bool) -> None:
    x, compiled = make(), Measurer(torch)
    assert bool(compiled._lies_at(x)) == lies
    found = compiled.sums(x)
    assert (found is not None) == lies
    if found is not None:
        same(of_floats(x.numel(), found, zeros=True), without_compiled_code().take(x, zeros=True))
    same(compiled.take(x), without_compiled_code().take(x.clone()))


def test_a_copy_on_write_tensor_is_not_copied() -> None:
    x = BASE.clone()
    lazy = torch._lazy_clone(x)
    measure = Measurer(torch).take(lazy)
    assert Measurer(torch).sums(lazy) is None
    assert torch._C._is_cow_tensor(lazy)
    same(measure, without_compiled_code().take(x))


def test_inside_of_a_transform_there_is_no_address() -> None:
    measurer, found = Measurer(torch), []

    def look(x: torch.Tensor) -> torch.Tensor:
        found.append((measurer._lies_at(x), measurer.sums(x)))
        return x

    torch.func.vmap(look)(BASE)
    torch.func.grad(lambda x: look(x).sum())(BASE)
    assert found == [(0, None), (0, None)]


class Own(torch.Tensor):
    """A subclass, which may keep its values elsewhere."""


def released() -> torch.Tensor:
    x = torch.ones(100)
    x.untyped_storage().resize_(40)
    return x


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.ones(0),
        lambda: torch.ones(3, dtype=torch.int32),
        lambda: torch.ones(3, device="meta"),
        lambda: torch.eye(3).to_sparse(),
        lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        lambda: BASE.as_subclass(Own),
        lambda: [BASE],
        released,
    ],
    ids=["empty", "whole", "meta", "sparse", "nested", "subclass", "list", "released"],
)
def test_what_takes_more_care_has_no_quick_sums(make: Any) -> None:
    assert Measurer(torch).sums(make()) is None


@pytest.mark.parametrize("name", ["float16", "float32", "float64", "bfloat16"])
def test_arrays_are_measured_as_tensors_are(name: str) -> None:
    import ml_dtypes

    dtype = ml_dtypes.bfloat16 if name == "bfloat16" else np.dtype(name)
    x = BASE.numpy().astype(dtype)
    same(ARRAYS.take(x, zeros=True), Measurer(torch).take(BASE.to(getattr(torch, name)), True))
    same(ARRAYS.take(x[..., ::2]), ARRAYS.take(x[..., ::2].copy()))
    if name != "bfloat16":
        same(ARRAYS.take(x.astype(x.dtype.newbyteorder())), ARRAYS.take(x))

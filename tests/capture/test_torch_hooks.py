"""Hooks of PyTorch: what they take in is what was computed, and they give nothing back."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import pytest
import torch
from torch import nn

from tensorscope.capture.watch import Watch

Pair = namedtuple("Pair", ["first", "rest"])


class Overwrites(nn.Module):
    """Changes what it was given past the version counter."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x.data.fill_(7.0)
        return x


def test_values_are_those_before_a_change_through_data() -> None:
    model = nn.Sequential(nn.Linear(3, 3), Overwrites())
    x = torch.ones(2, 3)
    expected = model[0](x)
    with Watch(model, every=1) as watch:
        watch.pin("0")
        model(x)
    assert torch.equal(watch.record("0").tensor, expected)
    assert watch.record("1").tensor.unique().tolist() == [7.0]


class Whole(nn.Module):
    """Takes all by keyword, and gives a named tuple."""

    def forward(self, *, x: torch.Tensor, scale: dict[str, torch.Tensor]) -> Pair:
        return Pair(x * scale["by"], (x,))


def test_keyword_inputs_are_kept_where_a_breakpoint_is_hit() -> None:
    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Whole()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.inner(x=x, scale={"by": torch.tensor([2.0, 3.0])}).first

    model = Outer()
    with Watch(model) as watch:
        watch.break_when("x > 2", on="inner.first", action="log")
        model(torch.ones(1, 2))
    assert watch.record("inner.first").tensor.tolist() == [[2.0, 3.0]]
    inputs = {r.name: r.tensor.tolist() for n in watch.names() for r in watch.records(n, "input")}
    assert sorted(map(str, inputs.values())) == ["[2.0, 3.0]", "[[1.0, 1.0]]"]


def test_an_output_goes_on_as_the_very_object_that_it_was() -> None:
    given: list[Any] = []

    class Gives(nn.Module):
        def forward(self, x: torch.Tensor) -> dict[str, Any]:
            given.append({"x": x, "none": None})
            return given[-1]  # type: ignore[no-any-return]

    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Gives()

        def forward(self, x: torch.Tensor) -> Any:
            return self.inner(x)

    model = Outer()
    with Watch(model, every=1, grads=True) as watch:
        x = torch.ones(1, requires_grad=True)
        assert model(x) is given[0]
        assert given[0]["x"] is x
        for hooks in (model._forward_pre_hooks, model.inner._forward_hooks):
            assert hooks  # and none of them gives anything
            for hook in hooks.values():
                assert hook(model, (), {}, {}) is None
    assert watch.names()[0] == "inner['x']"


@pytest.mark.parametrize("cast", [False, True])
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize(("value", "count"), [(6e4, 100_000), (1 + 2**-10, 999)])
def test_sums_of_half_precision_neither_overflow_nor_are_rounded(
    value: float, count: int, gaps: bool, cast: bool
) -> None:
    class Large(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            found = torch.full((count, 2), value, dtype=torch.float16)
            return found[:, 0] if gaps else found[:, 0].contiguous()

    model = nn.Sequential(Large())
    with Watch(model, every=1) as watch, torch.autocast("cpu", torch.float16, enabled=cast):
        model(torch.ones(1))
    point = watch.history("0")[-1]
    # In float16 the sums are infinite, or rounded to whole numbers.
    assert point.mean == pytest.approx(value, rel=1e-5)
    assert point.norm == pytest.approx(value * count**0.5, rel=1e-5)
    assert point.finite


def test_autocast_is_off_inside_of_hooks_and_on_around_them() -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    inside: list[bool] = []
    with Watch(model, every=1, grads=True) as watch, torch.autocast("cpu", dtype=torch.bfloat16):
        values = watch._recorder.torch_values
        assert values is not None
        take = values.take

        def looked(x: Any, zeros: bool = False) -> Any:
            inside.append(torch.is_autocast_enabled("cpu") or torch.is_grad_enabled())
            return take(x, zeros)

        values.take = looked  # type: ignore[method-assign]
        out = model(torch.ones(1, 2))
        assert torch.is_autocast_enabled("cpu")
        assert torch.is_grad_enabled()
        out.sum().backward()
    assert inside == [False, False]  # of the output, of its gradient
    assert out.dtype == torch.bfloat16

"""PyTorch's vmap and its like: an element is one value for each example."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import tensorscope as ts

Look = Callable[[torch.Tensor], None]
FLAT = torch.arange(6.0).view(2, 3)
DEEP = torch.arange(12.0).view(2, 3, 2)


def over_columns(look: Look) -> np.ndarray:
    torch.func.vmap(lambda x: (look(x), x * 2)[1], in_dims=1)(FLAT)
    return FLAT.t().numpy()


def twice(look: Look) -> np.ndarray:
    inner = torch.func.vmap(lambda x: (look(x), x * 2)[1])
    torch.func.vmap(inner, in_dims=1)(DEEP)
    return DEEP.transpose(0, 1).numpy()


def under_grad(look: Look) -> np.ndarray:
    each = torch.func.vmap(lambda x: (look(x), (x * x).sum())[1])
    torch.func.grad(lambda z: each(z).sum())(FLAT.clone())
    return FLAT.numpy()


def grad_of_each(look: Look) -> np.ndarray:
    torch.func.vmap(torch.func.grad(lambda x: (look(x), (x * x).sum())[1]))(FLAT.clone())
    return FLAT.numpy()


@pytest.mark.parametrize("inside", [over_columns, twice, under_grad, grad_of_each])
def test_an_element_is_a_list(inside: Callable[[Look], np.ndarray], run: Any) -> None:
    seen: list[Any] = []

    def look(x: torch.Tensor) -> None:
        info = ts.describe(x)
        assert info.dtype == "float32"
        assert any("for each example" in note for note in info.notes)
        got = {sel: ts.extract(x, sel) for sel in ("[1]", "[::-1]", "[mean]", "[...]")}
        for sel, found in got.items():
            ran = run(found.code, x=x)
            if sel in ("[1]", "[mean]"):
                assert ran == found.item() == found.numpy().tolist(), found.code
            else:
                assert np.array_equal(ran, found.numpy()), found.code
        seen.append((info.shape, got["[1]"].item(), got["[...]"].numpy(), got["[::-1]"].numpy()))

    values = inside(look)
    ((shape, cell, whole, turned),) = seen
    assert shape == values.shape[-1:]
    assert cell == values[..., 1].tolist()
    assert np.array_equal(whole, values)
    assert np.array_equal(turned, values[..., ::-1])


def test_places_and_statistics_have_no_meaning_there() -> None:
    kinds = []

    def look(x: torch.Tensor) -> None:
        for ask in (ts.stats, ts.topk, ts.scope, lambda z: ts.where(z, "> 0")):
            with pytest.raises(ts.UnsupportedTensorError, match=r"ts\.extract") as caught:
                ask(x)
            kinds.append(caught.value.kind)
        with pytest.raises(ts.SelectionError) as past:
            ts.extract(x, "[2]")
        kinds.append(past.value.kind)

    over_columns(look)
    assert kinds == ["SYMBOLIC"] * 4 + ["BOUNDS"]


def in_grad(look: Look) -> None:
    torch.func.grad(lambda x: (look(x), (x * x).sum())[1])(FLAT.clone())


def in_jvp(look: Look) -> None:
    torch.func.jvp(lambda x: (look(x), x * 2)[1], (FLAT.clone(),), (torch.ones(2, 3),))


def in_functionalize(look: Look) -> None:
    torch.func.functionalize(lambda x: (look(x), x * 2)[1])(FLAT.clone())


def functional(look: Look) -> None:
    look(torch._to_functional_tensor(FLAT.clone()))


@pytest.mark.parametrize("inside", [in_grad, in_jvp, in_functionalize, functional])
def test_code_runs_inside_of_transforms(inside: Callable[[Look], None], run: Any) -> None:
    """There .numpy() raises, or answers with any memory."""
    seen = []

    def look(x: torch.Tensor) -> None:
        for sel in ("[1, 2]", "[:, ::-1]", "[mean, :]"):
            found = ts.extract(x, sel)
            assert np.array_equal(run(found.code, x=x), found.numpy()), found.code
        hits = ts.where(x, "> 3")
        indices, listed = run(hits.code, x=x)
        assert indices.tolist() == hits.indices.tolist() == [[1, 1], [1, 2]]
        assert listed.tolist() == [4.0, 5.0]
        best = run(ts.topk(x, 1).code, x=x)
        assert best[1].tolist() == [5.0]
        seen.append(True)

    inside(look)
    assert seen == [True]

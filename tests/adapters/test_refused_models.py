"""What holds tensors and is none: the error names a member, and the call that is meant."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import keras
import pytest
import torch
from flax import linen, nnx

import tensorscope as ts


def torch_model() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU())


def keras_model() -> Any:
    return keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])


class Net(nnx.Module):
    def __init__(self) -> None:
        self.body = nnx.Linear(2, 3, rngs=nnx.Rngs(0))


class Unfinished(torch.nn.Module):
    def __init__(self) -> None:
        """Forgets to call the one above."""


def is_model(x: Any) -> bool:
    return isinstance(x, torch.nn.Module | keras.Model | nnx.Module | linen.Module)


def refused(x: Any) -> str:
    with pytest.raises(ts.UnsupportedTensorError) as caught:
        ts.scope(x)
    assert caught.value.kind == ("NOT_NUMERIC" if is_model(x) else "CONTAINER")
    assert len(str(caught.value)) < 600
    return str(caught.value)


@pytest.mark.parametrize(
    ("make", "weight", "table"),
    [
        (torch_model, "model.get_parameter('0.weight')", "model.state_dict()"),
        (keras_model, "model.weights[0]", "model.weights"),
        (Net, "model.body.kernel", "nnx.state(model)"),
    ],
)
def test_a_model_is_told_what_shows_it(make: Any, weight: str, table: str) -> None:
    model = make()
    said = refused(model)
    assert "it is a model" in said
    assert "ts.watch(" in said
    assert f"ts.scope({weight})" in said
    assert f"%load_ext tensorscope, then {table} as a cell's last line" in said
    names = {"model": model, "nnx": nnx}
    assert ts.describe(eval(weight, names)).shape  # what is proposed can be done
    assert refused(eval(table, names)).count("%load_ext tensorscope") == 1


def test_a_model_of_linen_holds_no_weights() -> None:
    model = linen.Dense(3)
    assert "in what model.init returned" in refused(model)
    params = model.init(jax.random.key(0), jnp.ones((1, 2)))
    assert "ts.scope(x['params']['kernel'])" in refused(params)


def test_a_layer_without_weights_says_so() -> None:
    assert "It holds no weights" in refused(torch.nn.ReLU())
    assert "It holds no weights" in refused(Unfinished())


def test_members_are_named_as_they_are_reached() -> None:
    state = torch_model().state_dict()
    assert "e.g. x['0.weight'], as in ts.scope(x['0.weight'])" in refused(state)
    assert "e.g. x[1], as in ts.scope(x[1])" in refused([torch_model(), state["0.weight"]])

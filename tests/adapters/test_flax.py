"""Variables of Flax NNX: read as the array that they hold, without the user's hooks."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import tensorscope as ts


def test_code_reads_the_variable() -> None:
    x = nnx.Param(jnp.arange(6.0).reshape(2, 3))
    row = ts.extract(x, "[1, :]")
    assert row.code == "np.array(x[...][1])"
    assert eval(row.code).tolist() == [3, 4, 5]
    assert ts.extract(x, "[1, 2]").code == "x[...][1, 2].item()"
    assert eval(ts.where(x, "> 2").code)[1].tolist() == [3, 4, 5]
    assert ts.describe(x).framework == "jax"


def test_the_users_hook_does_not_run() -> None:
    asked = []

    def hook(variable: Any, value: Any) -> Any:
        asked.append(variable)
        return value * 2

    x = nnx.Param(jnp.ones(3), on_get_value=hook)
    shown = ts.extract(x)
    assert shown.numpy().tolist() == [1, 1, 1]
    assert asked == []
    assert eval(shown.code).tolist() == [1, 1, 1]


@pytest.mark.parametrize("held", [{"a": jnp.ones(2)}, np.ones(2), 3])
def test_what_holds_no_array_of_jax_says_so(held: Any) -> None:
    with pytest.raises(ts.UnsupportedTensorError, match=r"pass x\[\.\.\.\]"):
        ts.describe(nnx.Param(held))


def test_within_transforms_it_is_what_its_array_is() -> None:
    seen: list[Any] = []

    def loss(model: nnx.Linear, x: Any) -> Any:
        seen.append(ts.describe(model.kernel).notes[0])
        return model(x).sum()

    model = nnx.Linear(2, 3, rngs=nnx.Rngs(0))
    nnx.grad(loss)(model, jnp.ones((1, 2)))
    nnx.jit(loss)(model, jnp.ones((1, 2)))
    assert "differentiates" in seen[0]
    assert "no number yet" in seen[-1]

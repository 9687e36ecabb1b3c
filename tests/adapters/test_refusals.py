"""What cannot be read is refused with a kind and words, and never crashes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import polars as pl
import pytest
import tensorflow as tf
import torch
from jax.experimental import sparse as jax_sparse

import tensorscope as ts


def endless() -> list[Any]:
    x: list[Any] = []
    x.append(x)
    return x


class Lost:
    """Cannot be converted, and says why in its own words."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise RuntimeError("lost device")


class LostType:
    """Cannot even tell what it is."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise RuntimeError("lost device")

    @property
    def shape(self) -> tuple[int, ...]:
        raise RuntimeError("lost device")

    dtype = shape


class LostAtIndex:
    """Knows what it is, and fails when it is indexed."""

    shape, dtype = (3,), np.dtype("f4")
    get = __array__ = None

    def __getitem__(self, index: Any) -> Any:
        raise RuntimeError("lost device")


def freed() -> torch.Tensor:
    x = torch.arange(4.0)
    x.untyped_storage().resize_(0)
    return x


def shrunk() -> torch.Tensor:
    x = torch.arange(1000.0)
    x.untyped_storage().resize_(40)
    return x


def freed_entries() -> torch.Tensor:
    x = torch.eye(3).to_sparse()
    x._values().untyped_storage().resize_(0)
    return x


def fake() -> torch.Tensor:
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        return torch.ones(2, 3)


class Loud(torch.Tensor):
    """Raises on any use from Python: reading must go past it."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise RuntimeError("user code")


def variant() -> tf.Tensor:
    return tf.raw_ops.TensorListReserve(element_shape=[2], num_elements=2, element_dtype=tf.float32)


def symbolic() -> tf.Tensor:
    kept = []
    tf.function(lambda z: (kept.append(z), z)[1]).get_concrete_function(tf.TensorSpec([3]))
    return kept[0]


def deleted() -> jax.Array:
    x = jnp.arange(3.0)
    x.delete()
    return x


def donated() -> jax.Array:
    x = jnp.arange(3.0)
    jax.jit(lambda z: z + 1, donate_argnums=0)(x).block_until_ready()
    return x


def leaked() -> Any:
    kept = []
    jax.jit(lambda z: (kept.append(z), z * 2)[1])(jnp.arange(3.0))
    return kept[0]


def float0() -> Any:
    return jax.grad(lambda i: i.astype(jnp.float32).sum(), allow_int=True)(jnp.array([1, 2]))


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: keras.Input((3,)), "NO_DATA"),
        (lambda: tf.TensorSpec([3]), "NO_DATA"),
        (lambda: tf.Variable([1.0]).handle, "OPAQUE"),
        (variant, "OPAQUE"),
        (symbolic, "SYMBOLIC"),
        (lambda: tf.IndexedSlices(tf.constant([1.0]), tf.constant([0])), "OPAQUE"),
        (lambda: tf.TensorArray(tf.float32, size=2), "FREED"),
        (lambda: tf.data.Dataset.range(3), "NOT_NUMERIC"),
        (deleted, "FREED"),
        (donated, "FREED"),
        (leaked, "SYMBOLIC"),
        (float0, "NO_DATA"),
        (lambda: jax.ShapeDtypeStruct((3,), jnp.float32), "NO_DATA"),
        (lambda: jax_sparse.CSR.fromdense(jnp.eye(3)), "OPAQUE"),
        (freed, "FREED"),
        (shrunk, "FREED"),
        (fake, "NO_DATA"),
        (lambda: torch.empty(2, device="meta"), "NO_DATA"),
        (torch.nn.UninitializedParameter, "UNINITIALIZED"),
        (torch.nn.UninitializedBuffer, "UNINITIALIZED"),
        (freed_entries, "FREED"),
        (lambda: np.ma.array([(1, 2.0)], [("a", "i4"), ("b", "f8")], mask=[(1, 0)]), "OPAQUE"),
        (lambda: [torch.ones(2), torch.ones(2)], "CONTAINER"),
        (lambda: [[1, 2], [3]], "CONTAINER"),
        (lambda: [1, [2]], "CONTAINER"),
        (endless, "CONTAINER"),
        (lambda: {"a": 1}, "NOT_NUMERIC"),
        (lambda: iter([1]), "NOT_NUMERIC"),
        (lambda: pl.LazyFrame({"a": [1]}), "PENDING"),
        (Lost, "USER_ERROR"),
        (LostType, "USER_ERROR"),
        (lambda: {"a": torch.ones(2)}, "CONTAINER"),
        (lambda: "text", "NOT_NUMERIC"),
        (lambda: None, "NOT_NUMERIC"),
        (lambda: torch.nn.Linear(1, 1), "NOT_NUMERIC"),
    ],
)
@pytest.mark.parametrize(
    "call", [ts.extract, ts.stats, ts.topk, ts.scope, lambda x: ts.where(x, "> 0")]
)
def test_refusals(make: Callable[[], Any], kind: str, call: Callable[[Any], Any]) -> None:
    with pytest.raises(ts.UnsupportedTensorError) as caught:
        call(make())
    assert caught.value.kind == kind
    assert isinstance(caught.value, TypeError)
    assert 20 < len(str(caught.value)) <= 600


def test_a_subclass_is_read_past_its_own_code() -> None:
    x = torch.arange(6.0).reshape(2, 3).as_subclass(Loud)
    assert ts.extract(x, "[1, 2]").item() == 5.0
    assert ts.describe(x).shape == (2, 3)


def test_the_objects_own_words_are_passed_on() -> None:
    assert ts.describe(LostAtIndex()).shape == (3,)
    with pytest.raises(ts.UnsupportedTensorError, match="RuntimeError: lost device") as caught:
        ts.extract(LostAtIndex(), "[0]")
    assert caught.value.kind == "USER_ERROR"


def test_only_one_element_is_an_item() -> None:
    with pytest.raises(ts.SelectionError) as caught:
        ts.extract(np.zeros((2, 2)), "[0]").item()
    assert caught.value.kind == "NOT_SCALAR"


@pytest.mark.parametrize("dims", [("a",), ("a", "a"), "ab", ("a", 1), ("", "b")])
def test_dims_must_name_the_dims(dims: object) -> None:
    with pytest.raises(ts.SelectionError) as caught:
        ts.extract(np.zeros((2, 2)), dims=dims)
    assert caught.value.kind == "DIMS"


def test_dims_are_names() -> None:
    x = np.arange(6).reshape(2, 3)
    assert ts.extract(x, {"y": 1}, dims=("y", "x")).numpy().tolist() == [3, 4, 5]
    assert "y: 2, x: 3" in str(ts.describe(x, dims=("y", "x")))


def test_training_is_the_same_with_and_without() -> None:
    def train(look: bool) -> list[bytes]:
        torch.manual_seed(0)
        model = torch.nn.Sequential(
            torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Flatten(),
            torch.nn.LazyLinear(3),
        )  # fmt: skip
        data = torch.randn(4, 1, 8, 8)
        model(data)
        optimizer = torch.optim.Adam(model.parameters())
        for _ in range(5):
            hidden = model[1](model[0](data))
            if look:
                ts.extract(hidden, "[0, 2]").numpy()
                ts.where(hidden, "> 0.1")
                ts.stats(hidden)
                ts.topk(hidden, 3, by="abs")
                for parameter in model.parameters():
                    ts.stats(parameter)
            loss = model[2:](hidden).square().mean()
            optimizer.zero_grad()
            loss.backward()
            if look:
                ts.stats(model[0].weight.grad)
            optimizer.step()
        return [p.detach().numpy().tobytes() for p in model.parameters()]

    assert train(look=False) == train(look=True)

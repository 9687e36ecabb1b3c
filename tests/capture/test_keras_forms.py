"""Models and loops of every form: subclasses, nested, recurrent, mixed precision, own loops."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import tensorscope as ts
from tensorscope.capture.watch import Watch
from tests.capture.keras_models import X, Y, fresh


class Twice(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.lin = layers.Dense(4, name="lin")
        self.split = Split(name="split")

    def call(self, x: Any) -> Any:
        parts = self.split(self.lin(self.lin(x)))
        return parts["a"] + parts["b"][0]


class Split(layers.Layer):
    def call(self, x: Any) -> Any:
        return {"a": x, "b": (x * 2, None)}


class OwnStep(Twice):
    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            loss = keras.ops.mean((self(x, training=True) - y) ** 2)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables, strict=True))
        return {"loss": ts.probe("loss", loss)}


@pytest.mark.parametrize("kind", [Twice, OwnStep])
def test_subclasses_calls_and_forms_of_outputs(kind: Any) -> None:
    model = kind()
    model.compile("sgd", "mse", jit_compile=False)
    x = np.ones((8, 4), "f4")
    with Watch(model, every=1) as watch:
        model.fit(x, x, batch_size=4, verbose=0)
    assert watch.steps == 2
    names = ["lin", "lin (call 2)", "split['a']", "split['b'][0]"]
    assert list(watch.names())[:4] == names
    assert watch.record("lin", call=1).shape == (4, 4)
    assert not watch.notes


def test_nested_recurrent_and_chosen_layers() -> None:
    inner = keras.Sequential([keras.Input((5,)), layers.Dense(2, "tanh", name="d")], name="inner")
    inputs = keras.Input((3, 4))
    x = layers.LSTM(5, name="lstm")(inputs)
    model = keras.Model(inputs, inner(x))
    model.compile("sgd", "mse", jit_compile=False)
    with Watch(model, every=1, grads=True) as watch:
        model.train_on_batch(np.ones((2, 3, 4), "f4"), np.ones((2, 2), "f4"))
    assert watch.modules == ("lstm", "inner.d")
    assert watch.record("lstm").shape == (2, 5)
    assert watch.record("inner.d", kind="gradient").shape == (2, 2)
    assert Watch(model, select="lst*").modules == ("lstm",)
    assert Watch(model, select=layers.Dense).modules == ("inner.d",)
    assert Watch(model, select=layers.Dense)._recorder.bounds == {"inner.d": 1.0}
    with pytest.raises(ts.SelectionError, match=r"there are lstm"):
        Watch(model, select="nope")


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(policy: str) -> None:
    keras.utils.set_random_seed(1)
    part = layers.Dense(3, name="fc", dtype=policy)
    model = keras.Sequential([keras.Input((4,)), part])
    optimizer = keras.optimizers.SGD(0.1)
    if policy == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    model.compile(optimizer, "mse", jit_compile=False)
    with Watch(model, every=1, grads=True) as watch:
        watch.pin("fc")
        model.train_on_batch(np.full((2, 4), 0.1, "f4"), np.ones((2, 3), "f4"))
    record = watch.record("fc")
    assert record.dtype == policy.removeprefix("mixed_")
    exact = record.tensor.astype(np.float64)
    assert watch.history("fc")[0].norm == pytest.approx(np.linalg.norm(exact), rel=1e-5)
    scaled = [note for note in watch.notes if "loss scale" in note]
    assert bool(scaled) == (policy == "mixed_float16")
    assert watch.record("fc.kernel", kind="gradient").shape == (4, 3)


@pytest.mark.parametrize("graph", [False, True])
def test_a_loop_of_ones_own(graph: bool) -> None:
    model = fresh()
    optimizer = keras.optimizers.SGD(0.1)

    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = model.loss(y, model(x, training=True))
        weights = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return loss

    train = tf.function(step) if graph else step
    with Watch(model, every=1, grads=True) as watch:
        for _ in range(3):
            train(X[:8], Y[:8])
            model(X[:8], training=False)
    assert watch.steps == 3
    assert [r.step for r in watch.records("fc", "output")] == [0, 1, 2]
    assert [r.step for r in watch.records("fc", "gradient")] == [0, 1, 2]
    train(X[:8], Y[:8])  # a graph keeps its calls, and they tell nobody
    assert watch.steps == 3


def test_probes_inside_of_the_step() -> None:
    class Probing(layers.Layer):
        def call(self, x: Any) -> Any:
            return ts.probe("inside", x * 2)

    model = keras.Sequential([keras.Input((4,)), Probing(), layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    with Watch(model, every=1) as watch:
        model.fit(np.ones((8, 4), "f4"), np.ones((8, 1), "f4"), batch_size=4, verbose=0)
    assert [r.step for r in watch.records("inside")] == [0, 1]
    assert watch.record("inside").tensor.tolist() == [[2.0] * 4]

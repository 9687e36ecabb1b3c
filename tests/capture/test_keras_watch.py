"""Watching Keras' training loop: what a layer returned in the very step, and nothing disturbed."""

from __future__ import annotations

import copy
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import tensorscope as ts
from tensorscope.capture.watch import Watch

X = np.random.default_rng(0).normal(size=(64, 6, 6, 1)).astype("f4")
Y = np.random.default_rng(1).integers(0, 3, 64)


def stack() -> list[Any]:
    return [
        layers.Conv2D(4, 3, name="conv"),
        layers.BatchNormalization(name="norm"),
        layers.ReLU(name="relu"),
        layers.Flatten(name="flat"),
        layers.Dropout(0.5, name="drop"),
        layers.Dense(3, name="fc"),
    ]


def compiled(model: Any, **arguments: Any) -> Any:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss, **{"jit_compile": False, **arguments})
    return model


def fresh(**arguments: Any) -> Any:
    keras.utils.set_random_seed(1)
    return compiled(keras.Sequential([keras.Input((6, 6, 1)), *stack()]), **arguments)


def fit(model: Any, **arguments: Any) -> list[float]:
    arguments = {"epochs": 2, "batch_size": 16, "shuffle": False, "verbose": 0, **arguments}
    return model.fit(X, Y, **arguments).history["loss"]


def untouched(model: Any) -> bool:
    parts = [model, model.optimizer, *model._flatten_layers()]
    return not any({"call", "train_step", "apply"} & set(vars(part)) for part in parts)


@pytest.mark.parametrize("arguments", [{}, {"run_eagerly": True}, {"steps_per_execution": 2}])
def test_training_is_the_same_bit_for_bit(arguments: dict[str, Any]) -> None:
    plain, watched = fresh(**arguments), fresh(**arguments)
    expected = fit(plain)
    with Watch(watched, every=2, grads=True, weights=True) as watch:
        watch.break_when("abs(x) > 1e9")
        got = fit(watched)
    assert got == expected
    pairs = zip(plain.get_weights(), watched.get_weights(), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    assert watch.steps == 8
    assert not watch.notes
    assert untouched(watched)


def test_values_are_those_of_the_training_step() -> None:
    twin, model = fresh(), fresh()
    names = ["conv", "norm", "relu", "flat", "drop", "fc"]
    x = tf.constant(X[:16])
    expected = {}
    for layer in twin.layers:
        x = layer(x, training=True) if layer.name in ("norm", "drop") else layer(x)
        expected[layer.name] = x.numpy()
    with Watch(model, every=1) as watch:
        for name in names:
            watch.pin(name)
        fit(model, epochs=1)
    assert list(watch.modules) == names
    for name in names:
        record = watch.record(name, step=0)
        assert record.train
        assert np.allclose(record.tensor, expected[name], atol=1e-6), name
    dropped = watch.record("drop", step=0).tensor
    assert (dropped == 0).mean() > 0.3  # by dropout: in inference mode nothing would be
    assert watch.history("conv")[0].norm == pytest.approx(np.linalg.norm(expected["conv"]))


def test_gradients_are_those_of_the_tape() -> None:
    twin, model = fresh(), fresh()
    first = twin.get_layer("conv")
    with tf.GradientTape(persistent=True) as tape:
        out = x = first(tf.constant(X[:16]))
        tape.watch(out)
        for layer in twin.layers[1:]:
            x = layer(x, training=True) if layer.name in ("norm", "drop") else layer(x)
        loss = twin.loss(Y[:16], x)
    with Watch(model, every=1, grads="conv", weights="fc") as watch:
        watch.pin("conv")
        model.train_on_batch(X[:16], Y[:16])
    expected = tape.gradient(loss, out).numpy()
    assert np.allclose(watch.record("conv", kind="gradient").tensor, expected, atol=1e-7)
    kernel = tape.gradient(loss, first.kernel.value).numpy()
    assert np.allclose(watch.record("conv.kernel", kind="gradient").tensor, kernel, atol=1e-6)
    weight = watch.record("fc.kernel", kind="weight").tensor
    assert np.array_equal(weight, model.get_layer("fc").kernel.numpy())


def test_what_evaluates_or_predicts_is_no_step() -> None:
    model = fresh()
    with Watch(model, every=1) as watch:
        model.evaluate(X, Y, verbose=0)
        model.predict(X, verbose=0)
        model(X)
        assert watch.steps == 0
        fit(model, epochs=1, validation_data=(X, Y))
        assert watch.steps == 4


def test_a_model_that_was_trained_before_is_watched_too() -> None:
    model = fresh()
    fit(model, epochs=1)
    with Watch(model) as watch:
        fit(model, epochs=1)
    assert watch.steps == 4
    fit(model, epochs=1)
    assert watch.steps == 4


# ------------------------------------------------------------------ XLA, callbacks, other backends


def test_xla_says_that_values_are_unavailable() -> None:
    plain, model = fresh(jit_compile=True), fresh(jit_compile=True)
    expected = fit(plain)
    with Watch(model) as watch:
        assert fit(model) == expected
    assert watch.steps == 0
    assert any("compiled by XLA" in note and 'compiled="eager"' in note for note in watch.notes)


def test_xla_is_turned_off_when_asked_and_on_again() -> None:
    model = fresh(jit_compile=True)
    with Watch(model, every=1, compiled="eager") as watch:
        fit(model, epochs=1)
        assert any("XLA is off" in note for note in watch.notes)
    assert len(watch.records("conv")) == 4
    assert model.jit_compile is True
    fit(model, epochs=1)


def test_a_callback_shows_inference_mode_and_says_so() -> None:
    plain, model = fresh(jit_compile=True), fresh(jit_compile=True)
    expected = fit(plain)
    with Watch(model, every=2) as watch:
        assert fit(model, callbacks=[watch.callback(X[:2])]) == expected
    assert watch.steps == 8
    assert [r.step for r in watch.records("drop")] == [0, 2, 4, 6]
    record = watch.record("drop")
    assert not record.train
    assert "inference mode" in record.notes[0]
    assert (record.tensor == watch.record("flat").tensor).all()  # nothing is dropped
    with pytest.raises(ts.SelectionError, match="no callback is needed"):
        Watch(fresh()).callback(X)
    with pytest.raises(ts.SelectionError, match=r"of a keras\.Model"):
        Watch().callback(X)


BACKEND = """
import keras, numpy as np, tensorscope as ts
x, y = np.random.rand(32, 4).astype("f4"), np.random.rand(32, 1).astype("f4")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu", name="a"),
                          keras.layers.Dense(1, name="b")])
model.compile("sgd", "mse")
with ts.watch(model, every=1) as w:
    model.fit(x, y, batch_size=8, verbose=0, callbacks=[w.callback(x[:2])])
assert keras.backend.backend() in w.notes[0], w.notes
assert w.steps == 4 and [r.step for r in w.records("a")] == [0, 1, 2, 3]
now = np.asarray(model.predict(x[:1], verbose=0))
assert np.allclose(w.record("b").tensor[:1], now)
print("inference mode" in w.record("a").notes[0], type(w.record("a").tensor).__name__)
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_keras_on_other_backends_has_the_callback(backend: str) -> None:
    assert run(BACKEND, KERAS_BACKEND=backend) == "True ndarray"


def test_no_framework_is_imported_for_another(tmp_path: Path) -> None:
    code = """
import sys, torch, tensorscope as ts
with ts.watch(torch.nn.Linear(2, 2)) as w:
    w.model(torch.ones(1, 2))
print([m for m in ("keras", "tensorflow", "jax", "flax") if m in sys.modules])
"""
    assert run(code) == "[]"


def run(code: str, **environment: str) -> str:
    """Run code in a Python of its own; return what it printed."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


# ------------------------------------------------------------------ stops


class Poisoned(layers.BatchNormalization):
    """Makes a NaN from a given step on."""

    def __init__(self, after: int) -> None:
        super().__init__(name="norm")
        self.after, self.count = after, tf.Variable(0, trainable=False)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        made = super().call(inputs, training, mask)
        return tf.where(self.count.assign_add(1) > self.after, np.float32(np.nan), made)


def poisoned(after: int) -> Any:
    first, _, *rest = stack()
    return compiled(keras.Sequential([keras.Input((6, 6, 1)), first, Poisoned(after), *rest]))


def test_a_breakpoint_ends_fit_with_its_words() -> None:
    model = poisoned(2)
    with Watch(model, every=100) as watch:
        point = watch.break_when("any(isnan(x))", action="raise")
        with pytest.raises(Exception, match=r"isnan.* on the output of norm .*step 2"):
            fit(model)
    assert point.hits == 1
    assert point.last is not None
    assert (point.last.name, point.last.cell) == ("norm", (0, 0, 0, 0))
    assert np.isfinite(watch.record("norm", step=2, kind="input").tensor).all()
    first = watch.findings[0]
    assert (first.kind, first.name, first.step) == ("nonfinite", "norm", 2)
    assert "Its input was finite" in first.evidence
    assert untouched(model)


def test_those_that_pass_it_on_and_bad_weights_are_told_apart() -> None:
    model = poisoned(0)
    hits: list[Any] = []
    with Watch(model) as watch:
        watch.break_when("isnan(x)", on="relu", action=hits.append)
        model.train_on_batch(X[:16], Y[:16])
    kinds = {f.name: f.kind for f in watch.findings if f.what == "output"}
    assert kinds == {"norm": "nonfinite", "relu": "passed on", "flat": "passed on",
                     "drop": "passed on", "fc": "passed on"}  # fmt: skip
    assert [hit.name for hit in hits] == ["relu"]
    model = fresh()
    weights = model.get_layer("fc").get_weights()
    weights[1][0] = np.inf
    model.get_layer("fc").set_weights(weights)
    with Watch(model) as watch:
        model.train_on_batch(X[:16], Y[:16])
    assert "its bias was not" in watch.findings[0].evidence


def until(holds: Any) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "it did not happen within 30 s"
        time.sleep(0.005)


def test_pause_step_and_continue() -> None:
    model = fresh()
    watch = Watch(model, every=1).start()
    watch.pause()
    thread = threading.Thread(target=fit, args=(model,), daemon=True)
    thread.start()
    control = watch._recorder.control
    until(lambda: watch.status == "paused")
    assert control.at == "conv, step 0"
    assert [r.name for r in watch._recorder.store.all()] == ["conv"]  # nothing ran ahead
    watch.step("module")
    until(lambda: control.at == "norm, step 0")
    watch.step("step")
    until(lambda: control.at == "before step 1")
    watch.resume()
    thread.join(60)
    assert not thread.is_alive()
    assert watch.steps == 8
    watch.close()


def test_an_interrupt_gets_through_while_paused() -> None:
    """In a process of its own: others before it may have put signals to uses of their own."""
    program = "from tests.capture.test_keras_watch import interrupted; interrupted()"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True,
        text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def interrupted() -> None:
    # Who starts tests in the background has their interrupts ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    heard, told = os.pipe()  # as the event loop of a kernel listens
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told)
    model = fresh()
    watch = Watch(model).start()
    watch.pause()

    def interrupt() -> None:
        until(lambda: watch.status == "paused")
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            fit(model)
    finally:
        thread.join()
        watch.close()
    assert untouched(model)
    assert signal.set_wakeup_fd(-1) == told
    assert signal.SIGINT in os.read(heard, 16)


def test_hooks_come_off_after_an_error() -> None:
    model = fresh()

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            raise ValueError("mine")

    def watched() -> None:
        with Watch(model):
            fit(model, callbacks=[Stop()])

    with pytest.raises(ValueError, match="mine"):
        watched()
    assert untouched(model)


# ------------------------------------------------------------------ saving and copying


def test_a_watched_model_can_be_saved_and_copied(tmp_path: Path) -> None:
    model = fresh()
    with Watch(model, every=1) as watch:
        fit(model, epochs=1)
        model.save(tmp_path / "model.keras")
        others = [
            keras.models.load_model(tmp_path / "model.keras"),
            copy.deepcopy(model),
            pickle.loads(pickle.dumps(model)),
            keras.models.clone_model(model),
        ]
        model.export(tmp_path / "saved", verbose=False)
        for other in others:
            compiled(other).train_on_batch(X[:16], Y[:16])
            assert untouched(other)
        assert watch.steps == 4  # the copies report to nobody
    assert np.allclose(others[0].predict(X, verbose=0).shape, (64, 3))
    assert tf.saved_model.load(tmp_path / "saved").serve(X).shape == (64, 3)


def test_a_recording_of_keras_is_reopened(tmp_path: Path) -> None:
    model = fresh()
    with Watch(model, every=1) as watch:
        watch.save(tmp_path / "run")
        fit(model, epochs=1)
    again = Watch.reopened(tmp_path / "run")
    assert again._model_name == "Sequential"
    shown = again.record("conv", step=3).numpy()
    assert np.array_equal(shown, watch.record("conv", step=3).numpy())


# ------------------------------------------------------------------ models of every form


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

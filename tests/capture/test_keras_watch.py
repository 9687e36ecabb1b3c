"""Watching Keras' training loop: what a layer returned in the very step, and nothing disturbed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tensorscope.capture.watch import Watch
from tests.capture.keras_models import X, Y, fit, fresh, untouched


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


def test_a_watch_that_was_closed_goes_on_where_it_stopped() -> None:
    model = fresh()
    watch = Watch(model, every=1)
    for turn in (1, 2):
        with watch:
            fit(model, epochs=1)
        assert watch.status == "closed"
        assert [r.step for r in watch.records("conv")] == list(range(4 * turn))
        assert untouched(model)

"""Where no Python runs inside of the step: XLA, callbacks, other backends of Keras."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import tensorscope as ts
from tensorscope.capture.watch import Watch
from tests.capture.keras_models import X, fit, fresh


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


def test_xla_stays_off_until_the_last_watch_that_asked_is_closed() -> None:
    model = fresh(jit_compile=True)
    one, other = Watch(model, every=1, compiled="eager"), Watch(model, every=1, compiled="eager")
    one.start()
    other.start()
    one.close()
    assert model.jit_compile is False
    fit(model, epochs=1)
    assert len(other.records("conv")) == 4
    other.close()
    assert model.jit_compile is True


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

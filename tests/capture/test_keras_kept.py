"""Saving and copying models that are watched, and recordings of them."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tensorscope.capture.watch import Watch
from tests.capture.keras_models import X, Y, compiled, fit, fresh, untouched


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

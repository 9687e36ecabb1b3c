"""Models of Keras to train, and what is asked of them."""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np
from keras import layers

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


def until(holds: Any) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "it did not happen within 30 s"
        time.sleep(0.005)

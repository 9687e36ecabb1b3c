"""Fixtures for all adapters."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

import tensorscope as ts

# Before JAX looks for devices: the host plays four of them.
os.environ["XLA_FLAGS"] = (
    f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=4"
)
# TensorFlow's own log of what it found: not what a test says.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture
def run() -> Any:
    """Return a function that runs shown code as a user would."""
    import jax.numpy as jnp
    import tensorflow as tf
    import torch

    def run(code: str, **names: object) -> Any:
        with np.errstate(all="ignore"):  # sums over Inf warn, and are meant
            return eval(code, {"np": np, "torch": torch, "jnp": jnp, "tf": tf, "ts": ts, **names})

    return run


@pytest.fixture(params=[64, 4000, 8 << 20], ids=["a chunk a tile", "some", "all"])
def counted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """A zarr array and its store, which counts its reads; tiles of three sizes."""
    from tensorscope.adapters import tiles
    from tests.adapters import lazy_kinds, lazy_values

    monkeypatch.setattr(tiles, "TILE_BYTES", request.param)
    return lazy_kinds.counted(lazy_values.VALUES, lazy_values.CHUNKS)

"""The same passes over 1e8 elements of TensorFlow and JAX, and over other dtypes."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import jax
import jax.numpy as jnp
import numpy as np
import tensorflow as tf
import torch

import tensorscope as ts
from benchmarks.measure import Row, emit, memory_row, race

COUNT = 100_000_000
#: A pass over statistics should cost this many reads of the tensor.
GOALS = {"float32": 6, "bfloat16": 6, "float16": 6, "int64": 6}


def make(framework: str, dtype: str) -> Any:
    """Return 1e8 normally distributed elements, of which each framework makes its own copy."""
    values = np.random.default_rng(0).standard_normal(COUNT, dtype=np.float32)
    if dtype == "int64":
        values = (values * 1000).astype(np.int64)
    if framework == "torch":
        return torch.from_numpy(values).to(getattr(torch, dtype))
    if framework == "tensorflow":
        return tf.cast(tf.constant(values), dtype)
    with jax.enable_x64(True):
        return jax.block_until_ready(jnp.array(values).astype(dtype))


def readable(x: Any, framework: str, dtype: str) -> torch.Tensor:
    """Return what a read is timed on: the very memory of float32, else as many bytes.

    Allocators lay memory out in pages of different sizes, and some are slower to read.
    """
    if dtype == "float32":
        return torch.from_dlpack(
            tf.experimental.dlpack.to_dlpack(x) if framework == "tensorflow" else x
        )
    size = x.dtype.size * COUNT if framework == "tensorflow" else x.nbytes
    return torch.zeros(size // 4)


def rows() -> list[Row]:
    torch.set_num_threads(1)
    out = []
    for framework in ("torch", "tensorflow", "jax"):
        for dtype, goal in GOALS.items():
            x = make(framework, dtype)
            same = readable(x, framework, dtype)
            calls = {"stats": lambda x=x: ts.stats(x, histogram=False)}
            if dtype == "float32":
                calls["mask"] = lambda x=x: ts.where(x, "> 1.2816")
                calls["topk"] = lambda x=x: ts.topk(x, 1000)
            found = race(calls, same.sum, rounds=5)
            what = f"1e8 {dtype}, {framework}"
            out.append(found.row(f"exact statistics, {what}", "stats", goal))
            if dtype == "float32":
                out.append(found.row(f"mask with 10 % hits, {what}", "mask", 3))
                out.append(found.row(f"top 1000, {what}", "topk", 2.5))
                memory = f"extra memory of statistics, {what}"
                out.append(memory_row(memory, lambda x=x: ts.stats(x)))
            del x, same, calls, found
    return out


if __name__ == "__main__":
    emit(rows())

"""First look at 1e8 elements: exact statistics, with and without a histogram."""

from __future__ import annotations

import numpy as np
import torch

import tensorscope as ts
from benchmarks.measure import Row, emit, memory_row, race
from tensorscope.adapters.select import select
from tensorscope.summary import sampled

COUNT = 100_000_000


def naive(x: np.ndarray) -> object:
    return (
        np.nanmin(x), np.nanmax(x), x.mean(), x.std(), np.isnan(x).sum(), np.isinf(x).sum(),
        (x == 0).sum(), x.argmin(), x.argmax(),
    )  # fmt: skip


def naive_torch(x: torch.Tensor) -> object:
    return (
        x.min(), x.max(), x.mean(), x.std(correction=0), x.isnan().sum(), x.isinf().sum(),
        (x == 0).sum(), x.argmin(), x.argmax(),
    )  # fmt: skip


def rows() -> list[Row]:
    torch.set_num_threads(1)
    x = np.random.default_rng(0).standard_normal(COUNT, dtype=np.float32)
    tensor = torch.from_numpy(x)
    found = race(
        {
            "numpy": lambda: ts.stats(x, histogram=False),
            "torch": lambda: ts.stats(tensor, histogram=False),
            "histogram": lambda: ts.stats(x),
            "sampled": lambda: sampled(select(x)),
        },
        tensor.sum,
    )
    peers = race(
        {
            "naive NumPy": lambda: naive(x),
            "naive torch": lambda: naive_torch(tensor),
            "naive NumPy + np.histogram": lambda: (naive(x), np.histogram(x, 64)),
        },
        rounds=1,
    ).all()
    with_histogram = peers.pop("naive NumPy + np.histogram")
    out = [
        found.row("exact statistics, 1e8 float32, NumPy", "numpy", 6, peers=peers),
        found.row("exact statistics, 1e8 float32, torch", "torch", 6),
        found.row("with an exact histogram", "histogram", 16,
            peers={"naive NumPy + np.histogram": with_histogram}),
        Row("first look from a sample of 2¹⁸", found["sampled"], goal="≤ 5 ms",
            ok=found["sampled"] <= 5e-3),
        memory_row("extra memory of statistics with histogram", lambda: ts.stats(x)),
    ]  # fmt: skip
    turned = x.reshape(10_000, 10_000).T
    half = tensor.bfloat16()
    broken = x.copy()
    broken[::97] = np.nan
    found = race(
        {
            "nan": lambda: ts.stats(broken, histogram=False),
            "turned": lambda: ts.stats(turned, histogram=False),
            "bfloat16": lambda: ts.stats(half, histogram=False),
        },
        tensor.sum,
    )
    return [
        *out,
        found.row("exact statistics with NaN everywhere", "nan", 15),
        found.row("exact statistics, transposed", "turned", 6),
        found.row("exact statistics, 1e8 bfloat16", "bfloat16"),
    ]


if __name__ == "__main__":
    emit(rows())

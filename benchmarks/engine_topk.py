"""The k largest of 1e8 elements, with coordinates, ties by the lowest index."""

from __future__ import annotations

import numpy as np
import torch

import tensorscope as ts
from benchmarks.measure import Row, emit, memory_row, race

COUNT = 100_000_000


def rows() -> list[Row]:
    torch.set_num_threads(1)
    x = np.random.default_rng(0).standard_normal(COUNT, dtype=np.float32)
    tensor = torch.from_numpy(x)
    out = []
    for k in (10, 1000):
        found = race({"ours": lambda k=k: ts.topk(x, k)}, tensor.sum, rounds=15)
        peers = race({"torch.topk": lambda k=k: tensor.topk(k)}, rounds=1).all()
        out.append(found.row(f"top {k} of 1e8 float32, shuffled", "ours", 2.5, peers=peers))
    out.append(memory_row("extra memory of top 1000", lambda: ts.topk(x, 1000)))
    rising, constant = np.sort(x), np.ones_like(x)
    found = race(
        {"rising": lambda: ts.topk(rising, 1000), "constant": lambda: ts.topk(constant, 1000)},
        tensor.sum,
    )
    out.append(found.row("top 1000 of 1e8, rising", "rising", 8))
    out.append(found.row("top 1000 of 1e8, all equal", "constant", 8))
    return out


if __name__ == "__main__":
    emit(rows())

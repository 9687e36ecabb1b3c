"""A threshold over 1e8 elements: the count, and the first 1000 with coordinates and values."""

from __future__ import annotations

import numpy as np
import torch

import tensorscope as ts
from benchmarks.measure import Row, emit, memory_row, race

#: Share of hits → threshold, for a normal distribution.
SHARES = {"0.1 %": 3.0902, "10 %": 1.2816, "90 %": -1.2816}


def rows() -> list[Row]:
    torch.set_num_threads(1)
    x = np.random.default_rng(0).standard_normal((1000, 1000, 100), dtype=np.float32)
    tensor = torch.from_numpy(x)
    out = []
    for share, at in SHARES.items():
        found = race(
            {
                "numpy": lambda at=at: ts.where(x, f"> {at}"),
                "torch": lambda at=at: ts.where(tensor, f"> {at}"),
            },
            tensor.sum,
        )
        peers = race(
            {
                "nonzero + values in torch": lambda at=at: (
                    (tensor > at).nonzero(), tensor[tensor > at],
                ),
            },
            rounds=1,
        ).all()  # fmt: skip
        out.append(found.row(f"mask, 1e8 float32, {share} hits, NumPy", "numpy", 3, peers=peers))
        out.append(found.row(f"mask, 1e8 float32, {share} hits, torch", "torch", 3))
    turned = x.reshape(10_000, 10_000).T
    found = race({"turned": lambda: ts.where(turned, "> 5")}, tensor.sum)
    out.append(found.row("mask, few hits, transposed", "turned", 3))
    out.append(memory_row("extra memory of a mask with 90 % hits", lambda: ts.where(x, "> -1.28")))
    return out


if __name__ == "__main__":
    emit(rows())

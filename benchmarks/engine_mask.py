"""A threshold over 1e8 elements: the count, and the first 1000 with coordinates and values."""

from __future__ import annotations

import numpy as np
import torch

import tensorscope as ts
from benchmarks.measure import Row, emit, memory_row, race

COUNT = 100_000_000
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
                "limit": tensor.sum,
                "numpy": lambda at=at: ts.where(x, f"> {at}"),
                "torch": lambda at=at: ts.where(tensor, f"> {at}"),
            }
        )
        peers = race(
            {
                "nonzero + values in torch": lambda at=at: (
                    (tensor > at).nonzero(),
                    tensor[tensor > at],
                )
            },
            rounds=1,
        )
        out.append(
            Row(f"mask, {share} hits, NumPy", found["numpy"], found["limit"], 3, peers=peers)
        )
        out.append(Row(f"mask, {share} hits, torch", found["torch"], found["limit"], 3))
    turned = x.reshape(10_000, 10_000).T
    found = race({"limit": tensor.sum, "ours": lambda: ts.where(turned, "> 5")}, rounds=5)
    out.append(Row("mask, few hits, transposed", found["ours"], found["limit"], 3))
    out.append(
        memory_row("extra memory of a mask with 90 % hits", lambda: ts.where(x, "> -1.2816"))
    )
    return out


if __name__ == "__main__":
    emit(rows())

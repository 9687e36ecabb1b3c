"""A 56 × 56 plane of a (32, 64, 56, 56) tensor, and of one 1000 times larger, ready to send."""

from __future__ import annotations

import tempfile

import numpy as np
import torch

import tensorscope as ts
from benchmarks.measure import Row, emit, race

SHAPE = (32, 64, 56, 56)


def plane(x: torch.Tensor) -> memoryview:
    """Return an own copy of the plane's bits, as a message takes them."""
    return memoryview(ts.extract(x, "[3, 5]").raw)


def rows() -> list[Row]:
    small = torch.randn(SHAPE)
    with tempfile.TemporaryFile() as file:
        # 25.7 GB of address space over a file of holes: only the pages that are read exist.
        shape = (SHAPE[0] * 1000, *SHAPE[1:])
        file.truncate(4 * int(np.prod(shape)))
        large = torch.from_numpy(np.memmap(file, np.float32, "r+", shape=shape))
        found = race(
            {"plane": lambda: plane(small)},
            lambda: small[3, 5].detach().clone().numpy(),
            rounds=30,
            repeat=200,
        )
        grown = race({"large": lambda: plane(large)}, lambda: plane(small), rounds=30, repeat=200)
    cell = race(
        {"cell": lambda: ts.extract(small, "[3, 5, 10, 12]").item()},
        lambda: small[3, 5, 10, 12].item(),
        rounds=30,
        repeat=200,
    )
    limit, ours = found.limit("plane"), found["plane"]
    return [
        Row("plane 56² to bytes", ours, limit, "≤ 3 × + 50 µs", ours <= 3 * limit + 50e-6),
        grown.row("the same of a tensor 1000 × larger, against that", "large", 1.2),
        cell.row("one cell as a Python scalar", "cell"),
    ]


if __name__ == "__main__":
    emit(rows())

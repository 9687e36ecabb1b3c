"""A 16384² plane in a frame of 1024² pixels: extremes of each block, NaN and infinities flagged."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.measure import Row, emit, memory_row, race
from tensorscope.adapters.select import select
from tensorscope.frame import Frame, frame

SIDE, PIXELS = 16384, 1024


def framed(x: object, pixels: int = PIXELS) -> Frame:
    cut = select(x).cut
    return frame(cut, (0, cut.shape[1]), (0, cut.shape[2]), (pixels, pixels))


def rows() -> list[Row]:
    torch.set_num_threads(1)
    x = np.random.default_rng(0).standard_normal((1, SIDE, SIDE), dtype=np.float32)
    tensor = torch.from_numpy(x)
    found = race(
        {
            "even": lambda: framed(x),
            "odd": lambda: framed(x, 1000),
            "turned": lambda: framed(x.transpose(0, 2, 1)),
        },
        tensor.sum,
    )
    pool = torch.nn.functional.max_pool2d
    peers = race(
        {
            "max_pool2d, twice": lambda: (pool(tensor, 16), -pool(-tensor, 16)),
            "min and max of a reshape": lambda: [
                f(x.reshape(PIXELS, 16, PIXELS, 16), axis=(1, 3)) for f in (np.min, np.max)
            ],
        },
        rounds=1,
    ).all()
    result = 9 * PIXELS**2 / 1e6
    out = [
        found.row("16384² in 1024², min + max + flags", "even", 6, peers=peers),
        found.row("16384² in 1000², min + max + flags", "odd", 6),
        found.row("16384² in 1024², transposed", "turned", 6),
        memory_row(f"memory of that frame, itself {result:.1f} MB", lambda: framed(x), 2 + result),
    ]
    x[0, ::3, ::7] = np.nan
    x[0, ::5, ::11] = np.inf
    found = race({"broken": lambda: framed(x)}, tensor.sum, rounds=3)
    out.append(found.row("16384² in 1024², NaN and Inf everywhere", "broken"))
    return out


if __name__ == "__main__":
    emit(rows())

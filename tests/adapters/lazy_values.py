"""An array in chunks, and questions that read all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tensorscope as ts
from tensorscope.adapters.select import select
from tensorscope.frame import frame

VALUES = np.random.default_rng(3).normal(size=(10, 21, 33)).astype("f4")
VALUES[0, 0, :5] = [np.nan, np.inf, -np.inf, -0.0, 7]
VALUES[3, 4, 5] = VALUES[9, 20, 32] = 7  # ties, in different chunks
CHUNKS = (4, 5, 8)
COUNT = 3 * 5 * 5
ASKED: dict[str, Callable[[Any], Any]] = {
    "stats": ts.stats,
    "where": lambda x: ts.where(x, "x > 0.5", limit=50),
    "topk": lambda x: ts.topk(x, 40),
    "topk of magnitudes, smallest": lambda x: ts.topk(x, 40, largest=False, by="abs"),
    "mean": lambda x: ts.extract(x, "[:, mean, :]"),
    "std": lambda x: ts.extract(x, "[std, :, ::-1]"),
    "frame": lambda x: frame(select(x).cut, (0, 21), (0, 33), (7, 5)),
    "turned frame": lambda x: frame(select(x).cut.arrange((1, 2, 0)), (0, 33), (0, 10), (4, 8)),
}

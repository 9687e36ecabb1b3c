"""Dask's graphs: computed block by block, by the scheduler that is active."""

from __future__ import annotations

from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
from dask.callbacks import Callback

import tensorscope as ts
from tests.adapters.lazy_values import ASKED, CHUNKS, COUNT, VALUES


def test_dask_does_it_a_block_a_task() -> None:
    loaded: list[int] = []

    def load(block: np.ndarray) -> np.ndarray:
        loaded.append(block.size)
        return block

    x = da.map_blocks(load, da.from_array(VALUES, CHUNKS), dtype="f4", meta=VALUES[:0, :0, :0])
    for ask in ASKED.values():
        loaded.clear()
        ask(x)
        assert len(loaded) == COUNT
        assert sum(loaded) == VALUES.size
    loaded.clear()
    assert ts.extract(x, (9, 20, 32)).item() == 7.0
    assert len(loaded) == 1


def test_the_users_own_callbacks_hear_of_it_too() -> None:
    class Heard(Callback):
        tasks = 0

        def _posttask(self, *_: Any) -> None:
            self.tasks += 1

    with Heard() as heard:
        ts.stats(da.from_array(VALUES, CHUNKS))
    assert heard.tasks >= COUNT


def test_the_active_scheduler_does_it() -> None:
    used = []

    def get(graph: Any, keys: Any, **options: Any) -> Any:
        used.append(1)
        return dask.get(graph, keys, **options)

    x = da.from_array(VALUES, CHUNKS)
    with dask.config.set(scheduler=get):
        assert ts.stats(x).max == np.inf
    assert used


def test_questions_travel_to_other_processes() -> None:
    x = da.from_array(VALUES, CHUNKS)
    with dask.config.set(scheduler="processes", num_workers=1):
        assert ts.stats(x, "[:4, :5, :16]").count == 4 * 5 * 16
        assert ts.where(x, "x > 1", "[:4, :5, :16]").count == int((VALUES[:4, :5, :16] > 1).sum())
        found = ts.topk(x, 3, "[:4, :5, :16]").indices
    assert np.array_equal(found, ts.topk(VALUES, 3, "[:4, :5, :16]").indices)


def test_unknown_blocks_are_described_and_refused() -> None:
    x = da.from_array(VALUES, CHUNKS).reshape(-1)
    x = x[x > 0]
    assert ts.describe(x).shape == (None,)
    with pytest.raises(ts.UnsupportedTensorError, match="compute_chunk_sizes") as caught:
        ts.stats(x)
    assert caught.value.kind == "NO_DATA"


def test_what_a_block_raises_is_told() -> None:
    def fail(block: np.ndarray) -> np.ndarray:
        raise ZeroDivisionError("in the user's own code")

    x = da.map_blocks(fail, da.from_array(VALUES, CHUNKS), dtype="f4", meta=VALUES[:0, :0, :0])
    with pytest.raises(ts.UnsupportedTensorError, match="the user's own code") as caught:
        ts.stats(x)
    assert caught.value.kind == "USER_ERROR"

"""Masked places exist and hold no value: in every library that has them, by one mechanism."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

import tensorscope as ts

VALUES = np.array([4.0, 99.0, -2.0, 99.0, np.nan, 1.0])
MASK = np.array([False, True, False, True, False, False])


def masked_tensor() -> Any:
    with pytest.warns(UserWarning, match="prototype"):
        return torch.masked.masked_tensor(torch.tensor(VALUES), torch.tensor(~MASK))


KINDS: dict[str, Callable[[], Any]] = {
    "numpy": lambda: np.ma.masked_array(VALUES, MASK),
    "numpy view": lambda: np.ma.masked_array(np.repeat(VALUES, 2), np.repeat(MASK, 2))[::2],
    "torch": masked_tensor,
    "pandas": lambda: pd.Series(pd.array(VALUES.astype(object), dtype="Float64")).mask(MASK, pd.NA),
    "polars": lambda: pl.Series(np.where(MASK, None, VALUES).tolist(), dtype=pl.Float64),
}


@pytest.fixture(params=KINDS)
def x(request: pytest.FixtureRequest) -> Any:
    made = KINDS[request.param]()
    if request.param == "pandas" and len(made) == 6:
        made = pd.Series(pd.arrays.FloatingArray(VALUES.copy(), MASK.copy()))
    return made


def alike(ours: Any, theirs: Any) -> bool:
    a, b = np.ma.getmaskarray(ours), np.ma.getmaskarray(theirs)
    kept, others = np.asarray(ours)[~a], np.asarray(theirs)[~b]
    return np.array_equal(a, b) and np.array_equal(kept, others, equal_nan=True)


@pytest.mark.parametrize("sel", ["[:]", "[1]", "[2]", "[::-1]", "[1:4]", "[::2]", "[-3]"])
def test_reading_says_masked(x: Any, sel: str, run: Any) -> None:
    want = eval(f"v{sel}", {"v": np.ma.masked_array(VALUES, MASK)})
    got = ts.extract(x, sel)
    if got.shape == ():
        assert (got.item() is np.ma.masked) == (want is np.ma.masked)
        ran = run(got.code, x=x)
        assert (ran is np.ma.masked) == (want is np.ma.masked), got.code
        assert got.text == ("masked" if want is np.ma.masked else repr(float(want)))
        return
    assert alike(got.numpy(), want)
    assert alike(run(got.code, x=x), want), got.code
    assert isinstance(got.numpy(), np.ma.MaskedArray) == bool(np.ma.is_masked(want))
    assert got.text.count("masked") == int(np.ma.getmaskarray(want).sum())
    assert alike(pickle.loads(pickle.dumps(got)).numpy(), want)


def test_searches_leave_them_out_and_count_them(x: Any, run: Any) -> None:
    hits = ts.where(x, "> 0")
    assert (hits.count, hits.masked, hits.indices.tolist()) == (2, 2, [[0], [5]])
    assert "2 masked left out" in repr(hits)
    best = ts.topk(x, 9)
    assert (best.values.tolist(), best.nan, best.masked) == ([4.0, 1.0, -2.0], 1, 2)
    for found in (hits, best, ts.where(x, "> 0", "[::-1]"), ts.topk(x, 2, largest=False)):
        indices, values = run(found.code, x=x)
        assert np.array_equal(indices, found.indices), found.code
        assert np.array_equal(values, found.values), found.code
    stats = ts.stats(x)
    assert (stats.count, stats.masked, stats.nan, stats.sum) == (4, 2, 1, 3.0)
    assert (stats.max, stats.argmax, stats.argmin, stats.first_nan) == (4.0, (0,), (2,), (4,))
    assert "masked 2" in repr(stats)
    assert ts.where(x, VALUES > 50).count == 0


def test_a_frame_carries_them_apart(x: Any) -> None:
    session = ts.scope(x)._session
    reply, buffers = session.handle(
        {"v": 1, "req": "a", "kind": "frame", "viewport": {"px": [100, 100]}}
    )
    frame = reply["frame"]
    parts = dict(zip(frame["buffers"], buffers, strict=True))
    assert list(parts["flags"]) == [0, 16, 0, 16, 0, 0]
    values = np.frombuffer(parts["values"])
    assert values[1] == values[3] == 0  # what lies under the mask does not travel
    reply, _ = session.handle({"v": 1, "req": "b", "kind": "value", "cell": [1]})
    assert (reply["value"]["text"], reply["value"]["bits"]) == ("masked", "")
    reply, _ = session.handle({"v": 1, "req": "c", "kind": "stats", "scope": "tensor"})
    assert reply["stats"]["masked"] == 2


@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "int8", "int64", "uint16", "bool", "M8[s]"]
)
def test_blocks_hide_no_extreme_and_show_no_masked_one(dtype: str) -> None:
    rng = np.random.default_rng(3)
    values = rng.integers(0, 2 if dtype == "bool" else 90, (37, 53)).astype(dtype)
    mask = rng.random((37, 53)) < 0.4
    mask[:10, :10] = True
    hidden = values.copy()
    hidden[mask] = np.array(1 if dtype == "bool" else 120).astype(dtype)
    scope = ts.scope(np.ma.masked_array(hidden, mask))
    request = {"v": 1, "req": "a", "kind": "frame", "viewport": {"px": [11, 7]}}
    for x, turn in ((scope, False), (ts.scope(np.ma.masked_array(hidden, mask).T), True)):
        reply, buffers = x._session.handle(request)
        frame = reply["frame"]
        parts = dict(zip(frame["buffers"], buffers, strict=True))
        shape = frame["shape"][1:]
        flags = np.frombuffer(parts["flags"], "u1").reshape(shape)
        high = np.frombuffer(parts["hi"], values.dtype).reshape(shape)
        low = np.frombuffer(parts["lo"], values.dtype).reshape(shape)
        own, apart = (values.T, mask.T) if turn else (values, mask)
        down, across = frame["block"]
        for i, j in np.ndindex(*shape):
            box = np.s_[i * down : (i + 1) * down, j * across : (j + 1) * across]
            kept = own[box][~apart[box]]
            assert bool(flags[i, j] & 16) == apart[box].any()
            assert bool(flags[i, j] & 8) == (kept.size == 0)
            if kept.size:
                assert (low[i, j], high[i, j]) == (kept.min(), kept.max())


def test_a_mask_may_be_masked_itself() -> None:
    x = np.ma.masked_array([1.0, 9.0, 4.0], [False, True, False])
    assert ts.where(x, x > 2).indices.tolist() == [[2]]
    assert ts.where(np.array([1.0, 9.0, 4.0]), x > 2).indices.tolist() == [[2]]


def test_nothing_masked_is_a_plain_array() -> None:
    x = np.ma.masked_array([1.0, 2.0], [False, True])
    assert type(ts.extract(x, "[:1]").numpy()) is np.ndarray
    assert type(ts.extract(np.ma.masked_array([1.0, 2.0]), "[:]").numpy()) is np.ndarray
    assert ts.extract(np.ma.masked, ()).item() is np.ma.masked


def test_texts_that_are_missing(run: Any) -> None:
    x = np.array(["x", np.nan], np.dtypes.StringDType(na_object=np.nan))
    assert ts.extract(x, "[1]").item() is np.ma.masked
    assert run(ts.extract(x, "[1]").code, x=x) is np.ma.masked
    assert ts.extract(x).text == "['x', masked]"
    assert np.ma.getmaskarray(run(ts.extract(x).code, x=x)).tolist() == [False, True]


def test_a_reduction_does_not_guess() -> None:
    with pytest.raises(ts.SelectionError, match="masked"):
        ts.extract(np.ma.masked_array(np.ones((2, 2)), np.eye(2)), "[mean, :]")

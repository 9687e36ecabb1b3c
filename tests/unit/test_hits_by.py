"""Which slices hold the hits: the counts of NumPy, whatever the memory looks like."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import torch

import tensorscope as ts
from tensorscope.errors import SelectionError
from tensorscope.kernels import along
from tensorscope.kernels.search import FindWork
from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.view import first_state

X = np.random.default_rng(0).normal(size=(2, 5, 30, 40)).astype(np.float32)
T = torch.tensor(X)


def counts(mask: Any, dim: int) -> list[int]:
    return np.asarray(mask).sum(tuple(d for d in range(mask.ndim) if d != dim)).tolist()


@pytest.mark.parametrize(
    "x",
    [
        X, np.asfortranarray(X), X[:, ::-1], X[..., ::3], T.permute(2, 0, 3, 1), T.flip(1),
        T[:, :1].expand(2, 5, 30, 40), T[:1, :, :, :1].expand(2, 5, 30, 40), X[0, 0, 0], X[:0],
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("limit", [2, 100_000])
def test_counts_are_those_of_numpy(x: Any, limit: int) -> None:
    hits = ts.where(x, "x > 1", limit=limit)
    for dim in range(x.ndim):
        assert hits.by_dim(dim).tolist() == counts(x > 1, dim)
        assert hits.by_dim(dim).sum() == hits.count


@pytest.mark.parametrize("cond", ["x > 1", "x < 1", "x == 0"])
def test_of_a_sparse_tensor_the_zeros_count_too(cond: str) -> None:
    dense = T[0] * (T[0] > 1.5)
    mask = {"x > 1": dense > 1, "x < 1": dense < 1, "x == 0": dense == 0}[cond]
    hits = ts.where(dense.to_sparse(), cond, limit=3)
    for dim in range(3):
        assert hits.by_dim(dim).tolist() == counts(mask, dim)


def test_what_is_masked_is_left_out() -> None:
    hits = ts.where(np.ma.masked_array(X, X < -1), "x < 0", limit=3)
    assert hits.by_dim(1).tolist() == counts((X < 0) & (X >= -1), 1)


def test_counts_stand_at_the_tensors_own_indices() -> None:
    hits = ts.where(X, "x > 1", "[1, ::-2, :, 3:20]", limit=3)
    want = np.zeros(5, int)
    want[[0, 2, 4]] = (X[1, ::2, :, 3:20] > 1).sum((1, 2))
    assert hits.by_dim(1).tolist() == want.tolist()
    assert hits.by_dim(0).tolist() == [0, hits.count]
    assert hits.by_dim(-1).tolist() == hits.by_dim(3).tolist()


def test_of_chunks_in_a_store(tmp_path: Any) -> None:
    import zarr

    store = zarr.create_array(str(tmp_path / "x"), shape=X.shape, chunks=(1, 2, 7, 40), dtype="f4")
    store[:] = X
    hits = ts.where(store, "x > 1", limit=3)
    for dim in range(4):
        assert hits.by_dim(dim).tolist() == counts(X > 1, dim)


def test_what_cannot_be_counted_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    hits = ts.where(X, "x > 1", "[:, mean, :, :]", limit=3)
    for dim, words in ((1, "reduced"), (4, "no dim 4"), (-5, "no dim")):
        with pytest.raises(SelectionError, match=words):
            hits.by_dim(dim)
    with pytest.raises(SelectionError, match="larger limit"):
        ts.where(X, X > 1, limit=3).by_dim(0)
    assert ts.where(X, X > 1, limit=10**6).by_dim(1).tolist() == counts(X > 1, 1)
    monkeypatch.setattr("tensorscope.hits_by.SLICES", 4)
    with pytest.raises(SelectionError, match="at most 4") as caught:
        ts.where(X, "x > 1").by_dim(1)
    assert caught.value.kind == "TOO_LARGE"


def test_a_tensor_that_changed_is_told() -> None:
    x = X.copy()
    hits = ts.where(x, "x > 1", limit=3)
    x[:] = 2
    with pytest.raises(SelectionError, match="has changed"):
        hits.by_dim(0)
    few = pickle.loads(pickle.dumps(ts.where(X, "x > 3")))
    assert few.by_dim(1).tolist() == counts(X > 3, 1)


def test_a_request_finds_and_counts_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(LiveSource(X, name="x"), first_state(X.shape))
    session.change(session.condition("x > 1"))
    passes = []
    take = FindWork.take
    monkeypatch.setattr(
        FindWork, "take", lambda work, *place: passes.append(work) or take(work, *place)
    )

    def ask(**body: object) -> dict[str, Any]:
        request = {"v": 1, "req": "a:1", "kind": "hits", "limit": 1, **body}
        return session.handle(request)[0]["hits"]  # type: ignore[no-any-return]

    found = ask(by=1, scope="tensor")
    want = counts(X > 1, 1)
    assert found["count"] == sum(want)
    assert found["by"]["held"] == 5
    assert sorted(map(tuple, found["by"]["counts"])) == list(enumerate(want))
    assert [n for _, n in found["by"]["counts"]] == sorted(want, reverse=True)
    assert len(passes) == 1
    ask(by=2, scope="tensor")  # all hits are known: they are counted, not looked for
    assert len(passes) == 1
    assert ask(by=1)["by"]["counts"] == [[0, int((X[0, 0] > 1).sum())]]
    assert ask()["count"] == int((X[0, 0] > 1).sum())


def test_counts_stay_small() -> None:
    assert along.SLICES * 8 <= 8 << 20

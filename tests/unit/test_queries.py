"""Hits in the bins of a histogram: the same ones that the condition picks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.view import first_state

X = np.r_[np.linspace(-3, 3, 300, dtype="f4"), np.float32(np.nan), np.float32(np.inf)]


def asked(x: Any, where: str, scope: str = "slice") -> dict[str, Any]:
    session = Session(LiveSource(x, name="x"), first_state(x.shape))
    session.handle({"v": 1, "req": "a:1", "kind": "update", "patch": {"where": where}})
    reply, _ = session.handle({"v": 1, "req": "a:2", "kind": "stats", "scope": scope})
    return dict(reply["stats"]["histogram"])


@pytest.mark.parametrize(
    ("where", "mask"),
    [
        ("0.4 < x < 0.6", abs(X - 0.5) < 0.1),
        ("abs(x) > 2", abs(X) > 2),
        ("x == 3", X == 3),  # the largest lies in the last bin
        ("isnan(x)", np.zeros(X.shape, bool)),  # none of the finite values
    ],
)
def test_bins_tell_their_hits(where: str, mask: np.ndarray[Any, Any]) -> None:
    histogram = asked(X, where)
    wanted, _ = np.histogram(X[mask & np.isfinite(X)], histogram["edges"])
    assert histogram["hits"] == {"where": where, "counts": wanted.tolist()}


def test_hits_are_counted_in_the_selection_alone() -> None:
    assert "hits" not in asked(X, "x > 1", scope="tensor")
    assert "hits" not in asked(X, "")


def test_integers_and_booleans_too() -> None:
    histogram = asked(np.arange(10), "x > 6")
    assert histogram["hits"]["counts"] == [0] * 7 + [1] * 3
    assert asked(np.array([True, False, True]), "x == 1")["hits"]["counts"] == [0, 2]
    big = asked(np.arange(2**53, 2**53 + 12), f"x > {2**53 + 5}")
    assert all(h <= c for h, c in zip(big["hits"]["counts"], big["counts"], strict=True))


def test_too_many_hits_to_gather_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tensorscope.hit_queries.SORTED", 5)
    assert asked(X, "x > 0")["hits"] is None

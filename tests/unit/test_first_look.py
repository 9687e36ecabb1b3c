"""A large tensor is summed up from a sample first, and the answer says so."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.view import first_state


def ask(session: Session, **message: Any) -> dict[str, Any]:
    reply, _ = session.handle({"v": 1, "req": "a:1", "kind": "stats", "scope": "tensor", **message})
    assert reply["ok"], reply
    return reply


def test_a_sample_says_that_it_is_one_and_the_exact_answer_follows() -> None:
    x = np.random.default_rng(0).standard_normal((4096, 4096), dtype=np.float32)
    x[4000, 4000] = 100
    session = Session(LiveSource(x, name="x"), first_state(x.shape))
    first = {"v": 1, "req": "a:1", "kind": "stats", "scope": "tensor", "first": True}
    assert not session.is_slow(first)
    assert session.is_slow({**first, "first": False})
    look = ask(session, first=True)["stats"]
    assert 0.01 < look["coverage"] < 0.02
    assert look["count"] < x.size
    assert abs(float(look["mean"])) < 0.02
    exact = ask(session)["stats"]
    assert look["of"] == exact["of"] == "[:, :]"
    assert exact["coverage"] == 1
    assert exact["max"] == "100.0"
    assert float(look["max"]) <= 100
    assert ask(session, first=True)["stats"] is None  # the exact one is known


def test_a_small_tensor_needs_no_sample() -> None:
    session = Session(LiveSource(np.zeros((8, 8)), name="x"), first_state((8, 8)))
    assert ask(session, first=True)["stats"] is None

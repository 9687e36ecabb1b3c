"""Named conditions: at most eight, one of them active; a bit each in the mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tensorscope as ts
from tensorscope.conditions import MOST, Conditions
from tensorscope.errors import ConditionError, SelectionError
from tensorscope.kernels.bits import Bits
from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.view import first_state

X = np.random.default_rng(0).normal(size=(2, 30, 40)).astype(np.float32)
TWO = {"hot": "x > 2", "cold": "x < -1"}


@pytest.mark.parametrize("where", ["x > 2", TWO, {"hot": "x > 2"}])
def test_what_was_given_comes_back(where: Any) -> None:
    s = ts.scope(X, where=where, name="X")
    assert s.where == where
    assert ts.scope(X, where=s.where).where == where


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_nothing_takes_all_away(nothing: Any) -> None:
    s = ts.scope(X, where=TWO)
    s.where = nothing
    assert s.where is None
    assert s.hits is None


def test_the_state_restores_which_is_active_and_which_are_hidden() -> None:
    s = ts.scope(X, where=TWO, name="X")
    s.view = {"active": "cold", "hidden": ["hot"]}
    assert s.state == (
        'ts.scope(X, "[0, :, :]", where={"hot": "x > 2", "cold": "x < -1"}, '
        "view={'active': 'cold', 'hidden': ['hot']}, name=\"X\")"
    )
    again = eval(s.state)
    assert again.state == s.state
    assert again.hits.count == (X[0] < -1).sum()
    assert again.hits_of("hot").count == (X[0] > 2).sum()
    assert "hits_of" not in again.hits_of("hot").code


@pytest.mark.parametrize(
    ("where", "kind", "words"),
    [
        ({"": "x > 1"}, "NAME", "1 to 40 characters"),
        ({"a": "x > 1", " a ": "x > 2"}, "NAME", "another name"),
        ({str(k): "x > 1" for k in range(9)}, "MANY", "remove one"),
        ({"a": "x >"}, "SYNTAX", "x"),
        ({"a": 3}, "TYPE", "a dict of names"),
    ],
)
def test_errors_say_what_to_do(where: Any, kind: str, words: str) -> None:
    s = ts.scope(X, where="x > 1")
    with pytest.raises(ConditionError) as caught:
        s.where = where
    assert caught.value.kind == kind
    assert words in str(caught.value)
    assert s.where == "x > 1"


def test_an_unknown_name_is_refused() -> None:
    s = ts.scope(X, where=TWO)
    with pytest.raises(ConditionError, match="'hot', 'cold'"):
        s.hits_of("warm")
    with pytest.raises(ConditionError):
        s.view = {"active": "warm"}
    with pytest.raises(SelectionError, match="pass a list of names"):
        s.view = {"hidden": "hot"}


def test_removing_keeps_the_active_one_active() -> None:
    three = Conditions.parse({"a": "x > 1", "b": "x > 2", "c": "x > 3"}).activate("c")
    assert three.remove("a").where == {"b": "x > 2", "c": "x > 3"}
    assert str(three.remove("a").active) == "x > 3"
    assert str(three.remove("c").active) == "x > 2"
    assert three.set_active("").where == {"a": "x > 1", "b": "x > 2"}
    assert Conditions().set_active("x > 1").where == "x > 1"
    assert Conditions.parse("x > 1").set_active("").where is None
    assert Conditions().set_active("") == Conditions()


def test_the_one_without_a_name_gets_one_that_is_free() -> None:
    assert Conditions.parse("x > 1").add("A", "x < 0").where == {"B": "x > 1", "A": "x < 0"}


def frame_of(session: Session, px: int) -> np.ndarray[Any, Any]:
    reply, buffers = session.handle(
        {"v": 1, "req": "a:1", "kind": "frame", "viewport": {"px": [px, px]}}
    )
    frame = reply["frame"]
    mask = np.frombuffer(buffers[frame["buffers"].index("mask")], np.uint8)
    return mask.reshape(frame["shape"][1:])


@pytest.mark.parametrize("memory", [X, np.asfortranarray(X), X[:, ::-1], X.astype(np.float16)])
def test_each_condition_has_its_bit_in_the_mask(memory: Any) -> None:
    session = Session(LiveSource(memory, name="x"), first_state(memory.shape))
    texts = {str(k): f"x > {k / 4 - 1}" for k in range(MOST)}
    session.change(session.condition(texts))
    exact = frame_of(session, 100)
    for k in range(MOST):
        hits = memory[0] > memory.dtype.type(k / 4 - 1)
        assert ((exact >> k) & 1 == hits).all()
    reduced = frame_of(session, 10)
    blocks = exact.reshape(10, 3, 10, 4).transpose(0, 2, 1, 3).reshape(10, 10, 12)
    assert (reduced == np.bitwise_or.reduce(blocks, axis=2)).all()


def test_bits_of_zeros_that_a_sparse_tensor_does_not_store() -> None:
    import torch

    dense = torch.tensor(X[0] * (X[0] > 1))
    session = Session(LiveSource(dense.to_sparse(), name="x"), first_state((30, 40)))
    session.change(session.condition({"zero": "x == 0", "more": "x > 1.5"}))
    for px in (100, 10):
        plain = Session(LiveSource(dense, name="x"), session.state)
        assert (frame_of(session, px) == frame_of(plain, px)).all()


def test_the_legend_tells_counts_and_a_page_of_hits_those_of_all() -> None:
    session = Session(LiveSource(X, name="x"), first_state(X.shape))
    session.change(session.condition(TWO))
    legend = session.state_message()["conditions"]
    counts = [int((X[0] > 2).sum()), int((X[0] < -1).sum())]
    assert [one["hits"]["count"] for one in legend] == counts
    assert [one["active"] for one in legend] == [True, False]
    reply, _ = session.handle({"v": 1, "req": "a:1", "kind": "hits"})
    assert reply["hits"]["conditions"] == counts


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"rename": "hot", "to": "warm"}, {"warm": "x > 2", "cold": "x < -1"}),
        ({"remove": "hot"}, {"cold": "x < -1"}),
        ({"add": "nan", "where": "isnan(x)"}, {**TWO, "nan": "isnan(x)"}),
        ({"nonsense": 1}, None),
        ({"rename": "hot", "to": "cold"}, None),
        ({"active": "warm"}, None),
    ],
)
def test_the_wire_changes_conditions_or_refuses(change: Any, where: Any) -> None:
    session = Session(LiveSource(X, name="x"), first_state(X.shape))
    session.change(session.condition(TWO))
    request = {"v": 1, "req": "a:1", "kind": "update", "patch": {"condition": change}}
    reply, _ = session.handle(request)
    assert reply["ok"] == (where is not None)
    assert session.state.conditions.where == (where or TWO)


def test_a_byte_holds_eight() -> None:
    from tensorscope.adapters.dtypes import DTYPES
    from tensorscope.condition import Condition

    bits = Bits([Condition.parse(f"x >= {k}") for k in range(8)], DTYPES["uint8"])
    assert bits.of(np.arange(8, dtype=np.uint8)).tolist() == [2 ** (k + 1) - 1 for k in range(8)]
    assert bits.at_zero == 1

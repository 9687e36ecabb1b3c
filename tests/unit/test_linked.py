"""Scopes that are linked: what fits is shared, nothing rings, who goes is let go."""

from __future__ import annotations

import gc
import threading
from typing import Any

import numpy as np
import pytest

import tensorscope as ts
from tensorscope.errors import SelectionError, TensorScopeError
from tensorscope.past import Past
from tensorscope.protocol import VERSION

X = np.arange(120.0).reshape(2, 3, 4, 5)


def test_all_that_is_shown_goes_both_ways() -> None:
    a, b = ts.scope(X, "[1, 2]", name="a"), ts.scope(-X, name="b")
    link = a.link(b)
    assert b.expr == "[1, 2, :, :]"
    b.expr = "[0, mean, 1, 1:4]"
    assert a.expr == b.expr
    a.view = {"map": "grey", "range": (0, 3)}
    assert b.view["map"] == "grey"
    assert b.view["range"] == (0, 3)
    a.expr = "[0, :, :, 2]"
    b.view = {"rows": 2, "columns": 1}
    assert (a.view["rows"], a.view["columns"]) == (2, 1)
    a.cell = (0, 1, 2, 2)
    assert b.cell == (0, 1, 2, 2)
    a.expr = "[1, 2, 3, 4]"
    assert b.value == -X[1, 2, 3, 4]
    a.where = "x > 3"
    assert b.where is None
    assert repr(link) == "<Link a ↔ b>"
    link.unlink()
    a.expr = "[0, 0]"
    assert b.expr == "[1, 2, 3, 4]"
    assert "unlinked" in repr(link)


def test_colours_may_stay_apart() -> None:
    a, b = ts.scope(X), ts.scope(X)
    a.link(b, colours=False)
    a.view = {"map": "grey"}
    assert b.view["map"] == "auto"


@pytest.mark.parametrize(
    ("sel", "want"),
    [
        ("[0, 5, :, :]", "[0, 0, :, :]"),
        ("[0, 1, 2:4, :]", "[0, 1, 2:4, :]"),
        ("[0, 1, 6:8, 3::-1]", "[0, 1, :, ::-1]"),
        ("[0, :, max, 7]", "[0, :, max, 3]"),
    ],
)
def test_what_does_not_fit_stays_apart(sel: str, want: str) -> None:
    a = ts.scope(np.zeros((2, 8, 9, 8)), name="a")
    b = ts.scope(np.zeros((2, 3, 5, 8))[..., :4], "[0, 1]", name="b")
    link = a.link(b)
    assert "dim 1 is 8 long in a, 3 in b" in link.notes[0]
    a.expr = sel
    assert b.expr == want


def test_names_match_dims_wherever_they_stand() -> None:
    a = ts.scope(np.zeros((2, 3, 4, 5)), dims=("batch", "channel", "y", "x"), name="a")
    b = ts.scope(np.zeros((3, 4, 5)), dims=("channel", "y", "x"), name="b")
    a.link(b)
    a.expr = "[1, 2, :, :]"
    assert b.expr == "[2, :, :]"
    b.select(channel=1)
    assert a.expr == "[1, 1, :, :]"
    a.cell = (1, 1, 2, 3)
    assert b.cell == (1, 2, 3)


def test_a_wrong_partner_is_refused() -> None:
    a = ts.scope(X)
    with pytest.raises(SelectionError, match="as many dims") as caught:
        a.link(ts.scope(np.zeros(3)))
    assert caught.value.kind == "LINK"
    for wrong in ((), (a,)):
        with pytest.raises(SelectionError, match="two different"):
            a.link(*wrong)
    other: Any = X
    with pytest.raises(SelectionError, match="no scope"):
        a.link(other)
    closed = ts.scope(X)
    closed.close()
    with pytest.raises(TensorScopeError):
        a.link(closed)
    assert a._session.links == []


def test_who_is_closed_or_gone_drops_out() -> None:
    a, b, c = ts.scope(X), ts.scope(X), ts.scope(X)
    a.link(b, c)
    b.close()
    a.expr = "[1, 1]"
    assert c.expr == "[1, 1, :, :]"
    assert a._session.state_message()["links"][0]["colours"] is True
    c.close()
    assert a._session.links == []
    d = ts.scope(X)
    a.link(d)
    del d
    gc.collect()
    a.expr = "[0, 0]"
    assert a.expr == "[0, 0, :, :]"


def test_a_follower_that_cannot_says_so_and_stays() -> None:
    a, b = ts.scope(np.zeros((3, 4)), name="a"), ts.scope(np.full((3, 4), "x"), name="b")
    link = a.link(b)
    a.expr = "[mean, :]"
    assert a.expr == "[mean, :]"
    assert b.expr == "[:, :]"
    assert "b stays" in link.notes[-1]


def test_rings_of_links_come_to_rest() -> None:
    a, b, c = (ts.scope(np.zeros((n, 4, 5)), name=f"s{n}") for n in (3, 5, 7))
    a.link(b)
    b.link(c)
    c.link(a)
    c.expr = "[6]"
    assert c.expr == "[6, :, :]"
    a.expr = "[2]"
    assert [s.expr for s in (a, b, c)] == ["[2, :, :]"] * 3


def test_a_drag_is_one_step_for_who_follows() -> None:
    a, b = ts.scope(X), ts.scope(X)
    a.link(b)
    for k in range(3):
        patch = {"index": [1, k]}
        a._session.handle({"v": 1, "req": f"a:{k}", "kind": "update", "patch": patch})
    assert b.expr == "[0, 2, :, :]"
    assert len(b.history) == 2


def test_threads_that_move_a_ring_at_once_do_not_wait_for_each_other() -> None:
    scopes = [ts.scope(np.zeros((4, 5, 6)), name="x") for _ in range(3)]
    links = [one.link(other) for one, other in zip(scopes, scopes[1:] + scopes[:1], strict=True)]

    def move(scope: ts.Scope) -> None:
        for k in range(200):
            scope.cell = (k % 4, k % 5, k % 6)

    threads = [threading.Thread(target=move, args=(scope,), daemon=True) for scope in scopes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert len({scope.cell for scope in scopes}) == 1
    assert links


def test_a_drag_is_one_step_of_each_however_long_it_is_held() -> None:
    a, b = ts.scope(X, name="a"), ts.scope(-X, name="b")
    a.link(b)
    for each in (a, b):
        each._session._past = Past(clock=iter(range(0, 1000, 100)).__next__)
    for index in (1, 2, 0):
        body = {"v": VERSION, "req": "page:1", "kind": "update", "press": 7}
        reply, _ = a._session.handle({**body, "patch": {"index": [1, index]}})
        assert reply["ok"]
    assert b.expr == "[0, 0, :, :]"
    assert (a._session._past.undo_count, b._session._past.undo_count) == (1, 1)

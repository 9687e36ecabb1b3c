"""History: bounded, a drag is one step, colours stay."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import tensorscope as ts
from tensorscope import view
from tensorscope.past import KEPT, TOGETHER, Past
from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.view import ViewState, first_state

X = np.arange(60.0).reshape(3, 4, 5)
FIRST = first_state(X.shape)


def at(index: int) -> ViewState:
    return view.set_index(FIRST, 0, index)


def test_what_follows_at_once_is_one_step_and_a_pause_begins_another() -> None:
    now = 0.0
    past = Past(clock=lambda: now)
    states = [at(0), at(1), at(2), at(0)]
    for k, (old, new) in enumerate(pairwise(states)):
        now = (0, TOGETHER / 2, 2 * TOGETHER)[k]
        past.note(old, new, ("index", 0))
    assert past.undo_count == 2
    assert past.undo(states[-1]) == at(2)
    past.note(at(2), at(1), ("index", 0))  # after an undo nothing is joined
    assert past.undo_count == 2
    past.note(at(1), view.set_index(at(1), 1, 3), ("index", 1))
    assert past.undo_count == 3


def test_a_new_step_ends_what_could_be_done_again_and_old_ones_are_forgotten() -> None:
    past = Past()
    for k in range(KEPT + 50):
        past.note(at(k % 3), at((k + 1) % 3))
    assert past.undo_count == KEPT
    assert past.undo(at(1)) == at(0)
    assert past.redo_count == 1
    past.note(at(2), at(1))
    assert past.redo_count == 0
    past.forget()
    assert past.undo(at(1)) == at(1)


def test_colours_are_no_step_and_stay() -> None:
    grey = view.set_colour(FIRST, {"map": "grey"})
    past = Past()
    past.note(FIRST, grey)
    assert past.undo_count == 0
    past.note(grey, replace(grey, selection=at(1).selection, held=at(1).held))
    assert past.undo(view.set_colour(at(1), {"map": "viridis"})).colour.map == "viridis"


def test_a_scope_goes_back_over_all_that_was_assigned() -> None:
    s = ts.scope(X, "[1]", where="x > 3", name="x")
    assert s.history == [s.state]
    before = s.state
    s.expr = "[mean, :, :]"
    s.where = {"hot": "x > 20"}
    s.cell = ("mean", 1, 2)
    s.view = {"rows": 2, "columns": 1}
    after = s.state
    assert len(s.history) == 5
    for _ in range(9):
        s.undo()
    assert s.state == before
    assert s.undo() is s
    for _ in range(9):
        s.redo()
    assert s.state == after


def session() -> tuple[Session, Any]:
    made = Session(LiveSource(X, name="x"), FIRST)

    def send(press: int | None = None, view: str = "a", **patch: object) -> dict[str, Any]:
        request = {"v": 1, "req": f"{view}:1", "kind": "update", "patch": patch, "press": press}
        return made.handle(request)[0]

    return made, send


def test_the_wire_undoes_and_tells_how_far() -> None:
    made, send = session()
    for index in (1, 2):
        send(index=[0, index])  # a drag
    state = send(slot=[1, "1:3"])["state"]
    assert (state["undo"], state["redo"]) == (2, 0)
    state = send(undo=True)["state"]
    assert (state["expr"], state["undo"], state["redo"]) == ("[2, :, :]", 1, 1)
    assert send(undo=True)["state"]["expr"] == "[0, :, :]"
    assert send(undo=True)["ok"]
    assert send(redo=True)["state"]["expr"] == "[2, :, :]"
    assert send(expr="[9]")["error"]["kind"] == "BOUNDS"
    assert made.state_message()["redo"] == 1


@pytest.mark.parametrize("texts", [("x > 1", "x > 2"), ("x > 1", "isnan(x)")])
def test_only_a_dragged_threshold_is_joined(texts: tuple[str, str]) -> None:
    made, send = session()
    send(where="x > 0.5")
    for text in texts:
        send(where=text)
    assert made.state_message()["undo"] == (2 if texts[1] == "x > 2" else 3)


def test_what_one_press_moves_is_one_step_however_long_it_is_held() -> None:
    made, send = session()
    made._past = past = Past(clock=iter(range(0, 1000, 100)).__next__)  # each a long time later
    for high in (20, 30, 40):
        send(where=f"10 <= x <= {high}", press=1)
    assert past.undo_count == 1
    send(where="x > 3", press=2)
    assert past.undo_count == 2
    send(where="x > 4", press=2, view="b")  # another view has presses of its own
    assert past.undo_count == 3
    send(index=[0, 1], press=3)
    send(index=[0, 2], press=3)
    send(index=[1, 2], press=3)
    assert past.undo_count == 5
    assert made.state.condition is not None
    for text in ("[2, :, :]", "[0, :, :]"):
        assert send(undo=True)["state"]["expr"] == text
    for where in ("x > 3", "10 <= x <= 40", None):
        assert send(undo=True)["state"]["where"] == where


def test_another_shape_begins_anew() -> None:
    import torch

    x = torch.zeros(3, 4)
    s = ts.scope(x, name="x")
    s.expr = "[1]"
    x.resize_(2, 2)
    s.refresh()
    assert len(s.history) == 1

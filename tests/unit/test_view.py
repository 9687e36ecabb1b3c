"""Transitions between states: pure, and each leaves a state that can be shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tensorscope as ts
from tensorscope import view
from tensorscope.errors import SelectionError
from tensorscope.selection_parse import parse
from tensorscope.slots import REDUCTIONS, Span
from tensorscope.view import ViewState, first_state
from tensorscope.view_dict import apply_view, changed_view, view_dict

SHAPE = (1, 64, 56, 48)


def at(expr: str, shape: tuple[int, ...] = SHAPE) -> ViewState:
    return first_state(shape, parse(expr, shape))


def test_first_the_last_two_dims() -> None:
    state = first_state(SHAPE)
    assert state.selection.expr == "[0, 0, :, :]"
    assert (state.rows, state.columns, state.grid) == (2, 3, None)


def test_three_free_dims_make_a_grid() -> None:
    state = at("[0]")
    assert (state.grid, state.rows, state.columns) == (1, 2, 3)
    assert not state.is_partial


def test_four_free_dims_show_the_first_of_the_rest() -> None:
    state = at("[...]", (3, 4, 5, 6))
    assert state.is_partial
    assert state.picture.expr == "[0, :, :, :]"
    assert view.set_index(state, 0, 2).picture.expr == "[2, :, :, :]"
    assert view.set_index(state, 0, 2).selection == state.selection


def test_one_cell_keeps_the_plane_and_pins() -> None:
    state = view.select(first_state(SHAPE), parse("[0, 20, 10, 12]", SHAPE))
    assert state.selection.expr == "[0, 20, 10, 12]"
    assert state.picture.expr == "[0, 20, :, :]"
    assert state.cell == (0, 20, 10, 12)


def test_stepping_a_channel_keeps_a_pin_beside_a_typed_cell() -> None:
    state = view.pin(at("[0, 3, 10, 12]"), (0, 3, 1, 2))
    stepped = view.set_index(state, 1, 5)
    assert stepped.selection.expr == "[0, 5, 10, 12]"
    assert stepped.cell == (0, 5, 1, 2)
    assert view.set_index(at("[0, 3, 10, 12]"), 1, 5).cell == (0, 5, 10, 12)


def test_stepping_a_channel_takes_the_pin_along() -> None:
    state = view.pin(at("[0, 20]"), (0, 20, 30, 5))
    assert view.set_index(state, 1, 21).cell == (0, 21, 30, 5)
    assert view.select(state, parse("[0, 20, :10, :]", SHAPE)).cell is None


def test_pinning_in_the_picture_leaves_the_expression() -> None:
    state = at("[0, 20]")
    assert view.pin(state, (0, 20, 3, 4)).selection == state.selection


def test_pinning_elsewhere_moves_indices() -> None:
    state = view.pin(at("[0, 20, 10:20, :]"), (0, 7, 3, 4))
    assert state.selection.expr == "[0, 7, :, :]"
    assert state.cell == (0, 7, 3, 4)


def test_the_dim_pushed_out_returns_to_its_last_index() -> None:
    state = view.set_index(first_state(SHAPE), 1, 20)
    state = view.set_role(state, "rows", 1)
    assert state.selection.expr == "[0, :, 0, :]"
    assert (state.rows, state.columns) == (1, 3)
    state = view.set_role(state, "rows", 2)
    assert state.selection.expr == "[0, 20, :, :]"


def test_two_shown_dims_swap() -> None:
    state = view.set_role(first_state(SHAPE), "rows", 3)
    assert (state.rows, state.columns) == (3, 2)
    assert view.swap(state).roles == first_state(SHAPE).roles


def test_a_plane_that_was_typed_anew_is_never_transposed() -> None:
    state = first_state(SHAPE)
    for text in ("[:, :, 3, 4]", "[0, 3:3]", "[:, :, :, :]", "[0, 20, :, :]"):
        state = view.select(state, parse(text, SHAPE))
        assert state.rows is None or state.columns is None or state.rows < state.columns, text
    assert (state.rows, state.columns) == (2, 3)
    # Who has turned it keeps it turned, as long as both dims stay.
    turned = view.select(view.swap(state), parse("[0, 3, 10:, :]", SHAPE))
    assert (turned.rows, turned.columns) == (3, 2)
    assert view.select(turned, parse("[0, :, 3, :]", SHAPE)).roles == (3, 1, None)


def test_roles_that_nobody_chose_are_those_of_a_fresh_scope() -> None:
    s = ts.scope(np.zeros(SHAPE), "[0, :, 3, 3]")
    for text in ("[0, 5:5]", "[0, :, :, :]", "[0, mean, :, 2]", "[:, :, 1, :]", "[0, :, :, :]"):
        s.expr = text
        assert s._session.state.roles == first_state(SHAPE, parse(text, SHAPE)).roles, text
    # Others, which somebody chose, are kept; undo restores those that were.
    s.view = {"rows": 1}
    s.expr = "[0, 2:9, :, :]"
    assert s._session.state.roles == (3, 1, 2)
    s.view = {**s.view, "map": "viridis"}  # names them all, and changes none
    s.undo()
    s.undo()
    s.expr = "[0, :, 3, 3]"
    s.expr = "[0, :, :, :]"
    assert s._session.state.roles == (3, 2, 1)


def test_linked_scopes_keep_the_roles_that_they_lend_each_other() -> None:
    a = ts.scope(np.zeros((3, 4, 5)), "[0]", dims=("b", "h", "w"), name="a")
    b = ts.scope(np.zeros((5, 4, 3)), "[:, :, 0]", dims=("w", "h", "b"), name="b")
    a.link(b)
    assert b._session.state.roles == (0, 1, None)
    b.expr = "[:, :, 2]"
    assert (b._session.state.roles, a._session.state.roles) == ((0, 1, None), (2, 1, None))


def test_a_dim_taken_off_the_grid() -> None:
    state = view.set_role(at("[0]"), "grid", None)
    assert state.selection.expr == "[0, 0, :, :]"
    assert state.grid is None


def test_reducing_a_dim_and_back() -> None:
    state = view.set_index(first_state(SHAPE), 1, 9)
    state = view.set_reduction(state, 1, "mean")
    assert state.selection.expr == "[0, mean, :, :]"
    assert view.set_reduction(state, 0, "max").selection.expr == "[max, max, :, :]"
    assert view.set_reduction(state, 1, None).selection.expr == "[0, 9, :, :]"


def test_reducing_the_rows_of_a_grid_moves_the_grid_up() -> None:
    state = view.set_reduction(at("[0]"), 2, "mean")
    assert (state.rows, state.columns, state.grid) == (1, 3, None)


@pytest.mark.parametrize("bad", [{"map": "jet"}, {"range": (1, 1)}, {"range": (0, float("nan"))}])
def test_colours_are_checked(bad: dict[str, object]) -> None:
    with pytest.raises(SelectionError) as caught:
        view.set_colour(first_state(SHAPE), bad)
    assert caught.value.kind == "VIEW"


@pytest.mark.parametrize(
    "bad", [{"nope": 1}, {"rows": 9}, {"rows": 2, "columns": 2}, {"held": (1,)}, {"rows": "y"}]
)
def test_views_are_checked(bad: dict[str, object]) -> None:
    with pytest.raises(SelectionError):
        apply_view(first_state(SHAPE), bad)


def test_a_view_names_dims() -> None:
    dims = ("batch", "channel", "y", "x")
    state = apply_view(first_state(SHAPE), {"rows": "channel", "columns": "y"}, dims)
    assert (state.rows, state.columns) == (1, 2)


LENGTHS = st.lists(st.integers(0, 4), min_size=0, max_size=5).map(tuple)


@st.composite
def walks(draw: st.DrawFn) -> list[ViewState]:
    """Take some random steps; return every state on the way."""
    lengths = draw(LENGTHS)
    states = [first_state(lengths)]
    for _ in range(draw(st.integers(0, 8))):
        state = states[-1]
        if not lengths:
            break
        dim = draw(st.integers(0, len(lengths) - 1))
        step = draw(
            st.sampled_from(["index", "role", "none", "reduce", "back", "swap", "slice", "cell"])
        )
        role = draw(st.sampled_from(view.ROLES))
        try:
            if step == "index":
                if lengths[dim] == 0:
                    continue  # no index fits, and a session refuses it
                new = view.set_index(state, dim, draw(st.integers(0, lengths[dim] - 1)))
            elif step == "role":
                new = view.set_role(state, role, dim)
            elif step == "none":
                new = view.set_role(state, role, None)
            elif step == "reduce":
                new = view.set_reduction(state, dim, draw(st.sampled_from(REDUCTIONS)))
            elif step == "back":
                new = view.set_reduction(state, dim, None)
            elif step == "swap":
                new = view.swap(state)
            elif step == "slice":
                start = draw(st.integers(0, 3))
                span = parse({dim: slice(start, None, draw(st.sampled_from([1, 2, -1])))}, lengths)
                new = view.select(state, state.selection.replace(dim, span.slots[dim]))
            else:
                cell = tuple(draw(st.integers(0, max(n - 1, 0))) for n in lengths)
                if 0 in lengths:
                    continue
                new = view.pin(state, cell)
        except SelectionError:
            continue
        except IndexError:
            continue
        states.append(new)
    return states


@given(walks())
def test_every_state_can_be_shown_and_restored(states: list[ViewState]) -> None:
    for state in states:
        taken = [dim for dim in state.roles if dim is not None]
        assert len(set(taken)) == len(taken)
        if taken:
            assert state.columns is not None  # a picture has columns before all else
        if not state.selection.is_cell:
            assert all(isinstance(state.selection.slots[d], Span) for d in taken)
            free = [d for d in state.selection.free if d not in taken]
            assert not free or len(taken) == 3
        for dim, slot in enumerate(state.picture.slots):
            empty = isinstance(slot, Span) and slot.size == 0
            assert isinstance(slot, Span) == (dim in taken) or empty
        if state.cell is not None:
            assert state.contains(state.cell)
        again = apply_view(
            first_state(state.selection.lengths, state.selection), changed_view(state)
        )
        assert again.selection == state.selection
        assert again.picture == state.picture
        mine, restored = view_dict(state), view_dict(again)
        assert (mine["cell"], mine["map"], mine["range"]) == (
            restored["cell"], restored["map"], restored["range"]
        )  # fmt: skip
        assert again.roles == state.roles

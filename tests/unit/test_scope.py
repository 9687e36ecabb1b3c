"""Scope without a browser: Python moves it, its code is true, and it can be closed and pickled."""

from __future__ import annotations

import gc
import pickle
import weakref

import numpy as np
import pytest
import torch

import tensorscope as ts


def test_assigning_moves_it() -> None:
    x = torch.arange(120.0).reshape(2, 3, 4, 5)
    s = ts.scope(x, dims=("batch", "channel", "y", "x"))
    s.expr = {"batch": 1, "channel": 2}
    s.where = "> 100"
    s.cell = (1, 2, 3, 4)
    assert (s.expr, s.where, s.cell) == ("[1, 2, :, :]", "x > 100", (1, 2, 3, 4))
    assert s.select(channel=0).expr == "[:, 0, :, :]"
    assert s.select(1, 2).value.shape == (4, 5)
    assert s.hits is not None
    assert s.hits.count == 19
    assert s.topk(1).indices.tolist() == [[1, 2, 3, 4]]
    assert s.stats.max == 119.0
    s.view = {"rows": "channel", "map": "grey"}
    assert s.view["rows"] == 1
    again = eval(s.state, {"x": x, "ts": ts})
    assert (again.expr, again.where, again.cell) == (s.expr, s.where, s.cell)
    for part in ("rows", "columns", "grid", "map", "range"):
        assert again.view[part] == s.view[part]


def test_it_holds_no_graph() -> None:
    leaf = torch.ones(3, 3, requires_grad=True)
    out = leaf * 2
    s = ts.scope(out)
    assert s.source.grad_fn is None
    assert s.source.data_ptr() == out.data_ptr()
    assert s.code == "x.detach().clone().numpy()"
    user = weakref.ref(out)
    del out
    gc.collect()
    assert user() is None
    assert s.value.tolist() == [[2.0] * 3] * 3


def test_wrong_input_leaves_it_as_it_was() -> None:
    s = ts.scope(np.zeros((3, 4)), "[1]", where="x == 0")
    for name, value in (("expr", "[9]"), ("where", "x >"), ("cell", (0,)), ("view", {"rows": 7})):
        with pytest.raises(ts.TensorScopeError):
            setattr(s, name, value)
    assert (s.expr, s.where, s.cell) == ("[1, :]", "x == 0", None)
    with pytest.raises(AttributeError):
        s.exp = "[0]"  # type: ignore[attr-defined]
    with pytest.raises(ts.SelectionError):
        ts.scope(np.zeros(3, "c8"), "[max]")
    with pytest.raises(ts.ConditionError, match="mask"):
        ts.scope(np.zeros(3), where=np.zeros(3, bool))


def test_a_new_look_after_a_change_in_place() -> None:
    x = np.zeros((3, 4))
    s = ts.scope(x, where="x > 0")
    session = s._session
    before = session.state_message()
    assert session.queries.statistics.stats(session.state, "slice")["max"] == "0.0"
    x[:] = 7
    s.refresh()
    after = session.state_message()
    assert after["reading"] > before["reading"]
    assert after["serial"] > before["serial"]
    assert after["hits"]["count"] == 12
    assert session.queries.statistics.stats(session.state, "slice")["max"] == "7.0"


def test_a_shape_that_changed_is_told_and_taken_over() -> None:
    x = torch.zeros(4, 5)
    s = ts.scope(x)
    x.resize_(2, 3)
    with pytest.raises(ts.SelectionError) as caught:
        _ = s.value
    assert caught.value.kind == "STALE"
    assert s.refresh().value.shape == (2, 3)


def test_closing_lets_the_tensor_go() -> None:
    x = torch.zeros(4, 5)
    gone = weakref.ref(x)
    s = ts.scope(x)
    s.close()
    s.close()
    del x
    gc.collect()
    assert gone() is None
    assert "(closed)" in repr(s)
    for look in (
        lambda: s.value, lambda: s.code, lambda: s.stats, lambda: s.widget, s.refresh, s.topk,
        s.figure,
    ):  # fmt: skip
        with pytest.raises(ts.UnsupportedTensorError) as caught:
            look()
        assert caught.value.kind == "CLOSED"
    with pytest.raises(ts.UnsupportedTensorError):
        s.expr = "[0]"
    reply, _ = s._session.handle({"v": 1, "req": "a:1", "kind": "hello"})
    assert reply["error"]["kind"] == "CLOSED"


def test_results_travel_without_their_tensor() -> None:
    x = torch.arange(6.0, requires_grad=True).reshape(2, 3)
    for result in (ts.extract(x, "[1]"), ts.where(x, "> 2"), ts.topk(x, 2), ts.stats(x)):
        sent = pickle.dumps(result)
        back = pickle.loads(sent)
        assert repr(back) == repr(result)
        if hasattr(result, "code"):
            assert back.code == result.code
    assert pickle.loads(pickle.dumps(ts.extract(x, "[1]"))).numpy().tolist() == [3.0, 4.0, 5.0]


def test_the_figure_shows_itself() -> None:
    x = np.linspace(-1, 1, 300).reshape(3, 10, 10)
    x[0, 0, 0] = np.nan
    for expr in ("[0]", "[:]", "[0, 0]"):
        made = ts.scope(x, expr).figure()
        assert made._repr_png_().startswith(b"\x89PNG")
        assert made.axes


def test_a_refresh_of_another_shape_is_one_reply() -> None:
    x = torch.zeros(4, 5)
    session = ts.scope(x)._session
    x.resize_(2, 3)
    reply, buffers = session.handle({"v": 1, "req": "a:1", "kind": "refresh"})
    assert reply["ok"], reply
    assert reply["info"]["shape"] == [2, 3]
    assert reply["frame"]["shape"] == [1, 2, 3]
    assert reply["frame"]["serial"] == reply["state"]["serial"]
    assert len(buffers[0]) == 24


def test_after_a_cell_the_next_question_reads_anew() -> None:
    x = np.zeros((3, 4))
    session = ts.scope(x, where="x > 0")._session
    request = {"v": 1, "req": "a:1", "kind": "frame"}
    before, _ = session.handle(request)
    assert session.handle(request)[0]["state"]["reading"] == before["state"]["reading"]
    x[:] = 7  # a cell does this, and ends
    session.settle()
    after, _ = session.handle(request)
    assert after["state"]["reading"] == before["state"]["reading"] + 1
    assert after["state"]["hits"]["count"] == 12


def test_falling_order_keeps_ties_by_index_and_nan_last() -> None:
    x = np.array([2.0, np.nan, 5.0, 2.0, 5.0, np.nan, -np.inf])
    session = ts.scope(x, where="x != 1")._session
    for order, expected in (("-value", [2, 4, 0, 3, 6, 1, 5]), ("value", [6, 0, 3, 2, 4, 1, 5])):
        page = session.queries.hits.page(session.state, 0, 10, order)
        assert [row["cell"][0] for row in page["rows"]] == expected


def test_a_large_plane_is_first_looked_at_by_a_sample_that_says_so() -> None:
    x = np.zeros((4200, 4200), np.float32)
    x[1, 1] = np.nan
    s = ts.scope(x, name="x")
    first, exact = s._snapshot(first=True), s._snapshot()
    assert first["png"] != exact["png"]
    again = ts.scope(np.zeros((100, 100), np.float32), name="x")
    assert again._snapshot(first=True)["png"] == again._snapshot()["png"]


@pytest.mark.parametrize("expr", ["[5:2, :, :, :]", "[:, 2:2, :, :]", "[0, 0, 3:3, :]"])
def test_an_empty_slice_of_any_dim_is_an_empty_picture(expr: str) -> None:
    s = ts.scope(torch.ones(4, 3, 5, 5), name="x")
    s.expr = expr
    request = {"v": 1, "req": "a:1", "kind": "frame", "viewport": {"px": [600, 600]}}
    reply, _ = s._session.handle(request)
    assert reply["ok"], reply
    assert 0 in reply["frame"]["shape"]


@pytest.mark.parametrize("name", ["model.fc.weight", 'acts["conv1"]', "load()[0]"])
def test_a_name_that_says_where_the_tensor_is_stands_in_code(name: str) -> None:
    s = ts.scope(np.ones((2, 3)), where="x > 0", name=name)
    assert s.code == f"{name}.copy()"
    assert s.hits is not None
    assert name in s.hits.code.replace("'", '"')
    assert s.state.startswith(f"ts.scope({name}, ")


@pytest.mark.parametrize(
    "name",
    [
        "after training",
        "conv-1",
        "conv #1",
        "x[0] # b",
        "x\n",
        "3",
        "((((",
        "(" * 10_000,
        "import os",
    ],
)
def test_a_name_that_is_a_title_stands_in_headings_alone(name: str) -> None:
    s = ts.scope(np.ones((2, 3)), where="x > 0", name=name)
    assert repr(s).startswith(f"<Scope {name}")
    assert s.code == "x.copy()"
    assert s.hits is not None
    assert s.hits.code == "(np.argwhere(x > 0.0)[:1000], x[x > 0.0][:1000])"


def test_a_dim_in_colour_needs_rows_and_columns_and_the_state_restores_what_is_shown() -> None:
    x = np.zeros((7, 2, 3, 2))
    s = ts.scope(x, "[:2:-1, :, :, 0]", view={"rgb": 2})
    assert s.view["rgb"] == 2
    s.expr = "[:2:-1, 1, :, 0]"  # the rows go
    assert s.view["rgb"] is None
    again = eval(s.state, {"ts": ts, "x": x})
    assert (again.expr, again.view) == (s.expr, s.view)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("view", [{}, {"rgb": 0}])
def test_a_figure_of_nothing_is_an_empty_one(view: dict[str, object]) -> None:
    s = ts.scope(np.zeros((3, 0, 5)), "[:, :, :]", view=view)
    assert s.figure()._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("dims", [("a", ["b"]), ([0], [0]), ("a", {})])
def test_names_of_dims_are_texts(dims: object) -> None:
    with pytest.raises(ts.SelectionError) as caught:
        ts.describe(np.zeros((2, 3)), dims=dims)
    assert caught.value.kind == "DIMS"

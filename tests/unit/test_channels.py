"""Tiles of a grid: their statistics, their order, their marks; pictures in colour."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import tensorscope as ts
from tensorscope.errors import SelectionError
from tensorscope.session import Session
from tensorscope.sort import STATISTICS, parse_sort
from tensorscope.source import LiveSource
from tensorscope.view import first_state
from tensorscope.view_dict import apply_view


def maps() -> np.ndarray[Any, Any]:
    x = np.random.default_rng(0).normal(size=(12, 5, 7)).astype("f4")
    x[2], x[4] = 0, 1.5
    x[6] = -1
    x[7, 0, 0], x[7, 0, 1] = np.nan, np.inf
    x[9, :3] = 0
    return x


def session_of(x: Any, **view: Any) -> Session:
    state = apply_view(first_state(x.shape), {"grid": 0, **view})
    return Session(LiveSource(x, name="x"), state)


def ask(session: Session, kind: str, **body: Any) -> tuple[dict[str, Any], list[bytes]]:
    reply, buffers = session.handle({"v": 1, "req": "a:1", "kind": kind, **body})
    assert reply["ok"], reply
    return reply, buffers


def tiles_of(session: Session) -> dict[str, Any]:
    return dict(ask(session, "tiles", viewport={"tiles": [0, 400]})[0]["tiles"])


@pytest.mark.parametrize("name", ["mean", "max", "min", "std", "sparsity", "nonfinite"])
@pytest.mark.parametrize("falling", [False, True])
def test_tiles_stand_in_the_order_of_a_statistic(name: str, falling: bool) -> None:
    x = maps()
    finite = [t[np.isfinite(t)].astype("f8") for t in x]
    wanted = {
        "mean": [t.mean() for t in finite],
        "max": [t.max() for t in finite],
        "min": [t.min() for t in finite],
        "std": [t.std() for t in finite],
        "sparsity": [(t == 0).mean() for t in x],
        "nonfinite": [(~np.isfinite(t)).mean() for t in x],
    }[name]
    session = session_of(x, sort=f"-{name}" if falling else name)
    reply, buffers = ask(session, "frame", viewport={"tile": [9, 9]})
    shown = reply["frame"]["tiles"]
    assert shown == sorted(range(12), key=lambda t: (-wanted[t] if falling else wanted[t], t))
    assert reply["state"]["picture"]["grid"]["order"] == shown
    sent = np.frombuffer(buffers[0], "f4").reshape(12, 5, 7)
    assert np.array_equal(sent, x[shown], equal_nan=True)
    told = tiles_of(session)
    assert told["at"] == shown
    assert told["stat"] == name
    np.testing.assert_allclose(told["values"], np.array(wanted)[shown], rtol=1e-5, atol=1e-6)


def test_tiles_are_sorted_by_their_distance_to_one() -> None:
    x = maps()[[0, 1, 3, 5, 8, 2]].astype("f8")
    shown = ask(session_of(x, sort="distance 3"), "frame")[0]["frame"]["tiles"]
    assert shown == np.argsort(np.linalg.norm((x - x[3]).reshape(6, -1), axis=1)).tolist()
    shown = ask(session_of(x, sort="cosine 3"), "frame")[0]["frame"]["tiles"]
    near = np.corrcoef(x[:5].reshape(5, -1))[3]
    assert shown == [*np.argsort(-near).tolist(), 5]  # one that is all zero has no angle


def test_a_page_of_tiles_means_nothing_to_a_plane() -> None:
    session = session_of(maps())
    ask(session, "update", patch={"index": [0, 3]})
    for patch in ({"index": [0, 5]}, {"role": ["grid", None]}):
        reply, _ = ask(session, "update", patch=patch, viewport={"tiles": [100, 200]})
        assert reply["frame"]["shape"] == [1, 5, 7]


def test_masked_places_are_no_distance() -> None:
    x = np.ma.masked_array(np.zeros((3, 2, 2)), np.zeros((3, 2, 2), bool))
    x[1], x[2] = 1, 2
    x.mask[1, 0], x.data[1, 0] = True, 1e9
    told = tiles_of(session_of(x, sort="distance 0"))
    assert told["at"] == [0, 1, 2]
    assert told["values"] == [0, pytest.approx(2**0.5, 1e-5), 4]


def test_a_page_of_sorted_tiles_is_reduced_like_any() -> None:
    x = np.random.default_rng(1).normal(size=(30, 64, 64)).astype("f4")
    session = session_of(x, sort="-max")
    reply, buffers = ask(session, "frame", viewport={"tile": [16, 16], "tiles": [3, 7]})
    shown = reply["frame"]["tiles"]
    assert shown == np.argsort(-x.max(axis=(1, 2)), kind="stable")[3:7].tolist()
    high = np.frombuffer(buffers[1], "f4").reshape(4, 16, 16)
    assert np.array_equal(high, x[shown].reshape(4, 16, 4, 16, 4).max(axis=(2, 4)))


def test_dead_saturated_and_nonfinite_tiles_are_marked() -> None:
    x = maps()
    x[11] = 1
    x[11, 0, 0] = 0  # 34 of 35: not yet
    x[10] = np.r_[np.full(34, 2.0), 1].reshape(5, 7)
    big = np.repeat(np.repeat(x, 4, 1), 4, 2)
    big[8] = 7
    big[8, 0, 0] = 1
    told = tiles_of(session_of(big))
    marks = {t: mark["kind"] for t, mark in enumerate(told["marks"]) if mark}
    assert marks == {2: "dead", 4: "dead", 6: "dead", 7: "nonfinite", 8: "saturated"}
    assert told["marks"][2]["text"] == "all zero"
    assert told["marks"][4]["text"] == "constant: all are 1.5"
    assert told["marks"][7]["text"] == "16 NaN and 16 Inf of 560"
    assert told["marks"][8]["text"] == "99.82 % at its maximum 7"
    assert told["counts"] == {"dead": 3, "saturated": 1, "nonfinite": 1}
    assert told["marked"] == [2, 4, 6, 7, 8]


@pytest.mark.parametrize(
    "x",
    [
        torch.arange(24, dtype=torch.bfloat16).reshape(3, 2, 4),
        np.arange(24, dtype="f2").reshape(3, 2, 4).transpose(0, 2, 1),
        np.arange(24).reshape(3, 2, 4)[:, ::-1],
        np.arange(24).reshape(3, 2, 4) > 7,
        np.arange(24).reshape(3, 2, 4) * (1 + 1j),
        np.ma.masked_equal(np.arange(24.0).reshape(3, 2, 4), 23),
    ],
)
def test_any_numbers_can_be_sorted(x: Any) -> None:
    told = tiles_of(session_of(x, sort="-max"))
    values = np.abs(x.float().numpy() if isinstance(x, torch.Tensor) else x).reshape(3, -1)
    assert told["values"] == pytest.approx(sorted(map(float, values.max(axis=1)), reverse=True))


def test_what_is_no_number_is_not_sorted() -> None:
    with pytest.raises(SelectionError, match="not sorted"):
        ts.scope(np.array([[["a"]]]), view={"grid": 0, "sort": "mean"})
    dates = np.zeros((3, 2, 2), "datetime64[D]")
    assert ask(session_of(dates), "tiles")[0]["tiles"] is None


def test_an_order_is_kept_while_a_tile_is_open_and_restored_from_the_state() -> None:
    x = maps()
    s = ts.scope(x, name="x", view={"grid": 0, "sort": "-std"})
    s.expr = "[3]"
    assert s.view["grid"] is None
    assert s.view["sort"] == "-std"
    assert eval(s.state, {"ts": ts, "x": x}).view == s.view
    s.view = {"grid": 0}
    assert s._session.state_message()["picture"]["grid"]["sort"] == "-std"
    s.view = {"sort": "distance 40"}  # there is no such tile
    assert s._session.state_message()["picture"]["grid"]["sort"] is None


@pytest.mark.parametrize("text", ["", "median", "distance", "mean 3", "--mean", 5])
def test_what_is_no_order_is_refused(text: Any) -> None:
    with pytest.raises(SelectionError, match="use one of index, mean"):
        parse_sort(text)
    assert parse_sort("- mean").text == "-mean"  # type: ignore[union-attr]
    assert all(parse_sort(f"-{name}").text == f"-{name}" for name in STATISTICS)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("shape", "dim", "roles"),
    [
        ((20, 30, 3), 2, [1, 0, 2]),
        ((4, 20, 30), 0, [2, 1, 0]),
        ((5, 20, 30, 3), 3, [2, 1, 3]),
        ((5, 3, 20, 30), 1, [3, 2, 1]),
    ],
)
def test_a_dim_of_three_or_four_is_shown_in_colour(
    shape: tuple[int, ...], dim: int, roles: list[int]
) -> None:
    x = np.random.default_rng(0).integers(0, 256, shape, dtype="u1")
    s = ts.scope(x, name="x", view={"rgb": dim})
    state = s._session.state
    assert list(state.roles) == roles
    assert state.is_rgb
    reply, buffers = ask(s._session, "frame", viewport={"px": [600, 600], "tile": [4, 4]})
    plane = x[0] if len(shape) == 4 else x
    wanted = np.moveaxis(plane, dim - (len(shape) == 4), 0)
    assert np.array_equal(np.frombuffer(buffers[0], "u1").reshape(wanted.shape), wanted)
    assert reply["state"]["picture"]["grid"]["rgb"] is True
    again = eval(s.state, {"ts": ts, "x": x})
    assert again.view == s.view
    assert again.expr == s.expr
    s.view = {"grid": None}
    assert s.view["rgb"] is None


def test_what_is_no_colour_is_refused() -> None:
    with pytest.raises(SelectionError, match="choose one of size 3 or 4"):
        ts.scope(np.zeros((5, 6, 7)), view={"rgb": 0})
    with pytest.raises(SelectionError, match="not shown in colour"):
        ts.scope(np.zeros((5, 6, 3), complex), view={"rgb": 2})


def test_a_first_look_at_a_large_plane_is_a_sample_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tensorscope.frames.SAMPLED", 1000)
    x = np.random.default_rng(0).normal(size=(90, 90)).astype("f4")
    x[3, 6], x[0, 0] = np.nan, np.inf
    session = Session(LiveSource(x, name="x"), first_state(x.shape))
    reply, buffers = ask(session, "hello", first=True, viewport={"px": [60, 60]})
    assert reply["frame"]["sampled"] is True
    assert reply["frame"]["block"] == [3, 3]
    sample = x[::3, ::3]
    for buffer in buffers[:2]:
        sent = np.frombuffer(buffer, "f4").reshape(30, 30)
        assert np.array_equal(sent, sample, equal_nan=True)
    flags = np.frombuffer(buffers[2], "u1").reshape(30, 30)
    assert flags[1, 2] == 1 | 8
    assert flags[0, 0] == 2 | 8
    assert np.count_nonzero(flags) == 2
    assert ask(session, "frame", viewport={"px": [30, 30]})[0]["frame"]["sampled"] is False


def test_the_next_anomaly_is_found_in_reading_order() -> None:
    x = np.zeros((3, 4, 5), "f4")
    places = [[0, 3, 4], [1, 0, 2], [1, 2, 0], [2, 1, 1]]
    for k, place in enumerate(places):
        x[tuple(place)] = np.nan if k % 2 else np.inf
    session = session_of(x)

    def following(cell: list[int] | None, by: int = 1) -> Any:
        return ask(session, "anomaly", cell=cell, by=by)[0]["cell"]

    for here, after in zip(places, [*places[1:], places[0]], strict=True):
        assert following(here) == after
        assert following(after, -1) == here
    assert following(None) == places[0]
    assert following(None, -1) == places[-1]
    assert following([1, 0, 3]) == places[2]
    ask(session, "update", patch={"expr": "[1, ::-1, :]"})
    assert following(None) == [1, 2, 0]
    ask(session, "update", patch={"expr": "[0, 0:2, :]"})
    assert following(None) is None
    ask(session, "update", patch={"expr": "[:, max, :]"})
    assert following(None) == [0, "max", 4]

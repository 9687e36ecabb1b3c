"""Still pictures of a grid: figures, snapshots and pages show the tiles as the widget does."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import tensorscope as ts
from tensorscope import picture_queries
from tensorscope.picture import picture_cut
from tensorscope.recording import record
from tensorscope.sort import parse_sort
from tensorscope.widget.display import _words_of, session_png


def maps() -> np.ndarray[Any, Any]:
    x = np.random.default_rng(3).normal(size=(3, 9, 8, 8)).astype("f4")
    x[1, 4, 2, 3], x[1, 4, 0, 0] = np.nan, 9  # its finite maximum is the largest
    return x


def scope_of(x: Any, sort: str | None, dim: str = "1:9") -> ts.Scope:
    return ts.scope(x, f"[1, {dim}, :, :]", view={"grid": 1, "sort": sort}, name="x")


def order_of(x: Any) -> list[int]:
    return np.argsort(-np.nanmax(x[1, 1:9].reshape(8, -1), axis=1), kind="stable").tolist()


def test_a_figure_has_the_tiles_in_order_with_index_and_statistic() -> None:
    x = maps()
    made = scope_of(x, "-max").figure()
    order = order_of(x)
    assert order[0] == 3
    places = [place for place in made.axes if place.get_title()]
    assert [place.get_title() for place in places] == [
        f"{t + 1} · {np.nanmax(x[1, t + 1]):.3g}" for t in order
    ]
    for place, tile in zip(places, order, strict=True):
        shown = place.images[0].get_array().filled(np.nan)
        assert np.array_equal(shown, x[1, tile + 1], equal_nan=True)
    assert made.get_suptitle().endswith("by max, largest first")


def test_without_an_order_tiles_are_called_by_their_index() -> None:
    made = scope_of(maps(), None, "8:0:-2").figure()
    assert [p.get_title() for p in made.axes if p.get_title()] == ["8", "6", "4", "2"]


def test_more_tiles_than_there_is_room_for_are_the_first_of_the_order() -> None:
    x = np.arange(200.0)[:, None, None] * np.ones((1, 2, 2))
    made = ts.scope(x, view={"grid": 0, "sort": "-mean"}).figure()
    titles = [p.get_title() for p in made.axes if p.get_title()]
    assert titles[:2] == ["199 · 199", "198 · 198"]
    assert len(titles) == 64


def picture(scope: ts.Scope) -> np.ndarray[Any, Any]:
    png, _ = session_png(scope._session)
    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    return np.asarray(image)[34:300, 8:300]  # without the words


def test_a_snapshot_has_the_tiles_in_order() -> None:
    x = maps()
    turned = x.copy()
    turned[1, 1:9] = x[1, 1:9][order_of(x)]
    assert np.array_equal(picture(scope_of(x, "-max")), picture(scope_of(turned, None)))
    assert not np.array_equal(picture(scope_of(x, "-max")), picture(scope_of(x, None)))


def drawn(x: Any) -> np.ndarray[Any, Any]:
    png, _ = session_png(ts.scope(x, name="x")._session)
    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    return np.asarray(image)


def test_a_single_value_is_written_out() -> None:
    # dark on white: no block of colour, and no scale under it (greys take the nearest colours)
    for x in (np.float32(0.1), np.ones((1, 1, 1)), np.array(True), np.array([3 + 4j])):
        page = drawn(x)
        assert len(page) < 120
        middle = page[34:66].reshape(-1, 3)
        assert np.ptp(middle.astype(int), axis=1).max() < 40
        assert 100 < (middle[:, 0] < 200).sum() < 3000
    one, other = drawn(np.float32(0.1)), drawn(np.float32(0.2))
    assert not np.array_equal(one[34:66], other[34:66])


def test_a_picture_of_one_row_or_column_is_stretched_to_be_seen() -> None:
    x = np.linspace(1, 2, 300)
    for values, size in ((x, (64, 300)), (x[:, None], (300, 64))):
        page = drawn(values)[34 : 34 + size[0], 8 : 8 + size[1]]
        assert (page != 255).any(axis=2).all()


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (300, 400),
        (400, 300),
        (319, 321),
        (641, 330),
        (2000, 700),
        (30, 90),
        (900, 900),
        (185, 900),
        (50, 240),
    ],
)
def test_a_circle_stays_a_circle(rows: int, columns: int) -> None:
    y, x = np.mgrid[:rows, :columns]
    radius = min(rows, columns) / 2
    disc = (y - rows / 2) ** 2 + (x - columns / 2) ** 2 <= radius**2
    inside = (drawn(disc.astype("f4")) < 100).all(axis=-1)[34:-60]
    tall, wide = inside.any(axis=1).sum(), inside.any(axis=0).sum()
    assert tall > 90
    assert tall == pytest.approx(wide, rel=0.06)


def test_what_is_all_nan_is_counted() -> None:
    png, facts = session_png(ts.scope(np.full((2, 3), np.nan), name="x")._session)
    assert png
    assert facts == ["NaN 6 · +Inf 0 · -Inf 0"]


MAGENTA = (196, 20, 143)


def strange() -> np.ndarray[Any, Any]:
    x = np.arange(30.0).reshape(5, 6)
    x[0, 5], x[4, 0], x[2, 2] = np.nan, np.inf, -np.inf
    return x


def legend(made: Any) -> list[str]:
    return [text.get_text() for each in made.legends for text in each.get_texts()]


def test_a_figure_shows_what_is_not_finite() -> None:
    made = ts.scope(strange(), name="x").figure()
    values, marks = (image.get_array() for image in made.axes[0].images)
    assert (values.mask == ~np.isfinite(strange())).all()
    assert (marks[..., 3] == 255 * ~np.isfinite(strange())).all()
    assert tuple(marks[0, 5, :3]) == MAGENTA
    assert len({tuple(marks[k]) for k in ((0, 5), (4, 0), (2, 2))}) == 3
    assert legend(made) == ["NaN", "+Inf", "-Inf"]
    assert legend(ts.scope(np.ones((3, 3)), name="x").figure()) == []


def test_the_figure_of_a_line_marks_what_has_no_height() -> None:
    made = ts.scope(strange()[0], name="x").figure()
    assert legend(made) == ["NaN"]
    assert [list(line.get_xdata()) for line in made.axes[0].lines][-1] == [5]


def ticks(axis: Any) -> list[str]:
    """What is written along an axis, within what is seen."""
    axis.figure.draw_without_rendering()
    low, high = sorted(axis.get_view_interval())
    return [
        tick.label1.get_text() for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high
    ]


def test_ticks_of_a_figure_are_indices_of_the_tensor() -> None:
    x = (np.arange(120.0) / 100).reshape(2, 3, 4, 5)
    (place, *_) = ts.scope(x, "[0, 2, :, ::-1]", name="x").figure().axes
    assert ticks(place.yaxis) == ["0", "1", "2", "3"]
    assert ticks(place.xaxis) == ["4", "3", "2", "1", "0"]
    (line,) = ts.scope(x[0, 0], "[1, 2:]", name="x").figure().axes
    assert ticks(line.xaxis) == ["2", "3", "4"]
    assert "." in "".join(ticks(line.yaxis))  # heights are values
    (place, *_) = ts.scope(np.eye(3000, 2100), "[1000:, :]", name="x").figure().axes
    told = [int(text) for text in ticks(place.yaxis)]
    assert told[0] == 1000
    assert told[-1] > 2000  # of 2,000 rows, whatever the pixels


def test_a_figure_fades_what_no_shown_condition_meets() -> None:
    x = strange()
    s = ts.scope(x, where="x > 20", name="x")
    made = s.figure()
    *_, white = (image.get_array() for image in made.axes[0].images)
    assert ((white[..., 3] > 0) == (np.isfinite(x) & ~(x > 20))).all()
    assert made.get_suptitle().endswith("x > 20 · 9 of 30")
    s.where = {"high": "x > 20", "low": "x < 3"}
    s._session.change(
        lambda state: replace(state, conditions=state.conditions.hide("high")), push=False
    )
    made = s.figure()
    *_, white = (image.get_array() for image in made.axes[0].images)
    assert ((white[..., 3] > 0) == (np.isfinite(x) & ~(x < 3))).all()
    assert "high" not in made.get_suptitle()


def test_the_figure_of_a_line_has_dots_for_hits() -> None:
    made = ts.scope(strange()[1], where="x > 9", name="x").figure()
    assert [list(line.get_xdata()) for line in made.axes[0].lines][-1] == [4, 5]


def test_what_is_masked_is_no_nan() -> None:
    x = np.ma.masked_array(strange(), np.eye(5, 6, dtype=bool))
    x[0, 5] = np.nan
    made = ts.scope(x, name="x").figure()
    marks = made.axes[0].images[1].get_array()
    assert (marks[..., 3] == 255 * (~np.isfinite(x.data) & ~x.mask)).all()
    tall = np.ma.masked_array(np.ones((1000, 6)))
    tall[:12, 0], tall[500, 5] = np.ma.masked, np.nan
    for values in (x, tall):  # each cell, and several a pixel
        page = drawn(values)[34:300, 8:328]
        assert (page == MAGENTA).all(axis=2).any()
        assert tuple(page[2, 2]) == (255, 255, 255)


def head(packed: bytes) -> dict[str, Any]:
    raw = zlib.decompress(packed)
    (size,) = struct.unpack("<I", raw[:4])
    return dict(json.loads(raw[4 : 4 + size]))


def test_a_page_has_the_order_and_the_statistics_of_tiles(monkeypatch: Any) -> None:
    monkeypatch.setattr(picture_queries, "QUICK", 1)  # an order that does not come unasked
    x = maps()
    session = scope_of(x, "-max")._session
    kept = record(session, 10_000_000)
    assert kept is not None
    first = head(kept.slices[0])
    assert first["frame"]["tiles"] == order_of(x)
    assert first["state"]["picture"]["grid"]["order"] == order_of(x)
    assert first["tiles"]["at"] == order_of(x)
    assert first["tiles"]["stat"] == "max"
    assert first["tiles"]["values"][0] == 9
    assert first["tiles"]["marks"][0]["kind"] == "nonfinite"
    assert head(kept.slices[1])["tiles"] is None  # a plane has none


def test_an_order_is_said_in_words() -> None:
    said = {text: parse_sort(text) for text in ("-mean", "sparsity", "cosine 3")}
    assert [sort and sort.words for sort in said.values()] == [
        "mean, largest first",
        "share of zeros, smallest first",
        "cosine distance to 3, smallest first",
    ]


TABLE = pd.DataFrame({
    "n": [2**53 + 1, 2], "s": ["a", "gamma delta"], "x": [0.5, -1.25],
    "when": pd.to_datetime(["2020-01-01", "2021-02-03"]),
})  # fmt: skip


def test_words_are_written_out_where_they_have_no_colours() -> None:
    shown = ts.scope(TABLE, name="table")
    assert shown.view["table"] is True
    assert shown._session.state_message()["table"] is True
    assert shown.state == 'ts.scope(table, "[:, :]", name="table")'
    assert _words_of(picture_cut(shown._session.source, shown._session.state)) == [
        "9007199254740993 · a · 0.5 · 2020-01-01 00:00:00",
        "2 · gamma delta · -1.25 · 2021-02-03 00:00:00",
    ]
    assert shown._snapshot()["png"]
    shown.expr = "[:, 2]"  # a column of numbers is a line
    assert shown.view["table"] is False
    assert shown.figure().axes
    shown.expr, shown.view = "[:, :]", {"table": False}
    assert "'table': False" in shown.state
    with pytest.raises(ts.SelectionError, match="select a column of numbers"):
        shown.figure()


def test_of_many_words_the_first_are_written_out() -> None:
    x = np.array([[f"{i}.{j}" for j in range(20)] for i in range(30)])
    lines = _words_of(picture_cut(ts.scope(x)._session.source, ts.scope(x)._session.state))
    assert lines[0] == " · ".join(f"0.{j}" for j in range(8))
    assert len(lines) == 11
    assert lines[-1] == "the first 10 of 30 rows, 8 of 20 columns"

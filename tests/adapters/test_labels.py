"""Labels of pandas, polars and xarray: found exactly, told to the page, true in code."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import xarray as xr

import tensorscope as ts
from tensorscope.adapters.index_labels import labels_of_index
from tests.adapters import lazy_kinds as lazy

DAYS = pd.date_range("2020-01-01", periods=3)


def prices() -> pd.DataFrame:
    columns = {"price": [1.0, 2.0, 3.0], "volume": [4, 5, 6], "mean": [7.0, 8.0, 9.0]}
    return pd.DataFrame(columns, index=DAYS)


def air() -> xr.DataArray:
    coords = {"time": DAYS, "lat": [52.5, 53.0], "band": ["r", "g"]}
    return xr.DataArray(np.arange(12.0).reshape(3, 2, 2), dims=tuple(coords), coords=coords)


def years() -> pd.Series:
    return pd.Series([1.0, 2.0], index=[1990, 1991])


CASES: list[tuple[Any, object, object]] = [
    (prices(), {"column": "volume", "row": "2020-01-02"}, (1, 1)),
    (prices(), {"column": "'mean'", "row": DAYS[2]}, (2, 2)),
    (prices(), {"row": np.datetime64("2020-01-03"), "column": 0}, (2, 0)),
    (prices(), "[2020-01-02T00:00, price]", (1, 0)),
    (prices(), {"row": DAYS[1].to_pydatetime(), "column": -1}, (1, 2)),
    (pl.DataFrame({"x": [1, 2], "y": [3, 4]}), {"column": "y", "row": 1}, (1, 1)),
    (air(), {"time": "2020-01-03", "lat": 53.0, "band": "g"}, (2, 1, 1)),
    (air(), {"time": 1, "lat": "52.5", "band": "'r'"}, (1, 0, 0)),
    (years(), "['1991']", (1,)),
    (years(), {"row": 1}, (1,)),
    (pd.Series([1, 2], index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])), (("b", 2),), (1,)),
    (pd.Series([1, 2], index=pd.to_timedelta(["1D", "2h"])), "'0 days 02:00:00'", (1,)),
    (pd.Series([1, 2], index=["a", None]), "[a]", (0,)),
    (pd.Series([1, 2], index=pd.period_range("2020-01", periods=2, freq="M")), "2020-02", (1,)),
    (pd.Series([1, 2], index=DAYS[:2].tz_localize("UTC")), {0: DAYS[1].tz_localize("UTC")}, (1,)),
    (pd.Series([1, 2], index=pd.CategoricalIndex(["lo", "hi"])), "hi", (1,)),
    (pd.Series([1, 2], index=[True, False]), "'False'", (1,)),
]


@pytest.mark.parametrize(("x", "sel", "cell"), CASES, ids=lambda v: str(v)[:40])
def test_a_label_finds_its_position_and_the_code_is_true(
    x: Any, sel: object, cell: object, run: Any
) -> None:
    got = ts.extract(x, sel)
    assert got.selection.slots == cell
    assert got.item() == run(got.code, x=x)
    assert ts.where(x, "> -1", sel).indices.tolist() == [list(got.selection.slots)]


@pytest.mark.parametrize(
    ("x", "sel", "words"),
    [
        (prices(), {"column": "pirce"}, "dim 1 has no label 'pirce': near: 'price'"),
        (prices(), {"row": "2021-01-01"}, "near: '2020-01-01'"),
        (prices(), {"row": "today"}, "it has '2020-01-01'"),
        (prices(), "price", "dim 1 has it, {1: 'price'}"),
        (air(), {"lat": 53.1}, "dim 1 has no label 53.1: it has '52.5', '53.0'"),
        (years(), {"row": 1991}, "the label is written in quotes"),
        (pd.DataFrame(np.eye(2), columns=["a", "a"]), {"column": "a"}, "at 2 positions, 0, 1"),
        (air(), {"time": ["2020-01-01"]}, "lists of indices are not taken"),
        (prices()["price"].reset_index(drop=True), "[a]", "'a' is no slot"),
    ],
    ids=str,
)
def test_what_is_no_label_is_answered_in_words(x: Any, sel: object, words: str) -> None:
    with pytest.raises(ts.SelectionError) as caught:
        ts.extract(x, sel)
    assert words in str(caught.value)


def test_a_description_has_dims_and_labels() -> None:
    info = ts.describe(prices())
    assert info.dims == ("row", "column")
    assert "row: 2020-01-01, 2020-01-02, 2020-01-03" in info.notes
    assert "column: price, volume, mean" in info.notes
    assert "lat: 52.5, 53.0" in ts.describe(air()).notes
    many = pd.Series(range(100), index=pd.date_range("2020-01-01", periods=100))
    assert "row: 2020-01-01 … 2020-04-09" in ts.describe(many).notes
    assert "y: 2020-01-01 … 2020-04-09" in ts.describe(many, dims=("y",)).notes


@pytest.mark.parametrize(
    "index", [pd.RangeIndex(3), pd.Index([0, 1, 2]), pd.Index([], dtype="int64")], ids=repr
)
def test_positions_that_call_themselves_by_their_number_have_no_labels(index: Any) -> None:
    labels = labels_of_index(index)
    assert labels is None or len(labels) == 0


def test_unknown_objects_are_not_asked_for_their_words() -> None:
    class Loud:
        def __str__(self) -> str:
            raise AssertionError("asked")

        __repr__ = __str__

    x = pd.Series([1.0, 2.0], index=pd.Index([Loud(), "b"], dtype=object))
    assert "row: an object of type" in str(ts.describe(x).notes)
    assert ts.extract(x, "b").item() == 2.0


def test_the_page_is_told_the_labels_that_it_shows() -> None:
    x = pd.DataFrame(np.zeros((5000, 2)), columns=["<b>a</b>", "b" * 99])
    x.index = pd.date_range("2020-01-01", periods=5000)
    session = ts.scope(x)._session

    def ask(**body: Any) -> Any:
        return session.handle({"v": 1, "req": "a", **body})[0]

    viewport = {"px": [100, 100], "rows": [4990, 5000]}
    told = ask(kind="frame", viewport=viewport)["frame"]["labels"]
    assert told["rows"][-1] == "2033-09-08"
    assert told["columns"] == ["<b>a</b>", "b" * 39 + "…"]
    assert "labels" not in ask(kind="frame", viewport={"px": [100, 100]})["frame"]  # reduced
    wide = ask(kind="frame", viewport={"px": [100, 6000]})["frame"]
    assert set(wide["labels"]) == {"columns"}  # so many rows are too thin to be read
    assert ask(kind="value", cell=[1, 0])["value"]["labels"] == ["2020-01-02", "<b>a</b>"]
    moved = ask(kind="update", patch={"slot": [0, "2020-01-05"]})["state"]
    assert (moved["expr"], moved["labels"]) == ("[4, :]", ["2020-01-05", None])
    refused = ask(kind="update", patch={"expr": "[0, c]"})["error"]
    assert (refused["kind"], refused["span"]) == ("LABEL", [4, 5])


def test_new_labels_are_seen_after_a_refresh() -> None:
    x = prices()
    s = ts.scope(x)
    s.select(column="price")
    x.columns = ["first", "second", "third"]
    s.refresh().select(column="second")
    assert s.expr == "[:, 1]"


def test_a_tensor_without_labels_tells_none() -> None:
    reply, _ = ts.scope(np.eye(3))._session.handle({"v": 1, "req": "a", "kind": "hello"})
    assert "labels" not in reply["state"]
    assert "labels" not in reply["frame"]


def test_labels_of_a_file_are_there_without_reading_it() -> None:
    x = lazy.lazy_xarray(np.zeros((4, 21, 31)), (2, 7, 8))
    dim = str(x.dims[1])
    x = x.assign_coords({dim: np.arange(21) * 2.5})
    s = ts.scope(x)
    s.select(**{dim: 5.0})
    assert s.expr == "[:, 2, :]"
    assert ts.extract(x, {dim: 5.0, 0: 0, 2: 0}).item() == 0.0

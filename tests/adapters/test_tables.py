"""Tables and other arrays of Python's world: what is theirs alone."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as ss
import sparse
from PIL import Image

import tensorscope as ts
from tests.adapters import speakers

BIG = 2**53 + 1


def mixed() -> list[Any]:
    days = pd.to_datetime(["2020-01-01", None])
    return [
        pd.DataFrame({"a": [BIG, 2], "b": [0.5, np.nan], "c": ["x", None], "d": days}),
        pd.DataFrame({"a": pd.array([BIG, None], dtype="Int64"), "b": [0.5, np.nan]}),
        pl.DataFrame({"a": [BIG, None], "b": [0.5, 1.5], "c": ["x", None]}),
        pl.DataFrame({"d": pl.Series(["2020-01-01", None]).str.to_date(), "n": [1, 2]}),
        pd.Series(pd.to_datetime(["2020-01-01", None]).tz_localize("UTC")),
        pd.Series(["a", "b", None], dtype="category"),
        pd.Series(["a", None], dtype="string"),
        pd.Series([1, BIG, None], dtype="Int64"),
        pd.Series([True, None], dtype="boolean"),
        pd.Series(pd.to_datetime(["2020-01-01", None])),
        pd.Index(["a", "b"]),
        pd.array([BIG, None], dtype="Int64"),
        pd.Series(pd.period_range("2020-01", periods=3, freq="M")),
        pl.Series(["a", None]),
        pl.Series([True, None]),
        pl.Series([BIG, None]),
        pl.Series(["2020-01-01", None]).str.to_datetime(),
    ]


def alike(ours: Any, theirs: Any) -> bool:
    """The same values of the same types; what is masked, masked."""
    if ours is np.ma.masked or theirs is np.ma.masked:
        return ours is theirs
    if isinstance(ours, np.ndarray):
        a, b = np.ma.getmaskarray(ours), np.ma.getmaskarray(theirs)
        kept, others = np.asarray(ours)[~a].tolist(), np.asarray(theirs)[~b].tolist()
        return ours.shape == theirs.shape and np.array_equal(a, b) and repr(kept) == repr(others)
    return type(ours) is type(theirs) and repr(ours) == repr(theirs)


@pytest.mark.parametrize("x", mixed(), ids=lambda x: f"{type(x).__module__}-{ts.describe(x).dtype}")
def test_code_gives_what_is_read(x: Any, run: Any) -> None:
    table = ["[0, 1]", "[1, 0]", "[:, 0]", "[:, 1]", "[0, :]", "[1, ::-1]", "[::-1]", "[1:, :1]"]
    for sel in table if len(x.shape) == 2 else ["[:]", "[0]", "[-1]", "[::-1]", "[1:]"]:
        got = ts.extract(x, sel)
        ours = got.numpy() if got.shape else got.item()
        assert alike(ours, run(got.code, x=x)), got.code
    scope = ts.scope(x)
    for kind in ("hello", "stats"):
        reply, _ = scope._session.handle({"v": 1, "req": "a", "kind": kind})
        assert reply["ok"], reply


def test_columns_keep_their_types() -> None:
    x = mixed()[0]
    assert ts.describe(x).dtype == "int64|float64|str|datetime64[us]"
    assert ts.extract(x, "[0, 0]").item() == BIG
    assert type(ts.extract(x, "[0, 1]").item()) is float
    assert ts.extract(x, "[:, 0]").numpy_dtype == np.int64
    assert ts.topk(x, 1, "[:, 0]").values.tolist() == [BIG]
    assert str(ts.stats(x, "[:, 3]").max) == "2020-01-01T00:00:00.000000"
    with pytest.raises(ts.UnsupportedTensorError, match=r"sel='\[:, 0\]'") as caught:
        ts.stats(x)
    assert caught.value.kind == "NOT_NUMERIC"


def test_a_nan_stays_a_value_beside_columns_that_lack_some(run: Any) -> None:
    thin = pd.arrays.SparseArray([0.0, np.nan])
    x = pd.DataFrame({"n": pd.array([None, 7], dtype="Int64"), "f": [0.5, np.nan], "s": thin})
    for sel in ("[:, :]", "[1:, ::-1]", "[1, :]", "[:, 1:]"):
        got = ts.extract(x, sel)
        told, code = got.numpy(), run(got.code, x=x)
        assert alike(told, code), got.code
        assert np.ma.getmaskarray(told).sum() == (sel == "[:, :]"), sel
    assert repr(ts.extract(x, "[1, 1]").item()) == "nan"
    # Code for a cell that is told later: what a page fills in below its pointer.
    session = ts.scope(x)._session
    reply, _ = session.handle({"v": 1, "req": "a", "kind": "hello"})
    for row, column in np.ndindex(2, 3):
        text = reply["state"]["code"]["value"].replace("{0}", str(row)).replace("{1}", str(column))
        assert alike(run(text, x=x), ts.extract(x, (row, column)).item()), text


def test_positions_not_labels() -> None:
    x = pd.Series([10, 20, 30], index=[2, 1, 0])
    assert ts.extract(x, "[0]").item() == 10
    assert ts.where(x, "> 15").indices.tolist() == [[1], [2]]
    with pytest.raises(ts.SelectionError, match="out of range"):
        ts.extract(x, "[3]")


def test_nothing_is_changed_by_looking() -> None:
    x = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    before = x.copy()
    ts.extract(x).numpy()[0, 0] = 99
    part = ts.extract(x, "[:, 1]").numpy()
    part[0] = 99
    pd.testing.assert_frame_equal(x, before)
    word = bytearray(b"abc")
    ts.stats(word)
    word.append(100)  # no view is held: it can still grow
    assert ts.stats(word).count == 4


def test_stored_entries_are_searched_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    places = np.arange(1000) * 1000
    x = ss.csr_array((np.arange(1, 1001.0), (places, places)), shape=(10**6, 10**6))
    for kind in ("toarray", "todense"):
        monkeypatch.setattr(type(x), kind, lambda self: pytest.fail("made dense"))
    assert ts.stats(x).sum == 500500.0
    assert ts.stats(x).count == 10**12
    assert ts.where(x, "> 999").indices.tolist() == [[999000, 999000]]
    assert ts.topk(x, 1).values.tolist() == [1000.0]
    assert ts.extract(x, (999000, 999000)).item() == 1000.0
    assert "1000 elements are stored" in str(ts.describe(x).notes)


def test_a_fill_value_is_everywhere_else() -> None:
    x = sparse.COO.from_numpy(np.eye(3)) + 1
    assert ts.extract(x, "[0, 1]").item() == 1.0
    assert (ts.stats(x).sum, ts.where(x, "== 1").count) == (12.0, 6)


@pytest.mark.parametrize(
    ("x", "shape", "dtype", "kind"),
    [
        ([2**63 + 1, -1], (2,), "int", int),
        ([1, "a", None], (3,), "int|str|NoneType", None),
        ([[1, 2.5], [True, 3]], (2, 2), "float", float),
        ([np.float32(0.5), 1], (2,), "float", float),
        ([BIG, 0.5], (2,), "int|float", None),
        (2**70, (), "int", int),
        (array("f", [0.5, 1.5]), (2,), "float32", float),
        (memoryview(b"abc"), (3,), "uint8", int),
        (["ab", "c"], (2,), "str", str),
    ],
    ids=str,
)
def test_pythons_own(x: Any, shape: Any, dtype: str, kind: Any, run: Any) -> None:
    info = ts.describe(x)
    assert (info.framework, info.shape, info.dtype) == ("python", shape, dtype)
    for place in np.ndindex(*shape):
        got = ts.extract(x, place)
        value = x
        for index in place:
            value = value[index]
        assert got.item() == value
        assert kind is None or type(got.item()) is kind
        assert alike(got.item(), run(got.code, x=x)), got.code
    got = ts.extract(x)
    if shape:
        assert got.numpy().tolist() == run(got.code, x=x).tolist()


def test_a_generator_is_not_consumed() -> None:
    x = (i for i in [1, 2])
    with pytest.raises(ts.UnsupportedTensorError):
        ts.extract(x)
    assert list(x) == [1, 2]


def test_another_device_gives_no_more_than_is_asked() -> None:
    x = speakers.Device(np.arange(20000.0).reshape(100, 200))
    assert ts.extract(x, "[3, 4]").item() == 604.0
    assert x.fetched == 1
    assert ts.extract(x, "[::-1, 2]").code == "x[:, 2].get()[::-1]"
    assert x.fetched == 101


class Yes:
    """Says yes to every attribute; only its type tells the truth."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *args: Any) -> Any:
        raise AssertionError("called")


def test_only_the_type_is_looked_at() -> None:
    with pytest.raises(ts.UnsupportedTensorError) as caught:
        ts.extract(Yes())
    assert caught.value.kind == "NOT_NUMERIC"


def test_images_say_their_mode() -> None:
    palette = Image.new("P", (4, 2))
    info = ts.describe(palette)
    assert (info.framework, info.shape, info.dtype) == ("pil", (2, 4), "uint8")
    assert "palette" in " ".join(info.notes)
    assert ts.stats(Image.new("1", (4, 2), 1)).sum == 8

"""NumPy's own kinds of element: dates, text, records, objects, long doubles; and odd arrays."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tensorscope as ts

DATES = np.array(
    [["2020-01-01", "NaT", "2022-05-05"], ["1969-12-31", "2020-01-01", "NaT"]], "M8[D]"
)
RECORDS = np.array([(1, 2.5, b"ab"), (3, np.nan, b"c")], [("a", ">i4"), ("b", "<f8"), ("s", "S4")])


class Loud:
    """Must be handed out as it is: never compared, printed or asked anything."""

    def _refuse(self, *args: Any) -> Any:
        raise AssertionError("user code ran")

    __eq__ = __ne__ = __bool__ = __repr__ = __str__ = __len__ = __array__ = _refuse  # type: ignore
    __hash__ = object.__hash__


@pytest.mark.parametrize(
    ("x", "dtype"),
    [
        (DATES, "datetime64[D]"),
        (DATES.astype("M8[ns]").astype(">M8[ns]"), ">M8[ns]"),
        (np.array([5, -3], "m8[25s]"), "timedelta64[25s]"),
        (RECORDS, "[('a', '>i4'), ('b', '<f8'), ('s', 'S4')]"),
        (
            np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
            "[('a', '<i4'), ('b', '<f8')]",
        ),
        (np.zeros(2, [("p", "f4", (2, 3))]), "[('p', '<f4', (2, 3))]"),
        (np.array([1, "a", None, [1, 2]], object), "object"),
        (np.array(["abc", "de"]), "<U3"),
        (np.array([b"a\xff", b"b"]), "|S2"),
        (np.array(["abc", "de"], np.dtypes.StringDType()), "StringDType()"),
        (np.array(["0.1", "1e300"], "g"), str(np.dtype("g"))),
        (np.array([1 + 2j], "G"), str(np.dtype("G"))),
        (np.datetime64("2020-01-01"), "datetime64[D]"),
        (np.str_("abc"), "<U3"),
        (np.array("abc", object), "object"),
    ],
    ids=str,
)
def test_every_element_and_its_code(x: Any, dtype: str, run: Any) -> None:
    info = ts.describe(x)
    assert (info.framework, info.shape, info.dtype) == ("numpy", x.shape, dtype)
    whole = np.asarray(x)
    got = ts.extract(x)
    ours, theirs = got.numpy(), np.asarray(run(got.code, x=x))
    assert repr(ours.tolist()) == repr(theirs.tolist()) == repr(whole.tolist())
    assert not np.shares_memory(got.numpy(), whole)
    for place in np.ndindex(whole.shape):
        one = ts.extract(x, place)
        value, other = one.item(), run(one.code, x=x)
        assert type(value) is type(other), one.code
        assert repr(value) == repr(other), one.code
        assert one.text
    ts.scope(x)


def test_the_element_itself_comes_out() -> None:
    shared = [1, 2]
    loud = Loud()
    x = np.empty(3, object)
    x[0], x[1], x[2] = shared, loud, 10**5000
    assert ts.extract(x, "[0]").item() is shared
    assert ts.extract(x, "[1]").item() is loud
    assert ts.extract(x, "[1]").text.endswith("Loud>")
    assert ts.extract(x, "[2]").text == "<int of 16610 bits>"
    assert ts.extract(RECORDS, "[0]").item() == (1, 2.5, b"ab")
    assert ts.extract(np.zeros(1, [("p", "f4", 2)]), "[0]").item() == ([0.0, 0.0],)
    assert type(ts.extract(np.array(["0.1"], "g"), "[0]").item()) is np.longdouble
    assert ts.extract(np.array(["0.1"], "g"), "[0]").text == "0.1"
    assert ts.extract(DATES, "[0]").text == "[2020-01-01, NaT, 2022-05-05]"


@pytest.mark.parametrize(
    ("x", "says"),
    [
        (RECORDS, "x['a']"),
        (np.array(["a"]), "ts.extract"),
        (np.array([1, None], object), "ts.extract"),
        (np.array([b"a"]), "ts.extract"),
        (np.array(["a"]), "e.g. ts.where(x, x == 'word')"),
        (["a", "b"], "e.g. ts.where(x, np.asarray(x) == 'word')"),
    ],
    ids=str,
)
@pytest.mark.parametrize("call", [ts.stats, ts.topk, lambda x: ts.where(x, "> 0")])
def test_what_is_no_number_is_not_searched(x: Any, says: str, call: Any) -> None:
    with pytest.raises(ts.UnsupportedTensorError, match="no order and no statistics") as caught:
        call(x)
    assert caught.value.kind == "NOT_NUMERIC"
    assert says in str(caught.value)


@pytest.mark.parametrize("x", [np.array(["a", "word"]), ["a", "word"]], ids=str)
def test_texts_are_found_by_the_mask_that_is_proposed(x: Any) -> None:
    found = ts.where(x, np.asarray(x) == "word")
    assert (found.count, found.indices.tolist(), found.values.tolist()) == (1, [[1]], ["word"])
    with pytest.raises(ts.ConditionError, match=r"pass it: ts\.where\(x, mask\)"):
        ts.scope(np.array(["a"]), where="x == 1")


def test_statistics_of_dates() -> None:
    found = ts.stats(DATES)
    assert (found.count, found.nan, found.first_nan) == (6, 2, (0, 1))
    assert (str(found.min), found.argmin) == ("1969-12-31", (1, 0))
    assert (str(found.max), found.argmax) == ("2022-05-05", (0, 2))
    assert found.range == (np.datetime64("1969-12-31"), np.datetime64("2022-05-05"))
    assert (found.sum, found.norm, found.zero) == (None, None, 0)
    assert found.histogram is not None
    assert found.histogram[0].sum() == 4
    lengths = ts.stats(np.array([5, -3, 0, 2**62], "m8[s]"), "[:3]")
    assert (lengths.sum, lengths.min) == (np.timedelta64(2, "s"), np.timedelta64(-3, "s"))
    assert lengths.zero == 1
    nothing = ts.stats(np.array(["NaT"], "M8[s]"))
    assert (nothing.count, nothing.nan, nothing.max, nothing.mean) == (1, 1, None, None)


def test_the_order_of_dates(run: Any) -> None:
    best = ts.topk(DATES, 2)
    assert [str(v) for v in best.values] == best.texts == ["2022-05-05", "2020-01-01"]
    assert best.indices.tolist() == [[0, 2], [0, 0]]
    assert (best.count, best.nan) == (4, 2)
    for found in (best, ts.topk(DATES, 3, largest=False), ts.topk(DATES, 9)):
        indices, values = run(found.code, x=DATES)
        assert np.array_equal(indices, found.indices), found.code
        assert np.array_equal(values, found.values)
    near = np.array([2**62, 2**62 + 1], "m8[ns]")  # a double would not tell them apart
    assert ts.topk(near, 1).indices.tolist() == [[1]]
    with pytest.raises(ts.ConditionError):
        ts.topk(DATES, by="abs")


@pytest.mark.parametrize(
    ("x", "condition", "expected"),
    [
        (DATES, "x > '2020-01-01'", [(0, 2)]),
        (DATES, "> '2019-12-31T23:59'", [(0, 0), (0, 2), (1, 1)]),
        (DATES, "'2020' <= x < '2021'", [(0, 0), (1, 1)]),
        (DATES, "x < '2020-01-01T00:00:01'", [(0, 0), (1, 0), (1, 1)]),
        (DATES, "x == '2020-01-01T00:00:01'", []),
        (DATES, "~(x > '2020-01-01')", [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]),
        (DATES, "x != '2020-01-01'", [(0, 1), (0, 2), (1, 0), (1, 2)]),
        (DATES, "isnan(x)", [(0, 1), (1, 2)]),
        (DATES, "isfinite(x) & (x < '9999-01-01')", [(0, 0), (0, 2), (1, 0), (1, 1)]),
        (DATES.astype("M8[Y]"), "x >= '2020-01-02'", [(0, 2)]),
        (DATES.astype("M8[ns]"), "x < '999999-01-01'", [(0, 0), (0, 2), (1, 0), (1, 1)]),
        (np.array([90, -7200], "m8[s]"), "x > '1.5 min'", []),
        (np.array([90, -7200], "m8[s]"), "x >= '1.5 minutes'", [(0,)]),
        (np.array([90, -7200], "m8[s]"), "abs(x) == '2 h'", [(1,)]),
        (np.array([90, -7200], "m8[s]"), "x < 0", [(1,)]),
        (np.array([90, -7200], "m8[s]"), "x < '-1 h'", [(1,)]),
    ],
    ids=str,
)
def test_conditions_on_dates(x: Any, condition: str, expected: list[Any], run: Any) -> None:
    found = ts.where(x, condition)
    assert [tuple(place) for place in found.indices.tolist()] == expected
    indices, values = run(found.code, x=x)
    assert np.array_equal(indices, found.indices), found.code
    assert np.array_equal(values, found.values, equal_nan=True)
    # Written out and read again it is the same.
    assert ts.where(x, str(ts.scope(x, where=condition).where)).count == found.count


@pytest.mark.parametrize(
    ("x", "condition"),
    [
        (DATES, "x > 3"),
        (DATES, "x > 'now'"),
        (DATES, "x > '2020-13-01'"),
        (DATES, "abs(x) > '2020-01-01'"),
        (np.array([1], "m8[s]"), "x > '2020-01-01'"),
        (np.array([1], "m8[M]"), "x > '3 D'"),
        (np.arange(3), "x > '2020-01-01'"),
    ],
)
def test_conditions_that_do_not_fit(x: Any, condition: str) -> None:
    with pytest.raises(ts.ConditionError) as caught:
        ts.where(x, condition)
    assert caught.value.kind == "TYPE"
    assert 20 < len(str(caught.value)) <= 600


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=8),
    st.datetimes(),
    st.sampled_from(["D", "h", "s", "us", "ns"]),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
)
def test_comparing_dates_is_exact(ticks: list[int], date: Any, unit: str, op: str) -> None:
    """Whatever the unit and however far the date: as whole numbers of its microseconds."""
    a_day = {"D": 1, "h": 24, "s": 86400, "us": 86400 * 10**6, "ns": 86400 * 10**9}[unit]
    threshold = int(np.datetime64(date, "us").astype("i8")) * a_day
    nat = -(2**63)
    expected = [
        (t == nat and op == "!=") or (t != nat and eval(f"{t * 86400 * 10**6} {op} {threshold}"))
        for t in ticks
    ]
    x = np.array(ticks, "i8").view(f"M8[{unit}]")
    found = ts.where(x, f"x {op} '{date.isoformat()}'")
    assert found.indices.ravel().tolist() == np.flatnonzero(expected).tolist()


def test_long_doubles_compare_exactly_and_are_not_summed_up() -> None:
    if np.finfo(np.longdouble).nmant <= 52:
        assert ts.stats(np.array([1.0], "g")).sum == 1.0  # it is a double here
        return
    x = np.array(["1", "1", "0.5"], "g")
    x[1] += np.finfo(np.longdouble).eps
    assert ts.where(x, "> 1").indices.tolist() == [[1]]
    assert ts.topk(x, 1).indices.tolist() == [[1]]
    assert ts.extract(x, "[1]").item() == x[1]
    with pytest.raises(ts.UnsupportedTensorError, match="astype"):
        ts.stats(x)


def test_a_broadcast_array_is_never_walked() -> None:
    x = np.broadcast_to(np.array([[1.5], [2.5]]), (2, 10**12))
    began = time.perf_counter()
    assert ts.stats(x).sum == 4e12
    assert ts.where(x, "> 2", limit=2).indices.tolist() == [[1, 0], [1, 1]]
    assert ts.topk(x, 1).indices.tolist() == [[1, 0]]
    assert ts.where(x, "> 9").count == 0
    scope = ts.scope(x)
    reply, _ = scope._session.handle({"v": 1, "req": "a", "kind": "hello"})
    assert reply["ok"]
    assert time.perf_counter() - began < 60  # a walk would take days


@pytest.mark.parametrize(
    ("shape", "wide"),
    [((3, 1, 4), (3, 5, 4)), ((1, 4), (6, 4)), ((3, 1, 2, 1), (3, 4, 2, 3)), ((1, 1), (4, 3))],
)
@pytest.mark.parametrize("k", [1, 3, 7, 30, 1000])
def test_expanded_places_come_in_order(shape: Any, wide: Any, k: int) -> None:
    small = np.random.default_rng(0).integers(0, 4, shape).astype("f4")
    small.flat[0] = np.nan if small.size > 1 else 2
    x = np.broadcast_to(small, wide)
    full = np.array(x)
    for options in ({}, {"largest": False}, {"by": "abs"}):
        ours, theirs = ts.topk(x, k, **options), ts.topk(full, k, **options)
        assert np.array_equal(ours.indices, theirs.indices)
        assert (ours.nan, ours.count) == (theirs.nan, theirs.count)
    ours, theirs = ts.where(x, "> 1", limit=k), ts.where(full, "> 1", limit=k)
    assert np.array_equal(ours.indices, theirs.indices)
    assert np.array_equal(ours.values, theirs.values)
    assert ours.count == theirs.count


def test_as_many_dims_as_numpy_has() -> None:
    x = np.full((1,) * 64, 7.0)
    assert ts.extract(x, (0,) * 64).item() == 7.0
    assert ts.topk(x, 1).values.tolist() == ts.where(x, "> 1").values.tolist() == [7.0]
    assert ts.stats(x).sum == 7.0

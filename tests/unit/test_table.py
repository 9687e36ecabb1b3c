"""A table of tensors without a page: its members, and what its still form says."""

from __future__ import annotations

import re
from collections import UserDict, namedtuple
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorscope.adapters.members import MOST, holds_tensors, members
from tensorscope.widget.table import TensorTable

Pair = namedtuple("Pair", "left right")


def test_the_still_table_says_what_is_no_tensor_too() -> None:
    x = {"w": np.array([[1.0, np.nan]]), "lr<": 0.1, "layers": [np.arange(2)]}
    html = TensorTable(x, "parts")._still()[0]["text/html"]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", html)]
    assert rows[1][1:] == ["w", "float64", "(1, 2)", "1.0", "1.0", "1", "0"]
    assert rows[2] == ["", "lr&lt;", "0.1"]
    assert rows[3][1:] == ["layers/0", "int64", "(2,)", "0", "1", "0", "0"]


def test_one_tensor_among_others_makes_a_table() -> None:
    mixed = [pd.DataFrame({"close": [1.5, 2.5]}), np.arange(3), "text", None]
    assert holds_tensors(mixed)
    rows = TensorTable(mixed, "mixed").rows
    assert [r["opens"] for r in rows] == [True, True, False, False]
    assert [r["text"] for r in rows[2:]] == ["'text'", "None"]
    assert holds_tensors((np.arange(3), "text"))


@pytest.mark.parametrize("plain", [[], [1, 2, 3], ["a", None], {}, {"a": 1}, [[1], {"a": ()}]])
def test_what_holds_no_tensor_stays_text(plain: object) -> None:
    assert not holds_tensors(plain)


def test_members_are_found_at_any_depth_each_with_code_that_gives_it() -> None:
    class Key:
        pass

    x = np.arange(2)
    params: Any = {
        "params": {"Dense_0": {"kernel": x + 1, "bias": x + 2}},
        3: Pair(x + 3, [x + 4]),
        (1, "a"): UserDict(z=x + 5),
        Key(): x + 6,
        "groups": [{"lr": 0.1}],
    }
    found, count = members(params, "params")
    assert [m.key for m in found[:5]] == [
        *("params/Dense_0/kernel", "params/Dense_0/bias", "3/left", "3/right/0", "(1, 'a')/z"),
    ]
    assert found[0].code == "params['params']['Dense_0']['kernel']"
    assert found[3].code == "params[3].right[0]"
    assert (found[-1].key, found[-1].value) == ("groups", [{"lr": 0.1}])
    assert count == len(found) == 7
    for member in found:
        assert eval(member.code) is member.value


def test_what_lies_in_itself_ends() -> None:
    around: list[Any] = [np.arange(2)]
    around.append(around)
    found, count = members(around, "around")
    assert [m.code for m in found] == ["around[0]", "around[1]"]
    assert count == 2
    inner: dict[str, Any] = {"w": np.arange(2)}
    inner["self"] = [inner]
    assert [m.key for m in members(inner, "x")[0]] == ["w", "self/0"]


def test_the_rest_is_counted_without_a_walk_through_it() -> None:
    x = np.arange(2)
    found, count = members([[x] * 150, [x] * 150, *range(10**6)], "x")
    assert len(found) == MOST
    assert count == 300 + 10**6
    plain = [[[[0] * 100] * 100] * 100] * 100
    assert not holds_tensors(plain)


@given(st.recursive(st.none() | st.just(np.arange(2)), lambda x: st.lists(x, max_size=4)))
def test_every_tensor_is_a_member(x: Any) -> None:
    def tensors(x: Any) -> int:
        return sum(map(tensors, x)) if isinstance(x, list) else int(x is not None)

    if isinstance(x, list) and holds_tensors(x):
        found, count = members(x, "x")
        assert sum(isinstance(m.value, np.ndarray) for m in found) == tensors(x)
        assert count == len(found)


def test_one_nan_is_counted_where_the_tensor_can_be_read_whole() -> None:
    x = np.zeros((1, 64, 56, 56), "f4")
    x[0, 37, 29, 31] = np.nan
    (made,) = TensorTable({"x": x}, "d").rows
    assert (made["nan"], made["inf"], made["min"]) == ("1", "0", "0.0")


def test_counts_of_a_sample_say_of_which_share_they_are() -> None:
    large = np.zeros(1 << 22, "f4")
    rows = TensorTable({"first": large, "second": large + 1, "third": large - 2}, "d").rows
    assert [r["nan"] for r in rows] == ["0", "0", "0 in 1.56 %"]
    assert [r["max"] for r in rows] == ["0.0", "1.0", "~-2.0"]
    assert "<td>0 in 1.56 %</td>" in TensorTable([large] * 3, "d")._still()[0]["text/html"]

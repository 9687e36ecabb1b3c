"""A table of tensors without a page: what its still form says."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from tensorscope.widget.table import TensorTable, members


def test_the_still_table_says_what_is_no_tensor_too() -> None:
    found = members({"w": np.array([[1.0, np.nan]]), "lr<": 0.1, "layers": [np.arange(2)]})
    assert found is not None
    html = TensorTable(found, "parts")._still()[0]["text/html"]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", html)]
    assert rows[1][1:] == ["w", "float64", "(1, 2)", "1.0", "1.0", "1", "0"]
    assert rows[2] == ["", "lr&lt;", "0.1"]
    assert rows[3][1:] == ["layers", "[array([0, 1])]"]


def test_one_tensor_among_others_makes_a_table() -> None:
    mixed = [pd.DataFrame({"close": [1.5, 2.5]}), np.arange(3), "text", None]
    found = members(mixed)
    assert found is not None
    rows = TensorTable(found, "mixed").rows
    assert [r["opens"] for r in rows] == [True, True, False, False]
    assert [r["text"] for r in rows[2:]] == ["'text'", "None"]
    assert members((np.arange(3), "text")) is not None


@pytest.mark.parametrize("plain", [[], [1, 2, 3], ["a", None], {}, {"a": 1}, [[np.arange(2)]]])
def test_what_holds_no_tensor_stays_text(plain: object) -> None:
    assert members(plain) is None

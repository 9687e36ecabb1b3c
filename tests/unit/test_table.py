"""A table of tensors without a page: what its still form says."""

from __future__ import annotations

import re

import numpy as np

from tensorscope.widget.table import TensorTable, members


def test_the_still_table_says_what_is_no_tensor_too() -> None:
    found = members({"w": np.array([[1.0, np.nan]]), "lr<": 0.1, "layers": [np.arange(2)]})
    assert found is not None
    html = TensorTable(found, "parts")._still()[0]["text/html"]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", html)]
    assert rows[1][1:] == ["w", "float64", "(1, 2)", "1.0", "1.0", "1", "0"]
    assert rows[2] == ["", "lr&lt;", "0.1"]
    assert rows[3][1:] == ["layers", "[array([0, 1])]"]

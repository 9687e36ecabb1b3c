"""An Extraction as a number and as an array, as people will use it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import tensorscope as ts

X = torch.tensor([[0.0, 1.5], [2.0, -3.0]])


def test_one_element_is_a_number() -> None:
    one = ts.extract(X, "[0, 1]")
    assert (float(one), int(one), complex(one), bool(one)) == (1.5, 1, 1.5, True)
    assert not ts.extract(X, "[0, 0]")
    assert math.sqrt(ts.extract(X, "[1, 0]")) == math.sqrt(2)
    assert float(ts.extract(X.bfloat16(), "[1, 1]")) == -3.0
    assert int(ts.extract(np.array([2**63], np.uint64), "[0]")) == 2**63
    assert np.asarray(one).shape == ()
    assert float(ts.extract(X, "[:1, :1]")) == 0.0  # as .item() does


@pytest.mark.parametrize("number", [float, int, complex, bool])
def test_several_elements_are_none(number: Callable[[Any], Any]) -> None:
    with pytest.raises(ts.SelectionError, match=r"holds 2 elements.* or use \.numpy") as caught:
        number(ts.extract(X, "[0]"))
    assert caught.value.kind == "NOT_SCALAR"


def test_an_index_is_answered_with_both_that_can_be_meant() -> None:
    part = ts.extract(X, "[1]")
    with pytest.raises(ts.SelectionError, match=r"write e\.numpy\(\)\[0\], which counts"):
        part[0]
    with pytest.raises(TypeError, match="not iterable"):
        list(part)  # type: ignore[call-overload]
    assert np.asarray(part).tolist() == np.add(part, 0).tolist() == [2.0, -3.0]
    assert np.stack([part, part]).shape == (2, 2)

"""Which modules are watched, and what is answered to arguments that mean nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

import tensorscope as ts
from tensorscope.capture.watch import Watch
from tests.capture.torch_nets import fresh


@pytest.mark.parametrize(
    ("select", "names"),
    [
        (None, ["conv", "norm", "relu", "drop", "fc"]),
        ("conv*", ["conv"]),
        ("*norm*", ["norm"]),
        (nn.Linear, ["fc"]),
        (("fc", nn.ReLU), ["relu", "fc"]),
        (lambda name, m: name.startswith("d"), ["drop"]),
        ("conv, fc", ["conv", "fc"]),
    ],
)
def test_select(select: object, names: list[str]) -> None:
    assert list(Watch(fresh(), select=select).modules) == names


def test_classes_are_known_of_what_is_watched_and_of_what_holds_it() -> None:
    body = nn.Sequential(nn.Conv2d(1, 1, 1), nn.Sequential(nn.ReLU()))
    model = nn.ModuleDict({"body": body, "head": nn.ModuleList([nn.Linear(1, 1)])})
    assert Watch(model)._classes == {
        "body": "Sequential", "body.0": "Conv2d", "body.1": "Sequential", "body.1.0": "ReLU",
        "head": "ModuleList", "head.0": "Linear",
    }  # fmt: skip
    assert Watch(model, select="body.0")._classes == {"body": "Sequential", "body.0": "Conv2d"}
    assert Watch(nn.ReLU())._classes == {"(model)": "ReLU"}
    assert Watch()._classes == {}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"select": "nope*"}, "there are conv, norm"),
        ({"select": 3}, "glob"),
        ({"every": 0}, "from 1 on"),
        ({"budget": "lots"}, "256MB"),
        ({"grads": "nope"}, "none of the watched"),
        ({"compiled": True}, "eager"),
    ],
)
def test_wrong_arguments_say_what_is_allowed(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ts.TensorScopeError, match=words):
        Watch(fresh(), **arguments)


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ts.UnsupportedTensorError, match="probe"):
        Watch(torch.zeros(3))

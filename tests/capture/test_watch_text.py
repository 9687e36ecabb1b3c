"""What a watch says of itself as text."""

from __future__ import annotations

import pytest
import torch

import tensorscope as ts
from tensorscope.capture.budget import budget_text


@pytest.mark.parametrize(
    ("nbytes", "text"),
    [
        (0, "0 B"),
        (840, "840 B"),
        (2_500, "2.5 KB"),
        (41_000_000, "41 MB"),
        (1_200_000_000, "1.2 GB"),
    ],
)
def test_bytes_are_told_in_a_unit_that_says_something(nbytes: int, text: str) -> None:
    assert budget_text(nbytes) == text


def test_a_small_closed_watch_says_what_it_holds() -> None:
    net = torch.nn.Linear(4, 2)
    with ts.watch(net, every=1, name="w") as watch:
        net(torch.zeros(3, 4))
    assert watch.nbytes > 0
    assert f"closed · 1 steps · records {watch.nbytes} B>" in repr(watch)

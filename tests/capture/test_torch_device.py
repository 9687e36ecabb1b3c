"""Measures that lie on a device until the step ends: imitated, for there is none here."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from tensorscope.capture.measure import Measure, Pending
from tensorscope.capture.watch import Watch


class Poison(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.clone()
        x[0, 1] = math.nan
        return x


def on_devices(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Let the measure of each output lie on one of two devices; return which crossed together."""
    values = watch._recorder.torch_values
    assert values is not None
    together: list[set[str]] = []
    turn = iter(range(10**6))
    real = values.take

    def take(x: torch.Tensor, zeros: bool = False) -> Any:
        found = real(x, zeros)
        assert isinstance(found, Measure)
        return Pending(found.count, [SimpleNamespace(device=f"d{next(turn) % 2}", found=found)])

    def cross_together(pending: list[Pending]) -> list[Measure]:
        together.append({one.parts[0].device for one in pending})
        return [one.parts[0].found for one in pending]

    monkeypatch.setattr(values, "take", take)
    monkeypatch.setattr(values.cross.__self__, "_together", cross_together)
    return together


def test_what_lies_on_two_devices_crosses_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.Sequential(*(nn.Linear(2, 2) for _ in range(4)))
    watch = Watch(model)
    together = on_devices(watch, monkeypatch)
    with watch:
        model(torch.ones(1, 2))
    assert together == [{"d0"}, {"d1"}]
    assert [len(watch.history(name)) for name in watch.modules] == [1] * 4


@pytest.mark.parametrize("pinned", [None, "3"])
def test_who_held_the_first_nan_is_found_when_the_step_is_over(
    pinned: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = nn.Sequential(nn.Linear(2, 2), Poison(), nn.ReLU(), nn.Linear(2, 2))
    watch = Watch(model)
    if pinned:
        watch.pin(pinned)  # its measure crosses at once: it is not the first for that
    on_devices(watch, monkeypatch)
    with watch:
        model(torch.ones(1, 2))
    first, *rest = watch.findings
    assert (first.name, first.kind, first.message) == ("1", "nonfinite", "held the first NaN")
    assert "All that was measured before it in the step was finite" in first.evidence
    assert {(f.name, f.kind) for f in rest} == {("2", "passed on"), ("3", "passed on")}

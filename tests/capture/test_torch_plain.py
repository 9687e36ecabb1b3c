"""What most modules give at most steps is taken in quickly, and nothing of it is lost or late."""

from __future__ import annotations

import math
import threading
from typing import Any

import pytest
import torch
from torch import nn

from tensorscope.capture.recorder import Recorder
from tensorscope.capture.watch import Watch
from tests.capture.torch_nets import Twice, fresh, train, until


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Step and name of each output that was not plain."""
    found: list[tuple[int, str]] = []
    on_output = Recorder.on_output

    def noted(self: Recorder, name: str, *args: Any) -> None:
        found.append((self.step, name))
        on_output(self, name, *args)

    monkeypatch.setattr(Recorder, "on_output", noted)
    return found


def test_every_measure_is_that_of_what_was_computed(slowly: list[tuple[int, str]]) -> None:
    model, given = fresh(), {}  # type: ignore[var-annotated]
    for name, module in model.named_modules():
        if name:
            module.register_forward_hook(
                lambda m, i, o, name=name: given.setdefault(name, []).append(o.detach().clone())
            )
    with Watch(model, every=4) as watch:
        train(model, 10)
    assert {step for step, _ in slowly} == {0, 4, 8}
    assert len(given) == 5
    for name, values in given.items():
        line = watch.history(name)
        assert [point.step for point in line] == list(range(10))
        for point, value in zip(line, values, strict=True):
            assert (point.low, point.high) == (value.min().item(), value.max().item())
            assert point.mean == pytest.approx(value.double().mean().item(), rel=1e-9, abs=1e-12)
            assert point.norm == pytest.approx(value.double().norm().item(), rel=1e-9)
            assert (point.zero is None) == (point.step % 4 != 0)


def test_each_call_of_a_module_has_its_own_line(slowly: list[tuple[int, str]]) -> None:
    model, x = Twice(), torch.randn(3, 2)
    with Watch(model, every=1000) as watch:
        for _ in range(3):
            model(x)
    assert {step for step, _ in slowly} == {0}
    once, twice = model.lin(x), model.lin(model.lin(x))
    for name, value in (("lin", once), ("lin (call 2)", twice)):
        assert [p.step for p in watch.history(name)] == [0, 1, 2]
        assert watch.history(name)[-1].high == value.max().item()


def test_what_was_measured_is_there_at_once(slowly: list[tuple[int, str]]) -> None:
    """In the middle of a step, for the thread that trains and for another."""
    model, found = fresh(), []

    def look(*_: Any) -> None:
        found.append([p.step for p in watch.history("conv")])

    def look_aside(*_: Any) -> None:
        other = threading.Thread(target=look)
        other.start()
        other.join()

    watch = Watch(model, every=1000)
    with watch:
        own = [model.drop.register_forward_hook(look), model.fc.register_forward_hook(look_aside)]
        train(model, 3)
    for handle in own:
        handle.remove()
    assert found == [[0], [0], [0, 1], [0, 1], [0, 1, 2], [0, 1, 2]]
    assert {step for step, _ in slowly} == {0}


def test_a_pause_shows_what_came_before_it_in_the_step() -> None:
    model = fresh()
    watch = Watch(model, every=1000)
    asked = model.norm.register_forward_hook(
        lambda *_: watch.pause() if watch.steps == 3 else None  # before the watch's own hook
    )
    with watch:
        loop = threading.Thread(target=train, args=(model, 4), daemon=True)
        loop.start()
        until(lambda: watch.status == "paused")
        assert [p.step for p in watch.history("conv")] == [0, 1, 2]
        assert [p.step for p in watch.history("norm")] == [0, 1, 2]
        assert [p.step for p in watch.history("fc")] == [0, 1]
        watch.resume()
        loop.join(20)
    asked.remove()
    assert [p.step for p in watch.history("fc")] == [0, 1, 2, 3]


@pytest.mark.parametrize("special", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_blamed_and_kept(special: float) -> None:
    model = fresh()

    def spoil(module: nn.Module, args: Any, output: torch.Tensor) -> torch.Tensor:
        if watch.steps == 3:
            output = output.clone()
            output[1, 2, 3, 4] = special
        return output

    handle = model.norm.register_forward_hook(spoil)
    watch = Watch(model, every=1000)
    with watch:
        train(model, 3)
    handle.remove()
    grave = [f for f in watch.findings if f.kind == "nonfinite"]
    assert [(f.name, f.step, f.cell) for f in grave] == [("norm", 2, (1, 2, 3, 4))]
    record = watch.record("norm", step=2)
    assert torch.equal(record.tensor[1, 2, 3, 4], torch.tensor(special)) or math.isnan(special)
    assert [p.finite for p in watch.history("norm")] == [True, True, False]
    assert [p.step for p in watch.history("conv")] == [0, 1, 2]


def test_findings_are_made_at_plain_steps_too(slowly: list[tuple[int, str]]) -> None:
    model = nn.Sequential(nn.Linear(4, 4))
    with Watch(model, every=1000) as watch:
        for k in range(6):
            model(torch.full((2, 4), 1e6 if k == 5 else 1.0))
        assert [(f.kind, f.step) for f in watch.findings] == [("exploding", 5)]
    assert {step for step, _ in slowly} == {0}


@pytest.mark.parametrize("change", ["breakpoint", "pin", "pause"])
def test_whatever_asks_for_more_is_served(change: str, slowly: list[tuple[int, str]]) -> None:
    model = fresh()
    with Watch(model, every=1000) as watch:
        train(model, 2)
        assert {step for step, _ in slowly} == {0}
        if change == "breakpoint":
            watch.break_when("x > -1e9", on="conv", action="log")
            train(model, 1)
            assert watch.hit is not None
            assert watch.hit.name == "conv"
        elif change == "pin":
            watch.pin("conv")
            train(model, 1)
            assert (2, "conv") in slowly
            assert (2, "norm") not in slowly
        else:
            watch.pause()
            loop = threading.Thread(target=train, args=(model, 1), daemon=True)
            loop.start()
            until(lambda: watch.status == "paused")
            watch.resume()
            loop.join(20)
            assert watch.steps == 3

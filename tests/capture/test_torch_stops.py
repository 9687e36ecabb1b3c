"""Stopping a loop: breakpoints that name the module, pauses, steps."""

from __future__ import annotations

import math
import threading
import time
from typing import Any

import pytest
import torch
from torch import nn

import tensorscope as ts
from tensorscope.capture.breakpoints import BreakpointHit
from tensorscope.capture.watch import Watch
from tests.capture.torch_nets import Net, fresh, hooks_of, train, until


def plant_nan(model: Net, step: int) -> None:
    """Let `norm` make a NaN from a given call on."""
    calls = iter(range(10**6))

    def poison(module: nn.Module, args: Any, output: torch.Tensor) -> torch.Tensor | None:
        if next(calls) < step:
            return None
        output = output.clone()
        output[1, 2, 3, 4] = math.nan
        return output

    model.norm.register_forward_hook(poison)


def test_a_breakpoint_stops_at_the_module_that_made_the_nan() -> None:
    model = fresh()
    plant_nan(model, 3)
    with Watch(model, every=100) as watch:
        point = watch.break_when("any(isnan(x))", action="raise")
        with pytest.raises(BreakpointHit, match=r"output of norm at \[1, 2, 3, 4\], step 3"):
            train(model, 10)
    assert point.hits == 1
    assert point.last is not None
    assert point.last.cell == (1, 2, 3, 4)
    assert math.isnan(watch.record("norm", step=3)[1, 2, 3, 4].item())
    assert torch.isfinite(watch.record("norm", step=3, kind="input").tensor).all()
    first = watch.findings[0]
    assert (first.kind, first.name, first.step) == ("nonfinite", "norm", 3)
    assert first.message == "made the first NaN"
    assert "1 NaN of 1,152 values. Its input was finite" in first.evidence


def test_those_that_pass_it_on_are_told_apart() -> None:
    model = fresh()
    plant_nan(model, 0)
    with Watch(model) as watch:
        model(torch.randn(8, 1, 6, 6))
    kinds = {f.name: f.kind for f in watch.findings}
    assert kinds == {"norm": "nonfinite", "relu": "passed on", "drop": "passed on",
                     "fc": "passed on"}  # fmt: skip


def test_a_bad_weight_and_a_bad_input_are_told() -> None:
    model = fresh()
    with torch.no_grad():
        model.fc.weight[0, 0] = math.inf
    with Watch(model) as watch:
        model(torch.rand(8, 1, 6, 6))
    assert "its weight was not" in watch.findings[0].evidence
    assert watch.findings[0].name == "fc"
    model = fresh()
    with Watch(model) as watch:
        model(torch.full((8, 1, 6, 6), math.nan))
    assert watch.findings[0].message == "was given the first NaN"


@pytest.mark.parametrize(
    ("cond", "step"),
    [
        ("abs(x) > 5", 4),
        ("norm(x) > 9", 4),
        ("x >= 5 & x < 100", 4),
        ("max(x) > 5", 4),
        ("share(x > 0) > 0.9", 0),
        ("share(x == 0) >= 1", 2),
        ("isfinite(x)", 0),
        ("mean(x) < 0.5", 2),
    ],
)
def test_conditions(cond: str, step: int) -> None:
    class Given(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + 0

    model = nn.Sequential(Given())
    with Watch(model) as watch:
        watch.break_when(cond, action="raise")
        values = iter((1.0, 2.0, 0.0, 3.0, 6.0))
        with pytest.raises(BreakpointHit):
            all(model(torch.full((2, 2), value)) is not None for value in values)
    assert watch.steps - 1 == step


@pytest.mark.parametrize("cond", ["x >", "any(x", "norm(y) > 1", "__import__('os')", 3, "std(x)"])
def test_conditions_that_cannot_be_read(cond: object) -> None:
    with pytest.raises(ts.ConditionError) as error:
        Watch(fresh()).break_when(cond)  # type: ignore[arg-type]
    assert len(str(error.value)) <= 600


class First(nn.Module):
    """Takes an LSTM's output, and leaves its states."""

    def forward(self, x: Any) -> torch.Tensor:
        return x[0]


@pytest.mark.parametrize(
    ("on", "what", "hits"),
    [
        ("0", "weight", 4),
        ("0", "gradient", 1 + 4),
        ("0", "output", 3),
        ("0[1][0]", "output", 1),
        ("0.bias_hh_l0", "weight", 1),
        ("*.bias*", "gradient", 3),
        ("2", "weight", 2),
    ],
)
def test_a_breakpoint_on_a_module_looks_at_all_that_is_its_own(
    on: str, what: str, hits: int
) -> None:
    model = nn.Sequential(nn.LSTM(3, 3), First(), nn.Linear(3, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Watch(model, grads=True, weights=True) as watch:
        point = watch.break_when("norm(x) >= 0", on=on, what=what, action="log")
        model(torch.ones(2, 2, 3)).sum().backward()
        optimizer.step()
    assert point.hits == hits
    assert not watch.notes


def test_what_a_breakpoint_would_need_is_told() -> None:
    with Watch(fresh()) as watch:
        watch.break_when("norm(x) > 1", what="gradient")
        watch.break_when("norm(x) > 1", what="weight", on="fc.*")
        watch.break_when("x > 1", on="loss")  # a probe, maybe
    assert "gradients are not watched: pass grads=True to watch()" in watch.notes
    assert "weights are not watched: pass weights=True to watch()" in watch.notes
    assert any("on 'loss': no watched module has such a name" in n for n in watch.notes)


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize(
    ("on", "what", "words"),
    [
        ("fcc", "output", "on='fcc' means no watched module; nearest: fc."),
        ("fc99*", "output", "what='probe' waits for a probe of that name"),
        ("nowhere*", "output", "means no watched module; there are"),
        ("nowhere", "weight", "w.modules lists all"),
        ("nowhere.*", "gradient", "means no watched module"),
        ("nowhere[1]", "output", "means no watched module"),
    ],
)
def test_a_breakpoint_on_what_is_not_there_is_refused(
    on: str, what: str, words: str, started: bool
) -> None:
    watch = Watch(fresh(), grads=True, weights=True)
    if started:
        watch.start()
    with pytest.raises(ts.SelectionError) as caught:
        watch.break_when("x > 1", on=on, what=what)
    assert caught.value.kind == "NO_MODULE"
    assert words in str(caught.value)
    assert watch.breakpoints == ()
    watch.close()


@pytest.mark.parametrize("on", ["fc", "f*", "fc.weight", "fc[1][0]", "*[1]*", "fc (call 2)"])
def test_what_has_its_name_later_is_taken(on: str) -> None:
    watch = Watch(fresh())
    assert watch.break_when("x > 1", on=on).on == on
    assert not watch.notes


def test_a_probe_that_is_to_come_is_named_as_one() -> None:
    hits: list[Any] = []
    model = fresh()
    with Watch(model) as watch:
        point = watch.break_when("x > 1", on="fc99*", what="probe", action=hits.append)
        named = watch.break_when("x > 1", on="loss", action="log")
        train(model, 1)
        ts.probe("fc99.out", torch.tensor([2.0]))
        ts.probe("fc99.out", 3.0)
        ts.probe("loss", 4.0)
    assert (point.hits, named.hits) == (2, 1)
    assert [hit.name for hit in hits] == ["fc99.out", "fc99.out"]


def test_log_and_callback_do_not_stop() -> None:
    model = fresh()
    hits: list[Any] = []
    with Watch(model) as watch:
        watch.break_when("abs(x) >= 0", on="fc", action=hits.append)
        logged = watch.break_when("abs(x) >= 0", on="fc", action="log")
        train(model, 3)
    assert [hit.step for hit in hits] == [0, 1, 2]
    assert logged.hits == 3
    assert len(watch._recorder.log) == 6


def in_thread(model: nn.Module, steps: int) -> threading.Thread:
    thread = threading.Thread(target=train, args=(model, steps), daemon=True)
    thread.start()
    return thread


def test_pause_step_and_continue() -> None:
    model = fresh()
    watch = Watch(model, every=1).start()
    watch.pause()
    thread = in_thread(model, 50)
    until(lambda: watch.status == "paused")
    assert watch._recorder.control.at == "conv, step 0"
    watch.step("module")
    until(lambda: watch._recorder.control.at == "norm, step 0")
    watch.step("step")
    until(lambda: watch._recorder.control.at == "before step 1")
    assert watch.steps == 1
    watch.pause()  # twice is once
    assert watch.status == "paused"
    watch.resume()
    thread.join(20)
    assert not thread.is_alive()
    assert watch.steps == 50
    watch.close()
    assert hooks_of(model) == 0


def test_where_it_stands_all_is_kept_and_of_a_step_that_is_stepped_the_first_examples() -> None:
    model = fresh()
    watch = Watch(model, every=100).start()
    watch.pause()
    thread = in_thread(model, 8)
    control = watch._recorder.control
    for step in range(4):
        until(lambda: watch.status == "paused")
        watch.step()
        until(lambda step=step: control.at == f"before step {step + 1}")
    kept = {r.name: (r.why, r.tensor.shape[0]) for r in watch._recorder.store.all()
            if r.step == step}  # fmt: skip
    assert kept == dict.fromkeys(watch.modules, ("sampled", 1))
    for name in ("conv", "norm"):
        watch.step("module")
        until(lambda name=name: control.at == f"{name}, step {step + 1}")
        record = watch.record(name, step=step + 1)
        assert (record.why, record.tensor.shape[0]) == ("paused", 8)
    watch.resume()
    thread.join(20)
    assert {r.step for r in watch._recorder.store.all()} == {0, 1, 2, 3, 4}
    assert {r.name for r in watch._recorder.store.all() if r.step == 4} == {"conv", "norm"}
    watch.close()


def test_a_module_called_twice_stops_twice_and_says_at_which_call() -> None:
    layer = nn.Linear(3, 3)
    model = nn.Sequential(layer, nn.ReLU(), layer)
    watch = Watch(model).start()
    watch.pause()
    thread = threading.Thread(target=lambda: model(torch.ones(2, 3)), daemon=True)
    thread.start()
    control = watch._recorder.control
    for at in ("0, step 0", "1, step 0", "0 (call 2), step 0"):
        until(lambda at=at: control.at == at)
        watch.step("module")
    thread.join(20)
    watch.close()


def test_closing_lets_a_paused_loop_go() -> None:
    model = fresh()
    watch = Watch(model).start()
    watch.pause()
    thread = in_thread(model, 5)
    until(lambda: watch.status == "paused")
    watch.close()
    thread.join(20)
    assert not thread.is_alive()
    assert watch.status == "closed"


def test_a_step_to_the_next_module_leads_on_from_a_breakpoint() -> None:
    model = fresh()
    watch = Watch(model).start()
    watch.break_when("abs(x) >= 0", on="conv", action="pause")  # holds wherever it is looked at
    thread = in_thread(model, 5)
    control = watch._recorder.control
    until(lambda: watch.status == "paused")
    assert control.at == "conv, step 0"
    assert "abs(x) >= 0" in control.reason
    watch.step("module")
    until(lambda: control.at == "norm, step 0")
    assert control.reason == "asked for"
    watch.close()
    thread.join(20)
    assert not thread.is_alive()


class Clock:
    """Seconds of which each step of a model takes one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, model: nn.Module) -> None:
        self.now = 0.0
        monkeypatch.setattr(time, "perf_counter", lambda: self.now)
        model.register_forward_hook(self._step)

    def _step(self, *_: object) -> None:
        self.now += 1


def test_a_pause_says_nothing_of_the_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    model = fresh()
    clock = Clock(monkeypatch, model)
    watch = Watch(model).start()
    train(model, 5)
    watch.pause()
    thread = in_thread(model, 3)
    until(lambda: watch.status == "paused")
    clock.now += 1000
    watch.resume()
    thread.join(20)
    assert watch._recorder.rate == pytest.approx(1)
    watch.close()


def test_the_time_between_two_runs_says_nothing_of_the_speed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = fresh()
    clock = Clock(monkeypatch, model)
    watch = Watch(model)
    for _ in range(2):
        with watch:
            train(model, 4)
        watch.close()  # once more: it was closed all along
        clock.now += 1000
    assert watch._recorder.rate == pytest.approx(1)

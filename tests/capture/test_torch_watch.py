"""Watching a PyTorch loop: what is captured is what was computed, and nothing is disturbed."""

from __future__ import annotations

import copy
import gc
import io
import math
import pickle
import threading
import time
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

import tensorscope as ts
from tensorscope.capture.breakpoints import BreakpointHit
from tensorscope.capture.watch import Watch


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.drop = nn.Dropout(0.5)
        self.fc = nn.Linear(4 * 36, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.relu(self.norm(self.conv(x)))
        return self.fc(self.drop(x).flatten(1))


def train(model: nn.Module, steps: int, seed: int = 0) -> list[float]:
    """Train and return the losses."""
    torch.manual_seed(seed)
    x, y = torch.randn(8, 1, 6, 6), torch.randint(0, 3, (8,))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def fresh() -> Net:
    torch.manual_seed(1)
    return Net()


def hooks_of(model: nn.Module) -> int:
    return sum(
        len(m._forward_hooks) + len(m._forward_pre_hooks) + len(m._backward_hooks)
        for m in model.modules()
    )


def test_training_is_the_same_bit_for_bit() -> None:
    plain, watched = fresh(), fresh()
    expected = train(plain, 20)
    rng = torch.random.get_rng_state()
    with Watch(watched, every=2, grads=True, weights=True) as watch:
        watch.break_when("abs(x) > 1e9")
        got = train(watched, 20)
    assert got == expected
    assert torch.equal(torch.random.get_rng_state(), rng)
    for a, b in zip(plain.state_dict().values(), watched.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert watch.steps == 20
    assert not watch.notes


def test_values_are_those_before_a_change_in_place() -> None:
    model = fresh()
    seen = {}
    own = model.norm.register_forward_hook(lambda m, i, o: seen.update(norm=o.detach().clone()))
    with Watch(model, every=1) as watch:
        watch.pin("norm")
        train(model, 1)
    own.remove()
    assert seen["norm"].min() < 0  # the ReLU after it sets these to 0, in place
    assert torch.equal(watch.record("norm").tensor, seen["norm"])
    measured = watch.history("norm")[-1]
    assert measured.low == pytest.approx(seen["norm"].min().item())
    assert measured.norm == pytest.approx(seen["norm"].norm().item(), rel=1e-5)


def test_sampled_steps_keep_the_first_example_and_say_so() -> None:
    model = fresh()
    with Watch(model, every=3) as watch:
        train(model, 7)
    assert [r.step for r in watch.records("conv")] == [0, 3, 6]
    record = watch.record("conv")
    assert record.partial
    assert record.shape == (8, 4, 6, 6)
    assert tuple(record.tensor.shape) == (1, 4, 6, 6)
    assert isinstance(record[0, 3, 0, 0].item(), float)
    with pytest.raises(ts.SelectionError, match="pin the module"):
        record[5, 0, 0, 0]
    with pytest.raises(ts.SelectionError, match="there are 0, 3, 6"):
        watch.record("conv", step=4)
    with pytest.raises(ts.SelectionError, match="nothing is recorded as cnv"):
        watch.record("cnv")
    assert len(watch.history("conv")) == 7


def test_a_module_that_is_called_twice_keeps_both() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lin = nn.Linear(2, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.lin(self.lin(x))

    model = Twice()
    with Watch(model, every=1) as watch:
        x = torch.randn(1, 2)
        model(x)
    first, second = watch.record("lin", call=0), watch.record("lin", call=1)
    assert torch.equal(first.tensor, model.lin(x))
    assert torch.equal(second.tensor, model.lin(model.lin(x)))
    assert "lin (call 2)" in watch.names()


@dataclass
class Answer:
    logits: torch.Tensor
    hidden: tuple[torch.Tensor, ...]


class Nested(OrderedDict):  # type: ignore[type-arg]
    pass


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda x: (x, (x + 1, None)), ["inner[0]", "inner[1][0]"]),
        (lambda x: {"a": x, "b": [x]}, ["inner['a']", "inner['b'][0]"]),
        (lambda x: Answer(x, (x,)), ["inner.logits", "inner.hidden[0]"]),
        (lambda x: Nested(z=x), ["inner['z']"]),
        (lambda x: None, []),
    ],
)
def test_outputs_of_every_form_are_opened(make: Any, names: list[str]) -> None:
    class Inner(nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            return make(x)

    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Inner()

        def forward(self, x: torch.Tensor) -> Any:
            return self.inner(x=x)  # by keyword

    model = Outer()
    with Watch(model, every=1) as watch:
        model(torch.arange(4.0).reshape(2, 2))
    assert list(watch.names()) == names
    for name in names:
        assert watch.record(name).shape == (2, 2)


def test_an_lstm_keeps_its_states() -> None:
    model = nn.Sequential(nn.LSTM(3, 5, batch_first=True))
    with Watch(model, every=1) as watch:
        model(torch.randn(2, 4, 3))
    assert list(watch.names()) == ["0[0]", "0[1][0]", "0[1][1]"]


def test_no_grad_and_inference_mode_are_watched() -> None:
    model = fresh().eval()
    with Watch(model, every=1) as watch:
        with torch.no_grad():
            model(torch.randn(2, 1, 6, 6))
        with torch.inference_mode():
            model(torch.randn(2, 1, 6, 6))
    assert [r.step for r in watch.records("conv")] == [0, 1]
    assert not watch.record("conv").train


def test_autocast_is_labelled_and_measured_in_full_precision() -> None:
    model = fresh()
    with Watch(model, every=1) as watch, torch.autocast("cpu", dtype=torch.bfloat16):
        model(torch.full((8, 1, 6, 6), 300.0))
    record = watch.record("conv")
    assert record.dtype == "bfloat16"
    assert any("autocast" in note for note in record.notes)
    exact = record.tensor.double()
    assert watch.history("conv")[-1].high >= exact.max().item()


def test_checkpointing_is_not_recorded_twice() -> None:
    class Saved(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lin = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return checkpoint(self.lin, x, use_reentrant=False)

    model = Saved()
    with Watch(model, every=1) as watch:
        model(torch.randn(2, 3, requires_grad=True)).sum().backward()
    assert len(watch.history("lin.0")) == 1
    assert "lin.0 (call 2)" not in watch.names()
    assert any("recomputed" in note for note in watch.notes)


def test_gradients_are_those_of_autograd() -> None:
    model = fresh()
    kept: dict[str, torch.Tensor] = {}

    def grab(module: nn.Module, args: Any, output: torch.Tensor) -> None:
        output.register_hook(lambda g: kept.update(grad=g.clone()))

    own = model.norm.register_forward_hook(grab)
    with Watch(model, every=1, grads=True, weights="fc") as watch:
        for name in ("norm", "conv"):
            watch.pin(name)
        train(model, 1)
    own.remove()
    assert torch.equal(watch.record("norm", kind="gradient").tensor, kept["grad"])
    weight = watch.record("conv.weight", kind="gradient").tensor
    assert torch.equal(weight, model.conv.weight.grad)
    assert torch.equal(watch.record("fc.weight", kind="weight").tensor, model.fc.weight)


def test_hooks_come_off_after_an_error_and_an_interrupt() -> None:
    for error in (ValueError, KeyboardInterrupt):
        model = fresh()
        before = hooks_of(model)
        watch = Watch(model)

        def interrupted(watch: Watch = watch, error: type = error) -> None:
            with watch:
                assert hooks_of(watch.model) > 0
                raise error

        with pytest.raises(error):
            interrupted()
        assert hooks_of(model) == before


def test_the_users_own_hooks_are_left_alone() -> None:
    model = fresh()
    calls: list[str] = []
    own = model.conv.register_forward_hook(lambda m, i, o: calls.append("own"))
    with Watch(model):
        train(model, 1)
    train(model, 1)
    assert calls == ["own", "own"]
    own.remove()


def test_a_watched_model_can_be_saved_and_copied() -> None:
    model = fresh()
    with Watch(model, every=1) as watch:
        train(model, 1)
        file = io.BytesIO()
        torch.save(model, file)
        file.seek(0)
        loaded = torch.load(file, weights_only=False)
        copied = copy.deepcopy(model)
        pickle.loads(pickle.dumps(model))
        seen = watch.steps
        for other in (loaded, copied):
            other(torch.randn(1, 1, 6, 6))
        assert watch.steps == seen  # the copies report to nobody
    assert torch.equal(copied.conv.weight, model.conv.weight)


def test_neither_graph_nor_watch_is_kept_alive() -> None:
    model = fresh()
    with Watch(model, every=1) as watch:
        saved: list[Any] = []

        class Box:
            def __init__(self, tensor: torch.Tensor) -> None:
                self.tensor = tensor.detach()  # the output itself would hold the graph
                saved.append(weakref.ref(self))

        with torch.autograd.graph.saved_tensors_hooks(Box, lambda box: box.tensor):
            output = model(torch.randn(2, 1, 6, 6))
    assert not watch.record("conv").tensor.requires_grad
    assert any(ref() is not None for ref in saved)
    del output
    gc.collect()
    assert all(ref() is None for ref in saved)
    ref = weakref.ref(watch)
    del watch
    gc.collect()
    assert ref() is None


def test_a_slice_does_not_pin_the_whole_storage() -> None:
    model = fresh()
    with Watch(model, every=1) as watch:
        model(torch.randn(64, 1, 6, 6))
    tensor = watch.record("conv").tensor
    assert tensor.untyped_storage().nbytes() == tensor.nbytes == 4 * 36 * 4


def test_the_budget_is_kept_and_what_went_is_told() -> None:
    model = fresh()
    with Watch(model, select="conv", every=1, budget=4 * 600) as watch:
        train(model, 12)
    assert watch.nbytes <= 2400
    assert watch.evicted == 8
    assert [r.step for r in watch.records("conv")] == [8, 9, 10, 11]
    with pytest.raises(ts.SelectionError, match="steps 0 to 7 were dropped"):
        watch.record("conv", step=2)


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


# ------------------------------------------------------------------ stops


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


def until(holds: Any) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "it did not happen within 10 s"
        time.sleep(0.005)


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


# ------------------------------------------------------------------ compiled


def test_a_compiled_model_says_that_its_values_are_unavailable() -> None:
    model = torch.compile(fresh(), backend="eager")
    with Watch(model) as watch:
        model(torch.randn(2, 1, 6, 6))
    assert any("values are unavailable" in note for note in watch.notes)


def test_sampled_steps_of_a_compiled_model_run_eagerly_when_asked() -> None:
    torch._dynamo.reset()
    model = torch.compile(fresh(), backend="eager")
    x = torch.randn(2, 1, 6, 6)
    model(x)
    counted = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    with Watch(model, every=3, compiled="eager") as watch:
        for _ in range(7):
            model(x)
    assert watch.steps == 7
    assert [r.step for r in watch.records("conv")] == [0, 3, 6]
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == counted
    assert any("not the compiled model's numerics" in note for note in watch.notes)


# ------------------------------------------------------------------ findings


def test_a_dead_relu_is_found_and_taken_back() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU())
    with torch.no_grad():
        model[0].bias.fill_(-100)
    with Watch(model, every=1) as watch:
        for _ in range(3):
            model(torch.randn(16, 4))
        assert [(f.kind, f.name) for f in watch.findings] == [("dead", "1")]
        assert "100.0 % of its values are 0" in watch.findings[0].evidence
        with torch.no_grad():
            model[0].bias.fill_(1)
        model(torch.randn(16, 4))
        assert not watch.findings


def test_saturated_exploding_constant_and_updates() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh())
    optimizer = torch.optim.SGD(model.parameters(), lr=100.0)
    with Watch(model, every=1, grads=True, weights=True) as watch:
        for scale in (1.0, 1.0, 1.0, 1.0, 1e5):
            optimizer.zero_grad()
            model(torch.randn(16, 4) * scale).sum().backward()
            optimizer.step()
    kinds = {(f.kind, f.name) for f in watch.findings}
    assert ("saturated", "1") in kinds
    assert ("exploding", "0") in kinds
    assert ("update", "0.weight") in kinds
    model = nn.Sequential(nn.Linear(4, 8))
    with torch.no_grad():
        model[0].weight.zero_()
        model[0].bias.fill_(2)
    with Watch(model) as watch:
        model(torch.randn(3, 4))
    assert [f.kind for f in watch.findings] == ["constant"]


def test_memory_stays_flat_over_many_steps() -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    x = torch.randn(1, 2)
    with Watch(model, every=10, budget=4096) as watch, torch.no_grad():
        for _ in range(6000):
            model(x)
    assert watch.nbytes <= 4096
    line = watch.history("0")
    assert len(line) < 2000
    assert sum(point.weight for point in line) == 6000
    assert [p.step for p in line] == sorted(p.step for p in line)

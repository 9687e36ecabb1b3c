"""Watching a PyTorch loop: what is captured is what was computed."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

import tensorscope as ts
from tensorscope.capture.watch import Watch
from tests.capture.torch_nets import Twice, fresh, train


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
    with pytest.raises(ts.SelectionError, match="nothing is recorded as 'cnv': known are conv"):
        watch.record("cnv")
    assert len(watch.history("conv")) == 7


def test_a_module_that_is_called_twice_keeps_both() -> None:
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


def test_a_watch_that_was_closed_goes_on_where_it_stopped() -> None:
    model = nn.Sequential(nn.Linear(2, 3))
    watch = Watch(model, every=1)
    for turn in (1, 2, 3):  # as a cell that is run again
        with watch:
            for _ in range(2):
                model(torch.ones(1, 2))
        assert watch.status == "closed"
        assert (watch.steps, len(watch.records("0"))) == (2 * turn, 2 * turn)
        assert not model[0]._forward_hooks
    watch.start()
    watch.pause()
    thread = threading.Thread(target=model, args=(torch.ones(1, 2),))
    thread.start()
    while watch.status != "paused":
        time.sleep(0.01)
    watch.close()
    thread.join(10)
    assert not thread.is_alive()

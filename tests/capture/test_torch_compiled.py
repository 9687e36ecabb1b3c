"""Models under torch.compile: what is not there is said."""

from __future__ import annotations

import pickle

import pytest
import torch
from torch import nn

from tensorscope.capture.watch import Watch
from tests.capture.torch_nets import fresh


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


def chain() -> nn.Sequential:
    torch._dynamo.reset()
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))


def graphs() -> int:
    return int(torch._dynamo.utils.counters["stats"]["unique_graphs"])


def test_hooks_that_are_there_before_the_compiler_break_no_graph() -> None:
    model = chain()
    before = graphs()
    expected = model(torch.ones(2, 4))
    with Watch(model, every=1) as watch:
        compiled = torch.compile(model, backend="eager", fullgraph=True)  # a break would raise
        for _ in range(4):
            assert torch.equal(compiled(torch.ones(2, 4)), expected)
        assert graphs() == before + 1
        assert watch.steps == 0


def test_a_model_compiled_in_place_runs_eagerly_when_asked() -> None:
    model = chain()
    model.compile(backend="eager")
    x = torch.ones(2, 4)
    expected = model(x)
    compiled = model._compiled_call_impl
    with Watch(model, every=2, compiled="eager") as watch:
        for _ in range(5):
            assert torch.equal(model(x), expected)
        assert pickle.loads(pickle.dumps(model))(x).shape == expected.shape
    assert watch.steps == 5
    assert [r.step for r in watch.records("0")] == [0, 2, 4]
    assert model._compiled_call_impl is compiled
    with Watch(model) as watch:
        model(x)
    assert any(note.startswith("the model is compiled") for note in watch.notes)


def test_parts_that_were_compiled_by_themselves_are_told_and_run_eagerly_when_asked() -> None:
    model = chain()
    model[0] = torch.compile(model[0], backend="eager")
    model[2].compile(backend="eager")
    x = torch.ones(2, 4)
    model(x)
    with Watch(model, every=1) as watch:
        assert watch.modules == ("0", "1", "2")
        for _ in range(3):
            model(x)
    assert watch.names() == ("1",)
    assert any(note.startswith("compiled parts: 0, 2: no hook runs") for note in watch.notes)
    with Watch(model, every=2, compiled="eager") as watch:
        for _ in range(4):
            model(x)
    assert watch.steps == 4
    assert [r.step for r in watch.records("0")] == [0, 2]


@pytest.mark.parametrize("where", ["whole", "in place", "part"])
def test_an_interrupt_in_an_eager_step_leaves_the_compiler_on(where: str) -> None:
    class Interrupted(nn.Module):
        on = False

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if self.on:
                raise KeyboardInterrupt
            return x + 1

    model = chain()
    model[1] = Interrupted()
    run: nn.Module = model
    if where == "whole":
        run = torch.compile(model, backend="eager")
    elif where == "in place":
        model.compile(backend="eager")
    else:
        model[2].compile(backend="eager")
    stance = torch._dynamo.eval_frame._stance.stance
    watch = Watch(run, every=1, compiled="eager").start()
    run(torch.ones(2, 4))
    model[1].on = True
    with pytest.raises(KeyboardInterrupt):
        run(torch.ones(2, 4))
    watch.close()
    assert torch._dynamo.eval_frame._stance.stance == stance == "default"

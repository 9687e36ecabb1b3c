"""Models under torch.compile: what is not there is said."""

from __future__ import annotations

import torch

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

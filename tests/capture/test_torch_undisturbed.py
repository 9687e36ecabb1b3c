"""A watch leaves nothing behind: hooks, graphs, copies, memory."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import tensorscope as ts
from tensorscope.capture.watch import Watch
from tests.capture.torch_nets import fresh, hooks_of, train


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


def test_who_loads_a_model_that_was_saved_while_watched_needs_nothing_of_ours(
    tmp_path: Path,
) -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    with Watch(model, grads=True, weights=True):
        torch.save(model, tmp_path / "model.pt")
    code = f"""
import sys
sys.modules["tensorscope"] = None  # not installed there
import torch
model = torch.load({str(tmp_path / "model.pt")!r}, weights_only=False)
print(tuple(model(torch.ones(1, 2)).shape))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "(1, 2)", done.stderr[-2000:]


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

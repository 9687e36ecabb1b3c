"""What is special about a PyTorch loop is told, and does no harm."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tensorscope.capture.breakpoints import BreakpointHit
from tensorscope.capture.watch import Watch


def mlp() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))


def steps(model: Any, optimizer: Any, count: int = 2) -> None:
    for _ in range(count):
        optimizer.zero_grad()
        model(torch.ones(5, 4)).square().mean().backward()
        optimizer.step()


# ------------------------------------------------------------------ where no hook runs


def test_tracing_is_no_step_and_its_result_runs_no_hook() -> None:
    model = mlp()
    with Watch(model, every=1) as watch:
        traced = torch.jit.trace(model, torch.ones(1, 4), check_trace=False)
        assert watch.names() == ()
        traced(torch.ones(1, 4))
        assert watch.steps == 0
    assert any("torch.jit.trace ran the model" in note for note in watch.notes)
    with Watch(traced, every=1) as watch:
        traced(torch.ones(1, 4))
    assert any("scripted or traced: no hook runs inside" in note for note in watch.notes)


@pytest.mark.parametrize("call", ["forward", "compiled"])
def test_an_optimizer_that_steps_without_a_forward_pass_is_told(call: str) -> None:
    torch._dynamo.reset()
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = model.forward if call == "forward" else torch.compile(model, backend="eager")
    run(torch.ones(5, 4))  # compiled before the hooks were there: they never fire
    with Watch(model, every=1, weights=True) as watch:
        steps(run, optimizer)
    if call == "forward":  # the modules inside are called as modules; no step began before them
        assert watch.names() == ()
    assert watch.steps == 0
    assert any("an optimizer stepped, and no forward pass was seen" in n for n in watch.notes)


def test_an_optimizer_of_another_model_is_no_concern() -> None:
    other = mlp()
    with Watch(mlp(), every=1) as watch:
        steps(other, torch.optim.SGD(other.parameters(), lr=0.1))
    assert not watch.notes


def test_functional_ops_fire_no_hook_and_a_probe_tells_them() -> None:
    import tensorscope as ts

    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lin = nn.Linear(4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return ts.probe("act", nn.functional.relu(self.lin(x)))

    model = Functional()
    with Watch(model, every=1) as watch:
        model(torch.ones(2, 4))
    assert watch.names() == ("lin", "act")
    assert (watch.record("act").tensor >= 0).all()


def test_the_fast_path_of_a_transformer_is_told() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, batch_first=True)
    model = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False).eval()
    with Watch(model, every=1) as watch, torch.no_grad():
        model(torch.randn(2, 3, 8))
    assert any("fast path of TransformerEncoderLayer" in note for note in watch.notes)
    assert "layers.0.linear1" in watch.names()  # it took the slow path, which calls its modules


# ------------------------------------------------------------------ one model, several names


def test_a_shared_module_has_one_name() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(3, 3)
            self.again = self.first

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.again(self.first(x))

    model = Shared()
    with Watch(model, every=1) as watch:
        x = torch.ones(1, 3)
        model(x)
    assert watch.modules == ("first",)
    assert watch.names() == ("first", "first (call 2)")
    assert torch.equal(watch.record("first", call=1).tensor, model.first(model.first(x)))


def test_data_parallel_is_labelled() -> None:
    model = nn.DataParallel(mlp())
    with Watch(model, every=1) as watch:
        model(torch.ones(2, 4))
    assert watch.modules == ("module.0", "module.1", "module.2")
    assert watch.record("module.0").shape == (2, 3)
    assert any("local batches of this process" in note for note in watch.notes)


def test_two_ranks_see_their_own_batches_and_nothing_more_is_communicated(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.capture.ddp_ranks"]
    ranks = [
        subprocess.Popen(
            [*command, str(rank), str(tmp_path / "store")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[2],
        )
        for rank in range(2)
    ]  # fmt: skip
    try:
        answers = [rank.communicate(timeout=120) for rank in ranks]
    finally:
        for rank in ranks:
            rank.kill()
    for number, (out, err) in enumerate(answers):
        assert f"trained {number}" in out, err


# ------------------------------------------------------------------ gradients


def test_scaled_gradients_are_labelled_and_unscaled_ones_are_not() -> None:
    plain, model = mlp(), mlp()
    scale = torch.amp.GradScaler.scale
    results = []
    for net, watched in ((plain, False), (model, True)):
        scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        watch = Watch(net, every=1, grads=True)
        if watched:
            watch.start()
            watch.pin("0")
        scaler.scale(net(torch.ones(5, 4)).square().mean()).backward()
        scaler.step(optimizer)
        scaler.update()
        watch.close()
        results.append(net[0].weight.detach().clone())
    assert torch.equal(*results)
    assert watch.record("0", kind="gradient").notes == ("scaled by the GradScaler",)
    assert watch.record("0.weight", kind="gradient").notes == ()
    assert torch.equal(watch.record("0.weight", kind="gradient").tensor, model[0].weight.grad)
    x = torch.ones(5, 4)
    out = plain[0](x) * 0 + mlp()[0](x)
    out.retain_grad()
    mlp()[2](mlp()[1](out)).square().mean().backward()
    recorded = watch.record("0", kind="gradient").tensor
    assert torch.allclose(recorded, out.grad * 1024)
    assert torch.amp.GradScaler.scale is scale  # as it was


def test_the_users_full_backward_hooks_and_changes_in_place_go_together() -> None:
    model = nn.Sequential(
        nn.Linear(4, 3), nn.BatchNorm1d(3), nn.ReLU(inplace=True), nn.Linear(3, 2)
    )
    seen: list[Any] = []
    own = model[0].register_full_backward_hook(lambda m, i, o: seen.append(o[0].clone()))
    with Watch(model, every=1, grads=True) as watch:
        watch.pin("0")
        steps(model, torch.optim.SGD(model.parameters(), lr=0.1), 1)
    own.remove()
    assert torch.equal(watch.record("0", kind="gradient").tensor, seen[0])
    assert "2" in {r.name for r in watch._recorder.store.all() if r.kind == "gradient"}
    assert not any(m._backward_hooks for m in model.modules())


# ------------------------------------------------------------------ errors while it waits


def until(holds: Any) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "it did not happen within 10 s"
        time.sleep(0.005)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_while_paused_passes_on_and_hooks_come_off(error: Any) -> None:
    model = mlp()

    def interrupted() -> None:
        raise error

    def watched() -> None:
        with Watch(model) as watch:
            watch._recorder.control.pump = interrupted
            watch.pause()
            model(torch.ones(1, 4))

    with pytest.raises(error):
        watched()
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_a_fault_while_paused_is_told_and_the_training_goes_on() -> None:
    model = mlp()

    def broken() -> None:
        raise ValueError("ours")

    with Watch(model) as watch:
        watch._recorder.control.pump = broken
        watch.pause()
        model(torch.ones(1, 4))
        assert watch.status == "running"
    assert any("a hook failed: 0: ValueError: ours" in note for note in watch.notes)


def test_an_error_of_the_users_thread_leaves_a_paused_loop_waiting() -> None:
    model = mlp()
    watch = Watch(model).start()
    watch.pause()
    thread = threading.Thread(target=model, args=(torch.ones(1, 4),), daemon=True)
    thread.start()
    until(lambda: watch.status == "paused")
    with pytest.raises(ZeroDivisionError):
        watch.record("0", step=1 // 0)
    assert watch.status == "paused"
    watch.resume()
    thread.join(10)
    assert not thread.is_alive()
    watch.close()


def test_an_action_that_raises_ends_the_training() -> None:
    model = mlp()

    def stop(hit: Any) -> None:
        raise StopIteration("enough")

    with Watch(model) as watch:
        watch.break_when("isfinite(x)", on="2", action=stop)
        with pytest.raises(BreakpointHit, match="Its action raised StopIteration: enough"):
            model(torch.ones(1, 4))

"""What watching costs: steps of a 61-module ResNet, in turns with plain ones."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch
import torchlens
from torch import nn

import tensorscope as ts
from benchmarks.measure import Row, emit, upper

PAIRS = 200
#: Puts hooks on, and returns what takes them off.
Begin: TypeAlias = Callable[[], Callable[[], None]]
BATCH = 32


class Block(nn.Module):
    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.relu2 = nn.ReLU(inplace=True)
        self.down = nn.Conv2d(before, after, 1, stride, bias=False) if before != after else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        y += x if self.down is None else self.down(x)
        return self.relu2(y)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1), nn.BatchNorm2d(16), nn.ReLU())
        self.layer1 = nn.Sequential(*[Block(16, 16, 1) for _ in range(3)])
        self.layer2 = nn.Sequential(Block(16, 32, 2), Block(32, 32, 1), Block(32, 32, 1))
        self.layer3 = nn.Sequential(Block(32, 64, 2), Block(64, 64, 1), Block(64, 64, 1))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.layer3(self.layer2(self.layer1(self.stem(x))))
        return self.fc(self.pool(x).flatten(1))


def stepper(model: nn.Module) -> Callable[[], None]:
    """Return a function that takes one training step."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    x, y = torch.randn(BATCH, 3, 32, 32), torch.randint(0, 10, (BATCH,))

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


def numpy_hooks(model: nn.Module) -> list[torch.utils.hooks.RemovableHandle]:
    """Put on what people write by hand: a copy of each output, and its statistics."""

    def hook(module: nn.Module, args: object, output: torch.Tensor) -> None:
        array = output.detach().cpu().numpy().copy()
        _ = array.mean(), array.std(), array.min(), array.max(), np.isnan(array).sum()

    leaves = [m for m in model.modules() if not list(m.children())]
    return [leaf.register_forward_hook(hook) for leaf in leaves]


def paired(
    step: Callable[[], None], begin: Begin, beside: Begin | None = None, pairs: int = PAIRS
) -> list[float]:
    """Return the ratios of watched to plain steps (or those watched otherwise), taken in turns.

    begin, beside: put the hooks on, and return what takes them off.
    """
    ratios = []
    for turn in range(pairs):
        times = {}
        for watched in (turn % 2 == 0, turn % 2 == 1):  # neither goes always first
            put = begin if watched else beside
            end = None if put is None else put()
            start = time.perf_counter()
            step()
            times[watched] = time.perf_counter() - start
            if end is not None:
                end()
        ratios.append(times[True] / times[False])
    return ratios


def traced(model: nn.Module) -> float:
    """Return the median seconds that torchlens takes to capture one forward pass."""
    x, taken = torch.randn(BATCH, 3, 32, 32), []
    for _ in range(5):
        start = time.perf_counter()
        torchlens.trace(model, x)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def rows() -> list[Row]:
    torch.manual_seed(0)
    model = Net()
    step = stepper(model)
    for _ in range(10):
        step()
    plain = []
    for _ in range(20):
        start = time.perf_counter()
        step()
        plain.append(time.perf_counter() - start)
    base = statistics.median(plain)
    out = []

    def row(
        task: str, begin: Begin, goal: float | None, beside: Begin | None = None, pairs: int = PAIRS
    ) -> None:
        ratios = paired(step, begin, beside, pairs)
        middle, most = statistics.median(ratios), upper(ratios)
        words = f"≤ {goal:g} × (upper bound)" if goal else None
        ok = None if goal is None else most <= goal
        out.append(Row(task, middle * base, None if beside else base, words, ok, measured=middle,
                       note=f"at most {most:.3f} ×"))  # fmt: skip

    def watching(watch: ts.Watch) -> Begin:
        def begin() -> Callable[[], None]:
            watch._hooks = None
            watch.start()

            def end() -> None:
                assert watch._hooks is not None
                watch._hooks.remove()

            return end

        return begin

    def by_hand() -> Callable[[], None]:
        handles = numpy_hooks(model)

        def end() -> None:
            for handle in handles:
                handle.remove()

        return end

    measured, sliced, idle = (
        ts.watch(model, every=10**9), ts.watch(model), ts.watch(model, select="fc"),
    )  # fmt: skip
    row("step, all 61 modules measured", watching(measured), 1.10)
    row("the same, and slices at every 10th step", watching(sliced), 1.10)
    row(
        "slices at every 10th step beside measures alone",
        watching(sliced),
        1.05,
        watching(measured),
    )
    # Steps differ by more than the goal allows for: that takes more of them to be told.
    row("step, one small module watched, armed but idle", watching(idle), 1.02, pairs=2 * PAIRS)
    armed = ts.watch(model, every=10**9)
    armed.break_when("~isfinite(x)", action="log")
    row("step, all measured, with a breakpoint on NaN and Inf", watching(armed), None)
    row("step with .cpu().numpy() hooks and statistics", by_hand, None)
    out.append(Row("torchlens.trace, forward pass alone", traced(model), base,
                   note="with what it keeps let go"))  # fmt: skip
    for watch in (measured, sliced, idle, armed):
        watch.close()
    probed = [time.perf_counter_ns()]
    for _ in range(100_000):
        ts.probe("x", None)
    probed.append(time.perf_counter_ns())
    each = (probed[1] - probed[0]) / 1e9 / 100_000
    out.append(Row("ts.probe while no watch runs", each, goal="≤ 1 µs", ok=each <= 1e-6))
    return out


if __name__ == "__main__":
    torch.set_num_threads(2)
    emit(rows())

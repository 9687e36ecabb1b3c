"""What watching costs: steps of a 61-module ResNet, in turns with plain ones."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
import torchlens
from torch import nn

import tensorscope as ts
from benchmarks.measure import Row, emit, upper

PAIRS = 200
#: Steps that hooks stay on for.
BLOCK = 20
#: Puts hooks on a network, and returns what takes them off.
Begin: TypeAlias = Callable[[nn.Module], Callable[[], object]]
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


@dataclass(frozen=True)
class Twin:
    """One of two networks alike: one is watched while the other is not, step by step in turns."""

    model: nn.Module
    step: Callable[[], None]

    @classmethod
    def born(cls) -> Twin:
        model = Net()
        return cls(model, stepper(model))

    def seconds(self) -> float:
        start = time.perf_counter()
        self.step()
        return time.perf_counter() - start


def numpy_hooks(model: nn.Module) -> Callable[[], object]:
    """Put on what people write by hand: a copy of each output, and its statistics."""

    def hook(module: nn.Module, args: object, output: torch.Tensor) -> None:
        array = output.detach().cpu().numpy().copy()
        _ = array.mean(), array.std(), array.min(), array.max(), np.isnan(array).sum()

    leaves = [m for m in model.modules() if not list(m.children())]
    handles = [leaf.register_forward_hook(hook) for leaf in leaves]
    return lambda: [handle.remove() for handle in handles]


def watching(select: str | None = None, every: int = 10, condition: str | None = None) -> Begin:
    def begin(model: nn.Module) -> Callable[[], None]:
        watch = ts.watch(model, select=select, every=every)
        if condition:
            watch.break_when(condition, action="log")
        watch.start()
        return watch.close

    return begin


def paired(
    twins: list[Twin], begin: Begin, beside: Begin | None, pairs: int, together: int = 1
) -> list[float]:
    """Return the ratios of watched to plain steps (or those watched otherwise), taken in turns.

    Hooks stay on for a block of steps, the first of which is not counted: whoever watches does not
    put them on for each. Then the networks change their places.

    together: how many steps one ratio is of; a median of single ones is blind to every tenth.
    """
    ratios = []
    for _ in range(pairs // BLOCK):
        mine, other = twins
        ends = [put(twin.model) for twin, put in ((mine, begin), (other, beside)) if put]
        for twin in twins:
            twin.step()
        order = [mine, other]
        for _ in range(BLOCK // together):
            taken = dict.fromkeys(twins, 0.0)
            for _ in range(together):
                order.reverse()  # neither goes always first
                for twin in order:
                    taken[twin] += twin.seconds()
            ratios.append(taken[mine] / taken[other])
        for end in ends:
            end()
        twins = twins[::-1]
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
    twins = [Twin.born(), Twin.born()]
    for _ in range(10):
        for twin in twins:
            twin.step()
    base = statistics.median(twins[0].seconds() for _ in range(20))
    out = []

    def row(
        task: str, begin: Begin, goal: float | None, beside: Begin | None = None,
        pairs: int = PAIRS, together: int = 1,
    ) -> None:  # fmt: skip
        ratios = paired(twins, begin, beside, pairs, together)
        middle, most = statistics.median(ratios), upper(ratios)
        words = f"≤ {goal:g} × (upper bound)" if goal else None
        ok = None if goal is None else most <= goal
        out.append(Row(task, middle * base, None if beside else base, words, ok, measured=middle,
                       note=f"at most {most:.3f} ×, {pairs} pairs"))  # fmt: skip

    never = 10**9
    measured, sliced = watching(every=never), watching()
    # Two steps alike differ by a tenth here: what is near its goal is told by many of them alone.
    row("step, all 61 modules measured", measured, 1.10, pairs=4 * PAIRS)
    many = {"pairs": 4 * PAIRS, "together": 10}
    row("the same, and slices at every 10th step", sliced, 1.10, **many)
    row("slices at every 10th step beside measures alone", sliced, 1.05, measured, **many)
    row("step, one small module watched, armed but idle", watching("fc"), 1.02, pairs=8 * PAIRS)
    nan = watching(every=never, condition="~isfinite(x)")
    row("step, all measured, with a breakpoint on NaN and Inf", nan, None)
    row("step with .cpu().numpy() hooks and statistics", numpy_hooks, None)
    out.append(Row("torchlens.trace, forward pass alone", traced(twins[0].model), base,
                   note="with what it keeps let go"))  # fmt: skip
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

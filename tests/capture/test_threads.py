"""One model in several threads, under several watches, and in the processes of a DataLoader."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

import tensorscope as ts
from tensorscope.capture.torch_hooks import SIDE_BY_SIDE
from tensorscope.capture.watch import Watch
from tests.capture.torch_nets import fresh, hooks_of, train, until


@pytest.fixture(autouse=True)
def often() -> Iterator[None]:
    """Let threads take turns as often as may be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def side_by_side(functions: list[Callable[[], Any]]) -> list[BaseException]:
    errors: list[BaseException] = []

    def run(function: Callable[[], Any]) -> None:
        try:
            function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(f,), daemon=True) for f in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return errors


def mlp() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))


def test_threads_that_run_one_model_are_counted_together_and_told() -> None:
    model, met = mlp(), threading.Barrier(2)

    def wait_for_the_other(*_: Any) -> None:  # in the middle of the model
        met.wait(20)

    meet = model[1].register_forward_hook(wait_for_the_other)

    def go() -> None:
        for _ in range(100):
            model(torch.randn(4, 8)).sum().backward()

    with Watch(model, every=1, grads=True) as watch:
        assert not side_by_side([go, go])
    meet.remove()
    assert watch.steps == 200
    assert hooks_of(model) == 0
    assert any(note.startswith(SIDE_BY_SIDE) for note in watch.notes)
    assert not any("failed" in note for note in watch.notes)
    told = [h for (name, what), h in watch._recorder.histories.items()
            if name.startswith("2") and what == "output"]  # fmt: skip
    assert sum(len(history) for history in told) == 200  # each call once


def test_a_loop_beside_an_evaluation_trains_the_same() -> None:
    alone = fresh()
    losses = train(alone, 15)
    model, other = fresh(), mlp()
    with Watch(model, grads=True), Watch(other):
        seen: list[float] = []
        work = [lambda: seen.extend(train(model, 15)), lambda: [other(torch.ones(4, 8))] * 300]
        assert not side_by_side(work)
    assert seen == losses
    for mine, theirs in zip(model.parameters(), alone.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_a_pause_stops_every_thread_and_an_exception_of_one_leaves_the_others() -> None:
    model = mlp()
    counts = [0, 0]
    leave = threading.Event()

    def go(k: int) -> None:
        while not leave.is_set():
            model(torch.randn(4, 8))
            counts[k] += 1

    watch = Watch(model).start()
    threads = [threading.Thread(target=go, args=(k,), daemon=True) for k in (0, 1)]
    for thread in threads:
        thread.start()
    until(lambda: min(counts) > 20)
    watch.pause()
    until(lambda: watch.status == "paused")
    held: list[int] = []

    def stands() -> bool:
        before, held[:] = list(held), counts
        return before == held

    until(stands)
    assert watch.status == "paused"
    watch.resume()
    until(lambda: min(counts) > max(held))
    watch.pause()
    until(lambda: watch.status == "paused")
    watch.close()  # lets all of them go
    leave.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert hooks_of(model) == 0


def test_a_paused_loop_holds_up_no_training_of_another_model() -> None:
    held, free = fresh(), fresh()
    losses = train(fresh(), 3)
    with Watch(held, grads=True, weights=True) as watch:
        watch.pause()
        thread = threading.Thread(target=train, args=(held, 3), daemon=True)
        thread.start()
        until(lambda: watch.status == "paused")
        seen: list[float] = []
        assert not side_by_side([lambda: seen.extend(train(free, 3))])
        assert watch.status == "paused"
        watch.resume()
        thread.join(20)
        assert not thread.is_alive()
    assert seen == losses


class Parallel(nn.Module):
    """Runs replicas in threads, as DataParallel does on several devices."""

    def __init__(self, module: nn.Module, replicas: int) -> None:
        super().__init__()
        self.module = module
        self.replicas = replicas

    def replica(self) -> Any:
        copies: dict[nn.Module, Any] = {
            m: m._replicate_for_data_parallel()  # type: ignore[operator]
            for m in self.module.modules()
        }
        for module, copy in copies.items():
            for key, child in module._modules.items():
                copy._modules[key] = copies[child]  # type: ignore[index]
            for key, parameter in module._parameters.items():
                setattr(copy, key, parameter)
        return copies[self.module]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        parts = x.chunk(self.replicas)
        found: list[Any] = [None] * self.replicas
        copies = [self.replica() for _ in parts]

        def run(k: int) -> None:
            found[k] = copies[k](parts[k])

        errors = side_by_side([lambda k=k: run(k) for k in range(self.replicas)])
        assert not errors
        return torch.cat(found)


def test_replicas_of_one_step_are_calls_of_it() -> None:
    torch.manual_seed(0)
    x = torch.randn(6, 8)
    plain = torch.cat([mlp()(part) for part in x.chunk(3)])
    model = Parallel(mlp(), 3)
    with Watch(model, every=1) as watch:
        for _ in range(10):
            assert torch.equal(model(x), plain)
    assert watch.steps == 10
    assert [note.split(",")[0] for note in watch.notes] == [SIDE_BY_SIDE.split(",")[0]]
    for step in range(10):
        calls = [watch.record("module.0", step=step, call=k) for k in range(3)]
        assert {record.shape for record in calls} == {(2, 16)}
        firsts = sorted(record.tensor[0, 0].item() for record in calls)
        assert firsts == sorted(mlp()[0](part)[0, 0].item() for part in x.chunk(3))


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_watches_of_a_model_and_of_a_part_end_in_any_order(order: tuple[str, ...]) -> None:
    model = fresh()
    bare = fresh()
    losses = train(bare, 3)
    scale = torch.amp.GradScaler.scale
    watches = {"a": Watch(model, grads=True), "b": Watch(model, "conv", weights=True),
               "c": Watch(model.conv, grads=True)}  # fmt: skip
    for watch in watches.values():
        watch.start()
    assert train(model, 3) == losses
    for ended, name in enumerate(order, 1):
        watches[name].close()
        train(model, 1)
        assert [watches[n].steps for n in order] == [
            3 + min(k, ended - 1) for k in range(ended)
        ] + [3 + ended] * (3 - ended)
    assert hooks_of(model) == 0
    assert torch.amp.GradScaler.scale is scale


class Prepared(Dataset[torch.Tensor]):
    """Its workers call the watched model, and probe."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model

    def __len__(self) -> int:
        return 8

    def __getitem__(self, k: int) -> torch.Tensor:
        with torch.no_grad():
            self.model(torch.ones(1, 8))
        return ts.probe("prepared", torch.full((8,), float(k)))


def test_the_workers_of_a_loader_are_not_recorded() -> None:
    model = mlp()
    with Watch(model, every=1) as watch:
        watch.break_when("abs(x) >= 0", on="prepared", action="raise")
        told: list[int] = []
        watch._recorder.on_news = lambda: told.append(watch.steps)
        loader = DataLoader(Prepared(model), batch_size=4, num_workers=2,
                            multiprocessing_context="fork")  # fmt: skip
        for batch in loader:
            model(batch)
        assert watch.status == "running"
    assert watch.steps == 2
    assert "prepared" not in watch.names()

"""One of two processes that train together by DistributedDataParallel, once watched, once not.

Run with a rank and a file as arguments.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import tensorscope as ts


def train(rank: int, watched: bool) -> tuple[list[float], int, Any]:
    """Train for four steps; return the losses, how many collectives there were, and the watch."""
    torch.manual_seed(0)
    model = DistributedDataParallel(nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x = torch.arange(24.0).view(6, 4)[rank::2] / 10
    group = dist.distributed_c10d._get_default_group()
    before = group._get_sequence_number_for_group()
    watch = ts.watch(model, every=1, grads=True, weights=True)
    if watched:
        watch.start()
        watch.pin("module.0")
    losses = []
    for _ in range(4):
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    watch.close()
    return losses, group._get_sequence_number_for_group() - before, (watch, model)


def main(rank: int, path: str) -> None:
    """Train twice and compare."""
    store = dist.FileStore(path, 2)
    patience = timedelta(seconds=60)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2, timeout=patience)
    plain, expected, _ = train(rank, watched=False)
    losses, collectives, (watch, model) = train(rank, watched=True)
    assert losses == plain
    assert collectives == expected > 0, (collectives, expected)
    assert watch.modules == ("module.0", "module.1", "module.2")
    assert any("local batches" in note for note in watch.notes), watch.notes
    record = watch.record("module.0", step=0)
    assert record.notes == (f"the local batch of rank {rank} of 2",)
    assert record.shape == (3, 3)
    assert torch.equal(watch.record("module.0.weight", kind="gradient").tensor,
                       model.module[0].weight.grad)  # fmt: skip
    # What the optimizer sees is reduced: alike on both ranks, unlike what came in.
    for kind, alike in (("gradient", True), ("output", False)):
        name = "module.0.weight" if kind == "gradient" else "module.0"
        mine = watch.record(name, kind=kind, step=0).tensor.contiguous()
        both = [torch.empty_like(mine) for _ in range(2)]
        dist.all_gather(both, mine)
        assert torch.equal(*both) is alike, kind
    dist.destroy_process_group()
    print("trained", rank)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

"""One of two processes that share DTensors: looks at its shards while the other one stands still.

Run with a rank and a file as arguments. A collective of one rank alone would hang here, and is
counted by the process group besides.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard

import tensorscope as ts
from tensorscope.adapters.torch_plain import aside


def refused(ask: Any) -> ts.UnsupportedTensorError:
    """Return the error that asking raises."""
    try:
        ask()
    except ts.UnsupportedTensorError as error:
        return error
    raise AssertionError("not refused")


def guarded(communicate: Any) -> None:
    """Do what takes all ranks, as reading would do it by mistake."""
    with aside(torch):
        communicate()


def look(rank: int, mesh: Any, whole: torch.Tensor) -> None:
    """Look at everything that this rank holds, and at what it does not."""
    mine = slice(0, 3) if rank == 0 else slice(3, 5)  # five rows do not divide by two
    x = DTensor.from_local(whole[mine], mesh, [Shard(0)], shape=whole.shape, stride=(3, 1))
    info = ts.describe(x)
    assert (info.shape, info.layout) == ((5, 3), "sharded"), info
    assert any(f"offset ({mine.start}, 0)" in note for note in info.notes), info.notes
    assert any("mesh (2,) ('dp',)" in note and "S(0)" in note for note in info.notes), info.notes

    row = mine.start + 1
    cell = ts.extract(x, (row, 2))
    assert cell.item() == whole[row, 2].item()
    part = ts.extract(x, f"[{mine.start}:{mine.stop}, ::-1]")
    assert np.array_equal(part.numpy(), whole[mine].flip(1).numpy())
    hits = ts.where(x, "> 4", part.selection.expr)
    best = ts.topk(x, 1, part.selection.expr)
    assert best.indices.tolist() == [[mine.stop - 1, 2]]
    stats = ts.stats(x, part.selection.expr)
    assert stats.max == whole[mine].max().item()
    names = {"x": x, "np": np, "torch": torch}
    assert eval(cell.code, names) == cell.item(), cell.code
    assert np.array_equal(eval(part.code, names), part.numpy()), part.code
    for found in (hits, best):
        indices, values = eval(found.code, names)
        assert np.array_equal(indices, found.indices), found.code
        assert np.array_equal(values, found.values), found.code

    other = 4 if rank == 0 else 0
    for ask in (lambda: ts.extract(x, (other, 0)), lambda: ts.stats(x), lambda: ts.extract(x)):
        error = refused(ask)
        assert error.kind == "NO_DATA", error
        assert f"rank {1 - rank} holds" in str(error), error
        assert f"this rank holds [{':3' if rank == 0 else '3:'}, :]" in str(error)

    same = DTensor.from_local(whole, mesh, [Replicate()])
    assert ts.stats(same).sum == whole.sum().item()
    pending = DTensor.from_local(whole, mesh, [Partial()])
    assert refused(lambda: ts.extract(pending)).kind == "PENDING"

    for communicate in (x.full_tensor, lambda: x[0, 0].item(), lambda: x.std().item()):
        error = refused(lambda: guarded(communicate))  # noqa: B023 - called at once
        assert error.kind == "PENDING", error


def main(rank: int, path: str) -> None:
    """Look while the other rank waits, one after the other."""
    patience = timedelta(seconds=60)
    store = dist.FileStore(path, 2)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2, timeout=patience)
    mesh = init_device_mesh("cpu", (2,), mesh_dim_names=("dp",))
    whole = torch.arange(15.0).view(5, 3)
    dist.barrier()
    group = dist.distributed_c10d._get_default_group()
    before = group._get_sequence_number_for_group()
    if rank == 1:
        store.wait(["first is done"], patience)
    look(rank, mesh, whole)
    assert group._get_sequence_number_for_group() == before, "something was communicated"
    if rank == 0:
        store.set("first is done", "")
    dist.barrier()  # the group still works
    assert group._get_sequence_number_for_group() > before
    dist.destroy_process_group()
    print("read", rank)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

"""DTensors: what this rank holds, and nothing that another one would have to answer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.distributed as dist

import tensorscope as ts

WHOLE = torch.arange(6.0).view(3, 2)


@pytest.fixture
def mesh() -> Iterator[Any]:
    """Return a mesh of this process alone."""
    from torch.distributed.device_mesh import init_device_mesh

    dist.init_process_group("gloo", rank=0, world_size=1, store=dist.HashStore())
    yield init_device_mesh("cpu", (1,))
    dist.destroy_process_group()


def test_a_shard_is_read_where_it_lies(mesh: Any, run: Any) -> None:
    from torch.distributed.tensor import Shard, distribute_tensor

    x = torch.nn.Parameter(distribute_tensor(WHOLE, mesh, [Shard(0)]))
    local = x.to_local()
    version = local._version
    info = ts.describe(x)
    assert (info.shape, info.layout, info.requires_grad) == ((3, 2), "sharded", True)
    for sel in ("[2, 1]", "[::-1, 0]", "[...]", "[mean, :]"):
        got = ts.extract(x, sel)
        assert np.array_equal(run(got.code, x=x), got.numpy()), got.code
    assert ts.extract(x, "[2, 1]").item() == 5.0
    assert ts.where(x, "> 3").indices.tolist() == [[2, 0], [2, 1]]
    scope = ts.scope(x)
    scope.cell = (1, 1)
    assert np.array_equal(scope.value, WHOLE.numpy())
    assert x.grad is None
    assert local._version == version
    assert local.untyped_storage().resizable()


def test_shards_that_are_no_box_are_refused(mesh: Any) -> None:
    from torch.distributed.tensor import DTensor
    from torch.distributed.tensor.placement_types import _StridedShard

    x = DTensor.from_local(WHOLE, mesh, [_StridedShard(0, split_factor=2)], run_check=False)
    with pytest.raises(ts.UnsupportedTensorError) as caught:
        ts.extract(x, "[0, 0]")
    assert caught.value.kind == "OPAQUE"


def test_a_pending_collective_is_not_waited_for(mesh: Any, run: Any) -> None:
    from torch.distributed._functional_collectives import all_reduce

    x = all_reduce(torch.arange(3.0), "sum", dist.group.WORLD)
    assert ts.describe(x).shape == (3,)
    for ask in (ts.extract, ts.stats, ts.scope):
        with pytest.raises(ts.UnsupportedTensorError) as caught:
            ask(x)
        assert caught.value.kind == "PENDING"
    assert not x.completed
    x.trigger_wait()
    assert ts.extract(x, "[2]").item() == 2.0
    part = ts.extract(x, "[::-1]")
    assert run(part.code, x=x).tolist() == part.numpy().tolist() == [2.0, 1.0, 0.0]


def test_the_others_are_not_asked(tmp_path: Path) -> None:
    """Two processes: each looks at its shards while the other one stands still."""
    command = [sys.executable, "-m", "tests.adapters.two_ranks"]
    ranks = [
        subprocess.Popen(
            [*command, str(rank), str(tmp_path / "store")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for rank in range(2)
    ]
    try:
        answers = [rank.communicate(timeout=120) for rank in ranks]
    finally:
        for rank in ranks:
            rank.kill()
    for number, (out, err) in enumerate(answers):
        assert f"read {number}" in out, err

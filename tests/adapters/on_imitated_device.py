"""What crosses from a device is what is shown; run by test_device.py in a process of its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import tensorscope as ts
from tensorscope.adapters import torch_device, torch_kind, torch_kinds
from tests.adapters.imitated import NAME, Imitated, elsewhere


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the imitation read as what it imitates: a plain tensor on a device."""
    known = torch_kinds._class_of
    monkeypatch.setattr(
        torch_kinds, "_class_of",
        lambda torch, x: torch_kind.Kind if isinstance(x, Imitated) else known(torch, x),
    )  # fmt: skip
    monkeypatch.setattr(
        torch_kind, "is_stored",
        lambda x, per_byte=1: isinstance(x, Imitated) or _is_stored(x, per_byte),
    )  # fmt: skip


_is_stored = torch_kind.is_stored


MILLION = 1 << 20


def test_a_cell_crosses_alone() -> None:
    x = elsewhere(torch.arange(float(MILLION)).reshape(64, 128, 128))
    assert ts.extract(x, "[3, 4, 5]").item() == 3 * 128 * 128 + 4 * 128 + 5
    assert Imitated.moved.bytes <= 8
    plane = ts.extract(elsewhere(x.inner), "[3, ::2, :]")
    assert plane.shape == (64, 128)
    assert Imitated.moved.bytes == 64 * 128 * 4


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int16, torch.bool])
def test_questions_bring_over_numbers_about_numbers(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    values = (torch.randn(MILLION) * 50).to(dtype).reshape(1024, 1024)
    expected = ts.stats(values), ts.where(values, "x > 20", limit=10), ts.topk(values, 10)
    x = elsewhere(values)
    found = ts.stats(x)
    assert (found.min, found.max, found.argmax) == (
        expected[0].min, expected[0].max, expected[0].argmax,
    )  # fmt: skip
    assert Imitated.moved.bytes < 4096
    x = elsewhere(values)
    hits = ts.where(x, "x > 20", limit=10)
    assert hits.count == expected[1].count
    assert np.array_equal(hits.indices, expected[1].indices)
    assert Imitated.moved.bytes < 1024
    x = elsewhere(values)
    best = ts.topk(x, 10)
    assert np.array_equal(best.indices, expected[2].indices)
    assert Imitated.moved.largest < 64 * MILLION // 100


def test_a_scope_brings_over_what_is_visible() -> None:
    values = torch.arange(float(MILLION)).reshape(16, 256, 256)
    x = elsewhere(values)
    scope = ts.scope(x, "[3, :, :]")
    message = {"v": 1, "req": "a:1", "kind": "hello", "viewport": {"px": [256, 256]}}
    reply, buffers = scope._session.handle(message)
    assert reply["ok"]
    assert len(buffers[0]) == 256 * 256 * 4
    assert Imitated.moved.bytes <= 2 * 256 * 256 * 4
    scope.close()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int32, torch.bool])
def test_a_large_picture_is_reduced_there(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    values = (torch.randn(1000, 1030) * 50).to(dtype)
    if dtype.is_floating_point:
        values[3, 5], values[700, 9], values[701, 9] = torch.nan, torch.inf, -torch.inf
    message = {"v": 1, "req": "a:1", "kind": "hello", "viewport": {"px": [100, 100]}}
    for where in (None, "x > 20", {"high": "x > 20", "low": "x < -20", "some": "x != 0"}):
        here = ts.scope(values, where=where)._session.handle(message)
        there = ts.scope(elsewhere(values), where=where)
        reply, buffers = there._session.handle(message)
        assert reply["frame"]["buffers"] == here[0]["frame"]["buffers"]
        assert buffers == here[1]
        if where is None:  # else the hits cross too, to be put in order
            assert Imitated.moved.bytes < 200_000


@pytest.mark.parametrize("limit", [3, 1_000_000])
def test_hits_are_counted_by_slice_there(limit: int) -> None:
    torch.manual_seed(0)
    values = torch.randn(3, 40, 50, 60)
    hits = ts.where(elsewhere(values), "x > 1", "[:, ::-1, 3:, :]", limit=limit)
    mask = values > 1
    mask[:, :, :3] = False
    for dim in range(4):
        others = tuple(d for d in range(4) if d != dim)
        assert hits.by_dim(dim).tolist() == mask.sum(others).tolist()
    if limit == 3:
        assert Imitated.moved.bytes < 100_000


def test_lending_is_refused_as_on_a_device() -> None:
    x = elsewhere(torch.ones(3))
    with pytest.raises((TypeError, BufferError, RuntimeError)):
        np.from_dlpack(x)
    assert torch_device.is_remote(x)
    notes = ts.describe(x).notes
    assert any(f"copies from {NAME}:0 to the host first" in note for note in notes)

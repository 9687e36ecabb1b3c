"""Arrays in stores are never pulled whole: each chunk is read once, and answers are exact."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import zarr

import tensorscope as ts
from tensorscope.adapters import tiles
from tests.adapters import lazy_kinds as lazy
from tests.adapters.lazy_values import ASKED, CHUNKS, COUNT, VALUES


def test_one_value_reads_one_chunk_and_a_description_none(
    counted: tuple[zarr.Array, lazy.CountingStore],
) -> None:
    x, store = counted
    assert ts.describe(x).shape == VALUES.shape
    assert store.reads.total() == 0
    assert ts.extract(x, (9, 20, 32)).item() == 7.0
    assert dict(store.reads) == {"c/2/4/4": 1}


@pytest.mark.parametrize("name", ASKED)
def test_each_chunk_is_read_once(counted: tuple[zarr.Array, lazy.CountingStore], name: str) -> None:
    x, store = counted
    ASKED[name](x)
    assert len(store.reads) == COUNT
    assert set(store.reads.values()) == {1}


def test_only_touched_chunks_are_read(counted: tuple[zarr.Array, lazy.CountingStore]) -> None:
    x, store = counted
    found = ts.topk(x, 3, "[1, ::-2, 8:16]")
    assert len(store.reads) == 5
    assert set(store.reads.values()) == {1}
    expected = ts.topk(VALUES, 3, "[1, ::-2, 8:16]")
    assert np.array_equal(found.indices, expected.indices)


def test_answers_are_those_of_the_array_in_memory(
    counted: tuple[zarr.Array, lazy.CountingStore],
) -> None:
    x, _ = counted
    for sel in ("[...]", "[::-1, 1:, ::-3]", "[2]"):
        mine, theirs = ts.stats(x, sel), ts.stats(VALUES, sel)
        for (
            name
        ) in "count nan posinf neginf zero min max range argmin argmax first_nan first_inf".split():
            assert getattr(mine, name) == getattr(theirs, name), name
        for name in ("sum", "norm", "mean", "std"):
            assert getattr(mine, name) == pytest.approx(getattr(theirs, name), rel=1e-12, abs=1e-12)
        assert mine.histogram is not None
        counts, edges = mine.histogram
        part = ts.extract(VALUES, sel).numpy()
        finite = part[np.isfinite(part)]
        places = np.clip(np.searchsorted(edges, finite, side="right") - 1, 0, len(counts) - 1)
        assert np.array_equal(np.bincount(places, minlength=len(counts)), counts)
        even = np.linspace(edges[0], edges[-1], len(edges))
        assert np.abs(edges - even).max() <= (edges[-1] - edges[0]) / len(counts) / 128 * 1.001
        for ask in (
            lambda v, sel=sel: ts.where(v, "abs(x) > 1", sel, limit=30),
            lambda v, sel=sel: ts.topk(v, 30, sel),
            lambda v, sel=sel: ts.topk(v, 30, sel, largest=False),
        ):
            assert np.array_equal(ask(x).indices, ask(VALUES).indices)
            assert np.array_equal(ask(x).raw, ask(VALUES).raw)
            assert ask(x).count == ask(VALUES).count


@pytest.mark.parametrize("name", ["frame", "turned frame"])
def test_pictures_are_those_of_the_array_in_memory(
    counted: tuple[zarr.Array, lazy.CountingStore], name: str
) -> None:
    mine, theirs = ASKED[name](counted[0]), ASKED[name](VALUES)
    for part in ("lo", "hi", "flags"):
        assert np.array_equal(getattr(mine, part), getattr(theirs, part)), part


@pytest.mark.parametrize("dtype", ["float64", "int64", "int16", "uint64", "float16", "bool"])
def test_histograms_in_one_pass_are_exact(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "TILE_BYTES", 64)
    rng = np.random.default_rng(0)
    for scale in (1e-3, 1, 1e6):
        values = (rng.normal(size=(40, 30)) * scale).astype(dtype)
        values[:3] = np.asarray(100).astype(dtype)
        counts, edges = ts.stats(lazy.stored(values, (7, 9))).histogram or ((), ())
        finite = values[np.isfinite(values)]
        wide = finite.astype(object) if dtype.startswith(("i", "u")) else finite.astype(float)
        places = [max(0, int(np.searchsorted(edges, float(v), side="right")) - 1) for v in wide]
        places = [min(p, len(counts) - 1) for p in places]
        assert np.bincount(places, minlength=len(counts)).tolist() == list(counts)
        if dtype in ("int16", "float16", "bool"):
            assert np.array_equal(edges, ts.stats(values).histogram[1])


def test_a_mask_reads_the_chunks_that_hold_its_hits() -> None:
    x, store = lazy.counted(VALUES, CHUNKS)
    mask = np.zeros(VALUES.shape, bool)
    mask[1, 2, 3] = mask[2, 3, 4] = mask[9, 20, 32] = True
    found = ts.where(x, mask)
    assert np.array_equal(found.values, VALUES[mask])
    assert dict(store.reads) == {"c/0/0/0": 1, "c/2/4/4": 1}
    assert ts.where(VALUES, lazy.stored(mask, CHUNKS)).indices.tolist() == found.indices.tolist()


def test_memory_stays_flat() -> None:
    x = zarr.create_array({}, shape=(64, 1024, 1024), chunks=(1, 512, 1024), dtype="f4",
                          fill_value=1.5)  # fmt: skip
    ts.stats(x[:1])
    tracemalloc.start()
    for ask in (ts.stats, lambda x: ts.where(x, "x > 2"), lambda x: ts.topk(x, 5)):
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        ask(x)
        assert tracemalloc.get_traced_memory()[1] - before < 40 << 20
    tracemalloc.stop()


def test_chunks_that_were_never_written_are_named() -> None:
    x = zarr.create_array({}, shape=(8, 8), chunks=(4, 4), dtype="f4", fill_value=0)
    x[:4] = 1
    assert "2 of 4 chunks were never written: they read as the fill value 0.0" in str(
        ts.describe(x).notes
    )
    x[...] = 1
    assert "never written" not in str(ts.describe(x).notes)


def test_bfloat16_slices_for_torch_need_no_detour() -> None:
    import torch
    from safetensors import safe_open
    from safetensors.torch import save_file

    path = lazy.folder() / "x.safetensors"
    save_file({"x": torch.arange(6.0).bfloat16().reshape(2, 3)}, path)
    assert ts.extract(safe_open(path, "pt").get_slice("x"), "[1, 2]").item() == 5.0
    assert ts.extract(ts.open(path)["x"], "[1, 2]").item() == 5.0
    assert ts.open(path)["x"][1].tolist() == [3.0, 4.0, 5.0]

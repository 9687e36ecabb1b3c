"""Arrays in stores are never pulled whole: what is read is counted, and asked for first."""

from __future__ import annotations

import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import dask
import dask.array as da
import h5py
import numpy as np
import pytest
import xarray as xr
import zarr
from dask.callbacks import Callback

import tensorscope as ts
from tensorscope import prices
from tensorscope.adapters import tiles
from tensorscope.adapters.select import select
from tensorscope.frame import frame
from tests.adapters import lazy_kinds as lazy

VALUES = np.random.default_rng(3).normal(size=(10, 21, 33)).astype("f4")
VALUES[0, 0, :5] = [np.nan, np.inf, -np.inf, -0.0, 7]
VALUES[3, 4, 5] = VALUES[9, 20, 32] = 7  # ties, in different chunks
CHUNKS = (4, 5, 8)
COUNT = 3 * 5 * 5


@pytest.fixture(params=[64, 4000, 8 << 20], ids=["a chunk a tile", "some", "all"])
def array(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> tuple[zarr.Array, lazy.CountingStore]:
    monkeypatch.setattr(tiles, "TILE_BYTES", request.param)
    return lazy.counted(VALUES, CHUNKS)


ASKED: dict[str, Callable[[Any], Any]] = {
    "stats": ts.stats,
    "where": lambda x: ts.where(x, "x > 0.5", limit=50),
    "topk": lambda x: ts.topk(x, 40),
    "topk of magnitudes, smallest": lambda x: ts.topk(x, 40, largest=False, by="abs"),
    "mean": lambda x: ts.extract(x, "[:, mean, :]"),
    "std": lambda x: ts.extract(x, "[std, :, ::-1]"),
    "frame": lambda x: frame(select(x).cut, (0, 21), (0, 33), (7, 5)),
    "turned frame": lambda x: frame(select(x).cut.arrange((1, 2, 0)), (0, 33), (0, 10), (4, 8)),
}


def test_one_value_reads_one_chunk_and_a_description_none(
    array: tuple[zarr.Array, lazy.CountingStore],
) -> None:
    x, store = array
    assert ts.describe(x).shape == VALUES.shape
    assert store.reads.total() == 0
    assert ts.extract(x, (9, 20, 32)).item() == 7.0
    assert dict(store.reads) == {"c/2/4/4": 1}


@pytest.mark.parametrize("name", ASKED)
def test_each_chunk_is_read_once(array: tuple[zarr.Array, lazy.CountingStore], name: str) -> None:
    x, store = array
    ASKED[name](x)
    assert len(store.reads) == COUNT
    assert set(store.reads.values()) == {1}


def test_only_touched_chunks_are_read(array: tuple[zarr.Array, lazy.CountingStore]) -> None:
    x, store = array
    found = ts.topk(x, 3, "[1, ::-2, 8:16]")
    assert len(store.reads) == 5
    assert set(store.reads.values()) == {1}
    expected = ts.topk(VALUES, 3, "[1, ::-2, 8:16]")
    assert np.array_equal(found.indices, expected.indices)


def test_answers_are_those_of_the_array_in_memory(
    array: tuple[zarr.Array, lazy.CountingStore],
) -> None:
    x, _ = array
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
    array: tuple[zarr.Array, lazy.CountingStore], name: str
) -> None:
    mine, theirs = ASKED[name](array[0]), ASKED[name](VALUES)
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


def test_dask_does_it_a_block_a_task() -> None:
    loaded: list[int] = []

    def load(block: np.ndarray) -> np.ndarray:
        loaded.append(block.size)
        return block

    x = da.map_blocks(load, da.from_array(VALUES, CHUNKS), dtype="f4", meta=VALUES[:0, :0, :0])
    for ask in ASKED.values():
        loaded.clear()
        ask(x)
        assert len(loaded) == COUNT
        assert sum(loaded) == VALUES.size
    loaded.clear()
    assert ts.extract(x, (9, 20, 32)).item() == 7.0
    assert len(loaded) == 1


def test_the_users_own_callbacks_hear_of_it_too() -> None:
    class Heard(Callback):
        tasks = 0

        def _posttask(self, *_: Any) -> None:
            self.tasks += 1

    with Heard() as heard:
        ts.stats(da.from_array(VALUES, CHUNKS))
    assert heard.tasks >= COUNT


def test_the_active_scheduler_does_it() -> None:
    used = []

    def get(graph: Any, keys: Any, **options: Any) -> Any:
        used.append(1)
        return dask.get(graph, keys, **options)

    x = da.from_array(VALUES, CHUNKS)
    with dask.config.set(scheduler=get):
        assert ts.stats(x).max == np.inf
    assert used


def test_questions_travel_to_other_processes() -> None:
    x = da.from_array(VALUES, CHUNKS)
    with dask.config.set(scheduler="processes", num_workers=1):
        assert ts.stats(x, "[:4, :5, :16]").count == 4 * 5 * 16
        assert ts.where(x, "x > 1", "[:4, :5, :16]").count == int((VALUES[:4, :5, :16] > 1).sum())
        found = ts.topk(x, 3, "[:4, :5, :16]").indices
    assert np.array_equal(found, ts.topk(VALUES, 3, "[:4, :5, :16]").indices)


def test_a_mask_reads_the_chunks_that_hold_its_hits() -> None:
    x, store = lazy.counted(VALUES, CHUNKS)
    mask = np.zeros(VALUES.shape, bool)
    mask[1, 2, 3] = mask[2, 3, 4] = mask[9, 20, 32] = True
    found = ts.where(x, mask)
    assert np.array_equal(found.values, VALUES[mask])
    assert dict(store.reads) == {"c/0/0/0": 1, "c/2/4/4": 1}
    assert ts.where(VALUES, lazy.stored(mask, CHUNKS)).indices.tolist() == found.indices.tolist()


def test_unknown_blocks_are_described_and_refused() -> None:
    x = da.from_array(VALUES, CHUNKS).reshape(-1)
    x = x[x > 0]
    assert ts.describe(x).shape == (None,)
    with pytest.raises(ts.UnsupportedTensorError, match="compute_chunk_sizes") as caught:
        ts.stats(x)
    assert caught.value.kind == "NO_DATA"


def test_what_a_block_raises_is_told() -> None:
    def fail(block: np.ndarray) -> np.ndarray:
        raise ZeroDivisionError("in the user's own code")

    x = da.map_blocks(fail, da.from_array(VALUES, CHUNKS), dtype="f4", meta=VALUES[:0, :0, :0])
    with pytest.raises(ts.UnsupportedTensorError, match="the user's own code") as caught:
        ts.stats(x)
    assert caught.value.kind == "USER_ERROR"


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


# ---------------------------------------------------------------------- names


def test_an_xarrays_own_dims_are_names() -> None:
    x = xr.DataArray(VALUES, dims=("time", "lat", "lon"), coords={"lat": np.arange(21) * 2})
    assert ts.describe(x).dims == ("time", "lat", "lon")
    assert any("lat: 0 … 40" in note for note in ts.describe(x).notes)
    assert ts.extract(x, {"lat": 3, "time": 1, "lon": 2}).item() == VALUES[1, 3, 2]
    assert ts.extract(x, {"lat": 3}).code == "x.isel(lat=3).to_numpy().copy()"
    assert ts.stats(x, {"lat": 3}).count == 330
    with pytest.raises(ts.SelectionError):
        ts.extract(x, {"depth": 0})
    scope = ts.scope(x, {"lat": 4})
    assert scope.expr == "[:, 4, :]"
    assert "dims=" not in scope.state
    scope.close()


def test_looking_loads_nothing_into_an_xarray() -> None:
    x = lazy.lazy_xarray(VALUES, CHUNKS)
    ts.stats(x)
    ts.extract(x, (1, 2, 3))
    assert not x.variable._in_memory


# ---------------------------------------------------------------------- refusals


def test_containers_are_named_as_such() -> None:
    group = zarr.create_group({})
    with h5py.File(lazy.folder() / "x.h5", "w") as file:
        for x in (xr.Dataset({"v": ("a", np.arange(3))}), group, file, file.create_group("g")):
            with pytest.raises(
                ts.UnsupportedTensorError, match="pass one of its members"
            ) as caught:
                ts.extract(x)
            assert caught.value.kind == "CONTAINER"


def test_a_closed_file_says_so() -> None:
    x = lazy.dataset(VALUES)
    x.file.close()
    for ask in (ts.extract, ts.stats, ts.describe):
        with pytest.raises(ts.UnsupportedTensorError) as caught:
            ask(x)
        assert caught.value.kind == "CLOSED"


def test_a_truncated_map_is_refused_before_it_kills() -> None:
    path = lazy.folder() / "x.npy"
    np.save(path, VALUES)
    for x in (np.load(path, mmap_mode="r"), np.asarray(np.load(path, mmap_mode="r"))[2:]):
        assert ts.stats(x).count == x.size
        whole = path.read_bytes()
        with path.open("r+b") as file:
            file.truncate(1000)
        for ask in (ts.extract, ts.stats, lambda x: ts.topk(x, 3)):
            with pytest.raises(ts.UnsupportedTensorError, match="truncated") as caught:
                ask(x)
            assert caught.value.kind == "FREED"
        path.write_bytes(whole)


def test_bfloat16_slices_for_torch_need_no_detour() -> None:
    import torch
    from safetensors import safe_open
    from safetensors.torch import save_file

    path = lazy.folder() / "x.safetensors"
    save_file({"x": torch.arange(6.0).bfloat16().reshape(2, 3)}, path)
    assert ts.extract(safe_open(path, "pt").get_slice("x"), "[1, 2]").item() == 5.0
    assert ts.extract(ts.open(path)["x"], "[1, 2]").item() == 5.0
    assert ts.open(path)["x"][1].tolist() == [3.0, 4.0, 5.0]


# ---------------------------------------------------------------------- progress and cancel


def test_a_call_tells_how_far_it_is_and_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "TILE_BYTES", 64)
    for x in (lazy.stored(VALUES, CHUNKS), da.from_array(VALUES, CHUNKS)):
        told: list[tuple[int, int]] = []
        ts.stats(x, progress=lambda done, total: told.append((done, total)))  # noqa: B023
        assert told[-1] == (COUNT, COUNT)
        assert [done for done, _ in told] == sorted(done for done, _ in told)

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    x, store = lazy.counted(VALUES, CHUNKS)
    with pytest.raises(KeyboardInterrupt):
        ts.topk(x, 3, progress=stop)
    assert store.reads.total() == 3
    assert ts.topk(x, 1).values.tolist() == [np.inf]


def test_progress_is_a_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    ts.where(lazy.stored(VALUES, CHUNKS), "x > 0", progress=True)
    assert "1 of 1 parts read" in capsys.readouterr().err
    with pytest.raises(ts.SelectionError, match="progress=3"):
        ts.where(VALUES, "x > 0", progress=3)


# ---------------------------------------------------------------------- widgets ask first


@pytest.fixture
def dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make everything above 10 kB dear, and every chunk a tile of its own."""
    monkeypatch.setattr(prices, "ASKED", 10_000)
    monkeypatch.setattr(tiles, "TILE_BYTES", 64)


def ask(shown: ts.Scope, kind: str, req: str = "v:1", **body: Any) -> dict[str, Any]:
    reply, _ = shown._session.handle({"v": 1, "req": req, "kind": kind, **body})
    return reply


@pytest.mark.usefixtures("dear")
def test_nothing_dear_is_read_unasked() -> None:
    x, store = lazy.counted(VALUES, (1, 21, 33))
    scope = ts.scope(x)
    reply = ask(scope, "hello")
    assert reply["frame"]["shape"] == [1, 21, 33]
    assert scope._snapshot()["png"]
    assert set(store.reads) == {"c/0/0/0"}
    for kind, body in (("stats", {"scope": "tensor"}), ("topk", {})):
        scope.expr = "[...]" if kind == "topk" else "[0]"
        reply = ask(scope, kind, **body)
        assert reply["ok"]
        assert "reads 27.1 KiB" in reply["price"]["text"]
        assert kind not in reply
        assert set(store.reads) == {"c/0/0/0"}
    reply = ask(scope, "stats", scope="tensor", consent=True)
    assert reply["stats"]["count"] == VALUES.size
    assert store.reads["c/9/0/0"] == 1
    # Known now: no price, and no read.
    assert ask(scope, "stats", scope="tensor")["stats"] == reply["stats"]
    assert store.reads["c/9/0/0"] == 1
    # The end of a cell does not throw away what was dear to read.
    scope._session.settle()
    assert "stats" in ask(scope, "stats", scope="tensor")
    scope._session.refresh()
    assert "price" in ask(scope, "stats", scope="tensor")
    scope.close()


@pytest.mark.usefixtures("dear")
def test_a_dear_picture_is_reduced_once() -> None:
    x, store = lazy.counted(VALUES, CHUNKS)
    scope = ts.scope(x, "[mean]")
    reply = ask(scope, "hello")
    assert reply["frame"] is None
    assert reply["price"]["text"].startswith("This picture reads")
    assert store.reads.total() == 0
    assert ask(scope, "frame", consent=True)["frame"]["shape"] == [1, 21, 33]
    assert ask(scope, "frame")["frame"] is not None
    assert ask(scope, "stats", scope="slice")["stats"]["count"] == 21 * 33
    assert set(store.reads.values()) == {1}
    scope.close()


@pytest.mark.usefixtures("dear")
def test_a_pick_that_computes_all_has_the_price_of_all() -> None:
    x = da.from_array(VALUES.astype("f8"), CHUNKS)
    y = (x - x.mean()) / x.std()
    scope = ts.scope(y, "[0, 0]")
    reply = ask(scope, "value", cell=[0, 0, 9])
    assert "This value computes" in reply["price"]["text"]
    assert reply["price"]["bytes"] >= VALUES.size * 8
    cheap = ts.scope(x, "[0, 0]")
    assert ask(cheap, "value", cell=[0, 0, 9])["value"]["text"]
    scope.close()
    cheap.close()


@pytest.mark.usefixtures("dear")
def test_a_job_tells_how_far_it_is_and_is_cancelled() -> None:
    x, store = lazy.counted(VALUES, CHUNKS)
    store.pause = 0.02
    scope = ts.scope(x, "[0, 0]")
    pushed: list[dict[str, Any]] = []
    scope._session.on_push = pushed.append
    replies: list[dict[str, Any]] = []
    job = threading.Thread(
        target=lambda: replies.append(ask(scope, "stats", "v:7", scope="tensor", consent=True))
    )
    job.start()
    deadline = time.monotonic() + 5
    while not any(push["push"] == "progress" and push["done"] for push in pushed):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert ask(scope, "value", "v:8", cell=[0, 0, 9])["ok"]  # others do not wait
    assert ask(scope, "cancel", "v:9", target="v:7")["cancelled"] is True
    reads = store.reads.total()
    job.join(5)
    assert replies[0]["error"]["kind"] == "CANCELLED"
    assert store.reads.total() <= reads + 1
    assert {push["req"] for push in pushed} == {"v:7"}
    assert {push["total"] for push in pushed} == {COUNT}
    assert ask(scope, "cancel", "v:10", target="v:7")["cancelled"] is False
    assert "price" in ask(scope, "stats", scope="tensor")  # a part is no answer
    scope.close()


@pytest.mark.parametrize("sort", ["-mean", "distance 3", "cosine 3"])
def test_tiles_are_compared_with_each_chunk_read_once(
    array: tuple[zarr.Array, lazy.CountingStore], sort: str
) -> None:
    x, store = array
    scope = ts.scope(x, view={"grid": 0, "sort": sort}, name="x")
    in_memory = ts.scope(VALUES, view={"grid": 0, "sort": sort}, name="x")
    store.reads.clear()
    scope._session.queries.pictures.cheap_order(scope._session.state)
    # A distance takes a second pass, and the tile that it is measured from.
    assert set(store.reads.values()) <= ({1} if sort == "-mean" else {2, 3})
    replies = [ask(s, "tiles", viewport={"tiles": [0, 20]})["tiles"] for s in (scope, in_memory)]
    assert replies[0]["at"] == replies[1]["at"]
    assert replies[0]["marks"] == replies[1]["marks"]
    store.reads.clear()
    shown = ask(scope, "frame", viewport={"tile": [9, 9]})["frame"]["tiles"]
    assert shown == replies[0]["at"]
    assert set(store.reads.values()) == {1}  # sorted tiles too are cut from whole chunks


def test_comparing_dear_tiles_has_a_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "ASKED", 10_000)
    x, store = lazy.counted(VALUES, CHUNKS)
    scope = ts.scope(x, view={"grid": 0, "sort": "-mean"}, name="x")
    store.reads.clear()
    assert ask(scope, "tiles")["price"]["text"].startswith("Comparing the tiles reads")
    state = ask(scope, "hello", consent=False)["state"]
    assert state["picture"]["grid"]["sort"] == "-mean"
    assert state["picture"]["grid"]["order"] is None
    assert store.reads.total() == 0
    found = ask(scope, "tiles", consent=True, viewport={"tiles": [0, 20]})["tiles"]
    assert set(store.reads.values()) == {1}
    assert (
        found["at"]
        == np.argsort(
            -np.nanmean(np.where(np.isfinite(VALUES), VALUES, np.nan), axis=(1, 2)), kind="stable"
        ).tolist()
    )
    again = ask(scope, "hello", consent=True)
    assert again["state"]["picture"]["grid"]["order"] == found["at"] == again["frame"]["tiles"]

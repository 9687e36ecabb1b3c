"""Statistics of arrays in stores: one pass, against what one would write by hand; chunk reads."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import reduce
from typing import Any

import dask
import dask.array as da
import numpy as np
import zarr
from zarr.storage import LocalStore

import tensorscope as ts
from benchmarks.measure import Row, emit

SHAPE, CHUNKS = (64, 1024, 1024), (4, 512, 1024)  # 268 MB in 32 chunks of 8 MB
CHUNK_COUNT = 32


class Counting(LocalStore):
    """Counts chunk reads."""

    reads = 0

    async def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
        Counting.reads += "c/" in key
        return await super().get(key, *args, **kwargs)


def by_hand(x: da.Array) -> dict[str, Any]:
    """Seven statistics by a reduction with dicts for partials, joined as Chan et al. do."""

    def boxed(partial: dict[str, Any], ndim: int) -> np.ndarray:
        box = np.empty((1,) * ndim, object)
        box.flat[0] = partial
        return box

    def chunk(v: np.ndarray, axis: Any, keepdims: bool) -> np.ndarray:
        finite = np.isfinite(v)
        kept = v[finite].astype("f8")
        mean = kept.mean() if kept.size else 0.0
        found = {
            "n": kept.size, "mean": mean, "spread": ((kept - mean) ** 2).sum(),
            "min": kept.min(initial=np.inf), "max": kept.max(initial=-np.inf),
            "bad": v.size - kept.size, "zero": int((kept == 0).sum()),
        }  # fmt: skip
        return boxed(found, v.ndim)

    def join(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
        n, far = max(a["n"] + b["n"], 1), b["mean"] - a["mean"]
        return {
            "n": n, "mean": a["mean"] + far * b["n"] / n,
            "spread": a["spread"] + b["spread"] + far**2 * a["n"] * b["n"] / n,
            "min": min(a["min"], b["min"]), "max": max(a["max"], b["max"]),
            "bad": a["bad"] + b["bad"], "zero": a["zero"] + b["zero"],
        }  # fmt: skip

    def joined(parts: np.ndarray, axis: Any, keepdims: bool) -> np.ndarray:
        return boxed(reduce(join, parts.ravel()), parts.ndim if keepdims else 0)

    empty = np.empty((), object)
    found = da.reduction(x, chunk, joined, combine=joined, dtype=object, meta=empty)
    return dict(found.compute().item())


def seven(x: da.Array) -> tuple[Any, ...]:
    finite = da.isfinite(x)
    return dask.compute(
        da.nanmean(x), da.nanstd(x), da.nanmin(x), da.nanmax(x),
        finite.sum(), da.isnan(x).sum(), (x == 0).sum(),
    )  # fmt: skip


def turns(calls: dict[str, Callable[[], object]], rounds: int = 3) -> dict[str, list[float]]:
    """Wall time of each call in turns: the work is done by dask's threads."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - began)
    return taken


def against(
    task: str, taken: dict[str, list[float]], ours: str, limit: str, goal: float | None, note: str
) -> Row:
    ratios = [a / b for a, b in zip(taken[ours], taken[limit], strict=True)]
    middle = {name: float(np.median(times)) for name, times in taken.items()}
    peers = {name: t for name, t in middle.items() if name not in (ours, limit)}
    ratio = float(np.median(ratios))
    return Row(task, middle[ours], middle[limit], goal, peers=peers, note=note, measured=ratio)


def counted(task: str, ask: Callable[[], object], expected: int) -> Row:
    Counting.reads = 0
    began = time.perf_counter()
    ask()
    taken = time.perf_counter() - began
    reads = Counting.reads
    return Row(task, taken, goal=f"{expected} chunk reads", ok=reads == expected, note=f"{reads}")


def peak(task: str, ask: Callable[[], object], most: int) -> Row:
    import tracemalloc

    tracemalloc.start()
    began = time.perf_counter()
    ask()
    taken = time.perf_counter() - began
    top = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return Row(task, taken, goal=f"≤ {most} MiB", ok=top <= most, note=f"{top:.0f} MiB at most")


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        x = zarr.create_array(Counting(folder), shape=SHAPE, chunks=CHUNKS, dtype="f4")
        rng = np.random.default_rng(0)
        for k in range(0, SHAPE[0], CHUNKS[0]):
            x[k : k + CHUNKS[0]] = rng.standard_normal((CHUNKS[0], *SHAPE[1:]), dtype="f4")
        lazy = da.from_zarr(x)
        hand = "da.reduction with dict partials, by hand"
        taken = turns(
            {
                "ours": lambda: ts.stats(lazy, histogram=False),
                hand: lambda: by_hand(lazy),
                "dask.compute of seven": lambda: seven(lazy),
                "ours with histogram": lambda: ts.stats(lazy),
            }
        )
        name = "7 statistics, 268 MB zarr"
        wall = "wall time; the limit is the reduction written by hand"
        out = [
            against(f"{name} through dask", taken, "ours", hand, 1.3, wall),
            against(f"{name} through dask, histogram too", taken, "ours with histogram", hand,
                    None, wall),
        ]  # fmt: skip

        def whole() -> object:
            values = x[...]
            return values.mean(), values.std(), values.min(), values.max()

        taken = turns({"ours": lambda: ts.stats(x, histogram=False), "z[...] + NumPy": whole})
        out.append(
            against(f"{name} bare", taken, "ours", "z[...] + NumPy", None, "wall time; the limit "
                    "is z[...] and four statistics of NumPy")
        )  # fmt: skip
        out += [
            counted("one value of it", lambda: ts.extract(x, (9, 9, 9)), 1),
            counted("all statistics of it", lambda: ts.stats(x), CHUNK_COUNT),
            counted("hits in it", lambda: ts.where(x, "x > 3"), CHUNK_COUNT),
            counted("its 1000 largest", lambda: ts.topk(x, 1000), CHUNK_COUNT),
            counted("its mean over a dim", lambda: ts.extract(x, "[mean]"), CHUNK_COUNT),
            peak("memory of its statistics", lambda: ts.stats(x), 64),
            peak("memory of its statistics through dask", lambda: ts.stats(lazy), 400),
        ]
        return out


if __name__ == "__main__":
    emit(rows())

"""Arrays in stores and files, in chunks that do not fit their shapes, and stores that count."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import dask.array as da
import h5py
import numpy as np
import xarray as xr
import zarr
from safetensors import safe_open
from safetensors.numpy import save_file
from zarr.storage import MemoryStore

import tensorscope as ts


class CountingStore(MemoryStore):
    """Counts how often each chunk is read; may take its time."""

    def __init__(self, pause: float = 0.0) -> None:
        super().__init__()
        self.reads: Counter[str] = Counter()
        self.pause = pause

    async def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
        if "c/" in key or key == "c":
            self.reads[key] += 1
            await asyncio.sleep(self.pause)
        return await super().get(key, *args, **kwargs)


def counted(
    values: np.ndarray, chunks: tuple[int, ...], **options: Any
) -> tuple[zarr.Array, CountingStore]:
    """Return values in a store that counts from now on."""
    store = CountingStore()
    x = stored(values, chunks, store=store, **options)
    store.reads.clear()
    return x, store


def stored(values: np.ndarray, chunks: tuple[int, ...], **options: Any) -> zarr.Array:
    store = options.pop("store", None) or MemoryStore()
    x = zarr.create_array(store, shape=values.shape, chunks=chunks, dtype=values.dtype, **options)
    x[...] = values
    return x


def folder() -> Path:
    return Path(tempfile.mkdtemp())


def dataset(values: np.ndarray, **options: Any) -> h5py.Dataset:
    """Return values in a file in memory."""
    file = h5py.File(folder() / "x.h5", "w", driver="core", backing_store=False)
    return file.create_dataset("x", data=values, **options)


def safe_slice(values: np.ndarray, framework: str = "np") -> Any:
    path = folder() / "x.safetensors"
    save_file({"x": values}, path)
    return safe_open(path, framework).get_slice("x")


def opened(values: np.ndarray) -> Any:
    path = folder() / "x.safetensors"
    save_file({"x": values}, path)
    return ts.open(path)["x"]


def opened_bits(bits: np.ndarray, dtype: str) -> Any:
    """Return what a file of a format that NumPy lacks holds; no framework writes it."""
    import json

    path = folder() / "x.safetensors"
    entry = {"dtype": dtype, "shape": list(bits.shape), "data_offsets": [0, bits.nbytes]}
    header = json.dumps({"x": entry}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bits.tobytes())
    return ts.open(path)["x"]


def member(values: np.ndarray, compressed: bool) -> Any:
    path = folder() / "x.npz"
    (np.savez_compressed if compressed else np.savez)(path, x=values)
    return ts.open(path)["x"]


def lazy_xarray(values: np.ndarray, chunks: tuple[int, ...]) -> xr.DataArray:
    """Return an array that its file is read for."""
    path = folder() / "x.zarr"
    held = xr.Dataset({"v": (("lat", "lon", "my level"), values)})
    held.to_zarr(path, zarr_format=3, consolidated=False, encoding={"v": {"chunks": chunks}})
    return xr.open_zarr(path, chunks=None, consolidated=False, mask_and_scale=False)["v"]


def lazy_dask(values: np.ndarray, chunks: Any) -> da.Array:
    return da.from_array(values, chunks=chunks)

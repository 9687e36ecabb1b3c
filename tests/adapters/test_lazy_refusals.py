"""What cannot be read of files and stores is refused in words, and kills nothing."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import xarray as xr
import zarr

import tensorscope as ts
from tests.adapters import lazy_kinds as lazy
from tests.adapters.lazy_values import VALUES


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

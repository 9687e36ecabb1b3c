"""Arrays in stores, files and graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.adapters.case import NUMPY_DTYPES, SHAPE, Case, sample


def cases() -> list[Case]:
    import xarray as xr

    from tests.adapters import lazy_kinds as lazy

    base = sample((5, 6, 7), "float32")
    chunks = (2, 6, 3)

    def case(
        name: str, framework: str, make: Callable[[np.ndarray], Any], values: np.ndarray = base,
        dtype: str = "",
    ) -> Case:  # fmt: skip
        plain = values.astype(values.dtype.newbyteorder("="))
        return Case(name, framework, lambda: (make(values), plain), dtype or plain.dtype.name)

    def zarr(v: np.ndarray, **options: Any) -> Any:
        fitting = zip(chunks, v.shape, strict=False)
        return lazy.stored(v, tuple(min(c, max(n, 1)) for c, n in fitting), **options)

    def named(v: Any) -> Any:
        return xr.DataArray(v, dims=("lat", "lon", "my level"))

    found = []
    for dtype in NUMPY_DTYPES:
        values = sample(SHAPE, dtype)
        found += [
            case(dtype, "zarr", zarr, values),
            case(dtype, "dask", lambda v: lazy.lazy_dask(v, 2), values),
            case(dtype, "h5py", lambda v: lazy.dataset(v, chunks=(2, 3, 2)), values),
        ]
    halves = np.arange(1 << 16, dtype="u2").reshape(4, 64, 256)
    wide = (halves.astype("u4") << 16).view("f4")
    return [
        *found,
        case("0-d", "zarr", zarr, np.array(2.5, "f4")),
        case("0-d", "dask", lambda v: lazy.lazy_dask(v, -1), np.array(2.5, "f4")),
        case("0-d", "h5py", lazy.dataset, np.array(2.5, "f4")),
        case("0-d", "file", lazy.opened, np.array(2.5, "f4")),
        case("empty", "zarr", zarr, np.empty((0, 3), "f4")),
        case("empty", "dask", lambda v: lazy.lazy_dask(v, -1), np.empty((0, 3), "f4")),
        case("empty", "h5py", lazy.dataset, np.empty((0, 3), "f4")),
        case("sharded", "zarr", lambda v: zarr(v, shards=(4, 6, 6))),
        case("big-endian", "zarr", zarr, base.astype(">f4")),
        case("contiguous", "h5py", lazy.dataset),
        case("big-endian", "h5py", lazy.dataset, base.astype(">f4")),
        case("computed", "dask", lambda v: lazy.lazy_dask(v, chunks)[::-1][::-1] * 1),
        case("uneven", "dask", lambda v: lazy.lazy_dask(v, ((1, 4), (6,), (3, 1, 3)))),
        case("in memory", "xarray", named),
        case("over dask", "xarray", lambda v: named(lazy.lazy_dask(v, chunks))),
        case("from a file", "xarray", lambda v: lazy.lazy_xarray(v, chunks)),
        case("slice", "safetensors", lazy.safe_slice),
        case("slice for torch", "safetensors", lambda v: lazy.safe_slice(v, "pt")),
        case("safetensors", "file", lazy.opened),
        case("safetensors bfloat16", "file", lambda v: lazy.opened_bits(halves, "BF16"), wide,
             "bfloat16"),
        case("npz", "file", lambda v: lazy.member(v, False)),
        case("npz fortran", "file", lambda v: lazy.member(np.asfortranarray(v), False)),
        case("npz compressed", "file", lambda v: lazy.member(v, True)),
        case("npz compressed fortran", "file", lambda v: lazy.member(np.asfortranarray(v), True)),
        case("npz big-endian", "file", lambda v: lazy.member(v, True), base.astype(">f4")),
    ]  # fmt: skip

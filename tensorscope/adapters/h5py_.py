"""HDF5 datasets."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorscope.adapters.stored import StoredAdapter
from tensorscope.adapters.zarr_ import own_dims
from tensorscope.errors import UnsupportedTensorError


class H5pyAdapter(StoredAdapter):
    """Knows `h5py.Dataset`."""

    name = "h5py"
    layout = "contiguous"

    def check_open(self, x: Any) -> None:
        if not x:
            raise UnsupportedTensorError(
                "the HDF5 file of this dataset was closed; open it again, e.g. ts.open(path)[name]",
                "CLOSED",
            )
        if x.shape is None:
            raise UnsupportedTensorError(
                f"the dataset {x.name} has a null dataspace: a type, and no elements",
                "NO_DATA",
            )

    def numpy_dtype(self, x: Any) -> np.dtype[Any]:
        dtype: np.dtype[Any] = np.dtype(x.dtype)
        return dtype

    def chunks(self, x: Any) -> tuple[int, ...] | None:
        return None if x.chunks is None else tuple(x.chunks)

    def fetch(self, x: Any, box: tuple[slice, ...]) -> Any:
        return x[box]

    def dims(self, x: Any) -> tuple[str, ...] | None:
        return own_dims([dim.label for dim in x.dims])

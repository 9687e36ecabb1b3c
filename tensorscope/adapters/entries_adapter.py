"""EntriesAdapter: sparse arrays of NumPy's world, read from what they store."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.converted import called
from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.dtypes import DType, dtype_of
from tensorscope.adapters.entries import Entries
from tensorscope.adapters.numpy_ import NumpyAdapter
from tensorscope.adapters.wording import Wording
from tensorscope.errors import UnsupportedTensorError, clip
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection

_NUMPY = NumpyAdapter()


class EntriesAdapter(Adapter):
    """Reads sparse arrays whose entries are given by their coordinates."""

    alias = "np"

    @abstractmethod
    def coordinates(self, x: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return coordinates (entries, dims) and values of what is stored, in any order."""

    @abstractmethod
    def words(self, x: Any) -> Wording:
        """Return how values are asked for in code."""

    @abstractmethod
    def form(self, x: Any) -> str:
        """Return the name of the storage format."""

    def fill(self, x: Any) -> Any:
        """Return what stands where nothing is stored."""
        return self.dtype(x).storage.type(0)

    def check(self, x: Any) -> None:
        dtype = np.dtype(x.dtype)
        if dtype.kind not in "iufbc":
            raise UnsupportedTensorError(
                f"a sparse array of {clip(str(dtype))} is not read; convert with x.astype(...)",
                "NOT_NUMERIC",
            )

    def lengths(self, x: Any) -> tuple[int, ...]:
        return tuple(int(n) for n in x.shape)

    def dtype(self, x: Any) -> DType:
        return dtype_of(np.dtype(x.dtype))

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        dtype = np.dtype(x.dtype)
        return TensorInfo(
            framework=self.name,
            shape=self.lengths(x),
            dtype=str(dtype),
            layout=f"sparse {self.form(x)}",
            nbytes=int(np.prod(self.lengths(x), dtype=object)) * dtype.itemsize,
            dims=dims,
            notes=(f"{int(x.nnz)} elements are stored; the others are {self.fill(x)}",),
        )

    def _entries(self, x: Any) -> Entries:
        places, values = called(x, "its entries were read", lambda: self.coordinates(x))
        return Entries.gather(places, np.asarray(values), self.lengths(x))

    def cut(self, x: Any, selection: Selection) -> Cut:
        return self._entries(x).cut(self.dtype(x), selection, self.fill(x))

    def stored(self, x: Any, selection: Selection) -> tuple[NDArray[np.int64], Raw] | None:
        if self.fill(x) != 0:
            return None
        return self._entries(x).stored(selection)

    def python_type(self, x: Any) -> str:
        return _NUMPY.python_type(np.empty(0, self.dtype(x).numpy))

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        return self.words(x).slice_code(name, selection)

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        return self.words(x).cell_code(name, cell)

    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        return self.words(x).numpy_code(name, selection)

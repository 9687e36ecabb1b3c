"""The library's own arrays in files, as `tensorscope.open` gives them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.file_array import FileArray, Mapping
from tensorscope.adapters.stored import IndexWording, StoredAdapter
from tensorscope.adapters.wording import Wording


class FileAdapter(StoredAdapter):
    """Knows `FileArray`."""

    name = "file"
    layout = "contiguous"

    def check_open(self, x: FileArray) -> None:
        if isinstance(x.source, Mapping):
            x.source.bytes()

    def dtype(self, x: FileArray) -> DType:
        return x.type

    def numpy_dtype(self, x: FileArray) -> np.dtype[Any]:
        return x.stored

    def fetch(self, x: FileArray, box: tuple[slice, ...]) -> Any:
        return x.raw(box)

    def notes(self, x: FileArray) -> list[str]:
        if isinstance(x.source, Mapping):
            return ["in a file: only the parts that are shown are read"]
        return ["compressed in a file: a part is read by unpacking all that stands before it"]

    def wording(self, x: FileArray) -> Wording:
        return IndexWording(x.type, x.shape)

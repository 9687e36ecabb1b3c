"""Slices of an open safetensors file, whatever framework it was opened for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorscope.adapters.code import index_text
from tensorscope.adapters.dtypes import DTYPES, DType
from tensorscope.adapters.memory import Conversion, of_stored
from tensorscope.adapters.stored import StoredAdapter
from tensorscope.adapters.wording import Wording
from tensorscope.errors import UnsupportedTensorError, clip
from tensorscope.selection import whole

#: How the format calls element types, and what they are.
SAFE_DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8",
    "BOOL": "bool", "C64": "complex64",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _TensorWording(Wording):
    """Words for slices that give tensors of a framework.

    Attributes
    ----------
    convert : str
        The call that makes a NumPy array of such a tensor.
    """

    convert: str

    def item(self, name: str, texts: Sequence[str]) -> str:
        return f"{name}{index_text(texts) or '[...]'}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        return f"{name}{index_text(texts) or '[...]'}{self.convert}"


class SafetensorsAdapter(StoredAdapter):
    """Knows what `safetensors.safe_open(...).get_slice(name)` gives."""

    name = "safetensors"
    layout = "contiguous"

    def check_open(self, x: Any) -> None:
        name = x.get_dtype()
        if name not in SAFE_DTYPES:
            raise UnsupportedTensorError(
                f"safetensors elements {clip(name)} cannot be read one by one", "OPAQUE"
            )
        if not DTYPES[SAFE_DTYPES[name]].native and self._framework(x) is None:
            raise UnsupportedTensorError(
                f"safetensors cannot give {SAFE_DTYPES[name]} to NumPy: open the file with "
                "framework='pt', or with ts.open(path), which needs no framework",
                "OPAQUE",
            )

    def lengths(self, x: Any) -> tuple[int, ...]:
        return tuple(x.get_shape())

    def dtype(self, x: Any) -> DType:
        return DTYPES[SAFE_DTYPES[x.get_dtype()]]

    def numpy_dtype(self, x: Any) -> np.dtype[Any]:
        return self.dtype(x).storage

    def fetch(self, x: Any, box: tuple[slice, ...]) -> Any:
        from tensorscope.adapters.registry import adapter_of

        # No dims, no slice: the ellipsis is what this library takes for the whole.
        part = x[box] if box else x[...]
        reader = adapter_of(part)
        return reader.cut(part, whole(reader.lengths(part))).own()

    def notes(self, x: Any) -> list[str]:
        return ["mapped into memory: truncating the file while it is open would kill the process"]

    def conversions(self, x: Any) -> Iterable[Conversion]:
        return of_stored("x[...]", "reads")

    def wording(self, x: Any) -> Wording:
        framework, dtype = self._framework(x), self.dtype(x)
        if framework == "torch":
            # Its own memory: what was sliced out is a copy already.
            convert = ".float().numpy()" if dtype.foreign else ".numpy()"
            if dtype.name == "float8_e8m0fnu":
                convert = ".double().numpy()"
            return _TensorWording(dtype, self.lengths(x), convert)
        if framework == "numpy":
            return super().wording(x)
        convert = f".astype(np.{dtype.numpy.name})" if dtype.foreign else ""
        return _TensorWording(dtype, self.lengths(x), f".__array__(){convert}")

    @staticmethod
    def _framework(x: Any) -> str | None:
        """Return whose tensors the slice gives; None if it fails to.

        Cost: an empty slice is taken.
        """
        shape = x.get_shape()
        try:
            part = x[tuple(slice(0, 0) for _ in shape)] if shape else x[...]
        except Exception:
            return None
        return type(part).__module__.split(".")[0]

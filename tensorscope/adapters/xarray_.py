"""xarray's DataArray and Variable: whatever they hold is read by its own adapter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from keyword import iskeyword
from typing import Any

import numpy as np

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.cut import Cut
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.index_labels import labels_of_index, notes_of
from tensorscope.adapters.memory import Conversion
from tensorscope.adapters.stored import StoredAdapter
from tensorscope.adapters.wording import Wording
from tensorscope.adapters.zarr_ import own_dims
from tensorscope.info import TensorInfo
from tensorscope.labels import Labels
from tensorscope.selection import Selection


@dataclass(frozen=True, slots=True)
class _IselWording(Wording):
    """Words by the names of dims."""

    dims: tuple[Any, ...]
    convert: str
    compute: str

    def item(self, name: str, texts: Sequence[str]) -> str:
        return f"{self._part(name, texts)}{self.compute}{self.convert}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        return f"{self.lend(name, texts)}{'' if self.convert else '.copy()'}"

    def lend(self, name: str, texts: Sequence[str]) -> str:
        return f"{self._part(name, texts)}.to_numpy(){self.convert}"

    def _part(self, name: str, texts: Sequence[str]) -> str:
        chosen = [(d, _value(t)) for d, t in zip(self.dims, texts, strict=True) if t != ":"]
        if not chosen:
            return name
        if all(isinstance(d, str) and d.isidentifier() and not iskeyword(d) for d, _ in chosen):
            return f"{name}.isel({', '.join(f'{d}={v}' for d, v in chosen)})"
        return f"{name}.isel({{{', '.join(f'{d!r}: {v}' for d, v in chosen)}}})"


class XarrayAdapter(StoredAdapter):
    """Knows `xarray.DataArray` and `xarray.Variable`."""

    name = "xarray"

    def check_open(self, x: Any) -> None:
        inner, data = _inner(x)
        if inner is not None:
            inner.check(data)

    def check_described(self, x: Any) -> None:
        inner, data = _inner(x)
        if inner is not None:
            inner.check_described(data)

    def numpy_dtype(self, x: Any) -> np.dtype[Any]:
        dtype: np.dtype[Any] = np.dtype(x.dtype)
        return dtype

    def dtype(self, x: Any) -> DType:
        inner, data = _inner(x)
        return super().dtype(x) if inner is None else inner.dtype(data)

    def dims(self, x: Any) -> tuple[str, ...] | None:
        return own_dims(x.dims)

    def labels(self, x: Any, dim: int) -> Labels | None:
        index = getattr(x, "indexes", {}).get(x.dims[dim])  # a Variable has none
        return None if index is None else labels_of_index(index)

    def chunks(self, x: Any) -> tuple[int, ...] | None:
        told = x.encoding.get("chunks") or x.encoding.get("chunksizes")
        return tuple(told) if told and len(told) == len(x.shape) else None

    def fetch(self, x: Any, box: tuple[slice, ...]) -> Any:
        # Of the variable: coordinates stay where they are, and nothing whole is remembered.
        return getattr(x, "variable", x)[box].values

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        inner, data = _inner(x)
        info = super().describe(x, dims) if inner is None else inner.describe(data, dims)
        labels = [self.labels(x, dim) for dim in range(len(x.dims))]
        first = ["read from its file as it is asked for"] if inner is None else []
        notes = [*first, *info.notes, *notes_of([str(d) for d in x.dims], labels)]
        return replace(info, framework="xarray", notes=tuple(notes))

    def cut(self, x: Any, selection: Selection) -> Cut:
        inner, data = _inner(x)
        return super().cut(x, selection) if inner is None else inner.cut(data, selection)

    def conversions(self, x: Any) -> Iterable[Conversion]:
        inner, data = _inner(x)
        if inner is not None:
            return inner.conversions(data)
        why = "reads all of it first and keeps that on x; x.isel(...) reads a part"
        return [Conversion("np.asarray(x)", "shares", why)]

    def wording(self, x: Any) -> Wording:
        dtype = self.dtype(x)
        plain = self.numpy_dtype(x).isnative and not dtype.foreign
        convert = "" if plain else f".astype(np.{dtype.numpy.name})"
        compute = "" if x.chunks is None else ".compute()"
        return _IselWording(dtype, self.lengths(x), tuple(x.dims), convert, compute)


def _inner(x: Any) -> tuple[Adapter | None, Any]:
    """Return who reads what the array holds, and that; None where a file is read as asked for."""
    from tensorscope.adapters.registry import adapter_of, is_known

    variable = getattr(x, "variable", x)
    data = getattr(variable, "_data", None)  # `.data` would load the whole file
    return (adapter_of(data), data) if is_known(data) else (None, None)


def _value(text: str) -> str:
    """Return a slot's text as a value: an index, or a slice."""
    if ":" not in text:
        return text
    parts = [part or "None" for part in text.split(":")]
    return f"slice({', '.join(parts)})"

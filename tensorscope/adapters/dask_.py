"""dask arrays: asked block by block, by whatever scheduler is active."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorscope.adapters import dask_run
from tensorscope.adapters.code import index_text
from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.memory import Conversion, of_stored
from tensorscope.adapters.stored import StoredAdapter, bits_of, readable
from tensorscope.adapters.tiles import Edges
from tensorscope.adapters.wording import Wording
from tensorscope.errors import UnsupportedTensorError, clip
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection
from tensorscope.slots import Span


@dataclass(frozen=True, slots=True)
class _ComputeWording(Wording):
    """Words for what has to be computed first."""

    convert: str

    def item(self, name: str, texts: Sequence[str]) -> str:
        return f"{name}{index_text(texts)}.compute(){self.convert}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        # A block may be the user's own array: what is given out must not be.
        return f"np.array({name}{index_text(texts)}.compute()){self.convert}"

    def lend(self, name: str, texts: Sequence[str]) -> str:
        return f"{name}{index_text(texts)}.compute(){self.convert}"


class DaskAdapter(StoredAdapter):
    """Knows `dask.array.Array` over NumPy blocks."""

    name = "dask"

    def check_open(self, x: Any) -> None:
        if type(x._meta).__module__.split(".")[0] != "numpy":
            raise UnsupportedTensorError(
                f"the blocks of this dask array are {clip(type(x._meta).__name__)}, not "
                "NumPy arrays: convert them with x.map_blocks(np.asarray)",
                "OPAQUE",
            )
        if any(math.isnan(n) for n in x.shape):
            raise UnsupportedTensorError(
                "the sizes of some blocks are not known before they are computed: call "
                "x.compute_chunk_sizes(), then look again",
                "NO_DATA",
            )

    def check_described(self, x: Any) -> None:
        readable(np.dtype(x.dtype))

    def outline(self, x: Any) -> tuple[tuple[int | None, ...] | None, str | None]:
        return _shape(x), str(x.dtype)

    def numpy_dtype(self, x: Any) -> np.dtype[Any]:
        dtype: np.dtype[Any] = np.dtype(x.dtype)
        return dtype

    def edges(self, x: Any) -> tuple[Edges, ...]:
        return tuple(np.cumsum([0, *sizes[:-1]]) for sizes in x.chunks)

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        shape = _shape(x)
        dtype: DType = self.dtype(x)
        known = [n for n in shape if n is not None]
        complete = len(known) == len(shape)
        notes = [f"nothing is computed before it is asked for: {x.npartitions} blocks"]
        if not complete:
            notes.append("the sizes of some blocks are not known: call x.compute_chunk_sizes()")
        largest = " × ".join("?" if math.isnan(max(c)) else str(max(c)) for c in x.chunks)
        return TensorInfo(
            framework="dask",
            shape=shape,
            dtype=dtype.name,
            layout=f"chunks of {largest}" if shape else "one block",
            nbytes=math.prod(known) * dtype.storage.itemsize if complete else 0,
            dims=dims,
            notes=tuple(notes),
        )

    def fetch(self, x: Any, box: tuple[slice, ...]) -> Any:
        return x[box].compute()

    def cut(self, x: Any, selection: Selection) -> Cut:
        dtype, slots = self.dtype(x), selection.slots
        base = x[tuple(s if isinstance(s, int) else slice(None) for s in slots)]
        edges = self.edges(x)
        kept = [edges[d] for d, slot in enumerate(slots) if not isinstance(slot, int)]

        def fetch(wanted: tuple[Span, ...]) -> Raw:
            return bits_of(self.read(base, tuple(span.slice for span in wanted)), dtype)

        def run(cut: Cut, work: Any) -> Any:
            return dask_run.fold(base, cut, work)

        largest = (max(sizes, default=1) for sizes in x.chunks)
        block = int(math.prod(largest)) * dtype.storage.itemsize

        def touched(cut: Cut) -> int:
            return dask_run.price(base, cut, block)

        spans = spans_of(selection)
        return Cut(dtype, spans, fetch=fetch, edges=kept, run=run, touched=touched)

    def conversions(self, x: Any) -> Iterable[Conversion]:
        return of_stored("np.asarray(x)", "computes")

    def wording(self, x: Any) -> Wording:
        dtype, stored = self.dtype(x), self.numpy_dtype(x)
        plain = stored.isnative and not dtype.foreign
        convert = "" if plain else f".astype(np.{dtype.numpy.name})"
        return _ComputeWording(dtype, self.lengths(x), convert)


def _shape(x: Any) -> tuple[int | None, ...]:
    return tuple(None if math.isnan(n) else int(n) for n in x.shape)

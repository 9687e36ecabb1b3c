"""What adapters of stored arrays share: chunks, forward boxes, one reading of what came."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.code import index_text
from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DTYPES, DType
from tensorscope.adapters.memory import Conversion, of_stored
from tensorscope.adapters.tiles import Edges
from tensorscope.adapters.wording import Wording
from tensorscope.errors import TensorScopeError, UnsupportedTensorError, clip
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection
from tensorscope.slots import Span

_PYTHON = {"f": "float", "i": "int", "u": "int", "b": "bool", "c": "complex"}


@dataclass(frozen=True, slots=True)
class IndexWording(Wording):
    """Words for arrays whose index gives an own NumPy array.

    Attributes
    ----------
    convert : str
        A call that makes of it an array of the dtype that values have; may be empty.
    """

    convert: str = ""

    def item(self, name: str, texts: Sequence[str]) -> str:
        return f"{name}{index_text(texts) or '[()]'}{self.convert}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        return f"{name}{index_text(texts) or '[...]'}{self.convert}"


class StoredAdapter(Adapter):
    """An array in a file or a store. What a subclass tells must read no values."""

    alias = "np"
    distant = True
    #: What `TensorInfo.layout` says of an array without chunks.
    layout = "stored"

    @abstractmethod
    def check_open(self, x: Any) -> None:
        """Raise UnsupportedTensorError (``CLOSED``) if nothing can be read any more."""

    @abstractmethod
    def numpy_dtype(self, x: Any) -> np.dtype[Any]:
        """Return the dtype of what :meth:`fetch` gives."""

    @abstractmethod
    def fetch(self, x: Any, box: tuple[slice, ...]) -> Any:
        """Read a box: one slice with a rising step for each dim."""

    def chunks(self, x: Any) -> tuple[int, ...] | None:
        """Return the shape of what is read as a whole; None where any byte can be read."""
        return None

    def notes(self, x: Any) -> list[str]:
        """Return what one should know before reading."""
        return []

    def conversions(self, x: Any) -> Iterable[Conversion]:
        return of_stored("np.asarray(x)", "reads")

    def lengths(self, x: Any) -> tuple[int, ...]:
        return tuple(x.shape)

    def check(self, x: Any) -> None:
        self.check_open(x)
        self.dtype(x)

    def check_described(self, x: Any) -> None:
        self.check(x)

    def outline(self, x: Any) -> tuple[tuple[int | None, ...] | None, str | None]:
        try:
            self.check_open(x)
        except UnsupportedTensorError:
            return None, None
        return tuple(self.lengths(x)), str(self.numpy_dtype(x))

    def dtype(self, x: Any) -> DType:
        return readable(self.numpy_dtype(x))

    def edges(self, x: Any) -> tuple[Edges, ...]:
        """Return where chunks begin, for each dim."""
        lengths, chunks = self.lengths(x), self.chunks(x)
        if chunks is None:
            return (None,) * len(lengths)
        return tuple(
            np.arange(0, n, c) if n else None for n, c in zip(lengths, chunks, strict=True)
        )

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        lengths, dtype, chunks = self.lengths(x), self.dtype(x), self.chunks(x)
        notes = self.notes(x)
        if not self.numpy_dtype(x).isnative:
            order = "big" if self.numpy_dtype(x).byteorder == ">" else "little"
            notes.append(f"stored {order}-endian: values are shown in native byte order")
        size = math.prod(lengths) * dtype.storage.itemsize
        return TensorInfo(
            framework=self.name,
            shape=lengths,
            dtype=dtype.name,
            layout=self.layout if chunks is None else f"chunks of {_times(chunks)}",
            nbytes=size,
            dims=dims,
            notes=tuple(notes),
        )

    def cut(self, x: Any, selection: Selection) -> Cut:
        dtype, slots = self.dtype(x), selection.slots
        kept = [d for d, slot in enumerate(slots) if not isinstance(slot, int)]

        def fetch(wanted: tuple[Span, ...]) -> Raw:
            rest = iter(wanted)
            box = tuple(_box(Span(s, 1, 1) if isinstance(s, int) else next(rest)) for s in slots)
            return bits_of(self.read(x, box), dtype).reshape([span.size for span in wanted])

        edges, lengths = self.edges(x), self.lengths(x)
        # A chunk is read whole, also along the dims in which one index of it is wanted.
        beside = math.prod(
            _touched(Span(slot, 1, 1), edges[d], lengths[d])
            for d, slot in enumerate(slots)
            if isinstance(slot, int)
        )

        def touched(cut: Cut) -> int:
            along = [
                _touched(span, edges[kept[d]], lengths[kept[d]])
                for d, span in zip(cut.order, cut.spans, strict=True)
                if d is not None
            ]
            return dtype.storage.itemsize * beside * math.prod(along)

        return Cut(
            dtype, spans_of(selection), fetch=fetch, edges=[edges[d] for d in kept],
            touched=touched,
        )  # fmt: skip

    def read(self, x: Any, box: tuple[slice, ...]) -> Any:
        """Read a box; what the store raises is told in words."""
        self.check_open(x)
        try:
            return self.fetch(x, box)
        except TensorScopeError:
            raise
        except Exception as error:
            raise UnsupportedTensorError(
                f"{self.name} could not read {clip(index_text([_text(s) for s in box]))}: "
                f"{type(error).__name__}: {clip(str(error), 200)}. If its file or store was "
                "closed or changed, open it again",
                "CLOSED" if "closed" in str(error).lower() else "USER_ERROR",
            ) from error

    def wording(self, x: Any) -> Wording:
        """Return how values are asked for."""
        dtype, stored = self.dtype(x), self.numpy_dtype(x)
        plain = stored.isnative and not dtype.foreign
        convert = "" if plain else f".astype({_type(dtype)})"
        return IndexWording(dtype, self.lengths(x), convert)

    def python_type(self, x: Any) -> str:
        return _PYTHON[self.dtype(x).kind]

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        return self.wording(x).slice_code(name, selection)

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        return self.wording(x).cell_code(name, cell)

    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        return self.wording(x).numpy_code(name, selection)


def readable(stored: np.dtype[Any]) -> DType:
    """Return the element type, or raise UnsupportedTensorError if it cannot be shown."""
    name = stored.newbyteorder("=").name
    if stored.hasobject or name not in DTYPES or stored.kind in "OSUMm":
        raise UnsupportedTensorError(
            f"stored elements of dtype {clip(str(stored))} are no numbers that can "
            "be shown: bool, integers, float16 to float64 and complex can; objects are never "
            "unpickled",
            "NOT_NUMERIC",
        )
    return DTYPES[name]


def bits_of(values: Any, dtype: DType) -> NDArray[Any]:
    """Return the raw bits of what a store gave, in native byte order."""
    array = np.asarray(values)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return np.asarray(dtype.bits(array))


def _box(span: Span) -> slice:
    """Return the slice of a rising span; some stores refuse one that reaches past the end."""
    return slice(span.start, span.start + span.step * (span.size - 1) + 1, span.step)


def _touched(span: Span, edges: Edges, length: int) -> int:
    """Return how many positions of a dim lie in the chunks that a span touches."""
    if edges is None:
        return span.size
    ends = np.append(edges[1:], length)
    forward = span.forward()
    held = np.searchsorted(edges, forward.start + forward.step * np.arange(span.size), "right") - 1
    chosen = np.unique(held)
    return int((ends[chosen] - edges[chosen]).sum())


def _type(dtype: DType) -> str:
    return f"np.{dtype.numpy.name}".replace("np.bool", "np.bool_")


def _times(chunks: Sequence[int]) -> str:
    return " × ".join(map(str, chunks))


def _text(box: slice) -> str:
    return f"{box.start}:{box.stop}"

"""NumPy arrays and scalars."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.code import flips_text, forward_texts, index_text, numpy_reduction
from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DTYPES, DType
from tensorscope.adapters.memory import Conversion, of_numpy
from tensorscope.errors import UnsupportedTensorError, clip
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection
from tensorscope.slots import REDUCTIONS, Reduce, Span

#: Integers of ml_dtypes that are read as wider ones.
_WIDENED = ("int4", "uint4", "int2", "uint2")
_PYTHON = {"f": "float", "i": "int", "u": "int", "b": "bool", "c": "complex"}


class NumpyAdapter(Adapter):
    """Knows `numpy.ndarray`, its plain subclasses (memmap, matrix) and NumPy scalars."""

    name = "numpy"
    alias = "np"

    def check(self, x: Any) -> None:
        if isinstance(x, np.ma.MaskedArray):
            raise UnsupportedTensorError(
                "a masked array hides values under its mask: pass x.filled(fill_value) or x.data",
                "OPAQUE",
            )
        _check_mapping(x)
        if _is_float0(x):
            raise UnsupportedTensorError(
                "NO_DATA: float0 marks the gradient of an integer input, which does not exist; "
                "look at the gradient of a float input",
                "NO_DATA",
            )
        if x.dtype.name not in DTYPES or x.dtype.name != x.dtype.newbyteorder("=").name:
            kind = "OPAQUE" if x.dtype.kind in "fc" else "NOT_NUMERIC"
            raise UnsupportedTensorError(
                f"dtype {clip(str(x.dtype))} cannot be shown: bool, integers, float16 to float64 "
                "and complex64 / 128 can; convert with x.astype(...)",
                kind,
            )

    def outline(self, x: Any) -> tuple[tuple[int | None, ...] | None, str | None]:
        return tuple(x.shape), "float0" if _is_float0(x) else str(x.dtype)

    def lengths(self, x: Any) -> tuple[int, ...]:
        return tuple(x.shape)

    def dtype(self, x: Any) -> DType:
        return DTYPES[x.dtype.name]

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        array = np.asarray(x)
        notes = []
        if isinstance(x, np.memmap):
            notes.append("memory-mapped: only the parts that are shown are read from the file")
        if isinstance(x, np.ndarray) and not x.flags.writeable:
            notes.append("read-only")
        if not array.dtype.isnative:
            notes.append(f"stored as {array.dtype.str}: values are shown in native byte order")
        return TensorInfo(
            framework="numpy",
            shape=tuple(array.shape),
            dtype=array.dtype.name,
            layout=_layout(array),
            nbytes=array.size * array.itemsize,
            dims=dims,
            notes=tuple(notes),
        )

    def cut(self, x: Any, selection: Selection) -> Cut:
        array = np.asarray(x)
        spans = spans_of(selection)
        dtype = self.dtype(array)
        if array.dtype.isnative and dtype.name not in _WIDENED:
            bits = array.view(dtype.storage) if dtype.foreign else array
            return Cut(dtype, spans, array=bits[(*selection.index, ...)])

        def fetch(wanted: tuple[Span, ...]) -> Raw:
            rest = iter(wanted)
            index = [s if isinstance(s, int) else next(rest).slice for s in selection.slots]
            return (
                array[(*index, ...)]
                .astype(dtype.storage, order="C")
                .reshape([span.size for span in wanted])
            )

        return Cut(dtype, spans, fetch=fetch)

    def conversions(self, x: Any) -> Iterable[Conversion]:
        return of_numpy(x)

    def python_type(self, x: Any) -> str:
        return _PYTHON[self.dtype(x).kind]

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        if selection.is_cell:
            return self.cell_code(name, x, [str(s) for s in selection.slots])
        values = f"{_base(name, x)}{index_text(forward_texts(selection))}"
        if not selection.reduced:
            index = index_text([selection.slot_text(d) for d in range(len(selection.slots))])
            return (
                f"{_base(name, x)}{index}.astype({_type(x)})"
                if _foreign(x)
                else (f"{_base(name, x)}{index}.copy()")
            )
        values = f"{values}.astype({_type(x)})" if self.dtype(x).foreign else values
        code = numpy_reduction(values, selection, self.dtype(x)) + flips_text(selection)
        return code if selection.shape else f"{code}.item()"

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        texts = [":" if c in REDUCTIONS else str(c) for c in cell]
        if all(t != ":" for t in texts):
            return f"{_base(name, x)}{index_text(texts)}.item()"
        slots = tuple(Reduce(str(c)) if c in REDUCTIONS else 0 for c in cell)
        shape = Selection(tuple(x.shape), slots)
        values = f"{_base(name, x)}{index_text(texts)}"
        values = f"{values}.astype({_type(x)})" if self.dtype(x).foreign else values
        return f"{numpy_reduction(values, shape, self.dtype(x))}.item()"

    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        values = f"{_base(name, x)}{index_text(forward_texts(selection, keep_ints=True))}"
        if _foreign(x):
            values += f".astype({_type(x)})"
        if selection.reduced:
            values = numpy_reduction(values, selection, self.dtype(x), keep_all=True)
        return values + flips_text(selection, keep_all=True)


def _is_float0(x: Any) -> bool:
    """Return whether this is JAX's mark for 'no gradient', a NumPy array without values."""
    return bool(x.dtype.names == ("float0",))


def _check_mapping(x: Any) -> None:
    """Raise UnsupportedTensorError if the file behind mapped memory is not all there any more.

    Reading past its end would kill the process; the mapping is asked, for it knows the very file
    even where another one has its name now.
    """
    base = x
    while isinstance(base, np.ndarray | memoryview):
        base = base.base if isinstance(base, np.ndarray) else base.obj
    if not isinstance(base, mmap.mmap):
        return
    try:
        size, mapped = base.size(), len(base)
    except ValueError as error:
        raise UnsupportedTensorError(
            "CLOSED: the memory map of this array was closed; open the file again", "CLOSED"
        ) from error
    if size < mapped:
        raise UnsupportedTensorError(
            f"FREED: the file behind this memory-mapped array was truncated to {size} bytes, "
            f"{mapped} are mapped: reading would kill the process; write the file anew and open it "
            "again",
            "FREED",
        )


def _foreign(x: Any) -> bool:
    """Return whether values must be converted: other byte order, or a dtype of ml_dtypes."""
    return not x.dtype.isnative or DTYPES[x.dtype.name].foreign


def _type(x: Any) -> str:
    return f"np.{DTYPES[x.dtype.name].numpy.name}".replace("np.bool", "np.bool_")


def _base(name: str, x: Any) -> str:
    """Return the name as a plain array: a matrix keeps two dims whatever the index."""
    return f"np.asarray({name})" if isinstance(x, np.matrix) else name


def _layout(array: np.ndarray[Any, Any]) -> str:
    if any(s == 0 and n > 1 for s, n in zip(array.strides, array.shape, strict=True)):
        return "expanded"
    if array.flags.c_contiguous:
        return "strided"
    return "transposed" if array.flags.f_contiguous else "strided view"

"""NumPy arrays and scalars."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.code import flips_text, forward_texts, index_text, numpy_reduction
from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DTYPES, DType, dtype_of
from tensorscope.adapters.memory import Conversion, of_numpy
from tensorscope.errors import UnsupportedTensorError, clip
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection
from tensorscope.slots import REDUCTIONS, Reduce, Span

#: Integers of ml_dtypes that are read as wider ones.
_WIDENED = ("int4", "uint4", "int2", "uint2")
_PYTHON = {"f": "float", "i": "int", "u": "int", "b": "bool", "c": "complex"}
#: What `.item()` gives for what is no number, by the kind of NumPy's dtype.
_OTHERS = {
    "M": "np.datetime64", "m": "np.timedelta64", "U": "str", "T": "str", "S": "bytes",
    "V": "tuple", "O": "object", "f": "np.longdouble", "c": "np.clongdouble",
}  # fmt: skip


class NumpyAdapter(Adapter):
    """Knows `numpy.ndarray`, its subclasses (memmap, matrix, recarray) and NumPy scalars."""

    name = "numpy"
    alias = "np"

    def check(self, x: Any) -> None:
        _check_mapping(x)
        if _is_float0(x):
            raise UnsupportedTensorError(
                "float0 marks the gradient of an integer input, which does not exist; "
                "look at the gradient of a float input",
                "NO_DATA",
            )
        if x.dtype.name not in DTYPES and x.dtype.kind not in "fcMmUSTVO":
            raise UnsupportedTensorError(
                f"dtype {clip(str(x.dtype))} is not known here; convert with x.astype(...)",
                "OPAQUE",
            )

    def outline(self, x: Any) -> tuple[tuple[int | None, ...] | None, str | None]:
        return tuple(x.shape), "float0" if _is_float0(x) else str(x.dtype)

    def lengths(self, x: Any) -> tuple[int, ...]:
        return tuple(x.shape)

    def dtype(self, x: Any) -> DType:
        return dtype_of(x.dtype)

    hole = "masked"

    def present(self, x: Any, selection: Selection) -> NDArray[np.bool_] | None:
        missing = _missing(np.asarray(x), selection)
        return None if missing is None else ~missing

    def present_code(self, name: str, x: Any, selection: Selection) -> str:
        raise NotImplementedError("text is searched by no condition")

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
            dtype=_dtype_text(array.dtype),
            layout=_layout(array),
            nbytes=array.size * array.itemsize,
            dims=dims,
            notes=tuple(notes),
        )

    def cut(self, x: Any, selection: Selection) -> Cut:
        array = np.asarray(x)
        spans = spans_of(selection)
        dtype = self.dtype(array)
        if dtype.kind == "O" or (array.dtype.isnative and dtype.name not in _WIDENED):
            bits = array.view(dtype.storage) if dtype.foreign or dtype.kind in "Mm" else array
            return Cut(dtype, spans, array=bits[(*selection.index, ...)])

        def fetch(wanted: tuple[Span, ...]) -> Raw:
            rest = iter(wanted)
            index = [s if isinstance(s, int) else next(rest).slice for s in selection.slots]
            part = array[(*index, ...)]
            if dtype.kind in "Mm":
                part = part.astype(dtype.numpy).view(dtype.storage)
            return part.astype(dtype.storage, order="C").reshape([span.size for span in wanted])

        return Cut(dtype, spans, fetch=fetch)

    def conversions(self, x: Any) -> Iterable[Conversion]:
        return of_numpy(x)

    def python_type(self, x: Any) -> str:
        dtype = self.dtype(x)
        return _PYTHON[dtype.kind] if dtype.name in DTYPES else _OTHERS[x.dtype.kind]

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        if selection.is_cell:
            return self.cell_code(name, x, [str(s) for s in selection.slots])
        values = f"{self.plain(name, x)}{index_text(forward_texts(selection))}"
        if not selection.reduced:
            index = index_text([selection.slot_text(d) for d in range(len(selection.slots))])
            end = f".astype({_type(x)})" if _foreign(x) else ".copy()"
            if _may_lack(x.dtype):
                absent = "[not isinstance(t, str) for t in v.ravel().tolist()]"
                mask = f"np.reshape({absent}, v.shape)"
                return f"(lambda v: np.ma.masked_array(v, {mask}))({name}{index}.copy())"
            return f"{self.plain(name, x)}{index}{end}"
        values = f"{values}.astype({_type(x)})" if self.dtype(x).foreign else values
        code = numpy_reduction(values, selection, self.dtype(x)) + flips_text(selection)
        return code if selection.shape else f"{code}.item()"

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        texts = [":" if c in REDUCTIONS else str(c) for c in cell]
        if all(t != ":" for t in texts):
            return self.item_code(f"{self.base(name, x)}{index_text(texts)}", x)
        slots = tuple(Reduce(str(c)) if c in REDUCTIONS else 0 for c in cell)
        shape = Selection(tuple(x.shape), slots)
        values = f"{self.base(name, x)}{index_text(texts)}"
        values = f"{values}.astype({_type(x)})" if self.dtype(x).foreign else values
        return f"{numpy_reduction(values, shape, self.dtype(x))}.item()"

    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        values = f"{self.plain(name, x)}{index_text(forward_texts(selection, keep_ints=True))}"
        if _foreign(x):
            values += f".astype({_type(x)})"
        if selection.reduced:
            values = numpy_reduction(values, selection, self.dtype(x), keep_all=True)
        return values + flips_text(selection, keep_all=True)

    def base(self, name: str, x: Any) -> str:
        """Return code to take an element from: subclasses may index in ways of their own."""
        # A memmap's own index gives what an array's does.
        indexes = type(x).__getitem__ not in (np.ndarray.__getitem__, np.memmap.__getitem__)
        own = isinstance(x, np.ndarray) and (indexes or isinstance(x, np.matrix))
        return f"np.asarray({name})" if own else name

    def plain(self, name: str, x: Any) -> str:
        """Return code to take a part from: what a subclass gives for one is of that class too."""
        return name if type(x) is np.ndarray else f"np.asarray({name})"

    def item_code(self, element: str, x: Any) -> str:
        """Return code for the Python scalar of one element."""
        kind = x.dtype.kind
        if kind == "O":  # an array hands its objects out; a 0-d one needs the index
            return element if x.ndim else f"{element}[()]"
        if kind == "T":
            element = element if x.ndim else f"{element}.item()"
            if _may_lack(x.dtype):
                return f"(lambda t: t if isinstance(t, str) else np.ma.masked)({element})"
            return element
        if kind == "V" and any(x.dtype[k].subdtype for k in range(len(x.dtype))):
            lists = "v.tolist() if isinstance(v, np.ndarray) else v"
            return f"tuple({lists} for v in {element}.item())"
        if kind in "Mm":  # .item() would round to what Python's own dates hold
            unit = "" if x.dtype.isnative else f".astype({_type(x)})"
            return f"{element}{unit}" if x.ndim else f"{element}[()]{unit}"
        return f"{element}.item()"


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
            "the memory map of this array was closed; open the file again", "CLOSED"
        ) from error
    if size < mapped:
        raise UnsupportedTensorError(
            f"the file behind this memory-mapped array was truncated to {size} bytes, "
            f"{mapped} are mapped: reading would kill the process; write the file anew and open it "
            "again",
            "FREED",
        )


def _foreign(x: Any) -> bool:
    """Return whether values must be converted: other byte order, or a dtype of ml_dtypes."""
    dtype = dtype_of(x.dtype)
    return dtype.foreign or (dtype.kind != "O" and not x.dtype.isnative)


def _type(x: Any) -> str:
    dtype = dtype_of(x.dtype)
    if dtype.kind in "Mm":
        return f"'{dtype.numpy}'"
    if dtype.name not in DTYPES:
        return "np.longdouble" if dtype.kind == "f" else "np.clongdouble"
    return f"np.{dtype.numpy.name}".replace("np.bool", "np.bool_")


def _dtype_text(dtype: np.dtype[Any]) -> str:
    """Return the dtype as NumPy says it; of a record array, its fields alone."""
    return str(np.dtype((np.void, dtype)) if dtype.type is np.record else dtype)


def _may_lack(dtype: np.dtype[Any]) -> bool:
    """Return whether texts of this dtype may be absent: it has an object for that."""
    return dtype.kind == "T" and hasattr(dtype, "na_object")


def _missing(array: np.ndarray[Any, Any], selection: Selection) -> NDArray[np.bool_] | None:
    """Return where a selection of texts has none: the dtype has an object for that."""
    if not _may_lack(array.dtype):
        return None
    part = np.asarray(array[(*selection.index, ...)])
    found = [not isinstance(text, str) for text in part.ravel().tolist()]
    return np.array(found, np.bool_).reshape(part.shape)


def _layout(array: np.ndarray[Any, Any]) -> str:
    if any(s == 0 and n > 1 for s, n in zip(array.strides, array.shape, strict=True)):
        return "expanded"
    if array.flags.c_contiguous:
        return "strided"
    return "transposed" if array.flags.f_contiguous else "strided view"

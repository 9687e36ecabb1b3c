"""Read a selection of a live tensor: its values, their text, and the code that gives the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from tensorscope import names
from tensorscope.adapters.base import Adapter
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.registry import adapter_of
from tensorscope.adapters.select import Selected, check_dims, select
from tensorscope.errors import SelectionError, UnsupportedTensorError, clip
from tensorscope.info import TensorInfo, bytes_text
from tensorscope.progress import reporting
from tensorscope.selection import Selection
from tensorscope.text import array_text, python_value

_STATED_BYTES = 64 * 2**20


class Extraction:
    """The values of a selection, copied out of the tensor.

    Inside of a running vmap an element is one value for each example: the batch dims lead in
    `shape` and :meth:`numpy`, and :meth:`item` gives a list.

    Of one element ``float(e)``, ``int(e)``, ``complex(e)`` and ``bool(e)`` are those of
    :meth:`item`; NumPy's functions and Matplotlib's take an extraction for its array.

    Attributes
    ----------
    shape : tuple of int
        Shape of the values; ``()`` for one element.
    selection : Selection
        What was read.
    notes : tuple of str
        What one should know, e.g. how many bytes were moved.
    masked : ndarray of bool or None
        Which values are masked: places that exist and hold no value. None if none is.
    """

    __slots__ = (
        "_adapter", "_batch", "_integers", "_name", "_raw", "_source", "_type", "masked", "notes",
        "selection", "shape",
    )  # fmt: skip

    def __init__(self, selected: Selected, name: str | None = None) -> None:
        self._raw: NDArray[Any] = selected.cut.own()
        blank = selected.cut.blank
        self.masked: NDArray[np.bool_] | None = None if blank is None else np.array(blank)
        self._type: DType = selected.dtype
        self._adapter: Adapter | None = selected.adapter
        self._source = selected.source
        self._name = name
        self._batch: int = selected.batch
        self._integers: NDArray[Any] | None = None
        if selected.dtype.computed:
            self._integers = selected.adapter.integers(selected.source, selected.selection)
        self.selection: Selection = selected.selection
        self.shape: tuple[int, ...] = self._raw.shape
        self.notes: tuple[str, ...] = tuple(
            _notes(self._type, self._raw.nbytes, self._integers, self._batch)
        )

    @property
    def dtype(self) -> str:
        """Element type in the source, e.g. ``"bfloat16"``."""
        return self._type.name

    @property
    def numpy_dtype(self) -> np.dtype[Any]:
        """Element type of :meth:`numpy`; holds every value exactly."""
        return self._type.numpy

    @property
    def raw(self) -> NDArray[Any]:
        """The bits as they were copied, C-contiguous (uint16 for bfloat16, uint8 for float8)."""
        return self._raw

    def item(self) -> Any:
        """Return the value as a Python scalar; ``np.ma.masked`` if it is masked.

        Dates and durations come as NumPy's scalars, records as tuples, objects themselves.

        A packed float4 gives a tuple of its two values; inside of vmap it is a list.

        Raises
        ------
        SelectionError
            With kind ``NOT_SCALAR``, unless there is exactly one element.
        """
        if self._batch and len(self.shape) == self._batch:
            return self.numpy().tolist()
        if self._raw.size != 1:
            raise SelectionError(
                f"{self.selection.expr} holds {self._raw.size} elements, .item() needs exactly "
                "one: put an integer in every dim's slot, or use .numpy()",
                "NOT_SCALAR",
            )
        if self.masked is not None and self.masked.all():
            return np.ma.masked
        return python_value(self._type, self._raw)

    def numpy(self) -> NDArray[Any]:
        """Return the values as an own array of :attr:`numpy_dtype`.

        A `numpy.ma.MaskedArray` where a value among them is masked, else a plain array.

        Cost: one copy of the selection.
        """
        decoded = self._type.decode(self._raw)
        shared = decoded is self._raw or self._type.kind in "Mm"
        shape = self.shape + decoded.shape[self._raw.ndim :]
        values = decoded.copy() if shared else decoded.reshape(shape)
        if self.masked is None:
            return values
        return np.ma.MaskedArray(values, self.masked.copy())

    @property
    def stored(self) -> Any:
        """What is stored where that is another number than the value; None where it is the value.

        The integers of a quantized tensor; the bit patterns of bfloat16, float8 and float4; the
        ticks of dates. An integer for one element, else an own array of the selection's shape.

        Cost: one copy of the selection.
        """
        plain = self._type.native or self._type.kind in "iu"
        if self._integers is None and plain:
            return None
        stored = self._raw if self._integers is None else self._integers
        return stored.copy() if self.shape else int(stored)

    @property
    def text(self) -> str:
        """The shortest digits that round-trip in the source dtype; nested brackets for arrays."""
        return array_text(self._type, self._raw, self.masked)

    @property
    def code(self) -> str:
        """An expression over the tensor's name that gives the same: a Python scalar or an array."""
        if self._adapter is None:  # it was unpickled: the tensor stayed where it was
            return str(self._name)
        name = self._name or names.name_of(self._source)
        return self._adapter.slice_code(name, self._source, self.selection)

    def __getstate__(self) -> dict[str, Any]:
        state = {name: getattr(self, name) for name in self.__slots__}
        return {**state, "_name": self.code, "_adapter": None, "_source": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())

    # An index that is out of range would end a loop without a word, as SelectionErrors do.
    __iter__ = None

    def __getitem__(self, index: object) -> NoReturn:
        raise SelectionError(
            "the values that ts.extract returned are not indexed themselves: write "
            f"e.numpy()[{clip(str(index), 40) if isinstance(index, int | str) else '…'}], which "
            "counts in the selection, or extract another selection, which counts in the tensor",
            "TYPE",
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self.numpy(), dtype=dtype)

    def __repr__(self) -> str:
        body = self.text
        if len(body) > 400:
            body = f"{body[:400]}…"
        where = self.selection.expr
        return f"<Extraction {where} {self.dtype} {self.shape}>\n{body}\ncode: {self.code}"


def _notes(dtype: DType, moved: int, integers: NDArray[Any] | None, batch: int) -> Iterator[str]:
    if integers is not None:
        what = f"integer is {integers.item()}" if integers.size == 1 else "integers: .stored"
        yield f"dequantized to float32; the stored {what}"
    elif dtype.foreign:
        yield f"NumPy has no {dtype.name}: .numpy() gives {dtype.numpy.name}, exactly"
    if batch:
        yield "inside of vmap: one value for each example, along the first dims"
    if moved > _STATED_BYTES:
        yield f"{bytes_text(moved)} were copied"


def extract(x: Any, sel: object = None, dims: object = None, progress: object = None) -> Extraction:
    """Read the values of a selection.

    Parameters
    ----------
    x : tensor
        A live tensor; it is left as it was.
    sel : str, tuple, mapping or None
        What one would type between the brackets: ``"[0, 20, 10, 12]"``, ``"[2:5, :]"``,
        ``"[..., ::-1]"``, ``(0, slice(2, 5))``, ``{"channel": 3}``, ``"[0, mean, :, :]"``; of a
        table or of xarray also labels, ``{"column": "price"}``. None reads everything.
    dims : sequence of str, optional
        Names of the dims, so that `sel` can use them.
    progress : bool or callable, optional
        For reductions of arrays that are read in chunks: True prints a line, a function gets
        ``(done, total)``. What it raises stops the read; so does an interrupt.

    Returns
    -------
    Extraction
        With ``.item()``, ``.numpy()``, ``.text``, ``.shape``, ``.dtype`` and ``.code``.

    Raises
    ------
    SelectionError
        The selection cannot be read or is out of range.
    UnsupportedTensorError
        `x` has no values that can be read; ``.kind`` says why.

    Notes
    -----
    Cost: the selection is cut where the tensor lies and copied once. Nothing grows with the
    rest of the tensor. Of a stored or lazy array the chunks that the selection touches are read.

    Examples
    --------
    >>> import numpy as np, tensorscope as ts
    >>> ts.extract(np.arange(6.0).reshape(2, 3), "[1, ::-1]").text
    '[5.0, 4.0, 3.0]'
    """
    with reporting(progress):
        return Extraction(select(x, sel, dims))


def describe(x: Any, dims: object = None) -> TensorInfo:
    """Tell what a tensor is, without reading its data.

    Parameters
    ----------
    x : tensor
        A live tensor.
    dims : sequence of str, optional
        Names for the dims.

    Returns
    -------
    TensorInfo
        ``str()`` of it is one line.

    Raises
    ------
    UnsupportedTensorError
        `x` is no tensor. One whose values cannot be read (meta, traced, deleted) is described as
        far as it tells its shape and dtype, and a note says why.
    SelectionError
        `dims` does not name the dims.

    Notes
    -----
    Cost: reads attributes only; no data, no synchronisation.
    """
    adapter = adapter_of(x)
    try:
        adapter.check_described(x)
    except UnsupportedTensorError as error:
        error.shape, error.dtype = shape, dtype = adapter.outline(x)
        if shape is None or dtype is None:
            raise
        named = None if dims is None else check_dims(dims, shape)
        return TensorInfo(
            adapter.name, shape, dtype, device="no data", dims=named, notes=(str(error),)
        )
    named = adapter.dims(x) if dims is None else check_dims(dims, adapter.lengths(x))
    return adapter.info(x, named)

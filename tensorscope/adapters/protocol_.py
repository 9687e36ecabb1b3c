"""Objects that no adapter knows by name, by what their type says that it can do.

Only the type is looked at: an object that answers yes to every attribute is not asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.code import index_text
from tensorscope.adapters.converted import Converted, called, without_conversion
from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DType, dtype_of
from tensorscope.adapters.numpy_ import NumpyAdapter
from tensorscope.adapters.wording import Wording, indexed
from tensorscope.errors import UnsupportedTensorError
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection
from tensorscope.slots import Span

_NUMPY = NumpyAdapter()
_PROTOCOLS = ("__array__", "__array_interface__", "__array_struct__", "__dlpack__")


def offers(kind: type, *names: str) -> bool:
    """Return whether a type, or a base of it, defines all these attributes itself."""
    return all(any(name in base.__dict__ for base in kind.__mro__) for name in names)


def is_device_array(kind: type) -> bool:
    """Return whether it is an array that is indexed where it lies and then fetched."""
    return offers(kind, "__getitem__", "get", "shape", "dtype")


def is_array_like(kind: type) -> bool:
    """Return whether objects of this type can be made into NumPy arrays."""
    return any(offers(kind, name) for name in _PROTOCOLS)


class ProtocolAdapter(Converted):
    """Reads what has ``__array__``, ``__array_interface__`` or ``__dlpack__``."""

    name = "array"

    def framework(self, x: Any) -> str:
        return type(x).__module__.partition(".")[0]

    def array(self, x: Any) -> NDArray[Any]:
        array = called(x, "it was converted to NumPy", lambda: _converted(x))
        if without_conversion(x, array):
            raise UnsupportedTensorError(
                f"{type(x).__qualname__} gives no array when it is converted",
                "NOT_NUMERIC",
            )
        return array

    def array_code(self, name: str, x: Any) -> str:
        converts = any(offers(type(x), p) for p in _PROTOCOLS[:3])
        return f"np.asarray({name})" if converts else f"np.from_dlpack({name})"

    def outline(self, x: Any) -> tuple[tuple[int | None, ...] | None, str | None]:
        return _outline(x)

    def lengths(self, x: Any) -> tuple[int, ...]:
        return tuple(self.array(x).shape)


class DeviceAdapter(Converted):
    """Reads arrays of another device by their protocol, as CuPy's: indexed there, then fetched."""

    name = "array"

    def framework(self, x: Any) -> str:
        return type(x).__module__.partition(".")[0]

    def check(self, x: Any) -> None:
        shape, dtype = _outline(x)
        if shape is None or dtype is None:
            raise UnsupportedTensorError(
                f"{type(x).__qualname__} has no shape and dtype that can be read",
                "NOT_NUMERIC",
            )

    def outline(self, x: Any) -> tuple[tuple[int | None, ...] | None, str | None]:
        return _outline(x)

    def lengths(self, x: Any) -> tuple[int, ...]:
        return called(x, "its shape was read", lambda: tuple(int(n) for n in x.shape))

    def dtype(self, x: Any) -> DType:
        return called(x, "its dtype was read", lambda: dtype_of(np.dtype(x.dtype)))

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        shape, dtype = self.lengths(x), self.dtype(x)
        device = str(x.device) if offers(type(x), "device") else "cpu"
        nbytes = int(np.prod(shape, dtype=object)) * dtype.storage.itemsize
        return TensorInfo(
            self.framework(x), shape, dtype.name, device=device, nbytes=nbytes, dims=dims,
            notes=("read by its protocol: indexed where it lies, then fetched with .get()",),
        )  # fmt: skip

    def array(self, x: Any) -> NDArray[Any]:
        return called(x, "it was fetched", lambda: np.asarray(x.get()))

    def array_code(self, name: str, x: Any) -> str:
        return f"{name}.get()"

    def cut(self, x: Any, selection: Selection) -> Cut:
        dtype = self.dtype(x)

        def fetch(wanted: tuple[Span, ...]) -> Raw:
            rest = iter(wanted)
            index = tuple(s if isinstance(s, int) else next(rest).slice for s in selection.slots)
            place = index[0] if len(index) == 1 else index
            part = called(x, f"it was indexed with {place}", lambda: np.asarray(x[place].get()))
            return dtype.bits(part).reshape([span.size for span in wanted])

        return Cut(dtype, spans_of(selection), fetch=fetch)

    def python_type(self, x: Any) -> str:
        return _NUMPY.python_type(np.empty(0, self.dtype(x).numpy))

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        return _Words(self.dtype(x), self.lengths(x)).slice_code(name, selection)

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        return _Words(self.dtype(x), self.lengths(x)).cell_code(name, cell)

    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        return _Words(self.dtype(x), self.lengths(x)).numpy_code(name, selection)


class _Words(Wording):
    def item(self, name: str, texts: Sequence[str]) -> str:
        return f"{indexed(name, texts) if texts else name}.get().item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        return f"{name}{index_text(texts) or '[:]'}.get(){self.widen}"


def _converted(x: Any) -> NDArray[Any]:
    if any(offers(type(x), name) for name in _PROTOCOLS[:3]):
        return np.asarray(x)
    return np.from_dlpack(x)


def _outline(x: Any) -> tuple[tuple[int | None, ...] | None, str | None]:
    """Return shape and dtype as the object says them itself, if its type has them."""
    if not offers(type(x), "shape", "dtype"):
        return None, None
    with_shape = called(x, "its shape was read", lambda: (tuple(x.shape), x.dtype))
    return with_shape[0], str(np.dtype(with_shape[1])) if _is_dtype(with_shape[1]) else None


def _is_dtype(value: Any) -> bool:
    return isinstance(value, str | type | np.dtype)

"""Converted: objects whose values are those of the NumPy array that they can be made into."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.cut import Cut
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.numpy_ import NumpyAdapter
from tensorscope.errors import TensorScopeError, UnsupportedTensorError, clip
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection

T = TypeVar("T")
_NUMPY = NumpyAdapter()


@contextmanager
def users_code(x: Any, does: str) -> Iterator[None]:
    """Pass on what an object's own code raises, as a refusal (``USER_ERROR``)."""
    try:
        yield
    except TensorScopeError:
        raise
    except Exception as error:
        raise UnsupportedTensorError(
            f"{clip(type(x).__qualname__, 100)} raised while {does}: "
            f"{type(error).__name__}: {clip(str(error), 300)}",
            "USER_ERROR",
        ) from error


class Converted(Adapter):
    """Reads an object through the NumPy array of all its values.

    For small or cheaply converted objects: every question converts anew, so that a change is seen.
    """

    alias = "np"
    number_advice = "numbers are needed: ts.describe and ts.extract read what it holds"

    @abstractmethod
    def array(self, x: Any) -> NDArray[Any]:
        """Return the values; may share memory. Raises UnsupportedTensorError if there are none."""

    @abstractmethod
    def array_code(self, name: str, x: Any) -> str:
        """Return code for :meth:`array`."""

    def dtype_name(self, x: Any, array: NDArray[Any]) -> str:
        """Return what the element type is called in the object's own words."""
        return str(array.dtype)

    def notes(self, x: Any) -> tuple[str, ...]:
        """Return what one should know of this object."""
        return ()

    def check(self, x: Any) -> None:
        _NUMPY.check(self.array(x))

    def lengths(self, x: Any) -> tuple[int, ...]:
        return tuple(self.array(x).shape)

    def dtype(self, x: Any) -> DType:
        return _NUMPY.dtype(self.array(x))

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        array = self.array(x)
        return TensorInfo(
            framework=self.framework(x),
            shape=tuple(array.shape),
            dtype=self.dtype_name(x, array),
            nbytes=array.nbytes,
            dims=dims,
            notes=self.notes(x),
        )

    def framework(self, x: Any) -> str:
        """Return where the object comes from."""
        return self.name

    def cut(self, x: Any, selection: Selection) -> Cut:
        return _NUMPY.cut(self.array(x), selection)

    def python_type(self, x: Any) -> str:
        return _NUMPY.python_type(self.array(x))

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        if selection.is_cell:
            return self.cell_code(name, x, [str(s) for s in selection.slots])
        return _NUMPY.slice_code(self.array_code(name, x), self.array(x), selection)

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        return _NUMPY.cell_code(self.array_code(name, x), self.array(x), cell)

    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        return _NUMPY.numpy_code(self.array_code(name, x), self.array(x), selection)


def called(x: Any, does: str, make: Callable[[], T]) -> T:
    """Return what the object's own code gives."""
    with users_code(x, does):
        return make()


def without_conversion(x: Any, array: NDArray[Any]) -> bool:
    """Return whether NumPy only wrapped an object that it could not convert."""
    return array.dtype == np.dtype(object) and array.ndim == 0

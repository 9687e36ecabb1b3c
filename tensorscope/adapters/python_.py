"""Python's own: numbers, nested lists and tuples, arrays and buffers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.converted import Converted, called
from tensorscope.adapters.members import first_member
from tensorscope.adapters.memory import Conversion
from tensorscope.adapters.refused import of_members
from tensorscope.adapters.registry import is_tensor
from tensorscope.errors import UnsupportedTensorError, clip
from tensorscope.selection import Selection
from tensorscope.slots import REDUCTIONS

#: Lists in lists deeper than this are refused; NumPy has no more dims.
_DEPTH = 64
_NUMBERS = (bool, int, float, complex)
_FLOAT_EXACT = 1 << 53


class ListAdapter(Converted):
    """Knows nested lists and tuples of numbers or texts, and ranges."""

    name = "python"
    number_advice = "its elements are texts, of different types, or integers beyond 64 bits"

    def array(self, x: Any) -> NDArray[Any]:
        shape = _shape(x)
        leaves = list(_leaves(x, len(shape)))
        dtype = _common(x, leaves)
        if dtype is not object:
            return np.array(leaves, dtype).reshape(shape)
        values = np.empty(len(leaves), object)
        values[:] = leaves
        return values.reshape(shape)

    def array_code(self, name: str, x: Any) -> str:
        dtype = self.array(x).dtype
        kind = "object" if dtype.kind == "O" else f"np.{dtype.name}"
        return f"np.array({name}, {kind.replace('np.bool', 'np.bool_')})"

    def dtype_name(self, x: Any, array: NDArray[Any]) -> str:
        if array.dtype.kind == "O":
            return "|".join(dict.fromkeys(type(leaf).__name__ for leaf in array.ravel()[:1000]))
        return _PYTHON[array.dtype.kind]

    def conversions(self, x: Any) -> Iterable[Conversion]:
        return (Conversion("np.asarray(x)", "copies", "and takes one type for all elements"),)

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        if any(c in REDUCTIONS for c in cell):
            return super().cell_code(name, x, cell)
        element = f"{name}{''.join(f'[{c}]' for c in cell)}"
        array = self.array(x)
        if array.dtype.kind == "O":
            return element
        return f"{_PYTHON[array.dtype.kind]}({element})" if _mixed(array, x) else element


_PYTHON = {"i": "int", "u": "int", "f": "float", "c": "complex", "b": "bool"}


def _mixed(array: NDArray[Any], x: Any) -> bool:
    """Return whether elements are not all of the type that the array makes of them."""
    kind = {"i": int, "u": int, "f": float, "c": complex, "b": bool}[array.dtype.kind]
    return any(type(leaf) is not kind for leaf in _leaves(x, array.ndim))


def _shape(x: Any) -> tuple[int, ...]:
    """Return the shape; rows must be alike."""
    shape: list[int] = []
    level = [x]
    while level and all(isinstance(row, list | tuple | range) for row in level):
        sizes = {len(row) for row in level}
        if len(sizes) > 1:
            raise UnsupportedTensorError(
                f"rows of this {type(x).__name__} differ in length "
                f"({min(sizes)} to {max(sizes)} at depth {len(shape)}): pass one row, or an array "
                "that is filled up",
                "CONTAINER",
            )
        shape.append(sizes.pop())
        if len(shape) > _DEPTH:
            raise UnsupportedTensorError(
                f"lists stand in lists more than {_DEPTH} deep", "CONTAINER"
            )
        level = [part for row in level for part in row]
    if any(isinstance(row, list | tuple) for row in level):
        raise UnsupportedTensorError(
            f"this {type(x).__name__} holds rows beside single values at depth "
            f"{len(shape)}: pass one row, e.g. x[0]",
            "CONTAINER",
        )
    return tuple(shape)


def _leaves(x: Any, depth: int) -> Iterator[Any]:
    if depth == 0:
        yield x
        return
    for part in x:
        yield from _leaves(part, depth - 1)


def _common(x: Any, leaves: list[Any]) -> Any:
    """Return the NumPy dtype that holds all elements exactly; `object` if there is none."""
    for leaf in leaves:
        if not isinstance(leaf, (*_NUMBERS, str, bytes, type(None), np.generic)):
            inside = "tensors" if is_tensor(leaf) else clip(type(leaf).__qualname__, 100)
            member = first_member(x, "x")
            advice = "pass one of its members, e.g. x[0]"
            raise UnsupportedTensorError(
                f"this {type(x).__name__} holds {inside}: "
                + (advice if member is None else of_members(member)),
                "CONTAINER",
            )
    kinds = {type(leaf) for leaf in leaves}
    if not kinds or kinds <= {float, np.float64}:
        return np.float64
    if kinds <= {bool, np.bool_}:
        return np.bool_
    whole = [leaf for leaf in leaves if isinstance(leaf, int | np.integer)]
    low, high = (int(min(whole)), int(max(whole))) if whole else (0, 0)
    if len(whole) == len(leaves):
        if low >= -(2**63) and high < 2**63:
            return np.int64
        return np.uint64 if low >= 0 and high < 2**64 else object
    real = all(isinstance(leaf, int | float | np.integer | np.floating) for leaf in leaves)
    number = real or all(isinstance(leaf, (*_NUMBERS, np.number)) for leaf in leaves)
    if number and max(-low, high) <= _FLOAT_EXACT:
        return np.float64 if real else np.complex128
    return object


class ScalarAdapter(Converted):
    """Knows Python's int, float, bool and complex: tensors without dims."""

    name = "python"
    number_advice = "it has more than 64 bits"

    def array(self, x: Any) -> NDArray[Any]:
        dtype = _common(x, [x])
        values = np.empty((), object if dtype is object else dtype)
        values[()] = x
        return values

    def array_code(self, name: str, x: Any) -> str:
        return f"np.array({name})"

    def dtype_name(self, x: Any, array: NDArray[Any]) -> str:
        return type(x).__name__

    def conversions(self, x: Any) -> Iterable[Conversion]:
        return (Conversion("np.asarray(x)", "copies", "a number lends its memory to nobody"),)

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        return name

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        return name


class BufferAdapter(Converted):
    """Knows array.array, memoryview, bytearray, bytes and mmap: what lends out its memory."""

    name = "python"

    def array(self, x: Any) -> NDArray[Any]:
        values = called(x, "its memory was asked for", lambda: np.asarray(memoryview(x)))
        if values.dtype == object:
            raise UnsupportedTensorError("this buffer's format is not known", "OPAQUE")
        return values

    def conversions(self, x: Any) -> Iterable[Conversion]:
        why = "as long as the result lives, the buffer cannot change its size"
        return (Conversion("np.asarray(memoryview(x))", "shares", why),)

    def array_code(self, name: str, x: Any) -> str:
        return f"np.asarray({name})" if type(x) is memoryview else f"np.asarray(memoryview({name}))"

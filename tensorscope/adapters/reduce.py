"""Reductions over whole dims, in chunks, with memory for the result alone.

Mean, std, sum and norm are taken in float64 (sums of integers below 64 bits exactly, in int64);
max, min and absmax keep the element type. NaN and Inf go through, as in NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.dtypes import DTYPES, DType, dtype_of
from tensorscope.adapters.tiles import Place
from tensorscope.errors import SelectionError, clip
from tensorscope.selection import Selection
from tensorscope.slots import Reduce

_BLOCK = 1 << 20

#: First and last position of a part of the result, along each dim.
_Key: TypeAlias = tuple[tuple[int, int], ...]


def reduced_dtype(op: str, dtype: DType) -> DType:
    """Return the element type that reduction `op` of `dtype` has."""
    if op in ("max", "min"):
        return dtype_of(dtype.numpy)
    if op == "absmax":
        if dtype.kind == "i":
            return DTYPES[f"u{dtype.numpy.name}"]  # |−128| is no int8
        return DTYPES["float64"] if dtype.kind == "c" else dtype_of(dtype.numpy)
    if op == "sum" and dtype.kind in "iub" and dtype.storage.itemsize < 8:
        return DTYPES["int64"]
    if op in ("mean", "sum") and dtype.kind == "c":
        return DTYPES["complex128"]
    return DTYPES["float64"]


def reduced_axes(selection: Selection) -> tuple[int, ...]:
    """Return where the reduced dims stand once integer dims are gone."""
    kept = [slot for slot in selection.slots if not isinstance(slot, int)]
    return tuple(k for k, slot in enumerate(kept) if isinstance(slot, Reduce))


def check_reduction(op: str, dtype: DType, sizes: Sequence[int]) -> None:
    """Raise SelectionError where `op` has no answer."""
    if dtype.kind in "OMm":
        raise SelectionError(
            f"{op} of {clip(dtype.name)}: its elements are no numbers; use :", "TYPE"
        )
    if dtype.kind == "c" and op in ("max", "min"):
        raise SelectionError(
            f"{op} of {dtype.name}: complex numbers have no order; use absmax, mean, std, sum "
            "or norm",
            "TYPE",
        )
    if op in ("max", "min", "absmax") and 0 in sizes:
        raise SelectionError(f"{op} over a dim of size 0 has no value; use sum or :", "BOUNDS")


def reduce_cut(cut: Cut, selection: Selection) -> Cut:
    """Carry out the reductions of `selection` on a cut in which those dims are whole.

    Cost: one pass over the selection, no temporary above 8 MiB; each stored chunk is read once.
    """
    op = selection.op
    assert op is not None
    axes = reduced_axes(selection)
    check_reduction(op, cut.dtype, tuple(cut.shape[a] for a in axes))
    out_dtype = reduced_dtype(op, cut.dtype)
    shape = tuple(1 if k in axes else n for k, n in enumerate(cut.shape))
    work = ReduceWork(cut.dtype, cut.shape, axes, op)
    with np.errstate(all="ignore"):  # Inf − Inf is NaN: the result says it, no warning needs to
        result = work.finish(cut.fold(work), out_dtype, shape)
    result = result.reshape([n for k, n in enumerate(cut.shape) if k not in axes])
    spans = tuple(span for k, span in enumerate(cut.spans) if k not in axes)
    return Cut(out_dtype, spans, array=result)


@dataclass(slots=True)
class _Part:
    """What is known of some places of the result.

    Attributes
    ----------
    count : int
        Elements that went into each.
    value : ndarray
        The extreme; or the sum, the mean (for std), the sum of squares (for norm).
    spread : ndarray or None
        Sum of squared distances from the mean.
    """

    count: int
    value: NDArray[Any]
    spread: NDArray[Any] | None = None


class ReduceWork:
    """Reduces tiles over some of their dims.

    Parameters
    ----------
    dtype : DType
        Element type of the cut.
    shape : tuple of int
        Of the whole cut.
    axes : tuple of int
        The dims that go.
    op : str
        Name of the reduction.
    """

    def __init__(
        self, dtype: DType, shape: tuple[int, ...], axes: tuple[int, ...], op: str
    ) -> None:
        self.dtype, self.shape, self.axes, self.op = dtype, shape, axes, op

    def take(self, place: Place, raw: Raw) -> dict[_Key, _Part]:
        """Reduce one tile, in blocks of a million elements."""
        found: dict[_Key, _Part] = {}
        with np.errstate(all="ignore"):
            # Deviations are dear to join: their pieces have whole reduced dims if they can.
            for piece in pieces(raw.shape, self.axes, whole=self.op == "std"):
                values = self.dtype.decode(raw[piece])
                key = tuple(
                    (0, 1) if k in self.axes else (at.start + p.start, at.start + p.stop)
                    for k, (at, p) in enumerate(zip(place, piece, strict=True))
                )
                self._add(found, key, self._reduce(values))
        return found

    def merge(self, parts: Sequence[dict[_Key, _Part]]) -> dict[_Key, _Part]:
        """Join what tiles gave for the same places."""
        first, *rest = parts
        with np.errstate(all="ignore"):
            for other in rest:
                for key, part in other.items():
                    self._add(first, key, part)
        return first

    def finish(
        self, parts: dict[_Key, _Part], dtype: DType, shape: tuple[int, ...]
    ) -> NDArray[Any]:
        """Return the result; reduced dims have size 1."""
        count = math.prod(self.shape[a] for a in self.axes)
        empty = np.nan if self.op in ("mean", "std") else 0
        result = np.full(shape, empty, dtype.numpy)
        for key, part in parts.items():
            value = part.value
            if self.op == "norm":
                value = np.sqrt(value)
            elif self.op == "mean":
                value = value / count if count else value * np.nan
            elif self.op == "std" and part.spread is not None:
                value = np.sqrt(part.spread / count) if count else part.spread * np.nan
            result[tuple(slice(*pair) for pair in key)] = value
        return result

    def _reduce(self, values: NDArray[Any]) -> _Part:
        axes, op = self.axes, self.op
        count = math.prod(values.shape[a] for a in axes)
        if op in ("max", "min", "absmax"):
            ufunc = np.minimum if op == "min" else np.maximum
            values = magnitude(values) if op == "absmax" else values
            return _Part(count, ufunc.reduce(values, axis=axes, keepdims=True))
        if op == "norm":
            return _Part(count, square(values).sum(axis=axes, keepdims=True))
        wide: Any = _wide(self.dtype)
        if op == "sum":
            wide = reduced_dtype(op, self.dtype).numpy
        total = values.sum(axis=axes, keepdims=True, dtype=wide)
        if op != "std" or count == 0:
            return _Part(count, total, np.zeros(total.shape) if op == "std" else None)
        mean = total / count
        return _Part(count, mean, square(values - mean).sum(axis=axes, keepdims=True))

    def _add(self, parts: dict[_Key, _Part], key: _Key, new: _Part) -> None:
        old = parts.get(key)
        if old is None:
            parts[key] = new
        elif self.op in ("max", "min", "absmax"):
            merge = np.minimum if self.op == "min" else np.maximum
            old.value = merge(old.value, new.value)
        elif old.spread is not None and new.spread is not None:
            count, distance = old.count + new.count, new.value - old.value
            if count:
                old.spread = (
                    old.spread + new.spread + square(distance) * (old.count * new.count / count)
                )
                old.value = old.value + distance * (new.count / count)
            old.count = count
        else:
            old.value = old.value + new.value


def _wide(dtype: DType) -> Any:
    return np.complex128 if dtype.kind == "c" else np.float64


def square(values: NDArray[Any]) -> NDArray[Any]:
    """Return the squared magnitudes in float64."""
    if values.dtype.kind == "c":
        wide = values.astype(np.complex128)
        return wide.real**2 + wide.imag**2
    wide = values.astype(np.float64)
    return wide * wide


def magnitude(values: NDArray[Any]) -> NDArray[Any]:
    """Return magnitudes: of signed integers as unsigned ones, of complex numbers in float64."""
    if values.dtype.kind == "i":
        sizes: NDArray[Any] = np.abs(values)
        return sizes.view(f"u{values.dtype.itemsize}")  # |−128| stays −128: read unsigned
    if values.dtype.kind == "c":
        return np.abs(values.astype(np.complex128))
    return values if values.dtype.kind in "bu" else np.abs(values)


def pieces(
    shape: tuple[int, ...], axes: tuple[int, ...], whole: bool = False
) -> Iterator[tuple[slice, ...]]:
    """Cut a shape into blocks; `whole`: rather through kept dims than through reduced ones."""
    ndim = len(shape)
    steps = list(shape)
    # The longest dims are shortened first, reduced ones before kept ones.
    for dim in sorted(range(ndim), key=lambda d: ((d in axes) == whole, -shape[d])):
        size = math.prod(steps)
        if size <= _BLOCK:
            break
        steps[dim] = max(1, steps[dim] * _BLOCK // size)
    counts = [-(-n // s) if n else 0 for n, s in zip(shape, steps, strict=True)]
    for block in np.ndindex(*counts):
        yield tuple(
            slice(b * s, min((b + 1) * s, n)) for b, s, n in zip(block, steps, shape, strict=True)
        )

"""Reductions over whole dims, in chunks, with memory for the result alone.

Mean, std, sum and norm are taken in float64 (sums of integers below 64 bits exactly, in int64);
max, min and absmax keep the element type. NaN and Inf go through, as in NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut
from tensorscope.adapters.dtypes import DTYPES, DType, dtype_of
from tensorscope.errors import SelectionError, clip
from tensorscope.selection import Selection
from tensorscope.slots import Reduce

_BLOCK = 1 << 20


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

    Cost: one pass over the selection (two for std), no temporary above 8 MiB.
    """
    op = selection.op
    assert op is not None
    axes = reduced_axes(selection)
    check_reduction(op, cut.dtype, tuple(cut.shape[a] for a in axes))
    out_dtype = reduced_dtype(op, cut.dtype)
    shape = tuple(1 if k in axes else n for k, n in enumerate(cut.shape))
    reduction = _extreme if op in ("max", "min", "absmax") else _moment
    with np.errstate(all="ignore"):  # Inf − Inf is NaN: the result says it, no warning needs to
        result = reduction(cut, op, axes, shape, out_dtype)
    result = result.reshape([n for k, n in enumerate(cut.shape) if k not in axes])
    spans = tuple(span for k, span in enumerate(cut.spans) if k not in axes)
    return Cut(out_dtype, spans, array=result)


def _extreme(
    cut: Cut, op: str, axes: tuple[int, ...], shape: tuple[int, ...], dtype: DType
) -> NDArray[Any]:
    merge = np.minimum if op == "min" else np.maximum
    result = np.empty(shape, dtype.numpy)
    seen: set[tuple[int, ...]] = set()
    for place, values in _pieces(cut, axes):
        part = merge.reduce(
            magnitude(values) if op == "absmax" else values, axis=axes, keepdims=True
        )
        key = tuple(s.start for s in place)
        result[place] = merge(result[place], part) if key in seen else part
        seen.add(key)
    return result


def _moment(
    cut: Cut, op: str, axes: tuple[int, ...], shape: tuple[int, ...], dtype: DType
) -> NDArray[Any]:
    count = math.prod(cut.shape[a] for a in axes)
    total = np.zeros(shape, dtype.numpy if op in ("mean", "sum") else _wide(cut.dtype))
    for place, values in _pieces(cut, axes):
        if op == "norm":
            total[place] += square(values).sum(axis=axes, keepdims=True)
        else:
            total[place] += values.sum(axis=axes, keepdims=True, dtype=total.dtype)
    if op == "sum":
        return total
    if op == "norm":
        return np.asarray(np.sqrt(total.real))
    mean = total / count if count else np.full(shape, np.nan, total.dtype)
    if op == "mean":
        return mean
    spread = np.zeros(shape, np.float64)
    for place, values in _pieces(cut, axes):
        spread[place] += square(values - mean[place]).sum(axis=axes, keepdims=True)
    return np.asarray(np.sqrt(spread / count) if count else np.full(shape, np.nan))


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


def _pieces(cut: Cut, axes: tuple[int, ...]) -> Iterator[tuple[tuple[slice, ...], NDArray[Any]]]:
    """Walk through the cut in blocks; give where each goes in the result, and its values."""
    ndim = len(cut.shape)
    steps = list(cut.shape)
    # The longest dims are shortened first, reduced ones before kept ones.
    for dim in sorted(range(ndim), key=lambda d: (d not in axes, -cut.shape[d])):
        size = math.prod(steps)
        if size <= _BLOCK:
            break
        steps[dim] = max(1, steps[dim] * _BLOCK // size)
    counts = [-(-n // s) if n else 0 for n, s in zip(cut.shape, steps, strict=True)]
    for block in np.ndindex(*counts):
        parts = tuple(
            slice(b * s, min((b + 1) * s, n))
            for b, s, n in zip(block, steps, cut.shape, strict=True)
        )
        place = tuple(slice(0, 1) if k in axes else part for k, part in enumerate(parts))
        yield place, cut.dtype.decode(cut.read(*parts))

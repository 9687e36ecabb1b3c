"""Reductions over whole dims of a sparse tensor, from what it stores; its zeros are counted."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.reduce import (
    check_reduction,
    magnitude,
    reduced_axes,
    reduced_dtype,
    square,
)
from tensorscope.selection import Selection
from tensorscope.slots import Reduce, Span


def unreduced(selection: Selection) -> Selection:
    """Return the selection with its reduced dims whole."""
    slots = tuple(
        Span(0, 1, n) if isinstance(s, Reduce) else s
        for s, n in zip(selection.slots, selection.lengths, strict=True)
    )
    return Selection(selection.lengths, slots)


def reduce_stored(dtype: DType, selection: Selection, flat: NDArray[np.int64], raw: Raw) -> Cut:
    """Carry out the reductions of `selection`.

    Parameters
    ----------
    dtype : DType
        Element type of the tensor.
    flat, raw : ndarray, shape (stored,)
        Positions in :func:`unreduced` of `selection`, each once, and the bits there.

    Notes
    -----
    Cost: a few arrays of the size of what is stored, and of the result.
    """
    op = selection.op
    assert op is not None
    shape = unreduced(selection).shape
    axes = reduced_axes(selection)
    size = math.prod(shape[a] for a in axes)
    check_reduction(op, dtype, [shape[a] for a in axes])
    kept = [k for k in range(len(shape)) if k not in axes]
    result = tuple(shape[k] for k in kept)
    places = np.unravel_index(flat, shape) if len(flat) else [flat] * len(shape)
    group = np.zeros(len(flat), np.int64)
    for k in kept:
        group = group * shape[k] + places[k]
    out = reduced_dtype(op, dtype)
    reduction = _extreme if op in ("max", "min", "absmax") else _moment
    with np.errstate(all="ignore"):  # Inf − Inf is NaN: the result says it, no warning needs to
        values = reduction(op, dtype.decode(raw), group, math.prod(result), size, out)
    spans = spans_of(selection)
    spans = tuple(span for k, span in enumerate(spans) if k in kept)
    return Cut(out, spans, array=values.reshape(result))


def _extreme(
    op: str, values: NDArray[Any], group: NDArray[np.int64], count: int, size: int, out: DType
) -> NDArray[Any]:
    merge = np.minimum if op == "min" else np.maximum
    values = (magnitude(values) if op == "absmax" else values).astype(out.numpy, copy=False)
    result = np.zeros(count, out.numpy)
    full = np.bincount(group, minlength=count) == size
    # Where no zero is left over, the extreme is one of the stored elements.
    result[group[full[group]]] = values[full[group]]
    merge.at(result, group, values)
    return result


def _moment(
    op: str, values: NDArray[Any], group: NDArray[np.int64], count: int, size: int, out: DType
) -> NDArray[Any]:
    wide = np.complex128 if values.dtype.kind == "c" else np.float64
    total = np.zeros(count, out.numpy if op in ("mean", "sum") else wide)
    np.add.at(total, group, square(values) if op == "norm" else values.astype(total.dtype))
    if op == "sum":
        return total
    if op == "norm":
        return np.asarray(np.sqrt(total.real))
    mean = total / size if size else np.full(count, np.nan, total.dtype)
    if op == "mean":
        return mean
    zeros = size - np.bincount(group, minlength=count)
    spread = np.where(zeros > 0, zeros * square(mean), 0.0)
    np.add.at(spread, group, square(values - mean[group]))
    return np.asarray(np.sqrt(spread / size) if size else np.full(count, np.nan))

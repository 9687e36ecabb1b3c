"""Ranked: which elements come first, the largest or the smallest."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorscope import names
from tensorscope.adapters.select import Selected, dates_as_ticks, select
from tensorscope.errors import ConditionError, SelectionError, quote
from tensorscope.hits import Hits, parts_of, whole_number
from tensorscope.kernels import hits_code
from tensorscope.kernels.ranking import rank
from tensorscope.kernels.search import Found
from tensorscope.progress import reporting


def topk(
    x: Any,
    k: int = 10,
    sel: object = None,
    largest: bool = True,
    by: str = "value",
    dims: object = None,
    progress: object = None,
) -> Hits:
    """Find the `k` largest (or smallest) elements.

    Parameters
    ----------
    x : tensor
        A live tensor; it is left as it was.
    k : int
        How many; fewer if there are fewer.
    sel : str, tuple, mapping or None
        Where to look; None looks everywhere.
    largest : bool
        False finds the smallest.
    by : {"value", "abs"}
        What is compared. ``"abs"`` compares magnitudes (exactly, also of −128 in int8) and still
        gives signed values; complex numbers have no other order.
    dims : sequence of str, optional
        Names of the dims, so that `sel` can use them.
    progress : bool or callable, optional
        For arrays that are read in chunks: True prints a line, a function gets ``(done, total)``.
        What it raises stops the read; so does an interrupt.

    Returns
    -------
    Hits
        Best first, ties by the lowest flat index. NaN is left out and counted in ``.nan``;
        ``.count`` is the number of candidates.

    Raises
    ------
    SelectionError
        The selection, `k` or `by` cannot be used.
    ConditionError
        With kind ``TYPE``: complex numbers by value.
    UnsupportedTensorError
        `x` has no values that can be read.

    Notes
    -----
    Cost: one pass over the selection, and a few blocks of 4096 elements again; memory for `k`. Of
    a stored or lazy array every chunk is read once.

    Examples
    --------
    >>> import numpy as np, tensorscope as ts
    >>> ts.topk(np.array([1.0, -5.0, 3.0]), 2, by="abs").values.tolist()
    [-5.0, 3.0]
    """
    with reporting(progress):
        return topk_selected(select(x, sel, dims, search=whole_number(k, "k")), k, largest, by)


def topk_selected(
    selected: Selected,
    k: int = 10,
    largest: bool = True,
    by: str = "value",
    name: str | None = None,
) -> Hits:
    """Do what :func:`topk` does, for a selection that was made and a tensor that has a `name`."""
    wanted = whole_number(k, "k")
    if by not in ("value", "abs"):
        raise SelectionError(f"by={quote(by)}: write by='value' or by='abs'", "TYPE")
    if not isinstance(largest, bool | np.bool_):
        raise SelectionError(f"largest={quote(largest)}: write True or False", "TYPE")
    absolute = by == "abs"
    if selected.dtype.kind == "c" and not absolute:
        raise ConditionError(f"{selected.dtype.name} numbers have no order: use by='abs'", "TYPE")
    if selected.dtype.kind == "M" and absolute:
        raise ConditionError("dates have no magnitude: use by='value'", "TYPE")
    counted, nat = dates_as_ticks(selected)
    ranked = rank(counted.cut, wanted, bool(largest), absolute)
    found = Found(ranked.candidates + (selected.zeros or 0), ranked.flat, ranked.raw)
    shown, nan, parts = len(ranked.flat), ranked.nan + nat, parts_of(selected)
    zeros = bool((counted.dtype.decode(found.raw) == 0).any())

    def code() -> str:
        called = name or names.name_of(parts.source)
        return hits_code.topk(called, parts, shown, bool(largest), absolute, nan, zeros)

    return Hits(counted, found, code, nan=nan, dtype=selected.dtype, ranked=True)

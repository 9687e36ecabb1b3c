"""Where a condition or a mask holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tensorscope import names
from tensorscope.adapters.cut import Cut
from tensorscope.adapters.registry import adapter_of, is_tensor
from tensorscope.adapters.select import Selected, carry_out, select
from tensorscope.condition import Condition
from tensorscope.errors import ConditionError, clip, quote
from tensorscope.hits import Hits, parts_of, whole_number
from tensorscope.hits_by import find_selected
from tensorscope.kernels import hits_code
from tensorscope.kernels.predicate import Predicate
from tensorscope.kernels.search import Found, find_mask
from tensorscope.progress import reporting

#: How many hits are listed unless somebody asks for another number.
LISTED = 1000


def where(
    x: Any,
    cond: object,
    sel: object = None,
    limit: int = LISTED,
    dims: object = None,
    progress: object = None,
) -> Hits:
    """Find the elements where a condition holds.

    Parameters
    ----------
    x : tensor
        A live tensor; it is left as it was.
    cond : str, Condition or boolean tensor
        What one would type: ``"> 0.9"``, ``"0.1 < x < 0.5"``, ``"abs(x) > 3"``, ``"isnan(x)"``,
        ``"(x < 0) | (x > 1)"``; parsed, never evaluated. Or a boolean mask (NumPy, PyTorch) of
        the tensor's shape or of the selection's. Thresholds for floats are rounded to the tensor's
        dtype, and a note says to what; integers are compared exactly. NaN matches ``!=`` alone.
    sel : str, tuple, mapping or None
        Where to look; None looks everywhere.
    limit : int
        How many hits are listed at most; all are counted.
    dims : sequence of str, optional
        Names of the dims, so that `sel` can use them.
    progress : bool or callable, optional
        For arrays that are read in chunks: True prints a line, a function gets ``(done, total)``.
        What it raises stops the read; so does an interrupt.

    Returns
    -------
    Hits
        In C order of the selection.

    Raises
    ------
    ConditionError
        The condition cannot be parsed (``SYNTAX``) or does not fit (``TYPE``, ``SHAPE``).
    SelectionError
        The selection or `limit` cannot be used.
    UnsupportedTensorError
        `x` has no values that can be read.

    Notes
    -----
    Cost: one pass over the selection in pieces of 64 k elements, plus memory for the listed hits
    (a second pass, at most, if memory is not in C order). Of a stored or lazy array every chunk is
    read once.

    Examples
    --------
    >>> import numpy as np, tensorscope as ts
    >>> ts.where(np.array([[0.5, 2.0], [3.0, 0.1]]), "> 1").indices.tolist()
    [[0, 1], [1, 0]]
    """
    most = whole_number(limit, "limit")
    if isinstance(cond, Mapping) or _are_texts(cond):
        raise _one_at_a_time(cond)
    with reporting(progress):
        selected = select(x, sel, dims, search=None if is_mask(cond) else most)
        return where_selected(selected, cond, most)


def _are_texts(cond: object) -> bool:
    return isinstance(cond, list | tuple) and bool(cond) and all(isinstance(c, str) for c in cond)


def _one_at_a_time(conds: object) -> ConditionError:
    """Return the error for several conditions at once, which a scope takes."""
    name = next(iter(conds), "hot") if isinstance(conds, Mapping) else "hot"
    return ConditionError(
        f"ts.where takes one condition, not a {type(conds).__name__} of them: call it once for "
        "each, {name: ts.where(x, c) for name, c in conditions.items()}, or join them with & or | "
        "in one text. ts.scope(x, where={name: condition, …}) takes several and marks each in a "
        f"colour of its own; there .hits_of({quote(name, 40)}) are the hits of one",
        "TYPE",
    )


def where_selected(
    selected: Selected, cond: object, limit: int = LISTED, name: str | None = None
) -> Hits:
    """Do what :func:`where` does, for a selection that was made and a tensor that has a `name`."""
    most = whole_number(limit, "limit")
    if is_mask(cond):
        return _where_mask(selected, cond, most)
    condition = Condition.parse(cond)
    predicate = Predicate(condition, selected.dtype)
    found = find_selected(selected, predicate, most)
    parts = parts_of(selected)  # not the cut: what outlives this call must hold no borrowed memory

    def code() -> str:
        called = name or names.name_of(parts.source)
        return hits_code.where(called, parts, predicate, most)

    def count_by(dim: int) -> Found:
        again = carry_out(parts.adapter, parts.source, parts.selection, search=0)
        return find_selected(again, predicate, 0, dim)

    return Hits(selected, found, code, predicate.notes, count_by=count_by)


def is_mask(cond: object) -> bool:
    """Return whether a condition is given as a tensor and not as text."""
    return not isinstance(cond, str | bytes | int | float | complex | Condition) and is_tensor(cond)


def _where_mask(selected: Selected, mask: Any, limit: int) -> Hits:
    adapter = adapter_of(mask)
    adapter.check(mask)
    if adapter.dtype(mask).kind != "b":
        raise ConditionError(
            f"a mask has dtype bool, this one {adapter.dtype(mask).name}: write e.g. mask != 0",
            "TYPE",
        )
    shape, selection = adapter.lengths(mask), selected.selection
    notes: tuple[str, ...] = ()
    if shape == selection.lengths and not selection.reduced:
        chosen = selection
    elif shape == selection.shape:
        chosen = None
    else:
        other = "" if selection.shape == selection.lengths else f" or {selection.shape}"
        raise ConditionError(
            f"the mask has shape {clip(str(shape))}; it must have {clip(str(selection.lengths))}"
            f"{other}, like the tensor or the selection {clip(selection.expr)}",
            "SHAPE",
        )
    if chosen is None:
        cut = select(mask).cut
    else:
        cut = carry_out(adapter, mask, chosen).cut
    blanks = [blank for blank in (selected.cut.blank, cut.blank) if blank is not None]
    if blanks:  # what is masked, or masked in the mask, is no hit
        bits = np.logical_and.reduce([np.asarray(cut.read()), *(~blank for blank in blanks)])
        cut = Cut(cut.dtype, cut.spans, array=bits)
    if selected.cut.blank is not None:
        selected = replace(selected, masked=int(selected.cut.blank.sum()))
    found = find_mask(selected.cut, cut, limit)
    parts, indices = parts_of(selected), selected.coordinates(found.flat)

    def code() -> str:
        called = None if blanks else names.find_name(mask)
        return hits_code.where_mask(
            names.name_of(parts.source), parts, called, adapter, mask, chosen, indices, limit
        )

    return Hits(selected, found, code, notes)

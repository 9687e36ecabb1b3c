"""From a tensor and what somebody typed to bits and coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.reduce import reduce_cut
from tensorscope.adapters.registry import adapter_of
from tensorscope.errors import SelectionError, UnsupportedTensorError
from tensorscope.selection import Selection, parse
from tensorscope.slots import Span


@dataclass(frozen=True, slots=True)
class Selected:
    """A selection of a live tensor. Valid during the call that made it.

    Attributes
    ----------
    cut : Cut
        The bits of the result: of `selection.shape`, reductions already carried out.
    held : ndarray of int64, optional
        Where rows differ and places without a value were left out: the flat positions, in the
        selection, of the elements of `cut`, which has one dim then. Likewise for a sparse tensor,
        of which `cut` has what is stored, and the first zeros.
    zeros : int, optional
        For a sparse tensor: how many more zeros the selection has.
    """

    adapter: Adapter
    source: Any
    selection: Selection
    cut: Cut
    held: NDArray[np.int64] | None = None
    zeros: int | None = None

    @property
    def dtype(self) -> DType:
        """Element type of the result (a reduction may change it)."""
        return self.cut.dtype

    @property
    def count(self) -> int:
        """Number of elements that were selected."""
        return self.cut.count + (self.zeros or 0)

    @property
    def holes(self) -> bool:
        """Whether places of the selection hold no value."""
        return self.held is not None and self.zeros is None

    def coordinates(self, flat: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return whole-tensor coordinates of flat C-order positions in the result.

        Returns
        -------
        ndarray of int64, shape (len(flat), ndim)
            −1 stands for a reduced dim.
        """
        slots = self.selection.slots
        flat = flat if self.held is None else self.held[flat]
        out = np.empty((len(flat), len(slots)), np.int64)
        shape = self.selection.shape
        places = np.unravel_index(flat, shape) if shape else ()
        kept = iter(places)
        for dim, slot in enumerate(slots):
            if isinstance(slot, Span):
                out[:, dim] = slot.start + slot.step * next(kept)
            else:
                out[:, dim] = slot if isinstance(slot, int) else -1
        return out


def check_dims(dims: object, lengths: Sequence[int]) -> tuple[str, ...] | None:
    """Return `dims` as a tuple of names, or raise SelectionError (``DIMS``)."""
    if dims is None:
        return None
    names = tuple(dims) if isinstance(dims, list | tuple) else None
    if (
        names is None
        or len(names) != len(lengths)
        or len(set(names)) != len(names)
        or not all(isinstance(n, str) and n for n in names)
    ):
        raise SelectionError(
            f"dims={dims!r} does not name the dims of shape {tuple(lengths)}: pass "
            f"{len(lengths)} different names in a tuple, e.g. "
            f"{tuple('batch channel y x d4 d5 d6 d7'.split()[: len(lengths)])!r}",
            "DIMS",
        )
    return names


def select(x: Any, sel: object = None, dims: object = None, search: int | None = None) -> Selected:
    """Look up who `x` is, read the selection and cut it.

    search: numbers are needed, and not all at their places: see :func:`carry_out`.

    Raises
    ------
    UnsupportedTensorError
        `x` is no tensor that can be read.
    SelectionError
        The selection or `dims` does not fit.
    """
    adapter = adapter_of(x)
    adapter.check(x)
    lengths = adapter.lengths(x)
    selection = parse(sel, lengths, check_dims(dims, lengths) or adapter.dims(x))
    if search is not None:
        check_numbers(adapter.dtype(x))
    return carry_out(adapter, x, selection, search)


def check_numbers(dtype: DType) -> None:
    """Raise UnsupportedTensorError if elements are no numbers."""
    if dtype.kind == "O":
        raise UnsupportedTensorError(
            f"NOT_NUMERIC: {dtype.name} elements have no order and no statistics; ts.describe and "
            "ts.extract read them",
            "NOT_NUMERIC",
        )


def carry_out(
    adapter: Adapter, x: Any, selection: Selection, search: int | None = None
) -> Selected:
    """Cut a selection that is known to fit; reduce where it says so.

    search: leave out places that hold no value, instead of refusing them; and of a sparse tensor
    all zeros that are not stored but the first so many.
    """
    if search is not None and not selection.reduced:
        stored = adapter.stored(x, selection)
        if stored is not None:
            return _without_zeros(adapter, x, selection, *stored, search)
    present = adapter.present(x, selection)
    if present is not None and not present.all():
        if search is None or selection.reduced:
            raise SelectionError(
                f"{selection.expr} reaches past the end of a row: {present.size - present.sum()} "
                f"of its {present.size} places hold no value; select within the rows, or look at "
                f"{adapter.fill_advice}",
                "BOUNDS",
            )
        held = np.flatnonzero(present)
        raw = np.asarray(adapter.cut(x, selection).read())[present]
        packed = Cut(adapter.dtype(x), (Span(0, 1, len(held)),), array=raw)
        return Selected(adapter, x, selection, packed, held)
    cut = adapter.cut(x, selection)
    if selection.reduced:
        cut = reduce_cut(cut, selection)
    return Selected(adapter, x, selection, cut)


def _without_zeros(
    adapter: Adapter, x: Any, selection: Selection, flat: NDArray[np.int64], raw: Raw, first: int
) -> Selected:
    """Return the stored elements, and the first zeros that are not stored.

    So few zeros are enough: among the first n hits, or the n best, are no others.
    """
    total = selection.count
    early = np.arange(min(total, len(flat) + first), dtype=np.int64)
    zeros = np.setdiff1d(early, flat, assume_unique=True)[:first]
    held = np.concatenate([flat, zeros])
    order = np.argsort(held)
    bits = np.concatenate([raw, np.zeros(len(zeros), raw.dtype)])[order]
    cut = Cut(adapter.dtype(x), (Span(0, 1, len(held)),), array=bits)
    return Selected(adapter, x, selection, cut, held[order], total - len(held))

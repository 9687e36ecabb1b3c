"""From a tensor and what somebody typed to bits and coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.dtypes import NAT, DType
from tensorscope.adapters.reduce import reduce_cut
from tensorscope.adapters.reduce_stored import reduce_stored, unreduced
from tensorscope.adapters.registry import adapter_of
from tensorscope.errors import SelectionError, UnsupportedTensorError, clip, quote
from tensorscope.selection import Selection
from tensorscope.selection_parse import parse
from tensorscope.slots import Span


@dataclass(frozen=True, slots=True)
class Selected:
    """A selection of a live tensor. Valid during the call that made it.

    Attributes
    ----------
    cut : Cut
        The bits of the result: of `selection.shape`, reductions already carried out.
    held : ndarray of int64, optional
        Where places without a value were left out: the flat positions, in the selection, of the
        elements of `cut`, which has one dim then. Likewise for a sparse tensor, of which `cut` has
        what is stored, and the first zeros.
    zeros : int, optional
        For a sparse tensor: how many more zeros the selection has.
    batch : int
        How many dims of a running vmap the result has before those of the selection.
    masked : int
        How many places were left out because they are masked.
    """

    adapter: Adapter
    source: Any
    selection: Selection
    cut: Cut
    held: NDArray[np.int64] | None = None
    zeros: int | None = None
    batch: int = 0
    masked: int = 0

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


def check_dims(dims: object, lengths: Sequence[int | None]) -> tuple[str, ...] | None:
    """Return `dims` as a tuple of names, or raise SelectionError (``DIMS``)."""
    if dims is None:
        return None
    names = tuple(dims) if isinstance(dims, list | tuple) else None
    if (
        names is None
        or len(names) != len(lengths)
        or not all(isinstance(n, str) and n for n in names)
        or len(set(names)) != len(names)
    ):
        raise SelectionError(
            f"dims={quote(dims)} does not name the dims of shape {tuple(lengths)}: pass "
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
    selection = parse(
        sel,
        lengths,
        check_dims(dims, lengths) or adapter.dims(x),
        lambda dim: adapter.labels(x, dim),
    )
    return carry_out(adapter, x, selection, search)


def check_numbers(adapter: Adapter, dtype: DType) -> None:
    """Raise UnsupportedTensorError if elements are no numbers."""
    if dtype.kind == "O":
        field = dtype.storage.names[0] if dtype.storage.names else None
        raise UnsupportedTensorError(
            f"{clip(dtype.name, 200)} elements have no order and no statistics; "
            + (
                f"pass one field, e.g. x[{field!r}]"
                if field
                else "pass columns of one number type, e.g. sel='[:, 0]'"
                if dtype.storage.kind == "O" and "|" in dtype.name
                else f"{adapter.number_advice}. {mask_advice(adapter)}"
            ),
            "NOT_NUMERIC",
        )


def mask_advice(adapter: Adapter) -> str:
    """Return how elements that no condition compares, as texts are, can be searched still."""
    array = "np.asarray(x)" if adapter.name == "python" else "x"  # a list compares as a whole
    return f"To search them pass a mask that you computed, e.g. ts.where(x, {array} == 'word')"


def check_no_batch(adapter: Adapter, x: Any) -> None:
    """Raise UnsupportedTensorError inside of vmap, where a coordinate means several elements."""
    if adapter.batch(x):
        raise UnsupportedTensorError(
            "inside of vmap an index stands for one value of each example, so that places and "
            "statistics have no meaning: ts.extract reads the values; return the tensor from vmap "
            "to search it",
            "SYMBOLIC",
        )


def carry_out(
    adapter: Adapter,
    x: Any,
    selection: Selection,
    search: int | None = None,
    painted: bool = False,
) -> Selected:
    """Cut a selection that is known to fit; reduce where it says so.

    search: numbers are needed, and not all at their places: leave out those that hold no value,
    and of a sparse tensor all zeros that are not stored but the first so many.

    painted: every place is needed, also past the end of a row: `Cut.blank` tells which they are.
    """
    batch = adapter.batch(x)
    if batch:
        return _of_each_example(adapter, x, selection, batch, search)
    if selection.reduced or search is not None:
        stored = adapter.stored(x, unreduced(selection))
        if stored is not None and selection.reduced:
            cut = reduce_stored(adapter.dtype(x), selection, *stored)
            return Selected(adapter, x, selection, cut)
        if stored is not None and search is not None:
            return _without_zeros(adapter, x, selection, *stored, search)
    present = adapter.present(x, selection)
    if present is not None and not present.all():
        masked = adapter.hole == "masked"
        searching = search is not None and not selection.reduced
        if not (searching or masked or (painted and not selection.reduced)):
            raise SelectionError(
                f"{selection.expr} reaches past the end of a row: {present.size - present.sum()} "
                f"of its {present.size} places hold no value; select within the rows, or look at "
                f"{adapter.fill_advice}",
                "BOUNDS",
            )
        cut = adapter.cut(x, selection)
        if not searching:
            cut.blank = ~present
            return Selected(adapter, x, selection, _reduced(cut, selection))
        check_numbers(adapter, cut.dtype)
        held = np.flatnonzero(present)
        packed = Cut(cut.dtype, (Span(0, 1, len(held)),), array=np.asarray(cut.read())[present])
        left_out = present.size - len(held) if masked else 0
        return Selected(adapter, x, selection, packed, held, masked=left_out)
    cut = _reduced(adapter.cut(x, selection), selection)
    if search is not None:
        check_numbers(adapter, cut.dtype)
    return Selected(adapter, x, selection, cut)


def _of_each_example(
    adapter: Adapter, x: Any, selection: Selection, batch: tuple[int, ...], search: int | None
) -> Selected:
    """Return the selection of each example that a running vmap computes."""
    if search is not None:
        check_no_batch(adapter, x)
    ahead = tuple(Span(0, 1, n) for n in batch)
    full = Selection(batch + selection.lengths, ahead + selection.slots)
    cut = adapter.cut(x, full)
    if full.reduced:
        cut = reduce_cut(cut, full)
    return Selected(adapter, x, selection, cut, batch=len(batch))


def _reduced(cut: Cut, selection: Selection) -> Cut:
    """Carry out reductions; of masked places nothing is counted, and what has none left is."""
    if not selection.reduced:
        return cut
    if cut.blank is not None:
        raise SelectionError(
            f"{selection.op} in {selection.expr} meets {int(cut.blank.sum())} masked places: "
            "ts.stats leaves them out; or fill them first",
            "TYPE",
        )
    return reduce_cut(cut, selection)


def dates_as_ticks(selected: Selected) -> tuple[Selected, int]:
    """Return dates or durations as integers without NaT, and how many NaT were left out.

    Other selections come back as they are.
    """
    dtype = selected.dtype
    if dtype.kind not in "Mm":
        return selected, 0
    cut = selected.cut.ticks()
    raw = np.asarray(cut.read())
    present = raw != NAT
    if present.all():
        return replace(selected, cut=cut), 0
    flat = np.flatnonzero(present)
    packed = Cut(cut.dtype, (Span(0, 1, len(flat)),), array=raw[present])
    held = flat if selected.held is None else selected.held[flat]
    return replace(selected, cut=packed, held=held), raw.size - len(flat)


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

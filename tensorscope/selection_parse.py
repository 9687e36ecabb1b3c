"""Selections as people write them: expressions, tuples, mappings; refused where they do not fit."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence, Sized

from tensorscope.errors import SelectionError, clip, quote
from tensorscope.labels import LabelsOf, no_labels, position_of
from tensorscope.selection import Selection, check_one_reduction, whole
from tensorscope.selection_text import NO_LISTS, Piece, split_expression, split_mapping
from tensorscope.slots import REDUCTIONS, Reduce, Slot, Span


def parse(
    sel: object,
    lengths: Sequence[int],
    dims: Sequence[str] | None = None,
    labels: LabelsOf = no_labels,
) -> Selection:
    """Read a selection.

    Parameters
    ----------
    sel : str, int, slice, Ellipsis, tuple, mapping, Selection or None
        What one would type between the brackets, e.g. ``"[0, 2:5, ::-1]"``, ``"[..., 0]"``,
        ``(0, slice(2, 5))``, ``{"channel": 3}``, ``{1: "mean"}``. None selects everything.
    lengths : sequence of int
        Shape of the tensor.
    dims : sequence of str, optional
        Names of the dims, for mappings.
    labels : callable
        The labels of a dim, which may stand in its slot: as a text that is no slot of another
        kind or is in quotes, or as a number or date that is no integer.

    Returns
    -------
    Selection

    Raises
    ------
    SelectionError
        With kind ``SYNTAX``, ``DIMS``, ``TYPE``, ``BOUNDS`` or ``LABEL``.
    """
    shape = tuple(lengths)
    if sel is None:
        return whole(shape)
    if isinstance(sel, Selection):
        if sel.lengths != shape:
            raise SelectionError(
                f"the selection {sel.expr} belongs to shape {sel.lengths}, this tensor has "
                f"shape {shape}: pass the text {sel.expr!r} instead",
                "DIMS",
            )
        return sel
    if isinstance(sel, str):
        text = sel.strip()
        if text.startswith("{"):
            entries = {_dim_key(k, shape, dims): v for k, v in split_mapping(sel)}
            return _from_entries(entries, shape, labels)
        return _from_items(list(split_expression(sel)), shape, labels)
    if isinstance(sel, Mapping):
        return _from_entries({_dim_of(k, shape, dims): v for k, v in sel.items()}, shape, labels)
    if isinstance(sel, list):
        raise SelectionError(
            f"the selection is the list {quote(sel)}: {NO_LISTS}. One slot a dim is a tuple, "
            "(0, slice(2, 5)), or a text, '[0, 2:5]'",
            "TYPE",
        )
    items = list(sel) if isinstance(sel, tuple) else [sel]
    return _from_items(items, shape, labels)


def parse_slot(
    item: object, dim: int, shape: tuple[int, ...], labels: LabelsOf = no_labels
) -> Slot:
    """Read one slot: an integer, a slice, the name of a reduction, a label, or such a text."""
    if isinstance(item, str):
        item = Piece(item, 0)
    if isinstance(item, Piece):
        parsed = item.parse()
        known = labels(dim) if parsed is None or item.is_quoted else None
        # In quotes a label comes first: a column may be called 'mean'.
        if known is not None and (parsed is None or known.find(item.word)):
            return position_of(item.word, dim, labels, len(shape), item.span)
        try:
            return parse_slot(parsed, dim, shape, labels) if parsed is not None else _bad(item)
        except SelectionError as error:
            raise SelectionError(str(error), error.kind, error.span or item.span) from None
    length = shape[dim]
    if isinstance(item, Span | Reduce):
        item = item.slice if isinstance(item, Span) else item
        if isinstance(item, Reduce):
            return item
    if isinstance(item, slice):
        return _span(item, dim, length)
    # What argmax gives in PyTorch and JAX is no list: an array without dims.
    is_list = isinstance(item, Sized) and getattr(item, "ndim", None) != 0
    if is_list and not (isinstance(item, tuple) and labels(dim) is not None):
        raise SelectionError(f"dim {dim} got {quote(item)}: {NO_LISTS}", "TYPE")
    index = _integer(item)
    if index is None:
        if not (item is None or isinstance(item, bool) or labels(dim) is None):
            return position_of(item, dim, labels, len(shape))
        raise SelectionError(
            f"dim {dim} got {quote(item)}: a slot is an integer, a slice or the name of a "
            f"reduction ({', '.join(REDUCTIONS)}); for a mask use ts.where(x, mask)",
            "TYPE",
        )
    if not -length <= index < length:
        allowed = f"allowed {-length}…{length - 1}" if length else "the dim is empty, only : fits"
        known = labels(dim)
        if known is not None and known.find(index):
            allowed += f"; the label is written in quotes, {{{dim}: \"'{index}'\"}}"
        raise SelectionError(
            f"dim {dim} index {clip(str(index), 40)} is out of range: shape {_shape(shape)}, "
            f"{allowed}",
            "BOUNDS",
        )
    return index % length


def _shape(shape: tuple[int, ...]) -> str:
    return clip(str(shape), 160)


def _integer(item: object) -> int | None:
    try:
        return None if isinstance(item, bool) else operator.index(item)  # type: ignore[arg-type]
    except TypeError:
        return None


def _bad(piece: Piece) -> Slot:
    raise SelectionError(
        f"{quote(piece.text.strip())} is no slot: write an integer (3, -1), a slice (2:5, ::-1), "
        f"... or one of {', '.join(REDUCTIONS)}",
        "SYNTAX",
        piece.span,
    )


def _span(item: slice, dim: int, length: int) -> Span:
    try:
        start, stop, step = item.indices(length)
    except (ValueError, TypeError) as error:
        raise SelectionError(
            f"dim {dim} got the slice {quote(item)}: {error}; a slice has integers and a step "
            "that is not 0",
            "SYNTAX",
        ) from None
    size = len(range(start, stop, step))
    if size == 0:
        return Span(0, 1, 0)
    return Span(start, 1 if size == 1 else step, size)


def _from_items(items: list[object], shape: tuple[int, ...], labels: LabelsOf) -> Selection:
    dots = [k for k, item in enumerate(items) if _is_dots(item)]
    if len(dots) > 1:
        raise SelectionError(
            "'...' stands twice: it may stand once", "SYNTAX", _span_of(items[dots[1]])
        )
    given = len(items) - len(dots)
    if given > len(shape):
        extra = items[-1]
        raise SelectionError(
            f"{given} slots for {len(shape)} dims: shape {_shape(shape)}; take "
            f"{given - len(shape)} away",
            "DIMS",
            _span_of(extra),
        )
    fill: list[object] = [slice(None)] * (len(shape) - given)
    at = dots[0] if dots else len(items)
    items = [*items[:at], *fill, *items[at + len(dots) :]]
    return _build(enumerate(items), shape, labels)


def _from_entries(
    entries: Mapping[int, object], shape: tuple[int, ...], labels: LabelsOf
) -> Selection:
    items = ((d, entries.get(d, slice(None))) for d in range(len(shape)))
    return _build(items, shape, labels)


def _build(
    items: Iterable[tuple[int, object]], shape: tuple[int, ...], labels: LabelsOf
) -> Selection:
    slots = tuple(parse_slot(item, dim, shape, labels) for dim, item in items)
    check_one_reduction(slots)
    return Selection(shape, slots)


def _is_dots(item: object) -> bool:
    return item is Ellipsis or (isinstance(item, Piece) and item.text.strip() == "...")


def _span_of(item: object) -> tuple[int, int] | None:
    return item.span if isinstance(item, Piece) else None


def _dim_key(key: Piece, shape: tuple[int, ...], dims: Sequence[str] | None) -> int:
    """Find the dim that a mapping's key names in text."""
    text = key.text.strip()
    try:
        if text.lstrip("-").isdecimal() and text.isascii() and len(text) < 20:
            return _dim_of(int(text), shape, dims)
        return _dim_of(text.strip("\"'"), shape, dims)
    except SelectionError as error:
        raise SelectionError(str(error), error.kind, key.span) from None


def _dim_of(key: object, shape: tuple[int, ...], dims: Sequence[str] | None) -> int:
    if isinstance(key, str):
        if dims is None or key not in dims:
            known = f"the dims are {clip(', '.join(dims or ()), 300)}; use one of these"
            if not dims:
                known = "this tensor's dims have no names; name them, dims=('y', 'x'),"
            raise SelectionError(
                f"there is no dim {quote(key)}: {known} or write its number, {{0: 3}}", "DIMS"
            )
        return list(dims).index(key)
    try:
        dim = operator.index(key)  # type: ignore[arg-type]
    except TypeError:
        raise SelectionError(
            f"{quote(key)} names no dim: use its number or its name", "TYPE"
        ) from None
    if not -len(shape) <= dim < len(shape):
        raise SelectionError(
            f"there is no dim {dim}: shape {_shape(shape)} has dims 0…{len(shape) - 1}", "DIMS"
        )
    return dim % len(shape)

"""Cells: one element by its coordinates in the whole tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from tensorscope.errors import SelectionError
from tensorscope.labels import LabelsOf, no_labels
from tensorscope.selection_parse import parse

#: An index for each dim; the name of the reduction where a dim is reduced.
Cell: TypeAlias = tuple[int | str, ...]


def parse_cell(
    cell: object,
    lengths: Sequence[int],
    dims: Sequence[str] | None = None,
    labels: LabelsOf = no_labels,
) -> Cell | None:
    """Read a cell: all that a selection takes, with an index for each dim; None for none.

    Raises
    ------
    SelectionError
        It names no single element, or one out of range.
    """
    if cell is None:
        return None
    selection = parse(tuple(cell) if isinstance(cell, list) else cell, lengths, dims, labels)
    if selection.shape or len(selection.slots) != len(lengths):
        raise SelectionError(
            f"{selection.expr} is no cell: give an index for each of the {len(lengths)} dims",
            "TYPE",
        )
    return tuple(
        slot if isinstance(slot, int) else selection.slot_text(dim)
        for dim, slot in enumerate(selection.slots)
    )

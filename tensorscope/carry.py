"""Carry: what one view shows, carried over to the view of another tensor; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tensorscope import view
from tensorscope.errors import SelectionError
from tensorscope.selection import Selection
from tensorscope.slots import Reduce, Slot, Span
from tensorscope.view import ViewState


def pairs_of(
    names: tuple[str, str],
    lengths: tuple[Sequence[int], Sequence[int]],
    dims: tuple[Sequence[str] | None, Sequence[str] | None],
) -> dict[int, int]:
    """Return which dim of the second tensor follows which of the first.

    By name where both have names in common, else one by one.

    Raises
    ------
    SelectionError
        They have no dims in common (``LINK``).
    """
    first, second = dims
    if first is not None and second is not None:
        pairs = {k: list(second).index(name) for k, name in enumerate(first) if name in second}
        if pairs:
            return pairs
    if len(lengths[0]) == len(lengths[1]):
        return {k: k for k in range(len(lengths[0]))}
    raise SelectionError(
        f"{names[0]} has shape {tuple(lengths[0])} and {names[1]} {tuple(lengths[1])}: linked "
        "scopes have as many dims as each other, or names in common (dims=…). Make a scope of a "
        "part, or pass dims",
        "LINK",
    )


def misfits(
    names: tuple[str, str], pairs: Mapping[int, int], first: Sequence[int], second: Sequence[int]
) -> list[str]:
    """Return a line for each dim in which one tensor is longer."""
    lines = []
    for k, j in pairs.items():
        if first[k] != second[j]:
            least = min(first[k], second[j])
            lines.append(
                f"dim {k} is {first[k]} long in {names[0]}, {second[j]} in {names[1]}: from "
                f"{least} on they move apart"
            )
    if len(pairs) < max(len(first), len(second)):
        lines.append("dims without a partner stay as they are")
    return lines


def carried(source: ViewState, target: ViewState, pairs: Mapping[int, int]) -> ViewState:
    """Return `target` with selection, roles and pinned cell of `source`, as far as they fit."""
    selection = _selection(source.selection, target.selection, pairs)
    held = list(target.held)
    for k, j in pairs.items():
        if source.held[k] < selection.lengths[j]:
            held[j] = source.held[k]
    state = view.select(replace(target, cell=None), selection)
    roles = [None if role is None else pairs.get(role) for role in source.roles]
    free = selection.free
    if selection.is_cell:
        roles = list(view.fill_roles(roles, ()))
    else:
        roles = list(view.fill_roles([r if r in free else None for r in roles], free))
    state = replace(state, roles=(roles[0], roles[1], roles[2]), held=tuple(held))
    return replace(state, cell=_cell(source, state, pairs))


def _selection(source: Selection, target: Selection, pairs: Mapping[int, int]) -> Selection:
    slots = list(target.slots)
    for k, j in pairs.items():
        slots[j] = _slot(source.slots[k], source.lengths[k], target.slots[j], target.lengths[j])
    op = source.op
    if op is not None:  # one selection has one reduction
        slots = [Reduce(op) if isinstance(slot, Reduce) else slot for slot in slots]
    return Selection(target.lengths, tuple(slots))


def _slot(slot: Slot, length: int, own: Slot, room: int) -> Slot:
    """Return a slot as it fits into another length: a whole dim stays whole."""
    if isinstance(slot, Reduce):
        return slot
    if isinstance(slot, Span):
        last = slot.start + slot.step * (slot.size - 1)
        whole = slot == Span(0, 1, length)
        inside = slot.size > 0 and max(slot.start, last) < room
        return slot if inside and not whole else Span(0, 1, room)
    if slot < room:
        return slot
    if isinstance(own, int):
        return own
    return room - 1 if room else Span(0, 1, 0)


def _cell(
    source: ViewState, target: ViewState, pairs: Mapping[int, int]
) -> tuple[int | str, ...] | None:
    if source.cell is None:
        return None
    held = [
        slot.op if isinstance(slot, Reduce) else slot if isinstance(slot, int) else target.held[j]
        for j, slot in enumerate(target.picture.slots)
    ]
    for k, j in pairs.items():
        if isinstance(target.picture.slots[j], Span):
            held[j] = source.cell[k]
    cell = tuple(held)
    return cell if target.contains(cell) else None

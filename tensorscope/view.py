"""ViewState: how a selection is shown; pure transitions from one state to the next.

The picture has up to three roles, columns, rows and grid, each taken by one dim. Every change
that a person makes, by mouse, by text or from Python, is a function here: state in, state out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from tensorscope.colour import Colour
from tensorscope.condition import Condition
from tensorscope.conditions import Conditions
from tensorscope.errors import SelectionError, quote
from tensorscope.selection import Selection, last_plane
from tensorscope.slots import REDUCTIONS, Reduce, Slot, Span
from tensorscope.sort import Sort

ROLES = ("columns", "rows", "grid")
Roles: TypeAlias = tuple[int | None, int | None, int | None]
NO_ROLES: Roles = (None, None, None)


@dataclass(frozen=True, slots=True)
class ViewState:
    """What a scope shows: an immutable value.

    Attributes
    ----------
    selection : Selection
        `.expr` of the scope.
    roles : tuple of (int or None)
        The dims on columns, rows and grid.
    held : tuple of int
        Per dim, the index that it had last: shown where the dim has no role.
    conditions : Conditions
        `.where` of the scope.
    cell : tuple of (int or str) or None
        The pinned cell; a reduced dim holds the name of its reduction.
    colour : Colour
        Colour map and range.
    sort : Sort or None
        The order of a grid's tiles; kept while one of them is open.
    rgb : int or None
        The dim whose three or four tiles are shown as one picture in colour, while it is the grid.
    table : bool or None
        Whether the numbers stand in the picture's place; None: where they are words, which have
        no colours.
    """

    selection: Selection
    roles: Roles
    held: tuple[int, ...]
    conditions: Conditions = field(default_factory=Conditions)
    cell: tuple[int | str, ...] | None = None
    colour: Colour = field(default_factory=Colour)
    sort: Sort | None = None
    rgb: int | None = None
    table: bool | None = None

    @property
    def condition(self) -> Condition | None:
        """The active condition."""
        return self.conditions.active

    @property
    def columns(self) -> int | None:
        """The dim on columns."""
        return self.roles[0]

    @property
    def rows(self) -> int | None:
        """The dim on rows."""
        return self.roles[1]

    @property
    def grid(self) -> int | None:
        """The dim on the grid of small multiples."""
        return self.roles[2]

    @property
    def picture(self) -> Selection:
        """The selection that the picture shows: spans for the roles, indices for the rest."""
        lengths = self.selection.lengths
        slots: list[Slot] = []
        for dim, slot in enumerate(self.selection.slots):
            if isinstance(slot, Reduce):
                slots.append(slot)
            elif dim in self.roles:
                slots.append(slot if isinstance(slot, Span) else Span(0, 1, lengths[dim]))
            elif isinstance(slot, Span):
                slots.append(self._held_in(dim, slot))
            else:
                slots.append(slot)
        return Selection(lengths, tuple(slots))

    @property
    def is_partial(self) -> bool:
        """Whether more dims are free than the picture has roles."""
        return any(d not in self.roles for d in self.selection.free)

    @property
    def is_rgb(self) -> bool:
        """Whether the grid's tiles are red, green, blue (and alpha) of one picture."""
        if self.rgb is None or self.rgb != self.grid or None in (self.rows, self.columns):
            return False
        slot = self.picture.slots[self.rgb]
        return isinstance(slot, Span) and slot.size in (3, 4)

    @property
    def sorting(self) -> Sort | None:
        """The order of the tiles that are shown; None: that of their indices."""
        if self.grid is None or self.sort is None or self.is_rgb:
            return None
        slot = self.picture.slots[self.grid]
        reference = self.sort.reference
        inside = reference is None or (isinstance(slot, Span) and reference in _range(slot))
        return self.sort if inside else None

    def _held_in(self, dim: int, span: Span) -> Slot:
        if span.size == 0:
            return span
        held = self.held[dim]
        return held if held in _range(span) else span.start

    def contains(self, cell: tuple[int | str, ...]) -> bool:
        """Return whether a cell is in the picture."""
        for at, slot in zip(cell, self.picture.slots, strict=True):
            if isinstance(slot, Reduce):
                if at != slot.op:
                    return False
            elif isinstance(slot, Span):
                if at not in _range(slot):
                    return False
            elif at != slot:
                return False
        return True


def first_state(lengths: tuple[int, ...], selection: Selection | None = None) -> ViewState:
    """Return what a scope shows first: the last two dims, the others at 0."""
    start = ViewState(last_plane(lengths), NO_ROLES, (0,) * len(lengths))
    start = replace(start, roles=_assign(NO_ROLES, start.selection.free))
    return start if selection is None else select(start, selection)


def select(state: ViewState, selection: Selection) -> ViewState:
    """Take over a selection. An all-integer one keeps the plane around it and pins the cell."""
    held = tuple(
        slot if isinstance(slot, int) else was
        for slot, was in zip(selection.slots, state.held, strict=True)
    )
    if selection.is_cell and selection.slots:
        cell = tuple(slot for slot in selection.slots if isinstance(slot, int))
        return replace(state, selection=selection, held=held, cell=cell)
    # Roles that nobody chose are those of a fresh scope, whatever was typed before.
    natural = state.roles == _assign(NO_ROLES, state.selection.free)
    roles = _assign(NO_ROLES if natural else state.roles, selection.free)
    return _follow(replace(state, selection=selection, held=held, roles=roles))


def set_index(state: ViewState, dim: int, index: int) -> ViewState:
    """Put an index in a dim's slot; on a dim beyond the roles, choose which index is shown."""
    slot = state.selection.slots[dim]
    if isinstance(slot, Span) and dim not in state.roles:
        if index not in _range(slot):
            raise SelectionError(
                f"dim {dim} index {index} is outside of its slice "
                f"{state.selection.slot_text(dim)}: choose one inside, or type another slice",
                "BOUNDS",
            )
        held = (*state.held[:dim], index, *state.held[dim + 1 :])
        return _follow(replace(state, held=held))
    moved = select(state, state.selection.replace(dim, index))
    if state.cell is not None and moved.selection.is_cell and state.cell != state.selection.slots:
        # Pinned elsewhere than where the expression stands: the pin moves along in this dim alone.
        cell = (*state.cell[:dim], index, *state.cell[dim + 1 :])
        return replace(moved, cell=cell)
    return moved


def set_role(state: ViewState, role: str, dim: int | None) -> ViewState:
    """Put a dim on rows, columns or grid, or take it away (None).

    An index dim becomes whole; the dim pushed out returns to its last index; a dim that had
    another role changes places with it.
    """
    place = ROLES.index(role)
    if state.selection.is_cell:
        state = replace(state, selection=state.picture)
    old, roles, selection = state.roles[place], list(state.roles), state.selection
    if dim == old:
        return state
    if dim is not None and dim in roles:
        roles[roles.index(dim)] = old
    else:
        if old is not None:
            selection = selection.replace(old, _index_for(state, old))
        if dim is not None and not isinstance(selection.slots[dim], Span):
            selection = selection.replace(dim, Span(0, 1, selection.lengths[dim]))
    roles[place] = dim
    state = replace(state, selection=selection)
    return _follow(replace(state, roles=fill_roles(roles, state.selection.free)))


def set_reduction(state: ViewState, dim: int, op: str | None) -> ViewState:
    """Reduce over a dim, or return it to its last index. Other reduced dims follow suit."""
    if state.selection.is_cell:
        state = replace(state, selection=state.picture)
    if op is not None and op not in REDUCTIONS:
        raise SelectionError(
            f"there is no reduction {quote(op)}: use one of {', '.join(REDUCTIONS)}", "SYNTAX"
        )
    slots = list(state.selection.slots)
    if op is None:
        slots[dim] = _index_for(state, dim)
    else:
        slots = [
            Reduce(op) if isinstance(s, Reduce) or d == dim else s for d, s in enumerate(slots)
        ]
    return select(state, Selection(state.selection.lengths, tuple(slots)))


def set_rgb(state: ViewState, dim: int | None) -> ViewState:
    """Show the three or four tiles of a dim as one picture in colour; None: as tiles again.

    Where rows and columns do not stand on two other dims, they go to the last two.
    """
    if dim is None:
        return replace(state, rgb=None)
    if state.selection.is_cell:
        state = replace(state, selection=state.picture)
    others = [d for d in range(len(state.held)) if d != dim]
    rows, columns = state.rows, state.columns
    if None in (rows, columns) or dim in (rows, columns):
        rows, columns = others[-2:] if len(others) > 1 else (None, None)
    selection = state.selection
    for shown in (rows, columns, dim):
        if shown is not None and not isinstance(selection.slots[shown], Span):
            selection = selection.replace(shown, Span(0, 1, selection.lengths[shown]))
    if state.grid is not None and state.grid not in (rows, columns, dim):
        selection = selection.replace(state.grid, _index_for(state, state.grid))
    slot = selection.slots[dim]
    if rows is None or not isinstance(slot, Span) or slot.size not in (3, 4):
        raise SelectionError(
            f"dim {dim} of shape {selection.lengths} is no colour: choose one of size 3 or 4, "
            "with two more for rows and columns",
            "VIEW",
        )
    return _follow(replace(state, selection=selection, roles=(columns, rows, dim), rgb=dim))


def swap(state: ViewState) -> ViewState:
    """Let rows and columns change places."""
    if state.rows is None:
        return state
    return replace(state, roles=(state.rows, state.columns, state.grid))


def pin(state: ViewState, cell: tuple[int | str, ...] | None) -> ViewState:
    """Pin a cell; if it is not in the picture, move indices so that it is."""
    if cell is None or state.contains(cell):
        return replace(state, cell=cell)
    slots: list[Slot] = []
    held = list(state.held)
    for dim, (at, slot) in enumerate(zip(cell, state.picture.slots, strict=True)):
        if isinstance(slot, Reduce) or isinstance(at, str):
            slots.append(Reduce(at) if isinstance(at, str) else at)
        elif isinstance(slot, Span):
            inside = at in _range(slot)
            slots.append(slot if inside else Span(0, 1, state.selection.lengths[dim]))
        elif isinstance(state.selection.slots[dim], Span):  # beyond the roles: another one is shown
            held[dim] = at
            slots.append(state.selection.slots[dim])
        else:
            slots.append(at)
    moved = replace(state, held=tuple(held), cell=None)
    moved = select(moved, Selection(state.selection.lengths, tuple(slots)))
    return replace(moved, cell=cell)


def set_colour(state: ViewState, change: Mapping[str, Any]) -> ViewState:
    """Change colour map or range."""
    return replace(state, colour=state.colour.changed(change))


def _index_for(state: ViewState, dim: int) -> Slot:
    """Return the index that a dim goes back to when it loses its role."""
    length = state.selection.lengths[dim]
    return min(state.held[dim], length - 1) if length else Span(0, 1, 0)


def _assign(roles: Roles, free: tuple[int, ...]) -> Roles:
    """Keep the roles of dims that are still free; fill columns, rows, grid from the last dims.

    A plane that has lost a dim is another one: it lies as NumPy has it, never transposed.
    """
    kept = [role if role in free else None for role in roles]
    another = None in kept[:2]
    if kept[2] is not None and another and all(d in kept for d in free):
        kept[kept.index(None)], kept[2] = (
            kept[2],
            None,
        )  # no plane without two dims: the grid's moves up
    columns, rows, grid = fill_roles(kept, free)
    if another and columns is not None and rows is not None and rows > columns:
        columns, rows = rows, columns
    return columns, rows, grid


def fill_roles(roles: Sequence[int | None], free: tuple[int, ...]) -> Roles:
    """Give empty roles to free dims without one; a picture has columns before all else."""
    kept = list(roles)
    rest = [d for d in reversed(free) if d not in kept]
    for place in range(3):
        if kept[place] is None and rest:
            kept[place] = rest.pop(0)
    if kept[0] is None:
        other = 1 if kept[1] is not None else 2
        kept[0], kept[other] = kept[other], None
    return kept[0], kept[1], kept[2]


def _follow(state: ViewState) -> ViewState:
    """Let the pinned cell follow the picture: same place, other indices; else unpin it."""
    if state.cell is None or state.contains(state.cell):
        return state
    cell: list[int | str] = []
    for at, slot in zip(state.cell, state.picture.slots, strict=True):
        if isinstance(slot, Span):
            if at not in _range(slot):
                return replace(state, cell=None)
            cell.append(at)
        else:
            cell.append(slot.op if isinstance(slot, Reduce) else slot)
    return replace(state, cell=tuple(cell))


def _range(span: Span) -> range:
    return range(span.start, span.start + span.step * span.size, span.step)

"""A view as a dict that one can type: ``{"rows": 2, "columns": 3, "map": "viridis"}``."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tensorscope import view
from tensorscope.cells import parse_cell
from tensorscope.conditions import Conditions
from tensorscope.errors import SelectionError, quote
from tensorscope.sort import parse_sort
from tensorscope.view import ROLES, ViewState

KEYS = (
    *("rows", "columns", "grid", "held", "cell", "map", "range"),
    *("sort", "rgb", "table", "active", "hidden"),
)


def view_dict(state: ViewState) -> dict[str, Any]:
    """Return roles, colours, order and the pinned cell; :func:`apply_view` takes it back.

    Where conditions have names: which is active, and which are hidden.
    """
    conditions = state.conditions
    named = [one for one in conditions.named if one.name]
    extra = (
        {
            "active": conditions.named[conditions.at].name,
            "hidden": [one.name for one in named if one.hidden],
        }
        if named
        else {}
    )
    return {
        **extra,
        "rows": state.rows,
        "columns": state.columns,
        "grid": state.grid,
        "held": state.held,
        "cell": state.cell,
        "map": state.colour.map,
        "range": state.colour.range,
        "sort": None if state.sort is None else state.sort.text,
        "rgb": state.rgb if state.is_rgb else None,
        "table": state.table,
    }


def changed_view(state: ViewState) -> dict[str, Any]:
    """Return only what a scope of the same selection would not show by itself."""
    plain = view.first_state(state.selection.lengths, state.selection)
    mine, default = view_dict(state), view_dict(plain)
    if state.conditions.named:
        default.update(active=state.conditions.named[0].name, hidden=[])
    if not state.is_partial:
        mine["held"] = default["held"]  # matters only where a free dim has no role
    return {key: mine[key] for key in KEYS if key in mine and mine[key] != default[key]}


def apply_view(
    state: ViewState, change: Mapping[str, Any], dims: Sequence[str] | None = None
) -> ViewState:
    """Return the state with the given parts of its view replaced.

    Raises
    ------
    SelectionError
        A key or value is not understood (kind ``VIEW``, ``DIMS`` or ``BOUNDS``).
    """
    if not isinstance(change, Mapping):
        raise SelectionError(f"view={quote(change)} is no dict: pass e.g. {{'rows': 2}}", "VIEW")
    unknown = [key for key in change if key not in KEYS]
    if unknown:
        raise SelectionError(
            f"a view has no {quote(unknown[0])}: it may hold {', '.join(KEYS)}", "VIEW"
        )
    wanted = {role: _dim(change[role], state, dims) for role in ROLES if role in change}
    taken = [dim for dim in wanted.values() if dim is not None]
    if len(set(taken)) != len(taken):
        raise SelectionError("a view puts one dim in two roles: name different dims", "VIEW")
    roles = [
        wanted.get(role, dim if dim not in taken else None)
        for role, dim in zip(ROLES, state.roles, strict=True)
    ]
    free = state.selection.free
    settled = sum(dim is not None for dim in roles) == min(len(free), len(ROLES))
    if state.selection.is_cell:  # any dims make a plane around a cell
        state = replace(state, roles=view.fill_roles(roles, ()))
    elif settled and all(dim in free for dim in taken):
        state = replace(state, roles=view.fill_roles(roles, free))
    else:
        for role, dim in wanted.items():
            state = view.set_role(state, role, dim)
    if "rgb" in change:
        state = view.set_rgb(state, _dim(change["rgb"], state, dims))
    if "sort" in change:
        state = replace(state, sort=parse_sort(change["sort"]))
    if "held" in change:
        state = replace(state, held=_held(change["held"], state))
    state = view.set_colour(state, {k: change[k] for k in ("map", "range") if k in change})
    if "table" in change:
        table = change["table"]
        state = replace(state, table=None if table is None else _yes(table))
    state = replace(state, conditions=_conditions(state.conditions, change))
    if "cell" in change:
        state = view.pin(state, parse_cell(change["cell"], state.selection.lengths, dims))
    return state


def _conditions(conditions: Conditions, change: Mapping[str, Any]) -> Conditions:
    if "active" in change:
        conditions = conditions.activate(change["active"])
    if "hidden" in change:
        names = change["hidden"]
        if isinstance(names, str) or not isinstance(names, Sequence):
            raise SelectionError(f"hidden={quote(names)}: pass a list of names", "VIEW")
        places = {conditions.index(name) for name in names}
        conditions = replace(
            conditions,
            named=tuple(replace(one, hidden=k in places) for k, one in enumerate(conditions.named)),
        )
    return conditions


def _dim(value: Any, state: ViewState, dims: Sequence[str] | None) -> int | None:
    if value is None:
        return None
    ndim = len(state.held)
    if isinstance(value, str) and dims is not None and value in dims:
        return list(dims).index(value)
    try:
        dim = operator.index(value)
    except TypeError:
        dim = ndim
    if not -ndim <= dim < ndim:
        known = f", or one of {', '.join(dims)}" if dims else ""
        raise SelectionError(
            f"there is no dim {quote(value)} for the view: use a number from 0 to {ndim - 1}"
            f"{known}",
            "DIMS",
        )
    return dim % ndim


def _yes(value: Any) -> bool:
    if not isinstance(value, bool):
        raise SelectionError(f"table={quote(value)}: pass True for the numbers, or False", "VIEW")
    return value


def _held(value: Any, state: ViewState) -> tuple[int, ...]:
    lengths = state.selection.lengths
    try:
        held = tuple(operator.index(v) for v in value)
    except TypeError:
        held = ()
    if len(held) != len(lengths) or any(
        not 0 <= h < max(n, 1) for h, n in zip(held, lengths, strict=True)
    ):
        raise SelectionError(
            f"held={quote(value)} does not fit shape {lengths}: give one index a dim", "BOUNDS"
        )
    return held

"""What a widget may change of a state: each key of an update's patch, checked and carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

from tensorscope import view
from tensorscope.conditions import Conditions
from tensorscope.errors import ProtocolError, TensorScopeError, clip, quote
from tensorscope.protocol import Request
from tensorscope.selection_parse import parse_slot
from tensorscope.slots import Span
from tensorscope.sort import parse_sort
from tensorscope.source import LiveSource
from tensorscope.view import ViewState

Step = Callable[[ViewState], ViewState]


class Steps(Protocol):
    """What makes steps out of what one may type: a session."""

    source: LiveSource

    def select(self, sel: object) -> Step:
        """Return the step to a selection."""

    def cell(self, cell: object) -> Step:
        """Return the step that pins a cell."""


@contextmanager
def at_field(key: object) -> Iterator[None]:
    """Note in an error which control of the widget it belongs to."""
    try:
        yield
    except TensorScopeError as error:
        error.field = "slot" if key == "index" else str(key)
        raise


def patched(steps: Steps, state: ViewState, key: str, value: Any) -> ViewState:
    """Return the state with one key of a patch carried out.

    Raises
    ------
    TensorScopeError
        The value does not fit; the state is what it was.
    """
    if key == "expr":
        return steps.select(value if isinstance(value, str) else clip(value))(state)
    if key == "where":
        return replace(state, conditions=state.conditions.set_active(value))
    if key == "condition" and isinstance(value, Mapping):
        return replace(state, conditions=_conditions(state.conditions, value))
    if key == "cell":
        return steps.cell(value)(state)
    if key == "colour" and isinstance(value, Mapping):
        return view.set_colour(state, value)
    if key == "sort":
        return replace(state, sort=parse_sort(value))
    if key == "rgb":
        return view.set_rgb(state, None if value is None else _dim(steps.source, value))
    if key == "table" and isinstance(value, bool):
        return replace(state, table=value)
    if key == "swap":
        return view.swap(state)
    pair = value if isinstance(value, list | tuple) and len(value) == 2 else None
    if key == "role" and pair is not None:
        return _role(steps.source, state, *pair)
    if key in ("index", "slot", "reduce") and pair is not None:
        return _slot(steps.source, state, key, *pair)
    raise ProtocolError(f"the patch {quote(key)}: {quote(value)} is not understood")


def kind_of(patch: Mapping[str, Any], old: ViewState, new: ViewState) -> object:
    """Return what an update may be the next part of, by what it changes: a dim, the threshold."""
    moved = _moved(patch)
    both = (old.condition, new.condition)
    if moved == ("where",):
        typed = not all(one is not None and one.threshold for one in both)
        return None if typed else (*moved, old.conditions.at)
    return moved


def press_of(request: Request) -> object:
    """Return of which press of a pointer or key an update is a part, and what that moves."""
    moved, press = _moved(request.body["patch"]), request.body.get("press")
    if moved is None or press is None:
        return None
    view_id = request.req.partition(":")[0]
    return view_id, press, moved


def _moved(patch: Mapping[str, Any]) -> tuple[object, ...] | None:
    """Return what of a state a drag moves by this patch; None: it is no part of one."""
    if len(patch) != 1:
        return None
    key, value = next(iter(patch.items()))
    if key in ("index", "slot") and isinstance(value, list | tuple):
        return key, value[0]
    return (key,) if key == "where" else None


def _conditions(conditions: Conditions, change: Mapping[str, Any]) -> Conditions:
    """Carry out a change of the named conditions."""
    if "add" in change:
        return conditions.add(change["add"], change.get("where"))
    if "rename" in change:
        return conditions.rename(change["rename"], change.get("to"))
    for key, step in (
        ("remove", conditions.remove),
        ("active", conditions.activate),
        ("hide", conditions.hide),
        ("show", lambda name: conditions.hide(name, False)),
    ):
        if key in change:
            return step(change[key])
    raise ProtocolError(
        f"the change of conditions {quote(change)} is not understood: add, rename, remove, "
        "active, hide or show"
    )


def _role(source: LiveSource, state: ViewState, role: Any, dim: Any) -> ViewState:
    if role not in view.ROLES:
        raise ProtocolError(f"there is no role {quote(role)}: {', '.join(view.ROLES)}")
    return view.set_role(state, role, None if dim is None else _dim(source, dim))


def _slot(source: LiveSource, state: ViewState, key: str, at: Any, value: Any) -> ViewState:
    dim = _dim(source, at)
    if key == "reduce":
        return view.set_reduction(state, dim, value)
    slot = parse_slot(value, dim, source.lengths, source.labels_of)
    if key == "index" and isinstance(slot, int):
        return view.set_index(state, dim, slot)
    around = state.selection.is_cell and isinstance(slot, Span)
    base = state.picture if around else state.selection
    return view.select(state, base.replace(dim, slot))


def _dim(source: LiveSource, value: Any) -> int:
    ndim = len(source.lengths)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < ndim:
        raise ProtocolError(f"there is no dim {quote(value)}: the tensor has {ndim} dims")
    return value

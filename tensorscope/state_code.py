"""The ``ts.scope(...)`` call that restores a scope as it is."""

from __future__ import annotations

from tensorscope import names
from tensorscope.source import LiveSource
from tensorscope.view import ViewState
from tensorscope.view_dict import changed_view


def state_code(source: LiveSource, state: ViewState, name: str) -> str:
    """Return a call that makes a scope with this state."""
    parts = [name, _quoted(state.selection.expr)]
    where = state.conditions.where
    if isinstance(where, str):
        parts.append(f"where={_quoted(where)}")
    elif where:
        items = ", ".join(f"{_quoted(name)}: {_quoted(text)}" for name, text in where.items())
        parts.append(f"where={{{items}}}")
    change = changed_view(state)
    if change:
        parts.append(f"view={change!r}")
    if source.given_dims is not None:
        parts.append(f"dims={source.given_dims!r}")
    if source.given_name is not None:
        parts.append(f"name={_quoted(source.given_name)}")
    return f"{names.of_module()}.scope({', '.join(parts)})"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

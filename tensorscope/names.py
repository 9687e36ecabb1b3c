"""What the user calls a tensor: found by identity in IPython's namespace, never from frames."""

from __future__ import annotations

import ast
import builtins
import keyword
import sys
import weakref
from collections.abc import Mapping
from typing import Any

from tensorscope.errors import SelectionError, quote
from tensorscope.name_paths import find_path

#: What a tensor is called in code when nobody named it.
DEFAULT = "x"


def namespace() -> Mapping[str, Any] | None:
    """Return the namespace of the running IPython shell or marimo notebook; None without one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        spoken: Mapping[str, Any] = shell.user_ns
        return spoken
    marimo = sys.modules.get("marimo")
    if marimo is not None and marimo.running_in_notebook():
        return vars(sys.modules["__main__"])
    return None


def checked(name: object, what: str) -> str | None:
    """Return a name that somebody passed, or None.

    Raises
    ------
    SelectionError
        It is no text, or an empty one (``TYPE``); `what` says what is wanted.
    """
    if name is None or (isinstance(name, str) and name.strip()):
        return name
    fault = "is empty" if isinstance(name, str) else "is no text"
    raise SelectionError(f"name={quote(name)} {fault}: pass what {what}", "TYPE")


def find_name(x: Any) -> str | None:
    """Return the name that is bound to this very object, if there is one.

    Cost: one identity test per name in the namespace.
    """
    for name, value in list((namespace() or {}).items()):
        if value is x and is_public_name(name):
            return name
    return None


def of_module() -> str:
    """Return what the user calls this package: ``ts``, unless it is bound to other names alone."""
    package = sys.modules[__name__.partition(".")[0]]
    spoken = namespace() or {}
    if spoken.get("ts") is package:
        return "ts"
    return find_name(package) or "ts"


def find_code(x: Any) -> str | None:
    """Return the name that is bound to this very object, or code for where it lies, if any.

    E.g. ``act``, ``net.conv1.weight``, ``params['w']``.
    """
    return find_name(x) or find_place(x)


def find_place(x: Any) -> str | None:
    """Return code for where an object that has no name of its own lies, if it is found."""
    roots = {n: v for n, v in list((namespace() or {}).items()) if is_public_name(n)}
    roots.pop("In", None)
    results = roots.pop("Out", None)
    # What is bound by the user comes first, then what cells resulted in.
    return find_path(x, roots) or find_path(x, {"Out": results})


def is_meaningful(expression: str) -> bool:
    """Return whether the names in an expression are bound, as far as can be known."""
    spoken = namespace()
    used = [node.id for node in ast.walk(ast.parse(expression)) if isinstance(node, ast.Name)]
    return spoken is None or all(name in spoken or hasattr(builtins, name) for name in used)


#: How objects that nobody named were made, for as long as they live.
_ORIGINS: dict[int, tuple[weakref.ref[Any], str]] = {}


def remember(x: Any, code: str) -> None:
    """Note the expression that gives this object, for when no name is bound to it."""
    key = id(x)
    _ORIGINS[key] = weakref.ref(x, lambda _: _ORIGINS.pop(key, None)), code


def origin_of(x: Any) -> str | None:
    """Return the expression that gave this very object, if it was noted."""
    reference, code = _ORIGINS.get(id(x), (lambda: None, None))
    return code if reference() is x else None


def is_public_name(name: object) -> bool:
    """Return whether somebody may have chosen this name (IPython's own begin with '_')."""
    return (
        isinstance(name, str)
        and name.isidentifier()
        and not name.startswith("_")
        and not keyword.iskeyword(name)
    )


def as_expression(name: str | None) -> str | None:
    """Return a name that code may hold, e.g. ``model.fc.weight`` or ``acts["conv1"]``, else None.

    ``"after training"``, ``"conv-1"`` and ``"conv #1"`` are titles.
    """
    indexed = f"{name}[0]"
    try:
        tree = ast.parse(indexed, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    # The index belongs to all of the name, and stands in no comment.
    if not isinstance(tree, ast.Subscript) or tree.end_col_offset != len(indexed.encode()):
        return None
    is_name = isinstance(tree.value, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    return name if is_name else None


def name_of(x: Any) -> str:
    """Return what to call a tensor in code: its name, else how it was opened, else ``x``."""
    return find_name(x) or origin_of(x) or find_place(x) or DEFAULT

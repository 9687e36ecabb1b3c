"""Which modules of a model are watched."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from tensorscope.errors import SelectionError, clip


def choose(model: Any, select: object) -> dict[str, Any]:
    """Return the modules that `select` means, by their names in the model.

    Parameters
    ----------
    model : torch.nn.Module
    select : None, str, type, tuple or callable
        None: all modules without children. A glob over names (``"layer2.*"``) or over names of
        classes (``"conv*"`` finds every `Conv2d`); types; a function of (name, module); or a tuple
        of these.

    Returns
    -------
    dict
        Name → module, in the model's order. A module that is shared has its first name.

    Raises
    ------
    SelectionError
        `select` means nothing, with the names that there are.
    """
    named = list(model.named_modules())
    if select is None:
        chosen = {name: module for name, module in named if not any(module.children())}
        return _named(chosen)
    tests = [_test(part) for part in (select if isinstance(select, tuple | list) else (select,))]
    chosen = {n: m for n, m in named if any(test(n, m) for test in tests)}
    if not chosen:
        names = [n for n, _ in named if n]
        listed = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
        raise SelectionError(
            f"select={clip(select, 80)} means no module; there are {listed or 'no submodules'}",
            "NO_MODULE",
        )
    return _named(chosen)


def _named(chosen: dict[str, Any]) -> dict[str, Any]:
    """Give the model itself a name."""
    return {name or "(model)": module for name, module in chosen.items()}


def _test(select: object) -> Callable[[str, Any], bool]:
    if isinstance(select, str):
        patterns = [part.strip() for part in select.split(",")]
        return lambda name, module: any(
            fnmatchcase(name, p) or fnmatchcase(type(module).__name__.lower(), p.lower())
            for p in patterns
        )
    if isinstance(select, type):
        kind = select
        return lambda name, module: isinstance(module, kind)
    if callable(select):
        function = select
        return lambda name, module: bool(function(name, module))
    raise SelectionError(
        f"select= takes a glob ('conv*'), a type (nn.Conv2d), a function of (name, module), or a "
        f"tuple of these, not {clip(select)}",
        "TYPE",
    )

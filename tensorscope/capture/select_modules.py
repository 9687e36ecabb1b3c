"""Which modules of a model are watched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tensorscope.errors import SelectionError, clip, quote


@dataclass(frozen=True, slots=True)
class Part:
    """A module of a model.

    Attributes
    ----------
    name : str
        Its name in the model; "" for the model itself.
    module : object
    leaf : bool
        Whether it has no children.
    """

    name: str
    module: Any
    leaf: bool


def choose(parts: Sequence[Part], select: object) -> dict[str, Any]:
    """Return the modules that `select` means, by their names in the model.

    Parameters
    ----------
    parts : sequence of Part
        All modules, in the model's order; one that is shared has its first name.
    select : None, str, type, tuple or callable
        None: all modules without children. A glob over names (``"layer2.*"``) or over names of
        classes (``"conv*"`` finds every `Conv2d`); types; a function of (name, module); or a tuple
        of these.

    Returns
    -------
    dict
        Name → module, in the model's order.

    Raises
    ------
    SelectionError
        `select` means nothing, with the names that there are.
    """
    if select is None:
        return _named({part.name: part.module for part in parts if part.leaf})
    tests = [_test(part) for part in (select if isinstance(select, tuple | list) else (select,))]
    chosen = {p.name: p.module for p in parts if any(test(p.name, p.module) for test in tests)}
    if not chosen:
        names = [part.name for part in parts if part.name]
        listed = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
        raise SelectionError(
            f"select={quote(select, 80)} means no module; there are {listed or 'no submodules'}",
            "NO_MODULE",
        )
    return _named(chosen)


def classes_of(parts: Sequence[Part], chosen: Collection[str]) -> dict[str, str]:
    """Return the names of the classes of the chosen modules, and of those that hold them."""
    holders = {name[:at] for name in chosen for at, c in enumerate(name) if c == "."}
    wanted = holders.union(chosen)
    named = _named({part.name: part.module for part in parts})
    return {n: clip(type(module).__name__) for n, module in named.items() if n in wanted}


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
        f"tuple of these, not {quote(select)}",
        "TYPE",
    )


def names_meant(wanted: object, modules: dict[str, Any], what: str) -> frozenset[str]:
    """Return the names whose gradients or weights are meant."""
    if wanted is False or wanted is None:
        return frozenset()
    if wanted is True:
        return frozenset(modules)
    if isinstance(wanted, str):
        patterns: Sequence[str] = [wanted]
    elif isinstance(wanted, list | tuple):
        patterns = [str(part) for part in wanted]
    else:
        raise SelectionError(f"{what}= is True, False or a glob over names, not {quote(wanted)}")
    found = frozenset(n for n in modules if any(fnmatchcase(n, p) for p in patterns))
    if not found:
        raise SelectionError(f"{what}={quote(wanted, 60)} means none of the watched modules")
    return found

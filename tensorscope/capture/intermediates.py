"""Intermediates: what a jitted step of Flax returns beside its loss, as names and arrays.

Linen gives nested dicts of tuples, one entry a call; NNX a State of variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tensorscope.errors import SelectionError, UnsupportedTensorError, clip


def arrays_in(tree: Any) -> list[tuple[str, int, Any]]:
    """Return name, call and array of all intermediates.

    Parameters
    ----------
    tree : mapping
        Names → mappings, arrays, or tuples with one entry a call. ``{"Dense_0": {"__call__": (a,
        b)}}`` gives the calls 0 and 1 of ``"Dense_0"``.

    Raises
    ------
    SelectionError
        It is no mapping, or holds something that is no array.
    UnsupportedTensorError
        An array has no numbers: it is traced (``SYMBOLIC``), or was donated (``FREED``).
    """
    if not isinstance(tree, Mapping):
        raise SelectionError(
            "take() wants the mapping of intermediates that apply(..., mutable=['intermediates']) "
            f"or nnx.capture returns, not {clip(type(tree))}; one value is for ts.probe(name, x)"
        )
    return [(name, call, _array(name, leaf)) for name, call, leaf in _leaves(tree, ())]


def _leaves(tree: Any, path: tuple[str, ...]) -> Iterator[tuple[str, int, Any]]:
    for key, part in tree.items():
        here = path if key == "__call__" else (*path, str(key))
        value = _unwrapped(part)
        if isinstance(value, Mapping):
            yield from _leaves(value, here)
            continue
        name = ".".join(here) or "(model)"
        calls = value if isinstance(value, tuple | list) else (value,)
        for call, made in enumerate(calls):
            parts = made if isinstance(made, tuple | list) else None
            if parts is None:
                yield name, call, made
            else:
                yield from ((f"{name}[{k}]", call, part) for k, part in enumerate(parts))


def _unwrapped(value: Any) -> Any:
    """Return what a variable of NNX holds."""
    is_variable = any(base.__name__ == "Variable" for base in type(value).__mro__)
    return value.get_value() if is_variable else value


def _array(name: str, leaf: Any) -> Any:
    if any(base.__name__ == "Tracer" for base in type(leaf).__mro__):
        raise UnsupportedTensorError(
            f"{name} has no numbers yet: take() was called while jax.jit traces. Return the "
            "intermediates from the jitted function, and call take() on what it returned",
            "SYMBOLIC",
        )
    if not hasattr(leaf, "shape") or not hasattr(leaf, "dtype"):
        raise SelectionError(f"{name} is {clip(type(leaf))}, no array")
    if getattr(leaf, "is_deleted", lambda: False)():
        raise UnsupportedTensorError(
            f"the buffer of {name} was donated and is gone: call take() before the step that it is "
            "donated to",
            "FREED",
        )
    return np.asarray(leaf)

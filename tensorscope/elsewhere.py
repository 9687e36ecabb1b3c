"""Elsewhere: whether something computes on another thread than the caller's.

PyTorch works without the GIL, and exchanges meanwhile what belongs to its graph: a parameter's
`.grad` in a backward pass, a tensor's `.grad_fn` in an operation in place. Read from another thread
just then, these are pointers to what is being freed, and the process may end by it. So they are
read only where nothing computes elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

_KNOWN: list[Callable[[], bool]] = []


def tell(computes: Callable[[], bool]) -> None:
    """Have something asked that knows of work on threads other than the caller's."""
    _KNOWN.append(computes)


def computes_elsewhere() -> bool:
    """Return whether something is known to compute on another thread now."""
    return any(computes() for computes in _KNOWN)

"""What is in a list or dict of tensors, however deep: each member with the code that gives it."""

from __future__ import annotations

from collections import UserDict, deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tensorscope.adapters.registry import is_array, is_tensor

#: Members at most that are shown; the rest is counted.
MOST = 200
#: Members at most, at any depth, among which there must be a tensor.
_SEARCHED = 1000
_DEEPEST = 16
#: Types of containers that are known, and those of others by name.
CONTAINERS = (dict, list, tuple, UserDict)
NAMED_CONTAINERS = (
    "flax.core.frozen_dict.FrozenDict",
    "flax.nnx.statelib.State",
    "flax.nnx.state.State",
)
#: Keys whose `repr` is code.
_PLAIN = (str, bytes, int, float, bool, type(None))


class Member(NamedTuple):
    """One that is shown: its keys as one name, the code that gives it, itself."""

    key: str
    code: str
    value: Any


def holds_tensors(x: Any) -> bool:
    """Return whether a container holds a tensor among its first members, at any depth.

    Cost: a thousand members are looked at, at most; no tensor is read.
    """
    return any(is_array(value) for _, value in _walk(x, ""))


def first_member(x: Any, name: str) -> str | None:
    """Return code for the first tensor or table in a container called `name`; the nearest first.

    Cost: as :func:`holds_tensors`.
    """
    return next((code for code, value in _walk(x, name) if _is_told(value)), None)


def _is_told(x: Any) -> bool:
    """Return whether this is a tensor of any kind, and no plain number or list."""
    return is_tensor(x) and not isinstance(x, int | float | complex | bytes | list | tuple | range)


def _walk(x: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the first thousand members of a container, each with its code; the nearest first."""
    waiting, seen = deque([(name, x)]), {id(x)}
    visited = 0
    while waiting:
        code, inside = waiting.popleft()
        for _, path, value in _children(inside, code):
            yield path, value
            if is_container(value) and id(value) not in seen:
                seen.add(id(value))
                waiting.append((path, value))
            visited += 1
            if visited >= _SEARCHED:
                return


def members(x: Any, name: str) -> tuple[list[Member], int]:
    """Return the members of a container that is called `name`, and how many there are.

    A container in it that holds tensors is told by its own members, anything else as it is. Beyond
    the first 200, one that lies deeper counts with its container as one.
    """
    found: list[Member] = []
    left = _collect(x, "", name, (), found)
    return found, len(found) + left


def _collect(x: Any, key: str, code: str, outer: tuple[int, ...], into: list[Member]) -> int:
    """Add members until there are enough; return how many are left over."""
    outer = (*outer, id(x))
    left = 0
    for place, (own, path, value) in enumerate(_children(x, code)):
        if len(into) >= MOST:
            return left + len(x) - place
        name = f"{key}/{own}" if key else own
        inside = is_container(value) and id(value) not in outer and len(outer) < _DEEPEST
        if inside and holds_tensors(value):
            left += _collect(value, name, path, outer, into)
        else:
            into.append(Member(name, path, value))
    return left


def is_container(x: Any) -> bool:
    """Return whether its members are looked into."""
    if isinstance(x, CONTAINERS):
        return True
    kinds = (f"{base.__module__}.{base.__qualname__}" for base in type(x).__mro__)
    return any(kind in NAMED_CONTAINERS for kind in kinds)


def _children(x: Any, code: str) -> Iterator[tuple[str, str, Any]]:
    """Yield each member's name, the code that gives it, and itself."""
    if isinstance(x, Mapping):
        for place, (key, value) in enumerate(x.items()):
            own = repr(key) if _is_plain(key) else f"list({code})[{place}]"
            yield str(key), f"{code}[{own}]", value
        return
    fields = getattr(x, "_fields", None)  # of a named tuple
    for place, value in enumerate(x):
        if fields is None:
            yield str(place), f"{code}[{place}]", value
        else:
            yield fields[place], f"{code}.{fields[place]}", value


def _is_plain(key: Any) -> bool:
    return type(key) in _PLAIN or (type(key) is tuple and all(map(_is_plain, key)))

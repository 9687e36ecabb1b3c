"""Outputs: the tensors inside of whatever a module returns.

`torch.utils._pytree` opens neither dataclasses nor subclasses of dict; models return both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

#: Deeper than this, or past so many, nothing is opened: a cyclic structure must not hang.
_DEEP, _MANY = 6, 64


def tensors_in(value: Any, kind: type) -> list[tuple[str, Any]]:
    """Return the tensors of a nested output, each with how one reaches it from there.

    Parameters
    ----------
    value : object
        What a module took or returned: a tensor, or tuples, lists, mappings and dataclasses.
    kind : type
        What counts as a tensor.

    Returns
    -------
    list of (str, tensor)
        ``""`` for the value itself, else e.g. ``"[1][0]"``, ``"['logits']"``, ``".logits"``.
        At most 64.
    """
    if isinstance(value, kind):
        return [("", value)]
    found: list[tuple[str, Any]] = []
    for path, tensor in _open(value, kind, "", 0):
        found.append((path, tensor))
        if len(found) == _MANY:
            break
    return found


def _open(value: Any, kind: type, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(value, kind):
        yield path, value
    elif depth == _DEEP:
        return
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _open(getattr(value, field.name), kind, f"{path}.{field.name}", depth + 1)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if isinstance(key, str | int):
                yield from _open(part, kind, f"{path}[{key!r}]", depth + 1)
    elif isinstance(value, tuple) and (names := getattr(type(value), "_fields", None)):
        for name, part in zip(names, value, strict=True):
            yield from _open(part, kind, f"{path}.{name}", depth + 1)
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield from _open(part, kind, f"{path}[{place}]", depth + 1)

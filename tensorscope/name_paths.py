"""Where in the user's namespace a tensor without a name of its own lies: ``net.conv.weight``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any

from tensorscope.elsewhere import computes_elsewhere

#: Objects that are looked at, at most, and how deep containers are looked into.
_MOST = 4000
_DEEP = 3
#: Whose objects lead to everything, by ways that nobody would write.
_SHELL = ("IPython", "ipykernel", "ipywidgets", "traitlets", "jupyter_client")
#: Keys whose `repr` is code.
_PLAIN = (str, int, float, bool, type(None), bytes)


def find_path(x: Any, roots: Mapping[str, Any]) -> str | None:
    """Return code over the names of `roots` that gives this very object, if it is found.

    Looked into are lists, tuples and dicts, attributes that an object holds itself, and the
    parameters, buffers and gradients of PyTorch modules. No property runs, nothing is compared.
    Gradients are looked at where `x` has the shape of their parameter, and nothing computes on
    another thread: a backward pass may be exchanging them.

    Cost: an identity test for each of 4000 objects at most.
    """
    torch = sys.modules.get("torch")
    try:
        inside = islice(_within(list(roots.items()), torch, _shape_of_gradient(x, torch)), _MOST)
        return next((code for code, value in inside if value is x), None)
    except RuntimeError:  # a dict that another thread changes meanwhile
        return None


def _shape_of_gradient(x: Any, torch: Any) -> tuple[int, ...] | None:
    """Return the shape of parameters whose gradient `x` may be; None: no gradient is looked at."""
    if torch is None or not isinstance(x, torch.Tensor) or isinstance(x, torch.nn.Parameter):
        return None
    if x.is_nested or computes_elsewhere():
        return None
    return tuple(x.shape)


def _within(
    roots: list[tuple[str, Any]], torch: Any, gradient: tuple[int, ...] | None
) -> Iterator[tuple[str, Any]]:
    """Yield what lies in these objects, with its code; the nearest first.

    gradient: shape of the gradients that are looked at.
    """
    level = roots
    seen = {id(value) for _, value in roots}
    for _ in range(_DEEP):
        deeper = []
        for name, value in level:
            for code, inner in _parts(name, value, torch, gradient):
                yield code, inner
                if id(inner) not in seen:
                    seen.add(id(inner))
                    deeper.append((code, inner))
        level = deeper


def _parts(
    name: str, value: Any, torch: Any, gradient: tuple[int, ...] | None
) -> Iterator[tuple[str, Any]]:
    kind = type(value)
    if kind.__module__.partition(".")[0] in _SHELL:
        return
    if issubclass(kind, dict):
        items = islice(dict.items(value), _MOST)
        yield from ((f"{name}[{k!r}]", v) for k, v in items if type(k) in _PLAIN)
    elif kind in (list, tuple):
        yield from ((f"{name}[{k}]", v) for k, v in enumerate(value[:_MOST]))
    elif torch is not None and isinstance(value, torch.nn.Module):
        yield from _of_module(name, value, torch, gradient)
    elif not isinstance(value, type | ModuleType | FunctionType | BuiltinFunctionType):
        held = getattr(value, "__dict__", None)
        own = list(held.items()) if type(held) is dict else _slots(value)
        yield from ((f"{name}.{k}", v) for k, v in own if _is_plain_name(k))


def _slots(value: Any) -> list[tuple[str, Any]]:
    """Return what lies in the slots of an object that has no ``__dict__``."""
    slots = [
        (key, slot)
        for key, slot in vars(type(value)).items()
        if isinstance(slot, MemberDescriptorType) and not key.startswith("_")
    ]
    return [(key, slot.__get__(value)) for key, slot in slots if hasattr(value, key)]


def _of_module(
    name: str, module: Any, torch: Any, gradient: tuple[int, ...] | None
) -> Iterator[tuple[str, Any]]:
    for path, parameter in module.named_parameters():
        code = _member(name, path, "get_parameter")
        yield code, parameter
        if gradient is None or torch.nn.parameter.is_lazy(parameter):
            continue
        if tuple(parameter.shape) == gradient and parameter.is_leaf and parameter.grad is not None:
            yield f"{code}.grad", parameter.grad
    for path, buffer in module.named_buffers():
        yield _member(name, path, "get_buffer"), buffer


def _member(name: str, path: str, method: str) -> str:
    """Return code for a member of a module; those of a Sequential have numbers for names."""
    if all(_is_plain_name(part) for part in path.split(".")):
        return f"{name}.{path}"
    return f"{name}.{method}({path!r})"


def _is_plain_name(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier() and not name.startswith("_")

"""What to do with an object that is no tensor: which member to pass, which other call is meant."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from os import PathLike
from typing import Any

from tensorscope.adapters.members import first_member, is_container
from tensorscope.adapters.registry import CONTAINERS, is_tensor, names_of
from tensorscope.errors import UnsupportedTensorError, clip, typed

_TORCH = "torch.nn.modules.module.Module"
_KERAS = ("keras.src.layers.layer.Layer", "keras.layers.Layer")
_NNX = ("flax.nnx.module.Module", "flax.nnx.Module")
_LINEN = ("flax.linen.module.Module", "flax.linen.Module")
#: What gives tensors one by one, as model.parameters() does.
_ONE_BY_ONE = ("generator", "map", "filter", "zip", "dict_values", "dict_items")
#: Parts of a Flax module that are looked at for a weight.
_MOST = 1000


def refusal(x: Any) -> UnsupportedTensorError:
    """Return the error for an object that no adapter knows. Nothing of it is read.

    Cost: a thousand of its members are looked at, at most.
    """
    names = names_of(type(x))
    advice = _model(x, names)
    if advice is not None:
        return _error(x, f"it is a model. {advice}", "NOT_NUMERIC")
    taken = next((CONTAINERS[name] for name in names if name in CONTAINERS), None)
    if taken is not None:
        return _error(x, f"it is a container; pass one of its members, e.g. {taken}", "CONTAINER")
    if isinstance(x, set | frozenset) and any(map(is_tensor, x)):
        return _error(x, "it is a container; pass one of its members", "CONTAINER")
    member = first_member(x, "x") if is_container(x) else None
    if member is not None:
        return _error(x, f"it is a container; {of_members(member)}", "CONTAINER")
    advice = "pass a tensor (PyTorch, TensorFlow, JAX) or an array, e.g. np.asarray(x)"
    if isinstance(x, str | PathLike):
        advice = "pass an array; ts.open(path) opens one in a file"
    elif type(x).__module__ == "builtins" and type(x).__name__ in _ONE_BY_ONE:
        advice = "it gives its members one by one; pass one of them, e.g. list(x)[0]"
    return _error(x, advice, "NOT_NUMERIC")


def of_members(member: str) -> str:
    """Return how to look at what a container holds: at one of them, whose code this is, or all."""
    return f"pass one of its members, e.g. {member}, as in ts.scope({member}). {_table('x')}"


def _table(code: str) -> str:
    return f"A table of all: %load_ext tensorscope, then {code} as a cell's last line"


def _error(x: Any, advice: str, kind: str) -> UnsupportedTensorError:
    named = f"{type(x).__module__}.{type(x).__qualname__}"
    said = "a dict" if kind == "CONTAINER" and type(x) is dict else typed(x) or clip(named)
    return UnsupportedTensorError(f"{said} is no tensor that can be read: {advice}", kind)


def _model(x: Any, names: list[str]) -> str | None:
    """Return what to do with a model, in the words of its framework; None: it is none."""
    watch = "ts.watch(model) shows the activations of its layers while it trains"
    if any(name in names for name in _KERAS):  # before PyTorch: on that backend it is both
        weight = "model.weights[0]" if getattr(x, "weights", None) else None
        return f"{watch}. {_weights(weight, 'model.weights')}"
    if _TORCH in names:
        try:
            key = next((key for key, _ in x.named_parameters()), None)
        except Exception:  # of a module that is not made yet, or of its own code
            key = None
        weight = None if key is None else f"model.get_parameter({key!r})"
        return f"{watch}. {_weights(weight, 'model.state_dict()')}"
    watch = (
        "Inside of jax.jit no layer can be watched by itself: ts.watch() without a model takes "
        "the intermediates that a step returns, w.take(...)"
    )
    if any(name in names for name in _NNX):
        return f"{watch}. {_weights(_of_nnx(x), 'nnx.state(model)')}"
    if any(name in names for name in _LINEN):
        return f"{watch}. Its weights are in what model.init returned: pass one of these arrays"
    return None


def _weights(weight: str | None, table: str) -> str:
    if weight is None:
        return "It holds no weights"
    return f"Of its weights pass one, e.g. ts.scope({clip(weight, 120)}). {_table(table)}"


def _of_nnx(x: Any) -> str | None:
    """Return code for a weight of a Flax NNX module: attributes alone, of it and its layers."""
    waiting: deque[tuple[str, Any]] = deque([("model", x)])
    for _ in range(_MOST):
        if not waiting:
            return None
        code, inside = waiting.popleft()
        for name, value in _attributes(inside):
            if any(kind in _VARIABLES for kind in names_of(type(value))):
                return f"{code}.{name}"
            if any(kind in _NNX for kind in names_of(type(value))):
                waiting.append((f"{code}.{name}", value))
    return None


_VARIABLES = ("flax.nnx.variablelib.Param", "flax.nnx.variables.Param")


def _attributes(x: Any) -> Iterator[tuple[str, Any]]:
    return ((name, v) for name, v in vars(x).items() if not name.startswith("_"))

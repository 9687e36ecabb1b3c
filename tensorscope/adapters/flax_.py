"""Variables of Flax NNX: a box round one array of JAX, read as that array."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.jax_ import JaxAdapter
from tensorscope.adapters.jax_kinds import refuse
from tensorscope.adapters.memory import Conversion
from tensorscope.adapters.registry import adapter_of, is_tensor
from tensorscope.errors import clip

T = TypeVar("T")


def held(x: Any) -> Any:
    """Return the array in a variable, past the user's hooks on reading it.

    Raises
    ------
    UnsupportedTensorError
        If it holds no array of JAX.
    """
    array = x.get_raw_value() if hasattr(type(x), "get_raw_value") else x.raw_value
    if not is_tensor(array) or type(adapter_of(array)) is not JaxAdapter:
        raise refuse(
            "CONTAINER",
            f"this {clip(type(x).__name__)} holds a {clip(type(array).__name__)}",
            f"pass x{reading(x)}",
        )
    return array


def reading(x: Any) -> str:
    """Return the code that reads the array, behind the variable's name."""
    if not hasattr(type(x), "get_raw_value"):  # before Flax 0.12
        return ".raw_value"
    # With hooks, what is read is not what is held.
    hooked = "on_get_value" in getattr(x, "_var_metadata", ())
    return ".get_raw_value()" if hooked else "[...]"


def _about(method: Callable[..., T]) -> Callable[..., T]:
    """Return a method that is asked about a variable, and answers of its array."""

    def ask(self: Any, x: Any, *rest: Any) -> T:
        return method(self.arrays, held(x), *rest)

    return ask


def _called(method: Callable[..., T]) -> Callable[..., T]:
    """Return a method that is given a variable's name, and writes code for its array."""

    def ask(self: Any, name: str, x: Any, *rest: Any) -> T:
        return method(self.arrays, f"{name}{reading(x)}", held(x), *rest)

    return ask


class VariableAdapter(Adapter):
    """Knows `flax.nnx.Variable`: `Param`, `BatchStat`, `Intermediate` and the user's own."""

    name = JaxAdapter.name
    alias = JaxAdapter.alias

    def __init__(self) -> None:
        self.arrays = JaxAdapter()

    def conversions(self, x: Any) -> Iterable[Conversion]:
        inside = f"(x{reading(x)})"
        for one in self.arrays.conversions(held(x)):
            yield replace(one, code=one.code.replace("(x)", inside))

    check = _about(JaxAdapter.check)
    check_described = _about(JaxAdapter.check_described)
    outline = _about(JaxAdapter.outline)
    lengths = _about(JaxAdapter.lengths)
    dtype = _about(JaxAdapter.dtype)
    describe = _about(JaxAdapter.describe)
    cut = _about(JaxAdapter.cut)
    batch = _about(JaxAdapter.batch)
    stored = _about(JaxAdapter.stored)
    python_type = _about(JaxAdapter.python_type)
    idiom = _called(JaxAdapter.idiom)
    slice_code = _called(JaxAdapter.slice_code)
    cell_code = _called(JaxAdapter.cell_code)
    numpy_code = _called(JaxAdapter.numpy_code)

"""Reading a PyTorch tensor aside from whatever the user has running.

Modes (fake tensors, tracing, functional transforms) see every operation of the thread: under
`aside` they see none of ours. The parts of PyTorch that this takes are private; where a version
lacks one, it is left out, and the tests of this file say what then no longer holds.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from tensorscope.errors import UnsupportedTensorError


class aside:  # a class, for it is quicker than a generator
    """Keep graph, subclasses, modes and transforms out of what is done inside.

    Where processes work together, an operation that would talk to another one is refused inside.
    """

    __slots__ = ("_entered",)

    def __init__(self, torch: Any) -> None:
        core = torch._C
        self._entered = [core.DisableTorchFunctionSubclass(), torch.no_grad()]
        functorch = getattr(core, "_DisableFuncTorch", None)
        if functorch is not None:
            self._entered.append(functorch())
        if core._len_torch_dispatch_stack():
            from torch.utils._python_dispatch import _disable_current_modes

            self._entered.append(_disable_current_modes())
        distributed = sys.modules.get("torch.distributed")
        if distributed is not None and distributed.is_available() and distributed.is_initialized():
            self._entered.append(_guard()())

    def __enter__(self) -> None:
        for context in self._entered:
            context.__enter__()

    def __exit__(self, *error: object) -> None:
        for context in reversed(self._entered):
            context.__exit__(*error)


@cache
def _guard() -> Any:
    """Return the mode under which communication is an error."""
    from torch import Tensor
    from torch._subclasses.fake_tensor import FakeTensor
    from torch.utils._python_dispatch import TorchDispatchMode

    plain = Tensor.__torch_dispatch__

    class Guard(TorchDispatchMode):  # type: ignore[misc]
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if "c10d" in func.namespace:
                raise refusal(
                    "PENDING",
                    f"reading this tensor calls {func.name()}, and would wait for other ranks",
                    "read x.to_local(), or communicate on all ranks first",
                )
            if any(k.__torch_dispatch__ is not plain and k is not FakeTensor for k in types):
                return NotImplemented  # a subclass goes on, and what it calls comes by here
            return func(*args, **(kwargs or {}))

    return Guard


def unwrap(torch: Any, x: Any) -> tuple[Any, int, list[str]]:
    """Return what the wrappers of functional transforms are around; call it under `aside`.

    Returns
    -------
    inner : Tensor
        Without wrappers. The batch dims of vmap come first, the outermost one leading.
    batch : int
        How many batch dims those are.
    wraps : list of str
        Code that does the same, over ``{name}``, from the outermost wrapper in.
    """
    functorch = torch._C._functorch
    wraps: list[str] = []
    at: list[int] = []  # where each vmap, from the inside out, has its batch dim
    while functorch.is_functorch_wrapped_tensor(x):
        wraps.append("torch._C._functorch.get_unwrapped({name})")
        if functorch.is_batchedtensor(x):
            at.append(functorch.maybe_get_bdim(x))
        x = functorch.get_unwrapped(x)
    if any(base.__name__ == "FunctionalTensor" for base in type(x).__mro__):
        x = x.elem
        wraps.append("{name}.elem")
    if torch._is_functional_tensor(x):
        torch._sync(x)
        x = torch._from_functional_tensor(x)
        wraps.append("torch._from_functional_tensor({name})")
    for level, dim in enumerate(reversed(at)):
        # The dims of the outer levels have been moved to the front by now.
        if dim:
            x = x.movedim(level + dim, level)
            wraps.append(f"{{name}}.movedim({level + dim}, {level})")
    return x, len(at), wraps


def refusal(kind: str, what: str, then: str) -> UnsupportedTensorError:
    """Return an error that says what came and what to do."""
    return UnsupportedTensorError(f"{what}; {then}", kind)


def freed() -> UnsupportedTensorError:
    """Return the error for a storage that is gone."""
    return refusal(
        "FREED",
        "the storage was released (resized below what the tensor spans)",
        "capture a copy before it is freed: x.detach().clone()",
    )


def is_stored(x: Any, per_byte: int = 1) -> bool:
    """Return whether the storage still spans every element of a strided `x`.

    per_byte: how many elements share a byte.
    """
    if not x.numel():
        return True
    last = x.storage_offset() + sum((n - 1) * s for n, s in zip(x.shape, x.stride(), strict=True))
    needed = -(-(last + 1) // per_byte) * x.element_size()
    return bool(x.untyped_storage().nbytes() >= needed)


def names_of(x: Any) -> set[str]:
    """Return the names of all classes that an object is of."""
    return {base.__name__ for base in type(x).__mro__}

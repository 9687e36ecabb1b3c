"""Reading a PyTorch tensor aside from whatever the user has running, and what may be read at all.

Modes (fake tensors, tracing, functional transforms) see every operation of the thread: under
`aside` they see none of ours. The parts of PyTorch that this takes are private; where a version
lacks one, it is left out, and the tests of this file say what then no longer holds.
"""

from __future__ import annotations

from typing import Any

from tensorscope.adapters.dtypes import DTYPES
from tensorscope.errors import UnsupportedTensorError, clip

#: Names without kernels: torch itself cannot say what number such an element is.
_SHELLS = ("int4", "int2", "uint4", "uint2")


class aside:  # a class, for it is quicker than a generator
    """Keep graph, subclasses, modes and transforms out of what is done inside."""

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

    def __enter__(self) -> None:
        for context in self._entered:
            context.__enter__()

    def __exit__(self, *error: object) -> None:
        for context in reversed(self._entered):
            context.__exit__(*error)


def plain(torch: Any, x: Any) -> Any:
    """Return the tensor that a functional wrapper stands for; call it under `aside`.

    Raises
    ------
    UnsupportedTensorError
        With kind ``SYMBOLIC`` inside of vmap, where one index means several values.
    """
    functorch = torch._C._functorch
    while functorch.is_functorch_wrapped_tensor(x):
        if functorch.is_batchedtensor(x):
            raise refusal(
                "SYMBOLIC",
                "inside of vmap an index means one value for each example",
                "return the tensor from vmap and look at the result",
            )
        x = functorch.get_unwrapped(x)
    if torch._is_functional_tensor(x):
        torch._sync(x)
        x = torch._from_functional_tensor(x)
    return x


def check_readable(torch: Any, x: Any) -> None:
    """Raise UnsupportedTensorError unless `x` holds values; call it under `aside`."""
    kinds = {base.__name__ for base in type(x).__mro__}
    if "UninitializedTensorMixin" in kinds:
        raise refusal("UNINITIALIZED", "a lazy parameter has no shape yet", "run one batch first")
    if "FakeTensor" in kinds or x.is_meta:
        kind = "fake" if "FakeTensor" in kinds else "meta"
        raise refusal(
            "NO_DATA", f"a {kind} tensor has no storage", "pass a tensor on a real device"
        )
    if type(x).__torch_dispatch__ is not torch.Tensor.__torch_dispatch__:
        raise refusal(
            "OPAQUE",
            f"{clip(type(x).__qualname__)} answers for its values itself",
            "pass the plain tensor that it wraps",
        )
    if x.layout is not torch.strided or x.is_nested:
        raise refusal("OPAQUE", f"layout {layout_name(x)} is not read", "pass x.to_dense()")
    if x.is_quantized:
        raise refusal(
            "OPAQUE", "a quantized tensor is not read", "pass x.dequantize() or x.int_repr()"
        )
    name = dtype_name(x)
    if name not in DTYPES or name in _SHELLS:
        raise refusal("OPAQUE", f"dtype {name} has no number to show", "view it as uint8")
    inner = plain(torch, x)
    if not inner._is_zerotensor() and inner.numel() and not _is_stored(inner):
        raise refusal(
            "FREED",
            "the storage was released (resized below what the tensor spans)",
            "capture a copy before it is freed: x.detach().clone()",
        )


def dtype_name(x: Any) -> str:
    """Return the dtype's name without the framework."""
    return str(x.dtype).removeprefix("torch.")


def layout_name(x: Any) -> str:
    """Return the layout's name without the framework."""
    return "nested" if x.is_nested else str(x.layout).removeprefix("torch.")


def refusal(kind: str, what: str, then: str) -> UnsupportedTensorError:
    """Return an error that says what came and what to do."""
    return UnsupportedTensorError(f"{what}; {then}", kind)


def _is_stored(x: Any) -> bool:
    """Return whether the storage still spans every element of `x`."""
    last = x.storage_offset() + sum((n - 1) * s for n, s in zip(x.shape, x.stride(), strict=True))
    return bool(x.untyped_storage().nbytes() >= (last + 1) * x.element_size())

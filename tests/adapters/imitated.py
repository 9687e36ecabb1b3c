"""A second device, imitated: a tensor that says it lies elsewhere, and counts what leaves it."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._pytree import tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

#: What the device is called. Registered for the whole process: import this in one of its own.
NAME = "imitated"
_setup_privateuseone_for_python_backend(NAME)


class Moved:
    """Bytes that crossed to the host, and in how many crossings."""

    def __init__(self) -> None:
        self.bytes = 0
        self.times = 0
        self.largest = 0

    def add(self, nbytes: int) -> None:
        self.bytes += nbytes
        self.times += 1
        self.largest = max(self.largest, nbytes)


class Imitated(torch.Tensor):
    """A strided tensor on an imitated device: every operation runs there, results stay there.

    It can be copied to the host (counted) and read as a scalar or list (counted); lending its
    memory out, by NumPy or DLPack, is an error as it is on a real device.
    """

    moved = Moved()

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> Imitated:
        return torch.Tensor._make_wrapper_subclass(
            cls, inner.shape, strides=inner.stride(), storage_offset=inner.storage_offset(),
            dtype=inner.dtype, device=f"{NAME}:0",
        )  # fmt: skip

    def __init__(self, inner: torch.Tensor) -> None:
        self.inner = inner

    def __dlpack__(self, *args: Any, **kwargs: Any) -> Any:
        raise BufferError("the memory of another device cannot be lent out")

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        name = func.name()
        plain = tree_map(lambda a: a.inner if isinstance(a, Imitated) else a, args)
        if name == "aten::_local_scalar_dense":
            cls.moved.add(plain[0].element_size())
            return func(*plain)
        if name == "aten::copy_" and not isinstance(args[0], Imitated):
            cls.moved.add(args[1].numel() * args[1].element_size())
            return func(*plain)
        device = kwargs.get("device")
        if name == "aten::_to_copy" and device is not None and torch.device(device).type == "cpu":
            cls.moved.add(plain[0].numel() * plain[0].element_size())
            return func(*plain, **kwargs)
        if device is not None:
            kwargs["device"] = "cpu"  # where this device's memory really is
        made = func(*plain, **kwargs)
        return tree_map(lambda a: cls(a) if isinstance(a, torch.Tensor) else a, made)


def elsewhere(x: torch.Tensor) -> Imitated:
    """Return the same values on the imitated device; nothing has crossed yet."""
    Imitated.moved = Moved()
    return Imitated(x)

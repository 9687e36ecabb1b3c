"""PyTorch tensors."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from tensorscope.adapters import torch_code
from tensorscope.adapters.base import Adapter
from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DTYPES, DType
from tensorscope.adapters.idiom import Idiom
from tensorscope.adapters.memory import Conversion, of_torch
from tensorscope.adapters.torch_plain import (
    aside,
    check_readable,
    dtype_name,
    layout_name,
    plain,
)
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection
from tensorscope.slots import Span

_PYTHON = {"f": "float", "i": "int", "u": "int", "b": "bool", "c": "complex"}

#: Dtypes that NumPy does not take as they are → the same bits under a name that it takes.
_BITS = {"bfloat16": "int16", "bool": "uint8", **dict.fromkeys(
    (n for n in DTYPES if n.startswith("float8")), "uint8"
)}  # fmt: skip

#: Dtypes that `Tensor.numpy` takes.
_NUMPY = frozenset(n for n, t in DTYPES.items() if t.native and t.name == t.numpy.name)


class TorchAdapter(Adapter):
    """Knows `torch.Tensor`, parameters and subclasses without a dispatch of their own."""

    name = "torch"
    alias = "torch"

    def __init__(self) -> None:
        # The tensor exists, so its framework has been imported.
        self.torch: Any = sys.modules["torch"]

    def check(self, x: Any) -> None:
        with aside(self.torch):
            check_readable(self.torch, x)

    def check_described(self, x: Any) -> None:
        """Raise nothing: shape and dtype can be told of any tensor."""

    def lengths(self, x: Any) -> tuple[int, ...]:
        with self.torch._C.DisableTorchFunctionSubclass():
            return tuple(x.shape)

    def dtype(self, x: Any) -> DType:
        with self.torch._C.DisableTorchFunctionSubclass():
            return DTYPES[dtype_name(x)]

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        with self.torch._C.DisableTorchFunctionSubclass():
            if any(base.__name__ == "UninitializedTensorMixin" for base in type(x).__mro__):
                return TensorInfo("torch", None, dtype_name(x), notes=("no shape before a batch",))
            return TensorInfo(
                framework="torch",
                shape=tuple(x.shape),
                dtype=dtype_name(x),
                device=str(x.device),
                layout=self._layout(x),
                nbytes=x.numel() * x.element_size(),
                requires_grad=bool(x.requires_grad),
                dims=dims,
                notes=tuple(_notes(x)),
                grad_fn=type(x.grad_fn).__name__ if x.grad_fn is not None else None,
            )

    def _layout(self, x: Any) -> str:
        torch = self.torch
        if x.layout is not torch.strided or x.is_nested:
            return layout_name(x)
        if x.is_conj():
            return "conj view"
        if x.is_neg():
            return "neg view"
        if any(s == 0 and n > 1 for s, n in zip(x.stride(), x.shape, strict=True)):
            return "expanded"
        if x.is_contiguous():
            return "strided"
        if x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last):
            return "channels_last"
        if x.dim() == 5 and x.is_contiguous(memory_format=torch.channels_last_3d):
            return "channels_last_3d"
        strides = sorted((s, n) for s, n in zip(x.stride(), x.shape, strict=True) if n > 1)
        dense = all(s * n == t for (s, n), (t, _) in pairwise(strides))
        return "transposed" if dense and strides and strides[0][0] == 1 else "strided view"

    def cut(self, x: Any, selection: Selection) -> Cut:
        torch = self.torch
        dtype = self.dtype(x)
        spans = spans_of(selection)
        with aside(torch):
            source = plain(torch, x).detach()
            if self._addressable(source, dtype):
                return Cut(dtype, spans, array=self._borrow(source, dtype)[(*selection.index, ...)])

        def fetch(wanted: tuple[Span, ...]) -> Raw:
            rest = iter(wanted)
            index = tuple(s if isinstance(s, int) else next(rest).slice for s in selection.slots)
            with aside(torch):
                return self._copy(source, index, dtype)

        return Cut(dtype, spans, fetch=fetch)

    def _addressable(self, source: Any, dtype: DType) -> bool:
        """Return whether the bits can be borrowed as they lie in memory."""
        return (
            source.device.type == "cpu"
            and dtype.name != "complex32"
            and source.dim() <= 64
            and not (source.is_conj() or source.is_neg() or source._is_zerotensor())
            and not self.torch._C._is_cow_tensor(source)  # lending it out would force the copy
        )

    def _borrow(self, source: Any, dtype: DType) -> Raw:
        # Not .numpy(): that makes the storage non-resizable for good, and a later free raises.
        if dtype.name in _BITS:
            source = source.view(getattr(self.torch, _BITS[dtype.name]))
        return np.from_dlpack(source).view(dtype.storage)

    def _copy(self, source: Any, index: tuple[int | slice, ...], dtype: DType) -> Raw:
        """Cut first, on the tensor's own device; then copy what was cut."""
        torch = self.torch
        part = source[index] if index else source
        if source._is_zerotensor():
            return np.zeros(tuple(part.shape), dtype.storage)
        if dtype.name == "complex32":
            part = part.to(torch.complex64)
        part = part.resolve_conj().resolve_neg()
        own = torch.empty(part.shape, dtype=part.dtype, device="cpu")
        own.copy_(part)
        return np.array(self._borrow(own, dtype), order="C", copy=None)

    def detach(self, x: Any) -> Any:
        # A plain tensor needs no detaching: held as it is, code can name it by identity.
        with aside(self.torch):
            return x.detach() if x.requires_grad else x

    def conversions(self, x: Any) -> Iterable[Conversion]:
        with aside(self.torch):
            return list(of_torch(self.torch, x, dtype_name(x) in _NUMPY))

    def python_type(self, x: Any) -> str:
        return _PYTHON[self.dtype(x).kind]

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        with self.torch._C.DisableTorchFunctionSubclass():
            return torch_code.slice_code(name, torch_code.facts(x, self.dtype(x)), selection)

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        with self.torch._C.DisableTorchFunctionSubclass():
            return torch_code.cell_code(name, torch_code.facts(x, self.dtype(x)), cell)

    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        with self.torch._C.DisableTorchFunctionSubclass():
            return torch_code.numpy_code(name, torch_code.facts(x, self.dtype(x)), selection)

    def idiom(self, name: str, x: Any, selection: Selection) -> Idiom | None:
        with self.torch._C.DisableTorchFunctionSubclass():
            return torch_code.idiom(name, torch_code.facts(x, self.dtype(x)), selection)


def _notes(x: Any) -> Iterator[str]:
    """Say what one should know before reading values."""
    dtype = DTYPES.get(dtype_name(x))
    if dtype is not None and (not dtype.native or dtype.name == "complex32"):
        yield f"NumPy has no {dtype.name}: values arrive as {dtype.numpy.name}, exactly"
    if x.is_inference():
        yield "an inference tensor: it has no version counter and no gradient"
    elif x.requires_grad:
        yield "on the graph: .item() needs no detach, .numpy() does"

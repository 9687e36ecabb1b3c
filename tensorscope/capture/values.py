"""Values: what a recorder does with the tensors of a framework: measure them and keep copies.

PyTorch's are measured where they lie. Those of other frameworks arrive as NumPy arrays: TensorFlow
and JAX hand them over on the host, from inside of compiled code.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np

from tensorscope.adapters.torch_plain import is_stored, unwrap
from tensorscope.capture.measure import EMPTY, Measure, Measurer, Pending, of_floats
from tensorscope.capture.outputs import tensors_in
from tensorscope.kernels import native

#: What is said of values that stand for those of many examples.
_UNDER_VMAP = "inside of torch.func.vmap: the first dim counts its examples"


class Values(Protocol):
    """What a recorder asks of the tensors of a framework."""

    def local(self, tensor: Any) -> tuple[Any, str | None]:
        """Return the part that this process holds, or None, and what is to be said of it."""

    def take(self, value: Any, zeros: bool = False) -> Measure | Pending:
        """Return the measure of a value, or what becomes one."""

    def cross(self, pending: list[Pending]) -> list[Measure]:
        """Bring measures over from a device."""

    def copy(self, value: Any) -> Any:
        """Return an own copy."""

    def inside(self, structure: Any) -> list[tuple[str, Any]]:
        """Return the tensors inside of what a module took or returned."""

    def state(self, module: Any) -> list[tuple[str, Any]]:
        """Return a module's own parameters and buffers."""


class TorchValues:
    """PyTorch tensors. Call it without a graph, and with autocast off."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self._is_wrapped = torch._C._functorch.is_functorch_wrapped_tensor
        measurer = Measurer(torch)
        self._measured = measurer.dtypes
        self.take, self.sums, self.cross = measurer.take, measurer.sums, measurer.cross

    def local(self, tensor: Any) -> tuple[Any, str | None]:
        """See :class:`Values`."""
        if type(tensor).__torch_dispatch__ is self.torch.Tensor.__torch_dispatch__:
            if self._is_wrapped(tensor):
                # Inside of torch.func: what it stands for outlives the transform.
                tensor, batch, _ = unwrap(self.torch, tensor)
                words = self._refusal(tensor)
                if words is None:
                    return tensor.detach(), _UNDER_VMAP if batch else None
            words = self._refusal(tensor)
            return (tensor.detach() if words is None else None), words
        if getattr(type(tensor), "to_local", None) is None:
            kind = type(tensor).__qualname__
            return None, f"{kind} outputs answer for their values themselves"
        return tensor._local_tensor.detach(), "the shard of this process alone"

    def _refusal(self, tensor: Any) -> str | None:
        """Return why a plain tensor cannot be measured where it lies; None where it can."""
        if tensor.is_nested:
            return "nested tensors are not measured: pass them to ts.probe(name, x)"
        if tensor.layout is not self.torch.strided or tensor.dtype not in self._measured:
            kind = f"{tensor.layout} {tensor.dtype}".replace("torch.", "").replace("strided ", "")
            return f"{kind} outputs are not measured: pass them to ts.probe(name, x)"
        if tensor.is_meta:
            return "meta tensors have no values"
        # Any operation on a tensor whose storage was taken away would end the process.
        if tensor.untyped_storage().nbytes() < tensor.nbytes and not is_stored(tensor):
            return "a tensor whose storage was released has no values"
        return None

    def copy(self, value: Any) -> Any:
        """See :class:`Values`."""
        return value.clone()

    def inside(self, structure: Any) -> list[tuple[str, Any]]:
        """See :class:`Values`."""
        return tensors_in(structure, self.torch.Tensor)

    def state(self, module: Any) -> list[tuple[str, Any]]:
        """See :class:`Values`."""
        return [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]


class ArrayValues:
    """NumPy arrays, also with the dtypes of ml_dtypes."""

    def local(self, tensor: Any) -> tuple[Any, str | None]:
        """See :class:`Values`."""
        return (tensor if _is_number(tensor.dtype) else None), None

    def take(self, value: Any, zeros: bool = False) -> Measure:
        """See :class:`Values`.

        Cost: one pass over floats that lie in a row; four over others (five with `zeros`), and a
        widened copy of what is narrower than float32.
        """
        count = int(value.size)
        if not count:
            return EMPTY
        name = value.dtype.name
        if name in native.FLOATS and value.flags.c_contiguous and value.dtype.isnative:
            add = native.adder(name)
            if add is not None:
                return of_floats(count, add(value, 0.0), zeros)
        if value.dtype.kind == "c":
            with np.errstate(all="ignore"):
                size = np.abs(value)
                # Magnitudes of finite parts pass the largest number of narrow ones.
                finite = math.isfinite(size.max())
                value = size if finite else np.abs(value.astype(np.complex128))
        elif value.dtype.kind == "b":
            value = value.view(np.uint8)
        elif value.dtype.kind not in "iuf" or value.dtype.itemsize < 4:
            value = value.astype(np.float32)
        wide = value if value.dtype.kind == "f" else value.astype(np.float64)
        with np.errstate(all="ignore"):
            flat = wide.ravel()
            total, square = float(flat.sum()), float(flat.dot(flat))
            low, high = float(value.min()), float(value.max())
            if math.isfinite(low) and math.isfinite(high) and not math.isfinite(total + square):
                wider = flat.astype(np.float64)  # sums overflowed float32
                total, square = float(wider.sum()), float(wider.dot(wider))
        norm = math.sqrt(square) if square >= 0 else math.nan
        share = 1 - int(np.count_nonzero(value)) / count if zeros else None
        return Measure(count, total / count, norm, low, high, share)

    def cross(self, pending: list[Pending]) -> list[Measure]:
        """See :class:`Values`. Arrays lie on no device."""
        assert not pending
        return []

    def copy(self, value: Any) -> Any:
        """See :class:`Values`."""
        return np.array(value)

    def inside(self, structure: Any) -> list[tuple[str, Any]]:
        """See :class:`Values`."""
        return tensors_in(structure, np.ndarray)

    def state(self, module: Any) -> list[tuple[str, Any]]:
        """See :class:`Values`. Of a Keras layer: call it where TensorFlow runs eagerly."""
        inside = module._flatten_layers(include_self=False, recursive=False) if module else ()
        theirs = {id(v) for layer in inside for v in layer.weights}
        weights = module.weights if module else ()
        return [(v.name, np.asarray(v.numpy())) for v in weights if id(v) not in theirs]


ARRAYS = ArrayValues()


def _is_number(dtype: Any) -> bool:
    """Return whether elements are numbers or truth values; ml_dtypes' are of kind V or f."""
    if dtype.kind in "biufc":
        return True
    return dtype.kind == "V" and dtype.names is None and dtype.type.__module__ == "ml_dtypes"

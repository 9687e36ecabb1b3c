"""Code strings for hits and top-k: one expression that gives ``(indices, values)``.

In the framework's idiom where that answers rightly; in NumPy where it would not: kernels that are
missing (uint16, uint32, uint64, float8), views that it cannot make (falling steps), magnitudes
that wrap, an order in which NaN comes first or ties come in any order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.code import forward_texts, index_text
from tensorscope.adapters.dtypes import DType
from tensorscope.condition import And, Compare, Not, Or, Test
from tensorscope.kernels.predicate import Always, Bound, Predicate, Truth
from tensorscope.selection import Selection, whole
from tensorscope.slots import Slot, Span
from tensorscope.text import float_text

#: Element types whose comparisons and stable sorts torch has on every device.
_TORCH = ("float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8")


@dataclass(frozen=True, slots=True)
class Parts:
    """What an expression is made of: who the tensor is, which part of it, of which dtype."""

    adapter: Adapter
    source: Any
    selection: Selection
    dtype: DType

    @property
    def idiom(self) -> bool:
        """Whether torch's own calls can be used on the selection."""
        if self.adapter.name != "torch" or self.dtype.name not in (*_TORCH, "bool"):
            return False
        slots = self.selection.slots
        rising = all(isinstance(s, int) or (isinstance(s, Span) and s.step > 0) for s in slots)
        return rising and not self.source.is_neg()

    def torch(self, name: str) -> str:
        """Return the selected tensor, off the graph, integer dims kept with size 1."""
        index = index_text(forward_texts(self.selection, keep_ints=True))
        return f"{name}{index}{'.detach()' if self.source.requires_grad else ''}"

    def to_numpy(self) -> str:
        """Return the calls that make a NumPy array of a torch tensor of this dtype."""
        cpu = "" if self.source.device.type == "cpu" else ".cpu()"
        return f"{cpu}{'' if self.dtype.native else '.float()'}.numpy()"

    def numpy(self, name: str) -> str:
        """Return the selected values as a NumPy array, integer and reduced dims with size 1."""
        code = self.adapter.numpy_code(name, self.source, self.selection)
        # An element of an array may be a NumPy scalar, which no mask can index.
        return code if self.selection.slots else f"np.asarray({code})"

    def placed(self, indices: str) -> str:
        """Turn positions within the selection into coordinates in the whole tensor."""
        slots = self.selection.slots
        starts = [_start(s) for s in slots]
        steps = [s.step if isinstance(s, Span) else 1 for s in slots]
        if any(step != 1 for step in steps):
            indices = f"{indices} * {steps}"
        return f"{indices} + {starts}" if any(starts) else indices


def where(name: str, parts: Parts, predicate: Predicate, limit: int) -> str:
    """Return code for the first `limit` hits of a condition."""
    if parts.idiom:
        mask = _Writer(parts.dtype, torch=True).text(predicate.root)
        cpu = "" if parts.source.device.type == "cpu" else ".cpu()"
        places = parts.placed(f"m.nonzero()[:{limit}]{cpu}.numpy()")
        values = f"v[m][:{limit}]{parts.to_numpy()}"
        return f"(lambda v: (lambda m: ({places}, {values}))({mask}))({parts.torch(name)})"
    mask = _Writer(parts.dtype, torch=False).text(predicate.root)
    places = parts.placed(f"np.argwhere(m)[:{limit}]")
    return f"(lambda v: (lambda m: ({places}, v[m][:{limit}]))({mask}))({parts.numpy(name)})"


def where_mask(
    name: str,
    parts: Parts,
    mask_name: str | None,
    mask_adapter: Adapter,
    mask: Any,
    chosen: Selection | None,
    indices: NDArray[np.int64],
    limit: int,
) -> str:
    """Return code for the first `limit` elements that a boolean mask picks.

    A mask that has no name cannot be written: its coordinates are.
    """
    values = parts.numpy(name)
    if mask_name is None:
        local = _local(parts.selection, indices)
        picked = f"np.array({local.tolist()}, np.int64).reshape{local.shape}"
        taken = f"np.atleast_1d(v[tuple(i.T)])[:{len(local)}]"
        return f"(lambda v, i: ({parts.placed('i')}, {taken}))({values}, {picked})"
    if chosen is not None:
        bits = mask_adapter.numpy_code(mask_name, mask, chosen)
    else:
        bits = mask_adapter.numpy_code(mask_name, mask, whole(parts.selection.shape))
    places = parts.placed(f"np.argwhere(m)[:{limit}]")
    # The mask of a selection lacks the selection's integer and reduced dims.
    body = f"(lambda m: ({places}, v[m][:{limit}]))(np.reshape(m, v.shape))"
    return f"(lambda v, m: {body})({values}, {bits})"


def topk(name: str, parts: Parts, shown: int, largest: bool, absolute: bool, nan: int) -> str:
    """Return code for the first `shown` elements of an order."""
    ndim, values = len(parts.selection.slots), parts.numpy(name)
    if not shown or not ndim:
        return f"(np.zeros(({shown}, {ndim}), np.int64), {values}.ravel()[:{shown}])"
    signed = parts.dtype.kind != "u"
    if (
        parts.idiom
        and parts.dtype.name in _TORCH
        and not nan
        and (parts.dtype.kind == "f" or not (absolute and signed))
    ):
        key = f"v.flatten(){'.abs()' if absolute and signed else ''}"
        order = f"{key}.sort(descending={largest}, stable=True).indices[:{shown}]"
        cpu = "" if parts.source.device.type == "cpu" else ".cpu()"
        places = parts.placed(f"torch.stack(torch.unravel_index(f, v.shape), -1){cpu}.numpy()")
        taken = f"v.flatten()[f]{parts.to_numpy()}"
        return f"(lambda v: (lambda f: ({places}, {taken}))({order}))({parts.torch(name)})"
    key = _numpy_key(parts.dtype, largest, absolute)
    order = f'np.argsort({key}, axis=None, kind="stable")[:{shown}]'
    places = parts.placed("np.transpose(np.unravel_index(f, v.shape))")
    return f"(lambda v: (lambda f: ({places}, v.ravel()[f]))({order}))({values})"


def _numpy_key(dtype: DType, largest: bool, absolute: bool) -> str:
    """Return what to sort by, so that the best comes first and NaN last."""
    key = "v"
    if absolute and dtype.kind == "c":
        key = "np.hypot(v.real, v.imag)"
    elif absolute and dtype.kind == "i":
        key = f"np.abs(v).view(np.u{dtype.name})"
    elif absolute and dtype.kind == "f":
        key = "np.abs(v)"
    if not largest:
        return key
    return f"{'-' if dtype.kind in 'fc' else '~'}{key}"


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes a bound condition over the name ``v``."""

    dtype: DType
    torch: bool

    def text(self, node: Bound) -> str:
        """Return the code of a part."""
        if isinstance(node, Compare):
            return f"{self._left(node.absolute)} {node.op} {self._number(node.value)}"
        if isinstance(node, Test):
            return f"{'torch' if self.torch else 'np'}.{node.function}({self._left(node.absolute)})"
        if isinstance(node, Truth):
            return "v"
        if isinstance(node, Always):
            if self.torch:
                return f"torch.full_like(v, {node.holds}, dtype=torch.bool)"
            return f"np.full(v.shape, {node.holds})"
        if isinstance(node, Not):
            return f"~{self._inside(node.part)}"
        assert isinstance(node, And | Or)
        return (" & " if isinstance(node, And) else " | ").join(map(self._inside, node.parts))

    def _inside(self, node: Bound) -> str:
        text = self.text(node)
        return text if isinstance(node, Test | Truth | Always) else f"({text})"

    def _left(self, absolute: bool) -> str:
        if not absolute:
            return "v"
        if self.dtype.kind == "c":
            return "np.hypot(v.real, v.imag)"
        return "v.abs()" if self.torch else "np.abs(v)"

    def _number(self, value: float) -> str:
        if self.dtype.kind in "iu":
            return repr(value)
        if math.isinf(value) or math.isnan(value):
            sign = "-" if value < 0 else ""
            return f"{sign}{'torch' if self.torch else 'np'}.{'nan' if value != value else 'inf'}"
        # Both round a number to these two as we did; for others the rounded one is written.
        exact = self.dtype.name not in ("float32", "float64")
        return repr(value) if exact else float_text(self.dtype, value)


def _start(slot: Slot) -> int:
    """Return the coordinate of the slot's first position; −1 for a reduced dim."""
    if isinstance(slot, Span):
        return slot.start
    return slot if isinstance(slot, int) else -1


def _local(selection: Selection, indices: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return positions within the selection of coordinates in the whole tensor."""
    local = np.zeros_like(indices)
    for dim, slot in enumerate(selection.slots):
        if isinstance(slot, Span):
            local[:, dim] = (indices[:, dim] - slot.start) // slot.step
    return local

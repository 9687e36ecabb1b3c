"""Code strings for hits and top-k: one expression that gives ``(indices, values)``.

In the framework's idiom where that answers rightly; in NumPy where it would not: kernels that are
missing (uint16, uint32, uint64, float8), views that it cannot make (falling steps), magnitudes
that wrap, an order in which NaN comes first or ties come in any order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.dtypes import NAT, DType
from tensorscope.adapters.idiom import Idiom
from tensorscope.condition import And, Compare, Not, Or, Test
from tensorscope.kernels.dates import date_code
from tensorscope.kernels.let import let
from tensorscope.kernels.predicate import Always, Bound, Predicate, Truth
from tensorscope.selection import Selection, whole
from tensorscope.slots import Slot, Span
from tensorscope.text import float_text


@dataclass(frozen=True, slots=True)
class Parts:
    """What an expression is made of: who the tensor is, which part of it, of which dtype."""

    adapter: Adapter
    source: Any
    selection: Selection
    dtype: DType
    holes: bool = False  # whether places of the selection hold no value

    def idiom(self, name: str) -> Idiom | None:
        """Return the framework's own words for the selection, where they answer rightly."""
        return None if self.holes else self.adapter.idiom(name, self.source, self.selection)

    def numpy(self, name: str) -> str:
        """Return the selected values as a NumPy array, integer and reduced dims with size 1."""
        code = self.adapter.numpy_code(name, self.source, self.selection)
        # An element of an array may be a NumPy scalar, which no mask can index.
        return code if self.selection.slots else f"np.asarray({code})"

    def present(self, name: str) -> str:
        """Return which of these places hold a value."""
        return self.adapter.present_code(name, self.source, self.selection)

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
    idiom = parts.idiom(name)
    if idiom is not None and idiom.stored_only and predicate.holds_at_zero:
        idiom = None
    if idiom is not None and _can_say(idiom, predicate.root):
        mask = _Writer(parts.dtype, idiom).text(predicate.root)
        places = parts.placed(idiom.places.format(limit=limit))
        values = idiom.values.format(limit=limit)
        return let("v", idiom.part, let("m", mask, f"({places}, {values})"))
    mask = _Writer(parts.dtype).text(predicate.root)
    places = parts.placed(f"np.argwhere(m)[:{limit}]")
    if parts.holes:
        body = f"(lambda m: ({places}, v[m][:{limit}]))(p & ({mask}))"
        return f"(lambda v, p: {body})({parts.numpy(name)}, {parts.present(name)})"
    return let("v", parts.numpy(name), let("m", mask, f"({places}, v[m][:{limit}])"))


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


def topk(
    name: str, parts: Parts, shown: int, largest: bool, absolute: bool, nan: int, zeros: bool
) -> str:
    """Return code for the first `shown` elements of an order; `zeros`: a 0 is among them."""
    ndim, values = len(parts.selection.slots), parts.numpy(name)
    if not shown or not ndim:
        return f"(np.zeros(({shown}, {ndim}), np.int64), {values}.ravel()[:{shown}])"
    signed = parts.dtype.kind != "u"
    idiom = parts.idiom(name)
    if idiom is not None and idiom.stored_only and zeros:
        idiom = None
    words = idiom.order if idiom is not None else None
    floating = parts.dtype.kind == "f"
    if idiom and words and not nan and (floating or not (absolute and signed)):
        key = words.absolute if absolute and signed else words.key
        order = words.flat.format(key=key, largest=largest, shown=shown)
        places = parts.placed(words.places)
        return let("v", idiom.part, f"(lambda f: ({places}, {words.values}))({order})")
    key = _numpy_key(parts.dtype, largest, absolute)
    if parts.holes:
        order = f'np.flatnonzero(p)[np.argsort({key}, kind="stable")[:{shown}]]'
        flat = f"(lambda v: {order})(u[p])"
        places = parts.placed("np.transpose(np.unravel_index(f, u.shape))")
        body = f"(lambda f: ({places}, u.ravel()[f]))({flat})"
        return f"(lambda u, p: {body})({values}, {parts.present(name)})"
    order = f'np.argsort({key}, axis=None, kind="stable")[:{shown}]'
    places = parts.placed("np.transpose(np.unravel_index(f, v.shape))")
    return let("v", values, f"(lambda f: ({places}, v.ravel()[f]))({order})")


def _numpy_key(dtype: DType, largest: bool, absolute: bool) -> str:
    """Return what to sort by, so that the best comes first and NaN last."""
    key = "v"
    if absolute and dtype.kind == "c":
        key = "np.hypot(v.real, v.imag)"
    elif absolute and dtype.kind == "i":
        key = f"np.abs(v).view(np.u{dtype.numpy.name})"
    elif absolute and dtype.kind in "fm":
        key = "np.abs(v)"
    if not largest:
        return key
    if dtype.kind in "Mm":
        return f"~{key}.view(np.int64)"
    return f"{'-' if dtype.kind in 'fc' else '~'}{key}"


def _can_say(idiom: Idiom, node: Bound) -> bool:
    """Return whether the idiom has a word for every part, and compares rightly with its numbers."""
    if isinstance(node, Test):
        return node.function in idiom.tests
    if isinstance(node, Compare):
        return not abs(cast("float", node.value)) < idiom.finest  # NaN compares as itself
    if isinstance(node, Not):
        return _can_say(idiom, node.part)
    if isinstance(node, And | Or):
        return all(_can_say(idiom, part) for part in node.parts)
    return True


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes a bound condition over the name ``v``, in an idiom or in NumPy."""

    dtype: DType
    idiom: Idiom | None = None

    def text(self, node: Bound) -> str:
        """Return the code of a part."""
        if isinstance(node, Compare):
            if self.dtype.kind in "Mm" and node.value == NAT:
                return f"{'~' if node.op == '!=' else ''}np.isnat(v)"
            return f"{self._left(node.absolute)} {node.op} {self._number(node.value)}"
        if isinstance(node, Test):
            called = self.idiom.tests[node.function] if self.idiom else f"np.{node.function}"
            return f"{called}({self._left(node.absolute)})"
        if isinstance(node, Truth):
            return self.idiom.elements if self.idiom else "v"
        if isinstance(node, Always):
            if self.idiom:
                return self.idiom.always.format(holds=node.holds)
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
            return self.idiom.elements if self.idiom else "v"
        if self.dtype.kind == "c":
            return "np.hypot(v.real, v.imag)"
        return self.idiom.magnitude if self.idiom else "np.abs(v)"

    def _number(self, value: Any) -> str:
        if self.dtype.kind in "Mm":
            return date_code(value, self.dtype)
        if self.dtype.kind in "iu":
            return repr(value)
        if math.isinf(value) or math.isnan(value):
            sign = "-" if value < 0 else ""
            space = self.idiom.space if self.idiom else "np"
            return f"{sign}{space}.{'nan' if value != value else 'inf'}"
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

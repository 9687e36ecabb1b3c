"""Code strings for PyTorch tensors, in its own idiom where that answers rightly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorscope.adapters.code import flips_text, forward_texts, index_text, numpy_reduction
from tensorscope.adapters.dtypes import DTYPES, DType
from tensorscope.adapters.idiom import Idiom, Order
from tensorscope.adapters.reduce import reduced_axes
from tensorscope.adapters.wording import Wording
from tensorscope.selection import Selection
from tensorscope.slots import REDUCTIONS, Reduce, Span

#: Element types whose comparisons and stable sorts torch has on every device.
_SORTED = ("float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8")
COMPARED = (*_SORTED, "bool")
#: Functions of a condition → what torch calls them.
TESTS = {name: f"torch.{name}" for name in ("isnan", "isinf", "isfinite", "isposinf", "isneginf")}


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides which calls an expression needs."""

    dtype: DType
    lengths: tuple[int, ...]
    grad: bool
    cpu: bool
    conj: bool
    neg: bool


def facts(x: Any, dtype: DType) -> Facts:
    """Read the facts from a tensor."""
    return Facts(
        dtype,
        tuple(x.shape),
        bool(x.requires_grad),
        x.device.type == "cpu",
        bool(x.is_conj()),
        bool(x.is_neg()),
    )


@dataclass(frozen=True, slots=True)
class StridedWording(Wording):
    """A strided tensor: indexed on its device, then converted.

    Attributes
    ----------
    about : Facts
        Which calls are needed.
    tensor : str
        What stands for the tensor itself, with a field ``name``.
    """

    about: Facts
    tensor: str = "{name}"

    def item(self, name: str, texts: Sequence[str]) -> str:
        return cell_code(self.tensor.format(name=name), self.about, texts)

    def own(self, name: str, texts: Sequence[str]) -> str:
        index = index_text(texts)
        return detached(self.tensor.format(name=name), self.about, index) + to_numpy(self.about)

    def slice_code(self, name: str, selection: Selection) -> str:
        return slice_code(self.tensor.format(name=name), self.about, selection)

    def cell_code(self, name: str, cell: Sequence[int | str]) -> str:
        return cell_code(self.tensor.format(name=name), self.about, cell)

    def numpy_code(self, name: str, selection: Selection) -> str:
        return numpy_code(self.tensor.format(name=name), self.about, selection)

    def idiom(self, name: str, selection: Selection) -> Idiom | None:
        return idiom(self.tensor.format(name=name), self.about, selection)


@dataclass(frozen=True, slots=True)
class WrappedWording(Wording):
    """A tensor inside of a functional transform, where .numpy() fails or gives any memory.

    Attributes
    ----------
    wraps : tuple of str
        Code that undoes the wrappers, over ``{name}``, from the outermost one in.
    """

    wraps: tuple[str, ...]

    def item(self, name: str, texts: Sequence[str]) -> str:
        return f"{self._inner(name)}{index_text(texts)}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        values = f"{self._inner(name)}{index_text(texts)}.tolist()"
        return f"np.array({values}, np.{self.dtype.numpy.name.replace('bool', 'bool_')})"

    def _inner(self, name: str) -> str:
        for wrap in self.wraps:
            name = wrap.format(name=name)
        return name


@dataclass(frozen=True, slots=True)
class PairWording(Wording):
    """A tensor of packed float4: its bytes are looked up, the low four bits first."""

    def item(self, name: str, texts: Sequence[str]) -> str:
        return f"tuple({self.own(name, texts)}.tolist())"

    def own(self, name: str, texts: Sequence[str]) -> str:
        table = DTYPES["float4_e2m1fn"].decode(np.arange(16, dtype=np.uint8)).tolist()
        values = f"np.array({table}, np.float32)[np.stack([b & 15, b >> 4], -1)]"
        part = f"{name}.view(torch.uint8){index_text(texts)}.cpu().numpy()"
        return f"(lambda b: {values})({part})"


def detached(name: str, about: Facts, index: str) -> str:
    """Return the indexed tensor, off the graph."""
    return f"{name}{index}{'.detach()' if about.grad else ''}"


def to_numpy(about: Facts, owned: bool = False) -> str:
    """Return the calls that make an own NumPy array of a detached tensor.

    owned: the tensor is one that code has just made.
    """
    dtype = about.dtype
    if dtype.name == "complex32":
        convert = ".to(torch.complex64)"
    elif not dtype.native:
        convert = ".double()" if dtype.numpy.itemsize == 8 else ".float()"
    else:
        convert = ".clone()" if about.cpu and not owned else ""  # .cpu() copies already
    lazy = (".resolve_conj()" if about.conj else "") + (".resolve_neg()" if about.neg else "")
    return f"{'' if about.cpu else '.cpu()'}{convert}{lazy}.numpy()"


def slice_code(name: str, about: Facts, selection: Selection) -> str:
    """Return code for a selection as an own array, or a scalar if it has no dims."""
    if selection.is_cell:
        return cell_code(name, about, [str(s) for s in selection.slots])
    base = detached(name, about, index_text(forward_texts(selection)))
    if not selection.reduced:
        return f"{base}{to_numpy(about)}{flips_text(selection)}"
    return _reduction(base, about, selection) + (
        flips_text(selection) if selection.shape else ".item()"
    )


def cell_code(name: str, about: Facts, cell: Sequence[int | str]) -> str:
    """Return code for one cell, with texts put where the indices go."""
    texts = [":" if c in REDUCTIONS else str(c) for c in cell]
    if ":" not in texts:
        return f"{name}{index_text(texts)}.item()"
    slots = tuple(Reduce(str(c)) if c in REDUCTIONS else 0 for c in cell)
    base = detached(name, about, index_text(texts))
    return _reduction(base, about, Selection(about.lengths, slots)) + ".item()"


def numpy_code(name: str, about: Facts, selection: Selection) -> str:
    """Return code for a NumPy array in which integer and reduced dims stay, with size 1."""
    index = index_text(forward_texts(selection, keep_ints=True))
    values = f"{detached(name, about, index)}{to_numpy(about)}"
    if selection.reduced:
        values = numpy_reduction(values, selection, about.dtype, keep_all=True)
    return values + flips_text(selection, keep_all=True)


def idiom(name: str, about: Facts, selection: Selection) -> Idiom | None:
    """Return torch's own words for searching, unless it cannot slice or compare here."""
    dtype = about.dtype
    if dtype.name not in COMPARED or about.neg:
        return None
    if not all(isinstance(s, int) or (isinstance(s, Span) and s.step > 0) for s in selection.slots):
        return None
    cpu = "" if about.cpu else ".cpu()"
    values = f"{cpu}{'' if dtype.native else '.float()'}.numpy()"
    order = Order(
        flat="{key}.sort(descending={largest}, stable=True).indices[:{shown}]",
        key="v.flatten()",
        absolute="v.flatten().abs()",
        places=f"torch.stack(torch.unravel_index(f, v.shape), -1){cpu}.numpy()",
        values=f"v.flatten()[f]{values}",
    )
    return Idiom(
        part=detached(name, about, index_text(forward_texts(selection, keep_ints=True))),
        space="torch",
        tests=TESTS,
        magnitude="v.abs()",
        always="torch.full_like(v, {holds}, dtype=torch.bool)",
        places=f"m.nonzero()[:{{limit}}]{cpu}.numpy()",
        values=f"v[m][:{{limit}}]{values}",
        order=order if dtype.name in _SORTED else None,
    )


def _reduction(base: str, about: Facts, selection: Selection) -> str:
    """Return code for the reduction, ending in a NumPy array (a scalar's `.item()` fits too)."""
    op, dtype = selection.op, about.dtype
    if dtype.kind != "f":
        # Integer kernels wrap or are missing, complex ones have no order: NumPy is right.
        return numpy_reduction(f"{base}{to_numpy(about)}", selection, dtype)
    axes = reduced_axes(selection)
    dim = f"dim={axes[0] if len(axes) == 1 else axes}"
    end = (".cpu()" if not about.cpu else "") + ".numpy()"
    if op in ("max", "min", "absmax"):
        wide = "" if dtype.native else (".double()" if dtype.numpy.itemsize == 8 else ".float()")
        neg = ".resolve_neg()" if about.neg else ""
        call = ".amin" if op == "min" else ".abs().amax" if op == "absmax" else ".amax"
        return f"{base}{wide}{call}({dim}){neg}{end}"
    if op == "norm":
        return f"torch.linalg.vector_norm({base}.double(), {dim}){end}"
    correction = ", correction=0" if op == "std" else ""
    return f"{base}.double().{op}({dim}{correction}){end}"

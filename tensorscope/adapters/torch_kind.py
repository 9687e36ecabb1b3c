"""Kinds of PyTorch tensors, and the plain one: values that lie in memory with strides.

A kind knows how one way of keeping values is read. It is given what lies below the wrappers of
functional transforms, and is called aside from graph, subclasses, modes and transforms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters import torch_code
from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DTYPES, DType
from tensorscope.adapters.entries import Entries
from tensorscope.adapters.memory import Conversion, of_torch
from tensorscope.adapters.torch_device import DeviceRun, is_remote
from tensorscope.adapters.torch_dtypes import BITS, NUMPY, SHELLS, dtype_name, dtype_of
from tensorscope.adapters.torch_plain import aside, freed, is_stored, refusal
from tensorscope.adapters.wording import Wording
from tensorscope.selection import Selection
from tensorscope.slots import Span


class Kind:
    """A strided tensor; what other kinds do otherwise, they override.

    Parameters
    ----------
    torch : module
        PyTorch, which the owner of the tensor imported.
    """

    def __init__(self, torch: Any) -> None:
        self.torch = torch

    # ------------------------------------------------------------------ what it is

    def check(self, x: Any) -> None:
        """Raise UnsupportedTensorError unless `x` holds values."""
        self.check_dtype(x)
        if not x._is_zerotensor() and x.numel() and not is_stored(x):
            raise freed()

    def check_dtype(self, x: Any) -> None:
        """Raise UnsupportedTensorError unless elements of this dtype can be read."""
        if dtype_of(x) is None:
            raise refusal(
                "OPAQUE", f"dtype {dtype_name(x)} has no number to show", "view it as uint8"
            )

    def lengths(self, x: Any) -> tuple[int, ...]:
        """Return the shape; that of the rectangle around the rows if they differ."""
        return tuple(x.shape)

    def shape(self, x: Any) -> tuple[int | None, ...]:
        """Return the shape as a description tells it; reads no data."""
        return self.lengths(x)

    def dtype(self, x: Any) -> DType:
        """Return the element type."""
        found = dtype_of(x)
        assert found is not None  # `check` has let it pass
        return found

    def nbytes(self, x: Any) -> int:
        """Return the bytes of all elements."""
        return int(x.numel() * x.element_size())

    def layout(self, x: Any) -> str:
        """Return ``"strided"``, or what is special."""
        torch = self.torch
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

    def notes(self, x: Any) -> Iterator[str]:
        """Say what one should know before reading values."""
        dtype = dtype_of(x)
        if dtype is None:
            return
        if dtype.name in SHELLS:
            yield f"{dtype.name} has no kernels in PyTorch: the raw {dtype.numpy.name} is shown"
        elif dtype.kind == "O":
            yield f"an element of {dtype.name} is a pair of numbers, the low four bits first"
        elif not dtype.native or dtype.name == "complex32":
            yield f"NumPy has no {dtype.name}: values arrive as {dtype.numpy.name}, exactly"

    def conversions(self, x: Any) -> Iterable[Conversion]:
        """Return what NumPy's own conversion does with memory."""
        return of_torch(self.torch, x, dtype_name(x) in NUMPY)

    # ------------------------------------------------------------------ its values

    def cut(self, x: Any, selection: Selection) -> Cut:
        """Return the bits of a selection; reduced dims are whole."""
        dtype, source = self.dtype(x), x.detach()
        if dtype.name in BITS and not source._is_zerotensor():
            source = source.view(getattr(self.torch, BITS[dtype.name]))
        if self._addressable(source):
            lent = self._borrow(source, dtype)
            return Cut(dtype, spans_of(selection), array=lent[(*selection.index, ...)])

        def fetch(index: tuple[int | slice, ...]) -> Raw:
            return self.copy(source, index, dtype)

        found = fetched(self.torch, dtype, selection, fetch)
        if is_remote(source):
            found.run = DeviceRun(self.torch, x.detach(), selection)
        return found

    def entries(self, x: Any) -> Entries | None:
        """Return what a sparse tensor stores; None for any other."""
        return None

    def present(self, x: Any, selection: Selection) -> NDArray[np.bool_] | None:
        """Return which places hold a value; None where all do."""
        return None

    def integers(self, x: Any, selection: Selection) -> NDArray[Any] | None:
        """Return the stored integers that the values are computed from, if they are."""
        return None

    def detach(self, x: Any) -> Any:
        """Return `x` without its graph, sharing its memory."""
        return x.detach()

    def _addressable(self, source: Any) -> bool:
        """Return whether the bits can be borrowed as they lie in memory."""
        return (
            source.device.type == "cpu"
            and source.dtype is not self.torch.complex32
            and source.dim() <= 64
            and not (source.is_conj() or source.is_neg() or source._is_zerotensor())
            and not self.torch._C._is_cow_tensor(source)  # lending it out would force the copy
        )

    def _borrow(self, source: Any, dtype: DType) -> Raw:
        # Not .numpy(): that makes the storage non-resizable for good, and a later free raises.
        return np.from_dlpack(source).view(dtype.storage)

    def copy(self, source: Any, index: tuple[int | slice, ...], dtype: DType) -> Raw:
        """Cut first, on the tensor's own device; then copy what was cut."""
        torch = self.torch
        part = source[index] if index else source
        if part._is_zerotensor():
            return np.zeros(tuple(part.shape), dtype.storage)
        bits = BITS.get(dtype_name(part))
        if bits is not None:
            part = part.view(getattr(torch, bits))
        if part.dtype is torch.complex32:
            part = part.to(torch.complex64)
        part = part.resolve_conj().resolve_neg()
        own = torch.empty(part.shape, dtype=part.dtype, device="cpu")
        own.copy_(part)
        return np.array(self._borrow(own, dtype), order="C", copy=None)

    def array(self, x: Any, dtype: DType) -> Raw:
        """Return all raw bits of a plain tensor that is a part of another; borrowed if can be."""
        source = x.detach()
        if dtype.name in BITS:
            source = source.view(getattr(self.torch, BITS[dtype.name]))
        if self._addressable(source):
            return self._borrow(source, dtype)
        return self.copy(source, (), dtype)

    # ------------------------------------------------------------------ its code

    def words(self, x: Any, wraps: Sequence[str]) -> Wording:
        """Return how code asks for its values.

        wraps: code around the tensor's name that undoes wrappers, from the outermost one in.
        """
        dtype, lengths = self.dtype(x), self.lengths(x)
        if wraps:
            return torch_code.WrappedWording(dtype, lengths, tuple(wraps))
        if dtype.kind == "O":
            return torch_code.PairWording(dtype, lengths)
        about = torch_code.facts(x, dtype)
        if dtype.name in SHELLS:
            return torch_code.StridedWording(
                dtype, lengths, replace(about, dtype=DTYPES[dtype.numpy.name]),
                f"{{name}}.view(torch.{dtype.numpy.name})",
            )  # fmt: skip
        return torch_code.StridedWording(dtype, lengths, about)


def fetched(torch: Any, dtype: DType, selection: Selection, fetch: Any) -> Cut:
    """Return a cut whose parts are copied by ``fetch(index)``, aside from whatever runs then."""

    def part(wanted: tuple[Span, ...]) -> Raw:
        rest = iter(wanted)
        index = tuple(s if isinstance(s, int) else next(rest).slice for s in selection.slots)
        with aside(torch):
            raw: Raw = fetch(index)
        return raw

    return Cut(dtype, spans_of(selection), fetch=part)

"""What NumPy's own conversion of a tensor does with memory: share it, copy it, or refuse.

Told from attributes alone, nothing is converted to find out. The tests hold every line of this
file against what the conversion really does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np


@dataclass(frozen=True, slots=True)
class Conversion:
    """One way in which people turn a tensor into a NumPy array.

    Attributes
    ----------
    code : str
        What they write, over the name ``x``.
    does : {"shares", "copies", "refuses", "wraps"}
        The array looks at the tensor's memory; is an own one; there is none, for an error is
        raised; or it holds Python objects in place of numbers.
    why : str
        What follows from it, or what to do instead.
    """

    code: str
    does: Literal["shares", "copies", "refuses", "wraps"]
    why: str

    @property
    def note(self) -> str:
        """One line for people."""
        what = {
            "shares": "shares memory",
            "copies": "copies",
            "refuses": "raises an error",
            "wraps": "gives an array of objects, not of numbers",
        }[self.does]
        return f"{self.code} {what}: {self.why}"


def of_numpy(x: Any) -> Iterator[Conversion]:
    """Tell of an array or scalar of NumPy."""
    code = "np.asarray(x)"
    if not isinstance(x, np.ndarray):
        yield Conversion(code, "copies", "a NumPy scalar lends its memory to nobody")
    elif isinstance(x, np.ma.MaskedArray):
        yield Conversion(code, "shares", "and drops the mask: hidden values come to light")
    elif x.flags.writeable:
        yield Conversion(code, "shares", "writing into the result changes the tensor")
    else:
        yield Conversion(code, "shares", "read-only, as the tensor is")


def of_stored(code: str, verb: str) -> Iterator[Conversion]:
    """Tell of an array in a store, or of one that is yet to be computed."""
    yield Conversion(code, "copies", f"{verb} all of it first; index it, and only that part is")


def of_torch(torch: Any, x: Any, takes: bool) -> Iterator[Conversion]:
    """Tell of a tensor of PyTorch; `takes`: whether NumPy has its dtype.

    Called aside from graph, subclasses and modes.
    """
    code = "x.numpy()"
    name = str(x.dtype).removeprefix("torch.")
    first = "x.detach()" if x.requires_grad else "x"
    if x.is_nested or x.layout is not torch.strided:
        kind = "nested" if x.is_nested else str(x.layout).removeprefix("torch.")
        yield Conversion(code, "refuses", f"the layout is {kind}; .to_dense() copies first")
    elif x.device.type != "cpu":
        yield Conversion(code, "refuses", f"{first}.cpu() copies from {x.device} to the host first")
    elif not takes:
        yield Conversion(
            code, "refuses", f"NumPy has no {name}; {first}.float() makes a converted copy first"
        )
    elif x.dim() > 64:
        yield Conversion(code, "refuses", "NumPy stops at 64 dims; index it first")
    elif x.is_conj() or x.is_neg():
        which = "resolve_conj" if x.is_conj() else "resolve_neg"
        yield Conversion(code, "refuses", f"a lazy view; {first}.{which}() makes a copy first")
    elif x._is_zerotensor():
        yield Conversion(code, "refuses", f"it has no storage; {first}.clone() makes one first")
    elif x.requires_grad:
        yield Conversion(
            code,
            "refuses",
            "it requires grad; x.detach().numpy() shares memory, and writing into it changes the "
            "tensor unseen by autograd",
        )
    else:
        yield Conversion(
            code,
            "shares",
            "writing into the array changes the tensor, unseen by autograd; "
            "x.clone().numpy() is a copy",
        )


def of_tf(x: Any, kind: str, foreign: bool) -> Iterator[Conversion]:
    """Tell of a tensor of TensorFlow; `foreign`: its dtype is one of ml_dtypes'."""
    copy = "an own array, writeable"
    if kind == "tensor":
        yield Conversion("x.numpy()", "copies", copy)
        if x.dtype.name != "string":
            how = (
                "and NumPy lets you write into it: that changes a tensor meant never to change"
                if foreign
                else "read-only"
            )
            yield Conversion("np.asarray(x)", "shares", how)
    elif kind == "variable":
        yield Conversion("x.numpy()", "copies", f"{copy}; later assignments do not show in it")
        yield Conversion("np.asarray(x)", "copies", "likewise")
    elif kind == "ragged":
        yield Conversion("x.numpy()", "copies", "rows of different lengths become an object array")
    else:
        yield Conversion("np.asarray(x)", "wraps", "convert to a dense tensor first")


def of_jax(kind: Literal["array", "pieces", "narrow", "BCOO", "BCSR"]) -> Iterator[Conversion]:
    """Tell of an array of JAX: on one device, in pieces, of less than 8 bits, or sparse."""
    code = "np.asarray(x)"
    if kind == "BCSR":
        yield Conversion(code, "refuses", "it is sparse; x.todense() makes a dense array first")
    elif kind == "BCOO":
        yield Conversion(code, "wraps", "x.todense() makes a dense array first")
    elif kind == "pieces":
        yield Conversion(
            code, "copies", "all shards to the host, and the array keeps that copy for good"
        )
    elif kind == "narrow":
        yield Conversion(code, "copies", "elements below 8 bits are unpacked")
    else:
        yield Conversion(
            code, "shares", "read-only; as long as the result lives, x cannot be donated"
        )

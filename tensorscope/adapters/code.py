"""Pieces of code strings that every adapter's expressions are made of."""

from __future__ import annotations

from collections.abc import Sequence

from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.reduce import reduced_axes
from tensorscope.selection import Selection
from tensorscope.slots import Span


def index_text(texts: Sequence[str]) -> str:
    """Return ``[0, 20]`` for slot texts; trailing whole dims are left out."""
    kept = list(texts)
    while kept and kept[-1] == ":":
        kept.pop()
    return f"[{', '.join(kept)}]" if kept else ""


def forward_texts(selection: Selection, keep_ints: bool = False) -> list[str]:
    """Return the slot texts with rising steps and reduced dims whole.

    keep_ints: an integer becomes a slice of one element, so that its dim stays.
    """
    texts = []
    for slot, length in zip(selection.slots, selection.lengths, strict=True):
        if isinstance(slot, Span):
            texts.append(slot.forward().text(length))
        elif isinstance(slot, int):
            texts.append(Span(slot, 1, 1).text(length) if keep_ints else str(slot))
        else:
            texts.append(":")
    return texts


def text_range(text: str, length: int) -> tuple[int, int, int]:
    """Return start, size and step of a slice's text, whose step rises."""
    ends = [int(end) if end else None for end in text.split(":")]
    places = range(length)[slice(*ends)]
    return places.start, len(places), places.step


def flips_text(selection: Selection, keep_all: bool = False) -> str:
    """Return the index that turns falling dims round in the result, or an empty text."""
    texts = [
        "::-1" if isinstance(slot, Span) and slot.step < 0 else ":"
        for slot in selection.slots
        if keep_all or isinstance(slot, Span)
    ]
    return index_text(texts)


def numpy_reduction(values: str, selection: Selection, dtype: DType, keep_all: bool = False) -> str:
    """Return NumPy code for the selection's reduction of the array that `values` gives.

    keep_all: `values` has all dims, and the result keeps the reduced ones with size 1.
    """
    op = selection.op
    axes = selection.reduced if keep_all else reduced_axes(selection)
    where = f"axis={axes[0] if len(axes) == 1 else axes}" + (", keepdims=True" if keep_all else "")
    if op in ("max", "min"):
        return f"{values}.{op}({where})"
    if op == "absmax":
        if dtype.kind == "b":
            return f"{values}.max({where})"
        if dtype.kind == "c":
            return f"np.abs({values}.astype(np.complex128)).max({where})"
        view = f".view(np.u{dtype.numpy.name})" if dtype.kind == "i" else ""
        return f"np.abs({values}){view}.max({where})"
    if op == "norm":
        wide = f"np.abs({values}.astype({'np.complex128' if dtype.kind == 'c' else 'np.float64'}))"
        return f"np.sqrt(({wide} ** 2).sum({where}))"
    if op == "sum" and dtype.kind in "iub" and dtype.storage.itemsize < 8:
        return f"{values}.sum({where}, dtype=np.int64)"
    if dtype.kind == "c":
        return f"{values}.astype(np.complex128).{op}({where})"
    return f"{values}.{op}({where}, dtype=np.float64)"

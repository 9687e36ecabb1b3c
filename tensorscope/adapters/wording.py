"""Code strings for frameworks whose values are read by converting to NumPy what was indexed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from tensorscope.adapters.code import flips_text, forward_texts, index_text, numpy_reduction
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.idiom import Idiom
from tensorscope.selection import Selection
from tensorscope.slots import REDUCTIONS, Reduce


@dataclass(frozen=True, slots=True)
class Wording(ABC):
    """How one tensor's values are asked for.

    Attributes
    ----------
    dtype : DType
        Element type of the tensor.
    lengths : tuple of int
        Shape of the tensor.
    """

    dtype: DType
    lengths: tuple[int, ...]

    @abstractmethod
    def item(self, name: str, texts: Sequence[str]) -> str:
        """Return code for one element as a Python scalar."""

    @abstractmethod
    def own(self, name: str, texts: Sequence[str]) -> str:
        """Return code for an own array of `dtype.numpy`. Steps in `texts` rise."""

    def lend(self, name: str, texts: Sequence[str]) -> str:
        """Return code for an array of `dtype.numpy` that may share memory."""
        return self.own(name, texts)

    @property
    def widen(self) -> str:
        """The call that makes numbers of an array that NumPy cannot count with."""
        return f".astype(np.{self.dtype.numpy.name})" if self.dtype.foreign else ""

    def slice_code(self, name: str, selection: Selection) -> str:
        """Return code for a selection as an own array, or a scalar if it has no dims."""
        if selection.is_cell:
            return self.cell_code(name, [str(s) for s in selection.slots])
        texts = forward_texts(selection)
        if not selection.reduced:
            return self.own(name, texts) + flips_text(selection)
        code = numpy_reduction(self.lend(name, texts), selection, self.dtype)
        return code + (flips_text(selection) if selection.shape else ".item()")

    def cell_code(self, name: str, cell: Sequence[int | str]) -> str:
        """Return code for one cell, with texts put where the indices go."""
        texts = [":" if c in REDUCTIONS else str(c) for c in cell]
        if ":" not in texts:
            return self.item(name, texts)
        slots = tuple(Reduce(str(c)) if c in REDUCTIONS else 0 for c in cell)
        values = self.lend(name, texts)
        return f"{numpy_reduction(values, Selection(self.lengths, slots), self.dtype)}.item()"

    def idiom(self, name: str, selection: Selection) -> Idiom | None:
        """Return the framework's own words for searching, where they answer rightly."""
        return None

    def present_code(self, name: str, selection: Selection) -> str:
        """Return code for which places hold a value, where rows differ."""
        raise NotImplementedError

    def numpy_code(self, name: str, selection: Selection) -> str:
        """Return code for an array in which integer and reduced dims stay, with size 1."""
        values = self.lend(name, forward_texts(selection, keep_ints=True))
        if selection.reduced:
            values = numpy_reduction(values, selection, self.dtype, keep_all=True)
        return values + flips_text(selection, keep_all=True)


def rises(selection: Selection) -> bool:
    """Return whether every dim is an integer or a slice with a rising step."""
    return not selection.reduced and flips_text(selection) == ""


def indexed(name: str, texts: Sequence[str]) -> str:
    """Return the name with its index."""
    return f"{name}{index_text(texts)}"

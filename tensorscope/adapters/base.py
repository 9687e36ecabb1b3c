"""Adapter: what a framework must know of itself; the rest is shared code."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut, Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.idiom import Idiom
from tensorscope.adapters.memory import Conversion
from tensorscope.errors import UnsupportedTensorError
from tensorscope.info import TensorInfo
from tensorscope.labels import Labels
from tensorscope.selection import Selection


class Adapter(ABC):
    """Knows one framework. Stateless: one instance serves all tensors.

    All methods take the user's live object and leave it as it was: values, version counter,
    graph, memory ownership, ability to be resized or pickled.
    """

    #: Name of the framework, as `TensorInfo.framework` says it.
    name: str
    #: What the framework is called in code, e.g. ``np``.
    alias: str
    #: Whether values lie in a file, a store or a graph, so that reading them has a price.
    distant = False

    @abstractmethod
    def check(self, x: Any) -> None:
        """Raise UnsupportedTensorError if `x` has no values that can be read.

        Must be safe on broken objects: nothing else is called before it.
        """

    @abstractmethod
    def lengths(self, x: Any) -> tuple[int, ...]:
        """Return the shape."""

    @abstractmethod
    def dtype(self, x: Any) -> DType:
        """Return the element type."""

    def dtype_at(self, x: Any, selection: Selection) -> DType:
        """Return the element type of a selection: columns may have types of their own."""
        return self.dtype(x)

    @abstractmethod
    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        """Return what can be told without reading data."""

    @abstractmethod
    def cut(self, x: Any, selection: Selection) -> Cut:
        """Return the bits of a selection; reduced dims are whole.

        Cost: nothing is copied where the bits lie in this process's memory.
        """

    def conversions(self, x: Any) -> Iterable[Conversion]:
        """Return what the usual conversions of a readable tensor to NumPy do with memory."""
        return ()

    def info(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        """Return what :meth:`describe` does, and what NumPy's own conversion would do."""
        info = self.describe(x, dims)
        try:
            self.check(x)
        except UnsupportedTensorError:
            return info  # there is nothing to convert
        return replace(info, notes=info.notes + tuple(c.note for c in self.conversions(x)))

    def detach(self, x: Any) -> Any:
        """Return `x` without its graph, sharing its memory."""
        return x

    def dims(self, x: Any) -> tuple[str, ...] | None:
        """Return the tensor's own names of its dims, all of them, or None."""
        return None

    def labels(self, x: Any, dim: int) -> Labels | None:
        """Return what the positions along a dim are called, or None where by their numbers."""
        return None

    def outline(self, x: Any) -> tuple[tuple[int | None, ...] | None, str | None]:
        """Return shape and dtype name of what `check` refuses, as far as they can be told."""
        return None, None

    def check_described(self, x: Any) -> None:
        """Raise UnsupportedTensorError if not even a description can be given."""
        self.check(x)

    def idiom(self, name: str, x: Any, selection: Selection) -> Idiom | None:
        """Return the framework's own words for searching a selection, where they answer rightly."""
        return None

    #: What makes a rectangle of a tensor whose rows differ.
    fill_advice: str = "x.to_padded_tensor(0)"

    #: What a place without a value is: past the end of its row, so that it cannot be read; or
    #: masked, so that reading says so.
    hole: Literal["end", "masked"] = "end"

    #: What to do with elements that are no numbers, where numbers are asked for.
    number_advice: str = "ts.describe and ts.extract read them"

    def present(self, x: Any, selection: Selection) -> NDArray[np.bool_] | None:
        """Return which places of a selection hold a value; None where all do.

        For tensors whose rows differ, `lengths` being the rectangle around them, and for masked
        ones. Reduced dims are whole.
        """
        return None

    def present_code(self, name: str, x: Any, selection: Selection) -> str:
        """Return code for what :meth:`present` gives, ints kept as dims of size 1."""
        raise NotImplementedError

    def batch(self, x: Any) -> tuple[int, ...]:
        """Return the sizes of the dims that each element has within a running vmap; else ``()``.

        :meth:`cut` takes a selection of these dims, then of the tensor's own.
        """
        return ()

    def integers(self, x: Any, selection: Selection) -> NDArray[Any] | None:
        """Return the stored integers that a selection's values are computed from, if they are."""
        return None

    def stored(self, x: Any, selection: Selection) -> tuple[NDArray[np.int64], Raw] | None:
        """Return what a sparse tensor stores of a selection; None for any other tensor.

        Rising flat C-order positions within the selection, and the raw bits there. All other
        elements are 0.
        """
        return None

    @abstractmethod
    def python_type(self, x: Any) -> str:
        """Return the name of the Python type that `.item()` gives."""

    @abstractmethod
    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        """Return an expression that gives the selection as an own NumPy array.

        For a selection of one cell: as a Python scalar. `name` is what the tensor is called.
        """

    @abstractmethod
    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        """Return an expression that gives one cell as a Python scalar.

        `cell` holds an index, or a text to put in its place, per dim.
        """

    @abstractmethod
    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        """Return an expression for the selection as a NumPy array, ints kept as dims of size 1.

        The array may share memory: it is for use inside of a longer expression.
        """

"""Columns: tables whose columns have types of their own, and may hold no value in places."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.base import Adapter
from tensorscope.adapters.code import flips_text, forward_texts, numpy_reduction
from tensorscope.adapters.converted import called
from tensorscope.adapters.cut import Cut, Raw, spans_of
from tensorscope.adapters.dtypes import DTYPES, DType
from tensorscope.adapters.index_labels import notes_of
from tensorscope.adapters.numpy_ import NumpyAdapter
from tensorscope.info import TensorInfo
from tensorscope.selection import Selection
from tensorscope.slots import REDUCTIONS, Reduce, Span

_NUMPY = NumpyAdapter()


class ColumnsAdapter(Adapter):
    """Reads one column (a series, an index) or a table of them; values are never promoted."""

    alias = "np"
    hole = "masked"

    # ------------------------------------------------------------------ what a library knows

    @abstractmethod
    def is_table(self, x: Any) -> bool:
        """Return whether `x` has rows and columns."""

    @abstractmethod
    def column(self, x: Any, number: int) -> Any:
        """Return one column of a table."""

    @abstractmethod
    def type_name(self, column: Any) -> str:
        """Return the element type in the library's own words."""

    @abstractmethod
    def type_of(self, column: Any) -> DType:
        """Return the element type of a column."""

    @abstractmethod
    def may_lack(self, column: Any) -> bool:
        """Return whether places of a column may hold no value."""

    @abstractmethod
    def part(self, column: Any, rows: slice) -> Any:
        """Return a part of a column; the step rises."""

    @abstractmethod
    def values(self, part: Any, dtype: DType) -> NDArray[Any]:
        """Return the values of a part of a column, of `dtype.numpy`; any where there is none."""

    @abstractmethod
    def objects(self, part: Any) -> NDArray[Any]:
        """Return the values of a part of a column as the library's own Python objects."""

    @abstractmethod
    def missing(self, part: Any) -> NDArray[np.bool_]:
        """Return where a part of a column holds no value."""

    @abstractmethod
    def item_code(self, name: str, x: Any, cell: Sequence[str], dtype: DType, lacks: bool) -> str:
        """Return code for one element."""

    @abstractmethod
    def part_code(
        self,
        name: str,
        x: Any,
        texts: Sequence[str],
        dtype: DType,
        lacks: bool,
        plain: bool = False,
    ) -> str:
        """Return code for the values of a part, an own array; steps in `texts` rise.

        lacks: whether places may hold no value, so that it is masked, unless `plain`.
        """

    @abstractmethod
    def missing_code(self, name: str, x: Any, texts: Sequence[str]) -> str:
        """Return code for where a part holds no value."""

    # ------------------------------------------------------------------ the adapter

    def dims(self, x: Any) -> tuple[str, ...] | None:
        return ("row", "column")[: len(x.shape)]

    def check(self, x: Any) -> None:
        called(x, "its type was read", lambda: self.dtype(x))

    def lengths(self, x: Any) -> tuple[int, ...]:
        return tuple(x.shape)

    def _chosen(self, x: Any, selection: Selection | None = None) -> list[Any]:
        """Return the columns that a selection needs; None: all."""
        if not self.is_table(x):
            return [x]
        numbers: Sequence[int] = range(x.shape[1])
        if selection is not None and not isinstance(selection.slots[1], Reduce):
            slot = selection.slots[1]
            numbers = [slot] if isinstance(slot, int) else numbers[slot.slice]
        return [self.column(x, number) for number in numbers]

    def _common(self, columns: Sequence[Any]) -> DType:
        types = list(dict.fromkeys(self.type_of(column) for column in columns))
        if len(types) == 1:
            return types[0]
        names = list(dict.fromkeys(self.type_name(column) for column in columns))
        return DType("|".join(names) or "object", "O", np.dtype(object), np.dtype(object))

    def dtype(self, x: Any) -> DType:
        return self._common(self._chosen(x))

    def dtype_at(self, x: Any, selection: Selection) -> DType:
        return self._common(self._chosen(x, selection))

    def describe(self, x: Any, dims: tuple[str, ...] | None) -> TensorInfo:
        columns = self._chosen(x)
        names = dict.fromkeys(self.type_name(column) for column in columns)
        notes = []
        if len(names) > 1:
            notes.append("columns have types of their own: values are read as each has them")
        if any(self.may_lack(column) for column in columns):
            notes.append("missing values read as masked")
        own = self.dims(x) or ()
        notes += notes_of(dims or own, [self.labels(x, dim) for dim in range(len(own))])
        size = sum(self.type_of(column).storage.itemsize for column in columns)
        return TensorInfo(
            framework=self.name,
            shape=tuple(x.shape),
            dtype="|".join(names) or "object",
            layout="columns" if self.is_table(x) else "strided",
            nbytes=int(x.shape[0]) * size,
            dims=dims,
            notes=tuple(notes),
        )

    def _boxes(self, x: Any, selection: Selection, wanted: Sequence[Span]) -> Iterator[Any]:
        """Give each column's part that lies in the wanted spans."""
        rest = iter(wanted)
        box = [s if isinstance(s, int) else next(rest) for s in selection.slots]
        spans = [Span(s, 1, 1) if isinstance(s, int) else s for s in box]
        columns = [x]
        if self.is_table(x):
            columns = [self.column(x, number) for number in range(x.shape[1])[spans[1].slice]]
        for column in columns:
            yield self.part(column, spans[0].slice)

    def cut(self, x: Any, selection: Selection) -> Cut:
        dtype = self.dtype_at(x, selection)

        def fetch(wanted: tuple[Span, ...]) -> Raw:
            sizes = [span.size for span in wanted]
            parts = []
            for part in self._boxes(x, selection, wanted):
                own = self.type_of(part)
                parts.append(self.values(part, own) if own == dtype else self.objects(part))
            joined = np.stack(parts, -1) if self.is_table(x) else parts[0]
            raw = dtype.bits(joined) if dtype.kind not in "Mm" else joined.view(dtype.storage)
            return np.array(raw, dtype.storage, order="C").reshape(sizes)

        return Cut(dtype, spans_of(selection), fetch=fetch)

    def present(self, x: Any, selection: Selection) -> NDArray[np.bool_] | None:
        if not any(self.may_lack(column) for column in self._chosen(x, selection)):
            return None
        spans = spans_of(selection)
        forward = tuple(span.forward() for span in spans)
        missing = [
            self.missing(part) if self.may_lack(part) else np.zeros(len(part), np.bool_)
            for part in self._boxes(x, selection, forward)
        ]
        joined = np.stack(missing, -1) if self.is_table(x) else missing[0]
        joined = joined.reshape([span.size for span in forward])
        flips = tuple(slice(None, None, -1) if s.step < 0 else slice(None) for s in spans)
        return np.asarray(~joined[flips])

    def python_type(self, x: Any) -> str:
        dtype = self.dtype(x)
        return "object" if dtype.kind == "O" else _NUMPY.python_type(np.empty(0, dtype.numpy))

    def _lacks(self, x: Any, selection: Selection) -> bool:
        return any(self.may_lack(column) for column in self._chosen(x, selection))

    def slice_code(self, name: str, x: Any, selection: Selection) -> str:
        if selection.is_cell:
            return self.cell_code(name, x, [str(s) for s in selection.slots])
        dtype, texts = self.dtype_at(x, selection), forward_texts(selection)
        values = self.part_code(name, x, texts, dtype, self._lacks(x, selection))
        if selection.reduced:
            values = numpy_reduction(values, selection, dtype)
            return values + (flips_text(selection) if selection.shape else ".item()")
        return values + flips_text(selection)

    def cell_code(self, name: str, x: Any, cell: Sequence[int | str]) -> str:
        texts = [":" if c in REDUCTIONS else str(c) for c in cell]
        slots = tuple(
            Reduce(str(c)) if c in REDUCTIONS else int(c) if str(c).lstrip("-").isdigit() else 0
            for c in cell
        )
        shape = Selection(tuple(x.shape), slots)
        # A place to be filled in later may be in any column.
        filled = all(str(c).lstrip("-").isdigit() or c in REDUCTIONS for c in cell)
        dtype = self.dtype_at(x, shape) if filled else self.dtype(x)
        lacks = self._lacks(x, shape) if filled else any(map(self.may_lack, self._chosen(x)))
        if ":" not in texts:
            return self.item_code(name, x, texts, dtype, lacks)
        values = self.part_code(name, x, texts, dtype, lacks)
        return f"{numpy_reduction(values, shape, dtype)}.item()"

    def numpy_code(self, name: str, x: Any, selection: Selection) -> str:
        dtype, texts = self.dtype_at(x, selection), forward_texts(selection, keep_ints=True)
        lacks = self._lacks(x, selection)
        values = self.part_code(name, x, texts, dtype, lacks, plain=True)
        if selection.reduced:
            values = numpy_reduction(values, selection, dtype, keep_all=True)
        return values + flips_text(selection, keep_all=True)

    def present_code(self, name: str, x: Any, selection: Selection) -> str:
        texts = forward_texts(selection, keep_ints=True)
        missing = self.missing_code(name, x, texts)
        return f"~{missing}{flips_text(selection, keep_all=True)}"


def own_objects(values: Sequence[Any]) -> NDArray[Any]:
    """Return an array of these very objects."""
    boxed = np.empty(len(values), object)
    boxed[:] = values
    return boxed


def numpy_name(dtype: DType) -> str:
    """Return code for the NumPy dtype of a column's values."""
    if dtype.kind in "Mm":
        return f"'{dtype.numpy}'"
    if dtype.kind == "O" or dtype.name not in DTYPES:
        return "object"
    return f"'{dtype.numpy.name}'"

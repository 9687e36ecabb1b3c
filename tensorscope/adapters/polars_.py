"""polars: Series and DataFrame."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.code import index_text
from tensorscope.adapters.columns import ColumnsAdapter, own_objects
from tensorscope.adapters.dtypes import DTYPES, DType, dtype_of
from tensorscope.adapters.index_labels import NameLabels
from tensorscope.adapters.memory import Conversion
from tensorscope.errors import UnsupportedTensorError
from tensorscope.labels import Labels

_OBJECT = np.dtype(object)
#: Numbers of polars → NumPy's.
_NUMBERS = {
    "Boolean": "bool", "Float32": "float32", "Float64": "float64",
    **{f"Int{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"UInt{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
}  # fmt: skip


class PolarsAdapter(ColumnsAdapter):
    """Knows polars. A null is a masked place."""

    name = "polars"

    def __init__(self) -> None:
        self.polars: Any = sys.modules["polars"]

    def check(self, x: Any) -> None:
        if isinstance(x, self.polars.LazyFrame):
            raise UnsupportedTensorError(
                "a LazyFrame is a plan without values yet: pass x.collect()", "PENDING"
            )
        super().check(x)

    def is_table(self, x: Any) -> bool:
        return isinstance(x, self.polars.DataFrame)

    def labels(self, x: Any, dim: int) -> Labels | None:
        return NameLabels(x.columns) if self.is_table(x) and dim == 1 else None

    def column(self, x: Any, number: int) -> Any:
        return x.to_series(number)

    def type_name(self, column: Any) -> str:
        return str(column.dtype)

    def type_of(self, column: Any) -> DType:
        name = str(column.dtype)
        if name in _NUMBERS:
            return DTYPES[_NUMBERS[name]]
        unit = getattr(column.dtype, "time_unit", None)
        if name == "Date":
            return dtype_of(np.dtype("M8[D]"))
        if name.startswith("Datetime") and getattr(column.dtype, "time_zone", None) is None:
            return dtype_of(np.dtype(f"M8[{unit}]"))
        if name.startswith("Duration"):
            return dtype_of(np.dtype(f"m8[{unit}]"))
        return DType(name, "O", _OBJECT, _OBJECT)

    def may_lack(self, column: Any) -> bool:
        return bool(column.has_nulls())

    def part(self, column: Any, rows: slice) -> Any:
        return column[rows]

    def values(self, part: Any, dtype: DType) -> NDArray[Any]:
        if dtype.kind == "O":
            return self.objects(part)
        if dtype.kind in "Mm":
            ticks = part.to_physical().fill_null(0).to_numpy().astype(np.int64)
            return np.asarray(ticks.view(dtype.numpy))
        return np.asarray(part.fill_null(False if dtype.kind == "b" else 0).to_numpy())

    def objects(self, part: Any) -> NDArray[Any]:
        return own_objects(part.to_list())

    def missing(self, part: Any) -> NDArray[np.bool_]:
        return np.asarray(part.is_null().to_numpy())

    def conversions(self, x: Any) -> Iterable[Conversion]:
        why = "without writable=True memory may be shared; nulls make floats of integers"
        return (Conversion("x.to_numpy(writable=True)", "copies", why),)

    # ------------------------------------------------------------------ code

    def item_code(self, name: str, x: Any, cell: Sequence[str], dtype: DType, lacks: bool) -> str:
        element = f"{name}{index_text(cell)}"
        if dtype.kind in "Mm":
            row = f"{name}[:, {cell[1]}]" if len(cell) > 1 else name
            value = f"{row}.gather([{cell[0]}]).to_numpy()[0]"
        else:
            value = element
        return f"np.ma.masked if {element} is None else {value}" if lacks else value

    def part_code(
        self,
        name: str,
        x: Any,
        texts: Sequence[str],
        dtype: DType,
        lacks: bool,
        plain: bool = False,
    ) -> str:
        table = self.is_table(x) and ":" in texts[1]
        row = table and ":" not in texts[0]
        part = f"{name}{index_text([f'[{texts[0]}]', texts[1]] if row else texts)}"
        each = _column_code(dtype)
        values = (
            f"np.stack([{each} for c in {part}], -1)" if table else f"(lambda c: {each})({part})"
        )
        values = f"{values}[0]" if row else values
        if lacks and not plain:
            return f"np.ma.masked_array({values}, {self._gone(part, table, row)})"
        return values

    @staticmethod
    def _gone(part: str, table: bool, row: bool) -> str:
        if not table:
            return f"{part}.is_null().to_numpy()"
        gone = f"np.stack([c.is_null().to_numpy() for c in {part}], -1)"
        return f"{gone}[0]" if row else gone

    def missing_code(self, name: str, x: Any, texts: Sequence[str]) -> str:
        table = self.is_table(x)
        return self._gone(f"{name}{index_text(texts)}", table, False)


def _column_code(dtype: DType) -> str:
    """Return code for the values of a column ``c``, an own array."""
    if dtype.kind == "O":
        return "np.fromiter(c.to_list(), object, len(c))"
    if dtype.kind in "Mm":
        return f"c.to_numpy().astype('{dtype.numpy}')"
    return f"c.fill_null({'False' if dtype.kind == 'b' else '0'}).to_numpy().copy()"

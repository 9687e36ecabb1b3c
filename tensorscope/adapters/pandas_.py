"""pandas: Series, Index, ExtensionArray and DataFrame."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.code import index_text
from tensorscope.adapters.columns import ColumnsAdapter, numpy_name, own_objects
from tensorscope.adapters.dtypes import DTYPES, DType, dtype_of
from tensorscope.adapters.index_labels import labels_of_index
from tensorscope.adapters.memory import Conversion
from tensorscope.labels import Labels

_OBJECT = np.dtype(object)


class PandasAdapter(ColumnsAdapter):
    """Knows pandas. Rows and columns count by position, as in ``.iloc``."""

    name = "pandas"

    def __init__(self) -> None:
        self.pandas: Any = sys.modules["pandas"]

    def is_table(self, x: Any) -> bool:
        return isinstance(x, self.pandas.DataFrame)

    def labels(self, x: Any, dim: int) -> Labels | None:
        if not isinstance(x, self.pandas.Series | self.pandas.DataFrame):
            return None
        return labels_of_index(x.axes[dim])

    def column(self, x: Any, number: int) -> Any:
        return x.iloc[:, number]

    def type_name(self, column: Any) -> str:
        return str(column.dtype)

    def type_of(self, column: Any) -> DType:
        dtype = column.dtype
        if isinstance(dtype, np.dtype):
            return dtype_of(dtype)
        pandas = self.pandas
        if isinstance(dtype, pandas.SparseDtype):
            return dtype_of(np.dtype(dtype.subtype))
        plain = getattr(dtype, "numpy_dtype", None)
        if isinstance(plain, np.dtype) and plain.kind in "iufbc" and plain.name in DTYPES:
            return dtype_of(plain)
        return DType(str(dtype), "O", _OBJECT, _OBJECT)

    def may_lack(self, column: Any) -> bool:
        # NumPy's own dtypes have NaN and NaT for it, which are values.
        return not isinstance(column.dtype, np.dtype | self.pandas.SparseDtype)

    def part(self, column: Any, rows: slice) -> Any:
        return column.iloc[rows] if isinstance(column, self.pandas.Series) else column[rows]

    def values(self, part: Any, dtype: DType) -> NDArray[Any]:
        if not self.may_lack(part):
            return np.asarray(part).astype(dtype.numpy, copy=False)
        if dtype.kind == "O":
            return self.objects(part)
        return np.asarray(part.to_numpy(dtype.numpy, na_value=dtype.numpy.type(0)))

    def objects(self, part: Any) -> NDArray[Any]:
        plain = [v.item() if isinstance(v, np.generic) else v for v in part]
        return own_objects(plain)

    def missing(self, part: Any) -> NDArray[np.bool_]:
        return np.asarray(part.isna(), np.bool_)

    def conversions(self, x: Any) -> Iterable[Conversion]:
        why = "without copy=True memory may be shared; columns of several types become one"
        return (Conversion("x.to_numpy(copy=True)", "copies", why),)

    # ------------------------------------------------------------------ code

    def _at(self, name: str, x: Any, texts: Sequence[str]) -> str:
        by_place = isinstance(x, self.pandas.Series | self.pandas.DataFrame)
        index = index_text(texts)
        return f"{name}{'.iloc' if by_place and index else ''}{index}"

    def item_code(self, name: str, x: Any, cell: Sequence[str], dtype: DType, lacks: bool) -> str:
        element = self._at(name, x, cell)
        if dtype.kind in "Mm":
            start = self._at(name, x, [*cell[:-1], f"[{cell[-1]}]"])
            return f"{start}.to_numpy()[0]"
        if dtype.kind == "O":
            value = element
            if self.is_table(x) and not dtype.name.startswith("str"):  # not Python's own, maybe
                value = f"(lambda v: v.item() if isinstance(v, np.generic) else v)({element})"
        else:
            value = f"{element}.item()"
        if not lacks:
            return value
        if self.is_table(x):
            gone = f"{self._at(name, x, [cell[0], f'[{cell[1]}]'])}.isna().all()"
            if not cell[1].lstrip("-").isdigit() and self._differ(x):  # filled in later
                own = self._own_na(f"{name}.dtypes.iloc[{cell[1]}]", x)
                gone = f"{own} and {gone}"
        else:
            gone = f"{self._at(name, x, [f'[{cell[0]}]'])}.isna().all()"
        return f"np.ma.masked if {gone} else {value}"

    def _differ(self, part: Any) -> bool:
        """Return whether some columns may lack values, and others have NaN and NaT as values."""
        if not self.is_table(part):
            return False
        kinds = {self.may_lack(self.column(part, k)) for k in range(part.shape[1])}
        return len(kinds) == 2

    def _own_na(self, dtype: str, part: Any) -> str:
        """Return code for whether a column of that dtype may lack values."""
        code = f"not isinstance({dtype}, np.dtype)"
        if any(isinstance(one, self.pandas.SparseDtype) for one in part.dtypes):
            code += f" and not str({dtype}).startswith('Sparse')"
        return code

    def _columns(self, x: Any, texts: Sequence[str]) -> Any:
        """Return the columns that a part's texts choose, without their rows."""
        if not self.is_table(x):
            return x
        ends = [int(end) if end else None for end in texts[1].split(":")]
        return x.iloc[:0, slice(*ends) if len(ends) > 1 else ends[0]]

    def _gone(self, code: str, part: Any) -> str:
        """Return code for where a part, itself `code`, holds no value."""
        if not self._differ(part):
            return f"{code}.isna()"
        return f"({code}.isna().to_numpy() & [{self._own_na('t', part)} for t in {code}.dtypes])"

    def part_code(
        self,
        name: str,
        x: Any,
        texts: Sequence[str],
        dtype: DType,
        lacks: bool,
        plain: bool = False,
    ) -> str:
        row = self.is_table(x) and ":" not in texts[0] and ":" in texts[1]
        # A row as a series would take one type for all of its columns.
        part = self._at(name, x, [f"[{texts[0]}]", *texts[1:]] if row else texts)
        if dtype.kind == "O":
            values = f"np.array({part}, object)"
        elif lacks:
            values = f"{part}.to_numpy({numpy_name(dtype)}, na_value=0).copy()"
        else:
            values = f"np.array({part}, {numpy_name(dtype)})"
        end = "[0]" if row else ""
        if lacks and not plain:
            return f"np.ma.masked_array({values}, {self._gone(part, self._columns(x, texts))}){end}"
        return values + end

    def missing_code(self, name: str, x: Any, texts: Sequence[str]) -> str:
        part = self._gone(self._at(name, x, texts), self._columns(x, texts))
        return f"np.asarray({part})"

"""pydata sparse: COO, GCXS and DOK arrays; what is not stored is their fill value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.code import index_text
from tensorscope.adapters.entries_adapter import EntriesAdapter
from tensorscope.adapters.memory import Conversion
from tensorscope.adapters.wording import Wording


class SparseAdapter(EntriesAdapter):
    """Knows the arrays of the package `sparse`."""

    name = "sparse"

    def form(self, x: Any) -> str:
        return type(x).__name__

    def fill(self, x: Any) -> Any:
        return self.dtype(x).storage.type(x.fill_value)

    def coordinates(self, x: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        coo = x if type(x).__name__ == "COO" else x.asformat("coo")
        return np.asarray(coo.coords).T, coo.data

    def conversions(self, x: Any) -> Iterable[Conversion]:
        why = "every element, also those that are not stored; np.asarray(x) raises an error"
        return (Conversion("x.todense()", "copies", why),)

    def words(self, x: Any) -> Wording:
        return _Words(self.dtype(x), self.lengths(x))


class _Words(Wording):
    def item(self, name: str, texts: Sequence[str]) -> str:
        return f"{name}{index_text(texts) or '[()]'}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        return f"{name}{index_text(texts)}.todense()"

"""scipy.sparse: arrays and matrices of all formats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.code import index_text
from tensorscope.adapters.entries_adapter import EntriesAdapter
from tensorscope.adapters.memory import Conversion
from tensorscope.adapters.wording import Wording

#: Formats that can be indexed as they stand.
_INDEXED = ("csr", "csc", "lil", "dok")


class ScipyAdapter(EntriesAdapter):
    """Knows `scipy.sparse`. Entries that are stored twice add up."""

    name = "scipy"

    def form(self, x: Any) -> str:
        return str(x.format)

    def coordinates(self, x: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        coo = x.tocoo()
        places = coo.coords if hasattr(type(coo), "coords") or hasattr(coo, "coords") else None
        return np.stack(places if places is not None else (coo.row, coo.col), -1), coo.data

    def conversions(self, x: Any) -> Iterable[Conversion]:
        why = "one object, the sparse array itself; x.toarray() makes a dense copy"
        return (Conversion("np.asarray(x)", "wraps", why),)

    def words(self, x: Any) -> Wording:
        return _Words(self.dtype(x), self.lengths(x), x.format)


@dataclass(frozen=True, slots=True)
class _Words(Wording):
    format: str

    def item(self, name: str, texts: Sequence[str]) -> str:
        if len(texts) > 2:
            return f"{name}.toarray(){index_text(texts)}.item()"
        return f"{self._indexable(name)}{index_text(texts)}.item()"

    def own(self, name: str, texts: Sequence[str]) -> str:
        if len(texts) > 2 or all(text == ":" for text in texts):
            return f"{name}.toarray(){index_text(texts)}"
        # A matrix keeps two dims whatever the index: integers are taken after it is dense.
        kept = [text if ":" in text else f"{text}:{int(text) + 1}" for text in texts]
        dense = f"{self._indexable(name)}{index_text(kept)}.toarray()"
        return dense + index_text([":" if ":" in text else "0" for text in texts])

    def _indexable(self, name: str) -> str:
        return name if self.format in _INDEXED else f"{name}.tocsr()"

"""Sort: in which order the tiles of a grid stand. A frozen value, written as one would type it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tensorscope.errors import SelectionError, quote

#: Statistics of a tile; `sparsity` is its share of zeros, `nonfinite` that of NaN and Inf.
STATISTICS = ("index", "mean", "max", "min", "std", "sparsity", "nonfinite")
#: How far a tile is from another: L2, and 1 − the cosine of both less their means.
DISTANCES = ("distance", "cosine")

_WORDS = {
    "sparsity": "share of zeros",
    "nonfinite": "share of NaN and Inf",
    "cosine": "cosine distance",
}
_WRITTEN = re.compile(r"\s*(-?)\s*([a-z]+)(?:\s+(\d{1,18}))?\s*")


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of tiles.

    Attributes
    ----------
    name : str
        A statistic, or a distance.
    falling : bool
        The largest first. What has no such statistic stands last either way.
    reference : int or None
        Of a distance: the index, in the grid's dim, of the tile that it is measured from.
    """

    name: str
    falling: bool = False
    reference: int | None = None

    @property
    def text(self) -> str:
        """How one types it; :func:`parse_sort` reads it."""
        tail = "" if self.reference is None else f" {self.reference}"
        return f"{'-' if self.falling else ''}{self.name}{tail}"

    @property
    def words(self) -> str:
        """How one says it: ``mean, largest first``."""
        name = _WORDS.get(self.name, self.name)
        tail = "" if self.reference is None else f" to {self.reference}"
        return f"{name}{tail}, {'largest' if self.falling else 'smallest'} first"


def parse_sort(text: object) -> Sort | None:
    """Read an order; None for that of the indices.

    Raises
    ------
    SelectionError
        It is none (kind ``VIEW``).
    """
    if text is None:
        return None
    found = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    name = found[2] if found else ""
    measured = found is not None and found[3] is not None
    if found is None or name not in (DISTANCES if measured else STATISTICS):
        raise SelectionError(
            f"tiles are not sorted by {quote(text)}: use one of {', '.join(STATISTICS)}, or "
            "'distance 12' or 'cosine 12' from tile 12; '-mean' puts the largest first",
            "VIEW",
        )
    sort = Sort(name, found[1] == "-", int(found[3]) if measured else None)
    return None if sort == Sort("index") else sort

"""zarr arrays, of version 3 and before."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorscope.adapters.stored import StoredAdapter
from tensorscope.errors import UnsupportedTensorError

#: Which chunks were never written is looked up for at most so many, in stores at hand.
_LISTED = 1 << 12
_AT_HAND = ("LocalStore", "MemoryStore")
#: Shards above this size are read chunk by chunk.
_SHARD = 128 << 20


class ZarrAdapter(StoredAdapter):
    """Knows `zarr.Array`."""

    name = "zarr"

    def check_open(self, x: Any) -> None:
        if "Async" in type(x).__name__:
            raise UnsupportedTensorError(
                "an asynchronous zarr array answers only to await: pass "
                "zarr.Array(x), which reads at once",
                "PENDING",
            )

    def numpy_dtype(self, x: Any) -> np.dtype[Any]:
        dtype: np.dtype[Any] = np.dtype(x.dtype)
        return dtype

    def chunks(self, x: Any) -> tuple[int, ...]:
        shards = getattr(x, "shards", None)
        size = 0 if shards is None else int(np.prod(shards, dtype=object)) * x.dtype.itemsize
        return tuple(shards if shards is not None and size <= _SHARD else x.chunks)

    def fetch(self, x: Any, box: tuple[slice, ...]) -> Any:
        return x[box]

    def dims(self, x: Any) -> tuple[str, ...] | None:
        named = getattr(getattr(x, "metadata", None), "dimension_names", None)
        return own_dims(named)

    def notes(self, x: Any) -> list[str]:
        unwritten = _unwritten(x)
        if not unwritten:
            return []
        return [
            f"{unwritten} of {_stored(x)} chunks were never written: they read as the fill value "
            f"{x.fill_value}"
        ]


def own_dims(named: Any) -> tuple[str, ...] | None:
    """Return an array's own names of its dims, if they can all be used."""
    names = tuple(named) if named is not None else ()
    if not names or len(set(names)) != len(names):
        return None
    return names if all(isinstance(n, str) and n for n in names) else None


def _stored(x: Any) -> int:
    """Return into how many objects the store has the array cut."""
    count: int = getattr(x, "_nshards", None) or x.nchunks
    return count


def _unwritten(x: Any) -> int:
    """Return how many chunks the store does not hold; 0 where finding out would be slow.

    Cost: the names in the store are listed; no chunk is read.
    """
    kinds = {kind.__name__ for kind in type(x.store).__mro__}
    if x.nchunks > _LISTED or not kinds.intersection(_AT_HAND):
        return 0
    shards = getattr(x, "shards", None)
    total = x.nchunks
    written = x.nchunks_initialized
    if shards is not None:
        # Counted in chunks: those of a shard are written together.
        per = int(np.prod(shards)) // int(np.prod(x.chunks))
        written = min(total, written if written % per == 0 else written * per)
    return int(total - written)

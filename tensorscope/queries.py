"""What a session asks of the values; each answer is found once for each state, and has a price."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from tensorscope.adapters.dtypes import DType
from tensorscope.adapters.reduce import check_reduction, reduced_dtype
from tensorscope.errors import SelectionError, clip
from tensorscope.hit_queries import HitQueries
from tensorscope.kernels.predicate import Predicate
from tensorscope.picture_queries import QUICK, PictureQueries, anomalies_key, channels_key
from tensorscope.selection import Selection, whole
from tensorscope.source import LiveSource
from tensorscope.stats_queries import StatsQueries
from tensorscope.view import ViewState

T = TypeVar("T")
#: So many answers are remembered.
_KEPT = 32


class Queries:
    """Answers about one source, remembered until it is read anew."""

    def __init__(self, source: LiveSource) -> None:
        self.source = source
        self._lock = threading.Lock()
        self._known: dict[object, Any] = {}
        self.hits = HitQueries(self)
        self.pictures = PictureQueries(self)
        self.statistics = StatsQueries(self)
        self.age = 0

    def forget(self) -> None:
        """Drop what is remembered: the tensor is read anew."""
        self.source.forget()
        with self._lock:
            self._known.clear()
            self.pictures.forget()
            self.age += 1

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Return what `make` answers; from memory, if it did since the tensor was read anew."""
        with self._lock:
            if key in self._known:
                self._known[key] = answer = self._known.pop(key)  # the newest now
                return answer  # type: ignore[no-any-return]
            age = self.age
        answer = make()
        with self._lock:
            if age == self.age:
                self._known[key] = answer
                if len(self._known) > _KEPT:
                    del self._known[next(iter(self._known))]  # the one not asked for the longest
        return answer

    def knows(self, key: object) -> bool:
        """Return whether an answer is remembered."""
        with self._lock:
            return key in self._known

    def known(self, key: object) -> Any:
        """Return an answer that is remembered, or None."""
        with self._lock:
            return self._known.get(key)

    def dtype_of(self, selection: Selection) -> DType:
        """Return the element type of a selection's result."""
        dtype = self.source.adapter.dtype_at(self.source.tensor, selection)
        return reduced_dtype(selection.op, dtype) if selection.op else dtype

    def check(self, state: ViewState) -> None:
        """Raise unless reduction and condition of a state fit the element type. Reads no data."""
        selection = state.selection
        if selection.op is not None:
            dtype = self.source.adapter.dtype_at(self.source.tensor, selection)
            check_reduction(selection.op, dtype, [selection.lengths[d] for d in selection.reduced])
        for one in state.conditions.named:
            Predicate(one.condition, self.dtype_of(selection))
        kind = self.dtype_of(selection).kind if state.sorting or state.is_rgb else "f"
        if kind not in ("fiub" if state.is_rgb else "fiubc"):
            what = "shown in colour" if state.is_rgb else "sorted"
            raise SelectionError(
                f"tiles of {clip(self.dtype_of(selection).name)} are not {what}: "
                "choose rgb=None and sort=None",
                "VIEW",
            )

    def is_slow(self, kind: object, scope: object, state: ViewState, first: bool = False) -> bool:
        """Return whether a request takes a pass over more than `QUICK` elements."""
        if first:
            return False
        if kind in ("stats", "hits") and scope == "tensor":
            return whole(self.source.lengths).count > QUICK
        long = ("stats", "hits", "topk", "tiles", "anomaly", "save")
        return kind in long and state.selection.count > QUICK

    def price(self, kind: str, scope: object, state: ViewState, dim: int | None = None) -> int:
        """Return how many bytes an answer reads that is not known yet. Reads no data."""
        selection = whole(self.source.lengths) if scope == "tensor" else state.selection
        if kind == "stats" and selection.is_cell:
            selection = state.picture
        known: object = ("stats", selection)
        if kind == "tiles":
            selection, known = state.picture, channels_key(state)
        if kind == "anomaly":
            selection, known = state.picture, anomalies_key(state)
        if kind == "hits":
            if state.condition is None:
                return 0
            known = ("find", selection, state.condition)
            if dim is not None:
                known = ("by", selection, state.condition, dim)
        if kind != "topk" and self.knows(known):
            return 0
        return self.source.price(selection)

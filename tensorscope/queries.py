"""What a session asks of the values: statistics, hits, top-k; counted once for each state."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from tensorscope.adapters.dtypes import NAT, DType
from tensorscope.adapters.reduce import check_reduction, reduced_dtype
from tensorscope.adapters.select import Selected
from tensorscope.condition import Condition
from tensorscope.errors import ProtocolError, SelectionError, clip
from tensorscope.facts import facts_lines
from tensorscope.frames import SAMPLED
from tensorscope.hits import share_text
from tensorscope.hits_by import by_slice, check_by, find_selected
from tensorscope.kernels import hits_code
from tensorscope.kernels.predicate import Predicate
from tensorscope.kernels.search import Found
from tensorscope.picture_queries import QUICK, PictureQueries, anomalies_key, channels_key
from tensorscope.prices import ASKED
from tensorscope.ranked import topk_selected
from tensorscope.selection import Selection, whole
from tensorscope.source import LiveSource
from tensorscope.stats_dict import stats_dict, uncounted_dict
from tensorscope.summary import is_counted, sampled, summarise
from tensorscope.text import scalar_text
from tensorscope.view import ViewState

T = TypeVar("T")

#: A list is put in order of value over at most this many hits.
SORTED = 1_000_000
#: So many slices are listed, those with the most hits.
SLICES = 50


class Queries:
    """Answers about one source, remembered until it is read anew."""

    def __init__(self, source: LiveSource) -> None:
        self.source = source
        self._lock = threading.Lock()
        self._known: dict[object, Any] = {}
        #: Answers about the picture of a state.
        self.pictures = PictureQueries(self)
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
                return self._known[key]  # type: ignore[no-any-return]
            age = self.age
        answer = make()
        with self._lock:
            if age == self.age:
                if len(self._known) > 32:
                    self._known.clear()
                self._known[key] = answer
        return answer

    def knows(self, key: object) -> bool:
        """Return whether an answer is remembered."""
        with self._lock:
            return key in self._known

    # ------------------------------------------------------------------ conditions

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

    def note(self, condition: Condition, selection: Selection) -> str | None:
        """Return to what the thresholds were rounded, if they were."""
        notes = Predicate(condition, self.dtype_of(selection)).notes
        return "; ".join(notes) if notes else None

    def code(self, name: str, x: Any, state: ViewState, limit: int = 1000) -> str:
        """Return the expression that finds the hits."""
        assert state.condition is not None
        dtype = self.dtype_of(state.selection)
        parts = hits_code.Parts(self.source.adapter, x, state.selection, dtype)
        return hits_code.where(name, parts, Predicate(state.condition, dtype), limit)

    # ------------------------------------------------------------------ hits

    def cheap_count(self, state: ViewState, gathered: bool = True) -> dict[str, Any] | None:
        """Return count and share if they are quick to have, else None."""
        if state.condition is None:
            return None
        known = [(what, state.selection, state.condition) for what in ("find", "count")]
        if not any(key in self._known for key in known[: 1 + (not gathered)]) and (
            state.selection.count > QUICK or self.price("hits", None, state) > ASKED
        ):
            return None
        count = self._found(state)[0].count if gathered else self._count(state)
        return _counted(count, state.selection.count)

    def legend(self, state: ViewState) -> list[dict[str, Any]]:
        """Return the conditions with their names, and counts where these are quick to have."""
        return [
            {
                "name": one.name,
                "where": one.condition.text,
                "active": k == state.conditions.at,
                "hidden": one.hidden,
                "hits": self.cheap_count(_with(state, k), k == state.conditions.at),
            }
            for k, one in enumerate(state.conditions.named)
        ]

    def counts(self, state: ViewState) -> list[int] | None:
        """Return how many hits each condition has; None where that reads from a store again."""
        named = state.conditions.named
        if len(named) < 2 or self.source.price(state.selection):
            return None
        return [self._count(_with(state, k)) for k in range(len(named))]

    def _count(self, state: ViewState) -> int:
        """Return how many hits there are; none of them is kept."""
        condition, selection = state.condition, state.selection
        assert condition is not None
        with self._lock:
            found: Found | None = self._known.get(("find", selection, condition))
        if found is not None:
            return found.count
        predicate = Predicate(condition, self.dtype_of(selection))

        def count() -> int:
            return find_selected(self.source.read(selection, search=0), predicate, 0).count

        return self.once(("count", selection, condition), count)

    def by(self, state: ViewState, dim: int) -> dict[str, Any]:
        """Return which slices along a dim hold the hits, those with the most first.

        Cost: the search's own pass, if there was none yet that listed all.
        """
        check_by(state.selection, dim)
        key = ("by", state.selection, state.condition, dim)
        counts = self.once(key, lambda: self._by(state, dim))
        most = np.argsort(-counts, kind="stable")[:SLICES]
        held = [[int(i), int(counts[i])] for i in most if counts[i]]
        return {"dim": dim, "held": int(np.count_nonzero(counts)), "counts": held}

    def _by(self, state: ViewState, dim: int) -> Any:
        condition, selection = state.condition, state.selection
        assert condition is not None
        known = ("find", selection, condition)
        with self._lock:
            found: Found | None = self._known.get(known)
        if found is not None and len(found.flat) == found.count:
            places = self._found(state)[1].coordinates(found.flat)[:, dim]
            return np.bincount(places, minlength=selection.lengths[dim])
        predicate = Predicate(condition, self.dtype_of(selection))
        selected = self.source.read(selection, search=SORTED if predicate.holds_at_zero else 0)
        found = find_selected(selected, predicate, SORTED, dim)
        counts = by_slice(selection, dim, found)
        self.once(known, lambda: replace(found, by=None))
        return counts

    def _found(self, state: ViewState) -> tuple[Found, Selected]:
        condition, selection = state.condition, state.selection
        assert condition is not None
        predicate = Predicate(condition, self.dtype_of(selection))
        # Zeros that a sparse tensor does not store are laid out only if they can be hits.
        selected = self.source.read(selection, search=SORTED if predicate.holds_at_zero else 0)
        key = ("find", selection, condition)
        return self.once(key, lambda: find_selected(selected, predicate, SORTED)), selected

    def page(self, state: ViewState, offset: int, limit: int, order: str) -> dict[str, Any]:
        """Return a page of the hits in an order: index, value (rising) or -value (falling)."""
        if state.condition is None:
            return {**_counted(0, state.selection.count), "offset": 0, "rows": [], "sorted": 0,
                    "note": None, "code": None}  # fmt: skip
        if order not in ("index", "value", "-value"):
            raise ProtocolError(f"there is no order {clip(order)!r}: index, value or -value")
        found, selected = self._found(state)
        key = ("order", state.selection, state.condition, order)
        places = self.once(key, lambda: _order(found, selected.dtype, order))
        some = places[offset : offset + limit]
        complete = len(found.flat) == found.count
        note = None
        if not complete:
            note = f"in order among the first {len(found.flat):,} of {found.count:,} hits"
        return {
            **_counted(found.count, state.selection.count),
            "offset": offset,
            "rows": self._rows(
                selected.selection,
                selected.dtype,
                selected.coordinates(found.flat[some]),
                found.raw[some],
            ),
            "sorted": len(found.flat),
            "note": note,
            "code": None,
            "conditions": self.counts(state),
        }

    def topk(self, state: ViewState, k: int, largest: bool, by: str) -> dict[str, Any]:
        """Return the k largest or smallest values, best first."""
        if by not in ("value", "abs"):
            raise ProtocolError(f"top-k goes by value or abs, not {clip(by)!r}")
        selected = self.source.read(state.selection, search=k)
        key = ("topk", state.selection, k, largest, by)
        found = self.once(key, lambda: topk_selected(selected, k, largest, by))
        return {
            **_counted(found.count, state.selection.count),
            "offset": 0,
            "rows": self._rows(state.selection, selected.dtype, found.indices, found.raw),
            "sorted": len(found),
            "note": None,
            "code": None,
        }

    @staticmethod
    def _rows(selection: Selection, dtype: DType, places: Any, raw: Any) -> list[dict[str, Any]]:
        rows = []
        for place, bits in zip(places.tolist(), raw, strict=True):
            cell = [selection.op if c < 0 else c for c in place]
            number = _number(dtype, bits)
            rows.append({"cell": cell, "text": scalar_text(dtype, bits), "value": number})
        return rows

    # ------------------------------------------------------------------ statistics

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
        with self._lock:
            if kind != "topk" and known in self._known:
                return 0
        return self.source.price(selection)

    def stats(self, state: ViewState, scope: str) -> dict[str, Any]:
        """Return the statistics of the selection or of the whole tensor.

        The histogram of a selection with a condition tells how many hits each bin holds.
        """
        selection = whole(self.source.lengths) if scope == "tensor" else state.selection
        if selection.is_cell:  # one value has no distribution: that of the plane around it
            selection = state.picture
            state = replace(state, selection=selection)
        stats = self.once(("stats", selection), lambda: self._stats(selection))
        histogram = stats["histogram"]
        if scope == "tensor" or state.condition is None or histogram is None:
            return stats
        hits = self._hits_in_bins(state, histogram)
        return {**stats, "histogram": {**histogram, "hits": hits}}

    def facts(self) -> list[str]:
        """Return a line of facts on the whole tensor, if they are quick to have."""
        selection = whole(self.source.lengths)
        if not 0 < selection.count <= QUICK or self.source.price(selection) > ASKED:
            return []
        stats = self.once(("stats", selection), lambda: self._stats(selection))
        return facts_lines(stats)

    def _hits_in_bins(self, state: ViewState, histogram: dict[str, Any]) -> dict[str, Any] | None:
        """Return the condition and its hits in each bin; None where not all hits were gathered."""
        found, selected = self._found(state)
        if len(found.flat) < found.count or state.condition is None:
            return None
        values = selected.dtype.ticks.decode(found.raw).astype(np.float64)
        if selected.dtype.kind in "Mm":
            values = values[found.raw != NAT]
        edges = np.asarray(histogram["edges"])
        bins = np.searchsorted(edges, values[np.isfinite(values)], side="right") - 1
        counts = np.bincount(np.clip(bins, 0, len(edges) - 2), minlength=len(edges) - 1)
        # Integers beyond the doubles may round over an edge.
        counts = np.minimum(counts, histogram["counts"])
        return {"where": state.condition.text, "counts": counts.tolist()}

    def _stats(self, selection: Selection) -> dict[str, Any]:
        dtype = self.dtype_of(selection)
        if dtype.kind == "O" or not is_counted(dtype):
            return self._uncounted(selection)
        selected = self.source.read(selection, search=1)
        return stats_dict(summarise(selected), selection, selected.dtype)

    def first_look(self, state: ViewState, scope: str) -> dict[str, Any] | None:
        """Return statistics of a sample, which say so; None where it is not worth it.

        Cost: a quarter of a million elements, whatever the size.
        """
        selection = whole(self.source.lengths) if scope == "tensor" else state.selection
        key = ("stats", selection)
        with self._lock:
            if key in self._known:
                return None
        dtype = self.dtype_of(selection)
        small = selection.count < SAMPLED or selection.reduced
        if small or dtype.kind not in "fiub" or not is_counted(dtype):
            return None
        if self.source.adapter.distant or self.source.price(selection):
            return None
        selected = self.source.read(selection)
        return stats_dict(sampled(selected), selection, dtype)

    def _uncounted(self, selection: Selection) -> dict[str, Any]:
        """Return what can be said of elements that are no numbers: how many hold a value."""
        present = self.source.adapter.present(self.source.tensor, selection)
        masked = 0 if present is None else present.size - int(np.count_nonzero(present))
        return uncounted_dict(selection.count - masked, masked)


def _with(state: ViewState, place: int) -> ViewState:
    """Return the state with another condition active."""
    return replace(state, conditions=replace(state.conditions, at=place))


def _counted(count: int, total: int) -> dict[str, Any]:
    return {"count": count, "searched": total, "share": share_text(count, total)}


def _order(found: Found, dtype: DType, order: str) -> Any:
    """Return the places of the hits in the order asked for; NaN last, ties by index."""
    if order == "index":
        return np.arange(len(found.flat))
    values = dtype.decode(found.raw)
    if values.dtype.kind == "c":
        values = np.abs(values)
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    if order == "value":
        return np.argsort(values, kind="stable")
    unordered = values != values
    numbers = np.flatnonzero(~unordered)
    # Sorted back to front and turned round: falling, and ties still by index.
    rising = np.argsort(values[numbers][::-1], kind="stable")
    falling = numbers[len(numbers) - 1 - rising][::-1]
    return np.concatenate([falling, np.flatnonzero(unordered)])


def _number(dtype: DType, bits: Any) -> float | None:
    if dtype.kind in "Mm":
        return None if bits == NAT else float(bits)
    value = dtype.decode(np.asarray(bits).reshape(1))[0]
    number = float(abs(value)) if dtype.kind == "c" else float(value)
    return number if np.isfinite(number) else None

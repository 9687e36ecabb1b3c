"""What a session asks of the hits: counts, pages, slices that hold them, top-k."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorscope.adapters.dtypes import NAT, DType
from tensorscope.adapters.select import Selected
from tensorscope.condition import Condition
from tensorscope.errors import ProtocolError, quote
from tensorscope.hits import share_text
from tensorscope.hits_by import by_slice, check_by, find_selected
from tensorscope.kernels import hits_code
from tensorscope.kernels.predicate import Predicate
from tensorscope.kernels.search import Found
from tensorscope.labels_told import of_cell
from tensorscope.picture_queries import QUICK
from tensorscope.prices import is_dear
from tensorscope.ranked import topk_selected
from tensorscope.selection import Selection
from tensorscope.text import scalar_text
from tensorscope.view import ViewState

if TYPE_CHECKING:
    from tensorscope.queries import Queries

#: A list is put in order of value over at most this many hits.
SORTED = 1_000_000
#: So many slices are listed, those with the most hits.
SLICES = 50


class HitQueries:
    """Answers about where conditions hold; remembered by the queries they belong to."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._source = queries.source

    def note(self, condition: Condition, selection: Selection) -> str | None:
        """Return to what the thresholds were rounded, if they were."""
        notes = Predicate(condition, self._queries.dtype_of(selection)).notes
        return "; ".join(notes) if notes else None

    def code(self, name: str, x: Any, state: ViewState, limit: int = 1000) -> str:
        """Return the expression that finds the hits."""
        assert state.condition is not None
        dtype = self._queries.dtype_of(state.selection)
        parts = hits_code.Parts(self._source.adapter, x, state.selection, dtype)
        return hits_code.where(name, parts, Predicate(state.condition, dtype), limit)

    def cheap_count(self, state: ViewState, gathered: bool = True) -> dict[str, Any] | None:
        """Return count and share if they are quick to have, else None."""
        if state.condition is None:
            return None
        known = [(what, state.selection, state.condition) for what in ("find", "count")]
        if not any(self._queries.knows(key) for key in known[: 1 + (not gathered)]) and (
            state.selection.count > QUICK or is_dear(self._queries.price("hits", None, state))
        ):
            return None
        count = self.found(state)[0].count if gathered else self._count(state)
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
        if len(named) < 2 or self._source.price(state.selection):
            return None
        return [self._count(_with(state, k)) for k in range(len(named))]

    def _count(self, state: ViewState) -> int:
        """Return how many hits there are; none of them is kept."""
        condition, selection = state.condition, state.selection
        assert condition is not None
        found: Found | None = self._queries.known(("find", selection, condition))
        if found is not None:
            return found.count
        predicate = Predicate(condition, self._queries.dtype_of(selection))

        def count() -> int:
            return find_selected(self._source.read(selection, search=0), predicate, 0).count

        return self._queries.once(("count", selection, condition), count)

    def by(self, state: ViewState, dim: int) -> dict[str, Any]:
        """Return which slices along a dim hold the hits, those with the most first.

        Cost: the search's own pass, if there was none yet that listed all.
        """
        check_by(state.selection, dim)
        key = ("by", state.selection, state.condition, dim)
        counts = self._queries.once(key, lambda: self._by(state, dim))
        most = np.argsort(-counts, kind="stable")[:SLICES]
        held = [[int(i), int(counts[i])] for i in most if counts[i]]
        return {"dim": dim, "held": int(np.count_nonzero(counts)), "counts": held}

    def _by(self, state: ViewState, dim: int) -> Any:
        condition, selection = state.condition, state.selection
        assert condition is not None
        known = ("find", selection, condition)
        found: Found | None = self._queries.known(known)
        if found is not None and len(found.flat) == found.count:
            places = self.found(state)[1].coordinates(found.flat)[:, dim]
            return np.bincount(places, minlength=selection.lengths[dim])
        predicate, selected = self._searched(condition, selection)
        found = find_selected(selected, predicate, SORTED, dim)
        counts = by_slice(selection, dim, found)
        self._queries.once(known, lambda: replace(found, by=None))
        return counts

    def found(self, state: ViewState) -> tuple[Found, Selected]:
        """Return the hits of a state's condition, at most `SORTED`, and what they are in."""
        condition, selection = state.condition, state.selection
        assert condition is not None
        predicate, selected = self._searched(condition, selection)
        key = ("find", selection, condition)
        return self._queries.once(key, lambda: find_selected(selected, predicate, SORTED)), selected

    def _searched(self, condition: Condition, selection: Selection) -> tuple[Predicate, Selected]:
        """Return a condition for the elements of a selection, and these, read for the search."""
        predicate = Predicate(condition, self._queries.dtype_of(selection))
        # Zeros that a sparse tensor does not store are laid out only if they can be hits.
        search = SORTED if predicate.holds_at_zero else 0
        return predicate, self._source.read(selection, search=search)

    def page(self, state: ViewState, offset: int, limit: int, order: str) -> dict[str, Any]:
        """Return a page of the hits in an order: index, value (rising) or -value (falling)."""
        if state.condition is None:
            return {**_counted(0, state.selection.count), "offset": 0, "rows": [], "sorted": 0,
                    "note": None, "code": None}  # fmt: skip
        if order not in ("index", "value", "-value"):
            raise ProtocolError(f"there is no order {quote(order)}: index, value or -value")
        found, selected = self.found(state)
        key = ("order", state.selection, state.condition, order)
        places = self._queries.once(key, lambda: _order(found, selected.dtype, order))
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
            raise ProtocolError(f"top-k goes by value or abs, not {quote(by)}")
        selected = self._source.read(state.selection, search=k)
        key = ("topk", state.selection, k, largest, by)
        found = self._queries.once(key, lambda: topk_selected(selected, k, largest, by))
        return {
            **_counted(found.count, state.selection.count),
            "offset": 0,
            "rows": self._rows(state.selection, selected.dtype, found.indices, found.raw),
            "sorted": len(found),
            "note": None,
            "code": None,
        }

    def _rows(
        self, selection: Selection, dtype: DType, places: Any, raw: Any
    ) -> list[dict[str, Any]]:
        rows = []
        for place, bits in zip(places.tolist(), raw, strict=True):
            cell = [selection.op if c < 0 else c for c in place]
            number = _number(dtype, bits)
            row = {"cell": cell, "text": scalar_text(dtype, bits), "value": number}
            rows.append({**row, **of_cell(self._source, cell)})
        return rows


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

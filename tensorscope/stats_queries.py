"""What a session asks of the numbers: statistics, exact or sampled, and the facts of a tensor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorscope.adapters.dtypes import NAT
from tensorscope.facts import facts_lines
from tensorscope.frames import SAMPLED
from tensorscope.picture_queries import QUICK
from tensorscope.prices import is_dear
from tensorscope.selection import Selection, whole
from tensorscope.stats_dict import stats_dict, uncounted_dict
from tensorscope.summary import is_counted, sampled, summarise
from tensorscope.view import ViewState

if TYPE_CHECKING:
    from tensorscope.queries import Queries


class StatsQueries:
    """Answers about statistics; remembered by the queries they belong to."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._source = queries.source

    def stats(self, state: ViewState, scope: str) -> dict[str, Any]:
        """Return the statistics of the selection or of the whole tensor.

        The histogram of a selection with a condition tells how many hits each bin holds.
        """
        selection = whole(self._source.lengths) if scope == "tensor" else state.selection
        if selection.is_cell:  # one value has no distribution: that of the plane around it
            selection = state.picture
            state = replace(state, selection=selection)
        stats = self._queries.once(("stats", selection), lambda: self._stats(selection))
        histogram = stats["histogram"]
        if scope == "tensor" or state.condition is None or histogram is None:
            return {**stats, "of": selection.expr}
        hits = self._hits_in_bins(state, histogram)
        return {**stats, "of": selection.expr, "histogram": {**histogram, "hits": hits}}

    def facts(self) -> list[str]:
        """Return a line of facts on the whole tensor, if they are quick to have."""
        selection = whole(self._source.lengths)
        if not 0 < selection.count <= QUICK or is_dear(self._source.price(selection)):
            return []
        stats = self._queries.once(("stats", selection), lambda: self._stats(selection))
        return facts_lines(stats)

    def _hits_in_bins(self, state: ViewState, histogram: dict[str, Any]) -> dict[str, Any] | None:
        """Return the condition and its hits in each bin; None where not all hits were gathered."""
        found, selected = self._queries.hits.found(state)
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
        dtype = self._queries.dtype_of(selection)
        if dtype.kind == "O" or not is_counted(dtype):
            return self._uncounted(selection)
        selected = self._source.read(selection, search=1)
        return stats_dict(summarise(selected), selection, selected.dtype)

    def first_look(self, state: ViewState, scope: str) -> dict[str, Any] | None:
        """Return statistics of a sample, which say so; None where it is not worth it.

        Cost: a quarter of a million elements, whatever the size.
        """
        selection = whole(self._source.lengths) if scope == "tensor" else state.selection
        if self._queries.knows(("stats", selection)):
            return None
        dtype = self._queries.dtype_of(selection)
        small = selection.count < SAMPLED or selection.reduced
        if small or dtype.kind not in "fiub" or not is_counted(dtype):
            return None
        if self._source.adapter.distant or self._source.price(selection):
            return None
        selected = self._source.read(selection)
        return {**stats_dict(sampled(selected), selection, dtype), "of": selection.expr}

    def _uncounted(self, selection: Selection) -> dict[str, Any]:
        """Return what can be said of elements that are no numbers: how many hold a value."""
        present = self._source.adapter.present(self._source.tensor, selection)
        masked = 0 if present is None else present.size - int(np.count_nonzero(present))
        return uncounted_dict(selection.count - masked, masked)

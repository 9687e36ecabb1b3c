"""What a session asks of the picture: frames, the order and marks of tiles, the next NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tensorscope.anomalies import Anomalies
from tensorscope.channels import Channels, order_of, stat_text, tiles_dict
from tensorscope.condition import Condition
from tensorscope.export import TILES, Tiles
from tensorscope.frames import SAMPLED, FrameReply, frame_reply
from tensorscope.hits_by import find_selected
from tensorscope.kernels.predicate import Predicate
from tensorscope.picture import picture_cut
from tensorscope.prices import is_dear
from tensorscope.protocol import Viewport
from tensorscope.slots import Span
from tensorscope.summary import is_counted
from tensorscope.view import ViewState

if TYPE_CHECKING:
    from tensorscope.queries import Queries

#: Up to this many elements an answer comes with the picture, on the thread that asked.
QUICK = 1 << 20
#: So many NaN and infinities can be stepped through.
STEPS = 1_000_000


class PictureQueries:
    """Answers about the picture of a state; remembered by the queries they belong to."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._source = queries.source
        self._frame: tuple[object, FrameReply] | None = None

    def forget(self) -> None:
        """Drop the frame that is kept: the tensor is read anew."""
        self._frame = None

    def frame(self, state: ViewState, viewport: Viewport, first: bool, keep: bool) -> FrameReply:
        """Return what a viewport shows; see :func:`tensorscope.frames.frame_reply`.

        With `keep` that of a large plane is kept, so that a pin or another colour does not read it
        again.
        """
        order = self.cheap_order(state)
        key = (state.picture, state.roles, state.is_rgb, state.conditions, state.sorting, viewport)
        if keep and self._frame is not None and self._frame[0] == key:
            meta, buffers = self._frame[1]
            return dict(meta), buffers
        age = self._queries.age
        meta, buffers = frame_reply(self._source, state, viewport, order, first)
        if (
            keep
            and state.picture.count >= SAMPLED
            and not meta["sampled"]
            and age == self._queries.age
        ):
            self._frame = (key, (dict(meta), buffers))
        return meta, buffers

    def anomalies(self, state: ViewState) -> Anomalies:
        """Return where the picture holds NaN and infinities, at most `STEPS` of them."""
        selection = state.picture

        def make() -> Anomalies:
            dtype = self._queries.dtype_of(selection)
            if dtype.kind not in "fc":
                return Anomalies(np.zeros((0, len(selection.slots)), np.int64), state.roles, None)
            predicate = Predicate(Condition.parse("~isfinite(x)"), dtype)
            selected = self._source.read(selection)
            found = find_selected(selected, predicate, STEPS)
            values = dtype.decode(found.raw)
            flat = found.flat
            if values.dtype.kind == "f":
                quiet = values == -np.inf  # a causal mask is full of them
                if np.count_nonzero(quiet) > selection.count / 100:
                    flat = flat[~quiet]
            return Anomalies(selected.coordinates(flat), state.roles, selection)

        return self._queries.once(anomalies_key(state), make)

    def cheap_order(self, state: ViewState) -> NDArray[np.int64] | None:
        """Return the order of a grid's tiles if it has one, and that is quick to have."""
        sort = state.sorting
        if sort is None:
            return None
        known = ("order", channels_key(state), sort)
        if not self._queries.knows(known) and (
            state.picture.count > QUICK or is_dear(self._queries.price("tiles", None, state))
        ):
            return None
        return self._ordered(state)[2]

    def tiles(self, state: ViewState, tiles: tuple[int, int]) -> dict[str, Any] | None:
        """Return statistics and marks of some tiles; None where they are no numbers."""
        dtype = self._queries.dtype_of(state.picture)
        if state.grid is None or dtype.kind not in "fiubc" or not is_counted(dtype):
            return None
        channels, values, order = self._ordered(state)
        return tiles_dict(channels, state.sorting, values, order, tiles)

    def tiles_shown(self, state: ViewState, consent: bool = False) -> Tiles | None:
        """Return how the tiles of a grid stand, and what each is called; None where there are none.

        Without `consent` an order that is dear to have, and not known yet, is left out.
        """
        grid = state.grid
        if grid is None or state.is_rgb:
            return None
        span = state.picture.slots[grid]
        assert isinstance(span, Span)
        sort = state.sorting
        if sort is None or (not consent and self.cheap_order(state) is None):
            shown = range(span.size)
            return Tiles(shown, [str(span.start + t * span.step) for t in shown[:TILES]])
        _, values, order = self._ordered(state)
        names = [
            f"{span.start + t * span.step} · {stat_text(sort.name, values[t])}"
            for t in order[:TILES].tolist()
        ]
        return Tiles(order.tolist(), names, sort.words)

    def _ordered(self, state: ViewState) -> tuple[Channels, Any, NDArray[np.int64]]:
        sort, key = state.sorting, channels_key(state)
        channels = self._queries.once(key, lambda: Channels(picture_cut(self._source, state)))

        def make() -> tuple[Channels, Any, NDArray[np.int64]]:
            if sort is None:
                order = np.arange(channels.size, dtype=np.int64)
                return channels, channels.values("max"), order
            if sort.reference is None:
                values = channels.values(sort.name)
            else:
                assert state.grid is not None
                span = state.picture.slots[state.grid]
                assert isinstance(span, Span)
                tile = (sort.reference - span.start) // span.step
                values = channels.distances(picture_cut(self._source, state), sort.name, tile)
            named = channels.values("max") if sort.name == "index" else values
            return channels, named, order_of(values, sort.falling)

        return self._queries.once(("order", key, sort), make)


def channels_key(state: ViewState) -> object:
    """Return what statistics of tiles are remembered by."""
    return ("tiles", state.picture, state.grid)


def anomalies_key(state: ViewState) -> object:
    """Return what the NaN and infinities of a picture are remembered by."""
    return ("anomaly", state.picture, state.roles)

"""Tiles: a cut taken apart along the chunks that hold it, so that each is read once.

A tile is a box of whole chunks (as far as the cut reaches into them). What is told of a tile is
told in places of the whole cut, so that answers are the same in whatever order tiles come.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from tensorscope.slots import Span

Place: TypeAlias = tuple[slice, ...]
#: The first positions of chunks along a dim, rising from 0; None where it is not cut.
Edges: TypeAlias = NDArray[np.int64] | None

P = TypeVar("P")

#: Neighbouring chunks are read together up to so many bytes.
TILE_BYTES = 8 << 20


class Work(Protocol[P]):
    """A question that can be asked of each tile, and answers that can be joined."""

    def take(self, place: Place, raw: NDArray[Any]) -> P:
        """Return what one tile tells: its raw bits, of any strides, at a place of the cut."""

    def merge(self, parts: Sequence[P]) -> P:
        """Join what tiles told."""


class Tiles:
    """Boxes that together are a cut, in C order of their places.

    Parameters
    ----------
    segments : list of list of (start, stop)
        Along each dim of the cut.
    """

    def __init__(self, segments: list[list[tuple[int, int]]]) -> None:
        self.segments = segments

    def __len__(self) -> int:
        return math.prod(map(len, self.segments))

    def __iter__(self) -> Iterator[Place]:
        for bounds in itertools.product(*self.segments):
            yield tuple(slice(*pair) for pair in bounds)

    def numbers(self, places: Sequence[NDArray[np.intp]]) -> NDArray[np.int64]:
        """Return the number of the tile that holds each position, given by dim."""
        out = np.zeros(len(places[0]) if places else 1, np.int64)
        for along, segments in zip(places, self.segments, strict=True):
            stops = np.array([stop for _, stop in segments])
            out = out * len(segments) + np.searchsorted(stops, along, side="right")
        return out


def tiles_of(
    spans: Sequence[Span], edges: Sequence[Edges], itemsize: int, together: bool = True
) -> Tiles:
    """Take a cut apart.

    Parameters
    ----------
    spans : sequence of Span
        The positions in each dim, in the source's coordinates.
    edges : sequence of ndarray or None
        Where chunks begin along each dim, in the source's coordinates.
    itemsize : int
        Bytes of an element.
    together : bool
        False: one chunk a tile.
    """
    if all(edge is None for edge in edges):
        return _rows([span.size for span in spans], max(1, TILE_BYTES // itemsize))
    segments = [_segments(span, edge) for span, edge in zip(spans, edges, strict=True)]
    if not together:
        return Tiles(segments)
    size = itemsize * math.prod(max((b - a for a, b in along), default=0) for along in segments)
    for dim in reversed(range(len(segments))):
        along = segments[dim]
        group = min(len(along), TILE_BYTES // max(size, 1))
        if group > 1:
            segments[dim] = [
                (along[k][0], along[min(k + group, len(along)) - 1][1])
                for k in range(0, len(along), group)
            ]
            size *= group
    return Tiles(segments)


def lift(flat: NDArray[np.int64], place: Place, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Return the flat C-order positions in the cut of flat positions in a tile."""
    sizes = tuple(along.stop - along.start for along in place)
    if sizes == shape:
        return flat
    places = np.unravel_index(flat, sizes)
    moved = [p + along.start for p, along in zip(places, place, strict=True)]
    return np.asarray(np.ravel_multi_index(moved, shape), np.int64)


def _segments(span: Span, edges: Edges) -> list[tuple[int, int]]:
    """Return the runs of positions, within a span, that lie in one chunk each."""
    if span.size == 0:
        return []
    if edges is None:
        return [(0, span.size)]
    first = np.asarray(edges, np.int64)
    if span.step > 0:  # the first position at or after each edge
        cuts = -((span.start - first) // span.step)
    else:  # the first position below each edge
        cuts = (span.start - first) // -span.step + 1
    inside = np.unique(cuts[(cuts > 0) & (cuts < span.size)]).tolist()
    return list(zip([0, *inside], [*inside, span.size], strict=True))


def _rows(shape: list[int], limit: int) -> Tiles:
    """Take what is stored in C order apart: the first dim whose rows fit is cut into runs."""
    if 0 in shape:
        return Tiles([[] for _ in shape] or [[]])
    segments: list[list[tuple[int, int]]] = [[(0, n)] for n in shape]
    for dim, size in enumerate(shape):
        run = limit // math.prod(shape[dim + 1 :])
        run = max(1, min(run, size))
        segments[dim] = [(k, min(k + run, size)) for k in range(0, size, run)]
        if run > 1 or math.prod(shape[dim + 1 :]) <= limit:
            break
    return Tiles(segments)

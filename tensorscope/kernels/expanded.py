"""Expanded dims: one element in memory that stands at many places, as after broadcasting.

A search looks at each element once; its places are counted out afterwards, in rising order.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Cut
from tensorscope.slots import Span


class Expanded:
    """A cut with dims of stride 0.

    Attributes
    ----------
    cut : Cut
        The same with one place of each of these dims: every element once.
    copies : int
        At how many places each element stands.
    dims, kept : list of int
        The dims of stride 0, and the others.
    """

    def __init__(self, cut: Cut) -> None:
        assert cut.array is not None
        self._shape = cut.shape
        sizes, strides = cut.shape, cut.array.strides
        self.dims = [d for d, n in enumerate(sizes) if strides[d] == 0 and n > 1]
        self.kept = [d for d in range(len(sizes)) if d not in self.dims]
        self.copies = math.prod(sizes[d] for d in self.dims)
        index = tuple(0 if d in self.dims else slice(None) for d in range(len(sizes)))
        spans = tuple(Span(0, 1, sizes[d]) for d in self.kept)
        self.cut = Cut(cut.dtype, spans, array=cut.array[(*index, ...)])

    def _weights(self, dims: list[int]) -> list[int]:
        return [math.prod(self._shape[d + 1 :]) for d in dims]

    def _spread(self, flat: NDArray[np.int64], dims: list[int]) -> list[int]:
        """Return where flat positions in some dims lie in the whole, the others being at 0."""
        if not dims:
            return [0] * len(flat)
        places = np.unravel_index(flat, [self._shape[d] for d in dims])
        out = np.zeros(len(flat), np.int64)
        for place, weight in zip(places, self._weights(dims), strict=True):
            out += place * weight
        return [int(n) for n in out]

    def places(self, flat: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """Give, in rising order, the places of elements at rising positions of the small cut.

        Yields
        ------
        place : int
            Flat position in the whole.
        number : int
            Which of `flat` stands there.
        """
        if not len(flat):
            return
        own = self._spread(flat, self.kept)
        waiting = [(own[0], 0, 0, 0)]  # place, number, copy, where the copy begins
        while waiting:
            place, number, copy, begin = heapq.heappop(waiting)
            yield place, number
            if number + 1 < len(own):
                heapq.heappush(waiting, (own[number + 1] + begin, number + 1, copy, begin))
            if number == 0 and copy + 1 < self.copies:
                start = self._spread(np.array([copy + 1]), self.dims)[0]
                heapq.heappush(waiting, (own[0] + start, 0, copy + 1, start))

    def first(
        self, flat: NDArray[np.int64], count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the first `count` places, and which of `flat` stands at each."""
        found = list(islice(self.places(flat), count))
        both = np.array(found, np.int64).reshape(len(found), 2)
        return both[:, 0], both[:, 1]


def is_expanded(cut: Cut) -> bool:
    """Return whether elements stand at several places."""
    return (
        cut.array is not None
        and any(
            stride == 0 and size > 1
            for stride, size in zip(cut.array.strides, cut.shape, strict=True)
        )
        and cut.count > 0
    )

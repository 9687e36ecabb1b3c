"""Along: in which slices along one dim hits lie, counted as they are found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.tiles import Place
from tensorscope.kernels.expanded import Expanded

#: So many slices are counted apart: their counts stay within 8 MiB.
SLICES = 1 << 20


@dataclass(frozen=True, slots=True)
class Along:
    """One dim of a cut, or of what its elements were gathered from.

    Attributes
    ----------
    dim : int
        The dim whose slices are counted apart.
    shape : tuple of int
        Of the cut; of the selection, where `held` is given.
    held : ndarray of int64, optional
        Where the elements of a cut with one dim stand in the selection.
    """

    dim: int
    shape: tuple[int, ...]
    held: NDArray[np.int64] | None = None

    @property
    def size(self) -> int:
        """How many slices there are."""
        return self.shape[self.dim]

    @property
    def inner(self) -> int:
        """How far apart, in flat positions, neighbouring slices are."""
        return int(np.prod(self.shape[self.dim + 1 :], dtype=np.int64))

    def count(self, flat: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many of the flat positions lie in each slice."""
        if self.held is not None:
            flat = self.held[flat]
        return np.bincount(flat // self.inner % self.size, minlength=self.size)

    def within(self, place: Place) -> Along:
        """Return the same for a tile of the cut."""
        if self.held is not None:
            return Along(self.dim, self.shape, self.held[place[0]])
        return Along(self.dim, tuple(at.stop - at.start for at in place))

    def lift(self, counts: NDArray[np.int64], place: Place) -> NDArray[np.int64]:
        """Return the counts of a tile's slices as those of the cut."""
        if self.held is not None or len(counts) == self.size:
            return counts
        whole = np.zeros(self.size, np.int64)
        whole[place[self.dim]] = counts
        return whole

    def once(self, expanded: Expanded) -> Along | None:
        """Return the same for each element once; None where all slices are the same."""
        if self.dim in expanded.dims:
            return None
        return Along(expanded.kept.index(self.dim), expanded.cut.shape)

    def spread(
        self, counts: NDArray[np.int64] | None, total: int, copies: int
    ) -> NDArray[np.int64]:
        """Return the counts over all copies, from those of each element once."""
        if counts is None:
            return np.full(self.size, total * copies // self.size, np.int64)
        return counts * copies

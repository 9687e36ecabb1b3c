"""Bits: several conditions bound to one element type; a byte tells which of them hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tensorscope.adapters.cut import Raw
from tensorscope.adapters.dtypes import DType
from tensorscope.condition import Condition
from tensorscope.kernels.predicate import Bound, Predicate


class Bits:
    """Up to eight conditions: bit k is set where the k-th holds."""

    __slots__ = ("_predicates",)

    def __init__(self, conditions: Sequence[Condition], dtype: DType) -> None:
        self._predicates = [Predicate(condition, dtype) for condition in conditions]

    @property
    def roots(self) -> list[Bound]:
        """The conditions as they are carried out."""
        return [predicate.root for predicate in self._predicates]

    @property
    def at_zero(self) -> np.uint8:
        """Which conditions hold for 0, which a sparse tensor does not store."""
        return np.uint8(sum(p.holds_at_zero << k for k, p in enumerate(self._predicates)))

    def of(self, raw: Raw) -> NDArray[np.uint8]:
        """Return the bits of raw elements of any shape.

        Cost: two or three temporaries of the size of `raw`.
        """
        found: NDArray[np.uint8] = self._predicates[0].mask(raw).view(np.uint8)
        for k, predicate in enumerate(self._predicates[1:], 1):
            found = found | (predicate.mask(raw).view(np.uint8) << np.uint8(k))
        return found

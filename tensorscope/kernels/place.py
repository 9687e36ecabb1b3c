"""Place: in which pieces a value stands, so that its first position can be found afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorscope.adapters.cut import Cut, Raw
from tensorscope.kernels.predicate import Mask
from tensorscope.kernels.walk import Walk

#: So many pieces are remembered in which an extreme stands.
_PLACES = 16


class Place:
    """A value and the pieces that hold it, so that its first position can be found later."""

    def __init__(self) -> None:
        self.value: Any = None
        self.pieces: list[int] = []
        self.more = False

    def see(self, number: int) -> None:
        """Note that piece `number` holds the value too."""
        if len(self.pieces) < _PLACES:
            self.pieces.append(number)
        else:
            self.more = True

    def offer(self, value: Any, number: int, better: bool) -> None:
        """Note a piece's extreme; `better`: it beats the value so far."""
        if self.value is None or better:
            self.value, self.pieces, self.more = value, [number], False
        elif value == self.value:
            self.see(number)

    def first(self, cut: Cut, walk: Walk, test: Callable[[Raw], Mask]) -> int | None:
        """Return the lowest flat C-order position at which `test` holds; None if nowhere.

        Cost: the remembered pieces again; a pass in C order, up to the first hit, if they are too
        many to remember and memory is in another order.
        """
        if not self.pieces:
            return None
        if self.more and not walk.in_order:
            walk, numbers_ = Walk(cut), None
        else:
            numbers_ = self.pieces[:1] if walk.in_order else self.pieces
        best: int | None = None
        for number in numbers_ if numbers_ is not None else range(len(walk)):
            begin, raw = walk.read(number)
            places = np.flatnonzero(test(raw))
            if len(places):
                first = int(walk.c_order(places + begin).min())
                best = first if best is None else min(best, first)
                if numbers_ is None:
                    break
        return best

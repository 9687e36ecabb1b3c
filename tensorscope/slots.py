"""What may stand in the slot of one dim: an integer, a span of positions, or a reduction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

#: Reductions that may stand in a dim's slot.
REDUCTIONS = ("mean", "max", "min", "absmax", "std", "sum", "norm")


@dataclass(frozen=True, slots=True)
class Span:
    """The positions ``start + step × k`` for ``k`` in ``range(size)``; every one is in range."""

    start: int
    step: int
    size: int

    @property
    def slice(self) -> slice:
        """The Python slice that selects the same."""
        if self.size == 0:
            return slice(0, 0, 1)
        stop = self.start + self.step * self.size
        return slice(self.start, None if stop < 0 else stop, self.step)

    def forward(self) -> Span:
        """Return the same positions in rising order."""
        if self.step > 0 or self.size == 0:
            return self
        return Span(self.start + self.step * (self.size - 1), -self.step, self.size)

    def text(self, length: int) -> str:
        """Return the shortest slice text for a dim of `length` elements."""
        if self.size == 0:
            return ":" if length == 0 else "0:0"
        step, last = self.step, self.start + self.step * (self.size - 1)
        if step > 0:
            start = "" if self.start == 0 else str(self.start)
            stop = "" if last + step >= length else str(last + 1)
        else:
            start = "" if self.start == length - 1 else str(self.start)
            stop = "" if last + step < 0 else str(last - 1)
        if self.size == 1:  # any step selects it: the shortest is a plain slice
            start, last, step = str(self.start) if self.start else "", self.start, 1
            stop = "" if last + 1 == length else str(last + 1)
        return f"{start}:{stop}" + (f":{step}" if step != 1 else "")


@dataclass(frozen=True, slots=True)
class Reduce:
    """A reduction over all of a dim, by name."""

    op: str


Slot: TypeAlias = int | Span | Reduce

"""Selection: one slot per dim, frozen and pure; written as an index expression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tensorscope.errors import SelectionError
from tensorscope.slots import Reduce, Slot, Span


@dataclass(frozen=True, slots=True)
class Selection:
    """Which part of a tensor: one slot per dim.

    Attributes
    ----------
    lengths : tuple of int
        Shape of the whole tensor.
    slots : tuple of int, Span or Reduce
        One per dim; integers are not negative.
    """

    lengths: tuple[int, ...]
    slots: tuple[Slot, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the result: integer and reduced dims are gone."""
        return tuple(slot.size for slot in self.slots if isinstance(slot, Span))

    @property
    def count(self) -> int:
        """Number of elements of the result."""
        total = 1
        for size in self.shape:
            total *= size
        return total

    @property
    def free(self) -> tuple[int, ...]:
        """Dims that the result keeps."""
        return tuple(d for d, slot in enumerate(self.slots) if isinstance(slot, Span))

    @property
    def reduced(self) -> tuple[int, ...]:
        """Dims that are reduced."""
        return tuple(d for d, slot in enumerate(self.slots) if isinstance(slot, Reduce))

    @property
    def op(self) -> str | None:
        """Name of the reduction, if there is one."""
        return next((slot.op for slot in self.slots if isinstance(slot, Reduce)), None)

    @property
    def is_whole(self) -> bool:
        """Whether this is all of the tensor, in its own order."""
        return all(
            isinstance(slot, Span) and slot == Span(0, 1, length)
            for slot, length in zip(self.slots, self.lengths, strict=True)
        )

    @property
    def is_cell(self) -> bool:
        """Whether every slot is an integer, so that it names one element."""
        return all(isinstance(slot, int) for slot in self.slots)

    @property
    def index(self) -> tuple[int | slice, ...]:
        """The index tuple for NumPy, with reduced dims whole."""
        return tuple(slot_index(slot) for slot in self.slots)

    def slot_text(self, dim: int) -> str:
        """Return what stands in the slot of `dim`."""
        slot = self.slots[dim]
        if isinstance(slot, Span):
            return slot.text(self.lengths[dim])
        return slot.op if isinstance(slot, Reduce) else str(slot)

    @property
    def expr(self) -> str:
        """The index expression, e.g. ``"[0, 20, :, :]"``."""
        return f"[{', '.join(self.slot_text(d) for d in range(len(self.slots)))}]"

    def replace(self, dim: int, slot: Slot) -> Selection:
        """Return this selection with another slot at `dim`."""
        slots = (*self.slots[:dim], slot, *self.slots[dim + 1 :])
        check_one_reduction(slots)
        return Selection(self.lengths, slots)

    def __str__(self) -> str:
        return self.expr


def slot_index(slot: Slot) -> int | slice:
    """Return the index for one slot; a reduced dim is whole."""
    if isinstance(slot, Span):
        return slot.slice
    return slice(None) if isinstance(slot, Reduce) else slot


def whole(lengths: Sequence[int]) -> Selection:
    """Return the selection of everything."""
    return Selection(tuple(lengths), tuple(Span(0, 1, n) for n in lengths))


def last_plane(lengths: Sequence[int]) -> Selection:
    """Return what a scope shows first: the last two dims whole, the others at 0."""
    free = len(lengths) - 2
    slots: list[Slot] = []
    for dim, length in enumerate(lengths):
        # A dim of length 0 has no index 0: it stays whole and the result is empty.
        slots.append(Span(0, 1, length) if dim >= free or length == 0 else 0)
    return Selection(tuple(lengths), tuple(slots))


def cell_text(cell: Sequence[int | str]) -> str:
    """Return coordinates as an expression, e.g. ``"[0, 20, 10, 12]"``."""
    return f"[{', '.join(map(str, cell))}]"


def check_one_reduction(slots: Sequence[Slot]) -> None:
    """Raise unless all reductions are of one kind: mixed ones would depend on their order."""
    ops = [slot.op for slot in slots if isinstance(slot, Reduce)]
    if any(a != b for a, b in pairwise(ops)):
        raise SelectionError(
            f"the reductions {', '.join(ops)} stand together: several dims may be reduced, "
            "but all by the same one",
            "TYPE",
        )

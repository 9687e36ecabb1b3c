"""DTensors: the shard that this rank holds, without a word to the others.

A collective that one rank alone calls hangs, or takes part in the wrong step of the training: all
reading is done under a guard that raises on any (`torch_plain.aside`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorscope.adapters.code import text_range
from tensorscope.adapters.cut import Cut
from tensorscope.adapters.memory import Conversion
from tensorscope.adapters.torch_kind import Kind
from tensorscope.adapters.torch_plain import refusal
from tensorscope.adapters.wording import Wording
from tensorscope.errors import UnsupportedTensorError, clip
from tensorscope.selection import Selection
from tensorscope.slots import Span

_MOST_RANKS = 4096


@dataclass(frozen=True, slots=True)
class Box:
    """Which part of the whole tensor a rank holds."""

    starts: tuple[int, ...]
    sizes: tuple[int, ...]

    def holds(self, dim: int, place: int) -> bool:
        """Return whether a position of a dim is inside."""
        return 0 <= place - self.starts[dim] < self.sizes[dim]

    def text(self, lengths: Sequence[int]) -> str:
        """Return the part as an index expression."""
        spans = (Span(s, 1, n) for s, n in zip(self.starts, self.sizes, strict=True))
        return f"[{', '.join(s.text(n) for s, n in zip(spans, lengths, strict=True))}]"


class Sharded(Kind):
    """A DTensor. Shape and indices are those of the whole; values are the local shard's."""

    def check(self, x: Any) -> None:
        if any(placement.is_partial() for placement in x.placements):
            raise refusal(
                "PENDING",
                f"its placements are {_placements(x)}: each rank holds a part of a sum that has "
                "not been taken",
                "redistribute it on all ranks, or look at x.to_local()",
            )
        if not self._in_order(x):
            raise refusal(
                "OPAQUE",
                f"the rows of its shard do not lie side by side in the whole: {_placements(x)}",
                "look at x.to_local()",
            )
        kind, local = self._local(x)
        kind.check(local)

    def check_dtype(self, x: Any) -> None:
        kind, local = self._local(x)
        kind.check_dtype(local)

    def layout(self, x: Any) -> str:
        return "sharded" if any(p.is_shard() for p in x.placements) else "replicated"

    def notes(self, x: Any) -> Iterator[str]:
        mesh = x.device_mesh
        names = f" {tuple(mesh.mesh_dim_names)}" if mesh.mesh_dim_names else ""
        box = self._box(x)
        part = "no part" if box is None else box.text(self.lengths(x))
        yield f"DTensor: this rank holds {part}, offset {box.starts if box else '–'}"
        yield f"mesh {tuple(mesh.shape)}{names}, placements {_placements(x)}"
        yield from super().notes(x)

    def conversions(self, x: Any) -> Iterable[Conversion]:
        return ()

    def detach(self, x: Any) -> Any:
        return x  # a Sharded never reads with its graph

    def cut(self, x: Any, selection: Selection) -> Cut:
        kind, local = self._local(x)
        box = self._box(x)
        if box is None:
            raise refusal("NO_DATA", "this rank is not in its mesh", "read it on a rank that is")
        self._check_inside(x, selection, box)
        slots = tuple(
            _moved(s, start) for s, start in zip(selection.slots, box.starts, strict=True)
        )
        return kind.cut(local, Selection(box.sizes, slots))

    def _local(self, x: Any) -> tuple[Kind, Any]:
        """Return the shard of this rank, and what kind of tensor that is."""
        from tensorscope.adapters.torch_kinds import kind_of

        local = x.to_local()  # without a graph: the very tensor, no operation
        return kind_of(self.torch, local), local

    def _box(self, x: Any) -> Box | None:
        from torch.distributed.tensor._utils import compute_local_shape_and_global_offset

        sizes, starts = compute_local_shape_and_global_offset(x.shape, x.device_mesh, x.placements)
        if len(starts) != x.dim():
            return None
        return Box(tuple(map(int, starts)), tuple(map(int, sizes)))

    def _in_order(self, x: Any) -> bool:
        """Return whether each shard is one box of the whole.

        Strided shards are, where they stand for dims that are split again by later placements.
        """
        mesh = tuple(x.device_mesh.shape)
        for k, placement in enumerate(x.placements):
            if type(placement).__name__ != "_StridedShard":
                continue
            later = [
                mesh[j]
                for j, other in enumerate(x.placements)
                if j > k and other.is_shard() and other.dim == placement.dim
            ]
            if int(np.prod(later, dtype=int)) != placement.split_factor:
                return False
        return True

    def _check_inside(self, x: Any, selection: Selection, box: Box) -> None:
        """Raise for the first index that lies on another rank."""
        place = [_ends(s, n)[0] for s, n in zip(selection.slots, selection.lengths, strict=True)]
        for dim, (slot, length) in enumerate(zip(selection.slots, selection.lengths, strict=True)):
            for end in _ends(slot, length):
                if end is not None and not box.holds(dim, end):
                    place[dim] = end
                    raise self._elsewhere(x, selection, box, [p or 0 for p in place])

    def _elsewhere(
        self, x: Any, selection: Selection, box: Box, place: list[int]
    ) -> UnsupportedTensorError:
        ranks = self._holders(x, place)
        who = f"rank {', '.join(map(str, ranks))}" if ranks else "another rank"
        return refusal(
            "NO_DATA",
            f"{selection.expr} reaches {place}, which {who} holds; this rank holds "
            f"{box.text(selection.lengths)}, and asking for more would communicate",
            "select inside of that, or read it there",
        )

    def _holders(self, x: Any, place: list[int]) -> list[int]:
        """Return the first ranks that hold an element; nothing if that is not known."""
        from torch.distributed.tensor import _utils

        mesh = np.array(x.device_mesh.mesh.tolist())
        compute = getattr(_utils, "_compute_local_shape_and_global_offset", None)
        if compute is None or mesh.size > _MOST_RANKS:
            return []
        found: list[int] = []
        for coordinate in np.ndindex(*mesh.shape):
            sizes, starts = compute(x.shape, mesh.shape, list(coordinate), x.placements)
            box = Box(tuple(starts), tuple(sizes))
            if all(box.holds(dim, p) for dim, p in enumerate(place)):
                found.append(int(mesh[coordinate]))
        return found[:8]

    def words(self, x: Any, wraps: Sequence[str]) -> Wording:
        kind, local = self._local(x)
        box = self._box(x)
        starts = box.starts if box is not None else (0,) * x.dim()
        if x.requires_grad and not local.requires_grad:
            local = local.detach().requires_grad_()  # as x.to_local() is, outside of here
        return ShardWording(self.dtype(x), self.lengths(x), kind.words(local, ()), starts)


def _placements(x: Any) -> str:
    return clip(", ".join(str(placement) for placement in x.placements), 120)


def _ends(slot: object, length: int) -> tuple[int | None, ...]:
    """Return the smallest and the largest position that a slot reads."""
    if isinstance(slot, int):
        return (slot,)
    span = slot.forward() if isinstance(slot, Span) else Span(0, 1, length)
    if not span.size:
        return (None,)
    return span.start, span.start + span.step * (span.size - 1)


def _moved(slot: Any, start: int) -> Any:
    """Return a slot in the coordinates of a shard."""
    if isinstance(slot, int):
        return slot - start
    if isinstance(slot, Span) and slot.size:
        return Span(slot.start - start, slot.step, slot.size)
    return slot


@dataclass(frozen=True, slots=True)
class ShardWording(Wording):
    """The local shard, indexed by what is left after its offset.

    Attributes
    ----------
    local : Wording
        How the shard itself is asked for.
    starts : tuple of int
        Where it begins in the whole.
    """

    local: Wording
    starts: tuple[int, ...]

    def item(self, name: str, texts: Sequence[str]) -> str:
        return self.local.item(f"{name}.to_local()", self._moved(texts))

    def own(self, name: str, texts: Sequence[str]) -> str:
        return self.local.own(f"{name}.to_local()", self._moved(texts))

    def _moved(self, texts: Sequence[str]) -> list[str]:
        moved = []
        for text, start, length in zip(texts, self.starts, self.lengths, strict=True):
            if not start or text == ":":
                moved.append(text)
            elif ":" in text:
                first, size, step = text_range(text, length)
                stop = first + (size - 1) * step + 1 if size else first
                moved.append(f"{first - start}:{stop - start}" + (f":{step}" if step > 1 else ""))
            else:
                moved.append(str(int(text) - start) if text.isdigit() else f"{text} - {start}")
        return moved

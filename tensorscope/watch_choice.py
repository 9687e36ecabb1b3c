"""What a watch's widget shows: what was chosen, and what is shown before anything is."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass

from tensorscope import view
from tensorscope.capture.record import Record
from tensorscope.capture.watch import Watch
from tensorscope.errors import TensorScopeError
from tensorscope.selection_parse import parse
from tensorscope.view import ViewState


@dataclass(frozen=True, slots=True)
class Choice:
    """What the scope is to show.

    Attributes
    ----------
    name : str
        As its row is named: ``"relu"``, ``"relu (call 2)"``.
    what : str
    step, against : int or None
        The step (None: the latest, and it follows), and the one that it is held against.
    cell : tuple of int or None
        What is to be seen at first.
    """

    name: str
    what: str
    step: int | None = None
    against: int | None = None
    cell: tuple[int, ...] | None = None

    def place(self) -> tuple[str, int]:
        """Return the name of the module, and which of its calls within a step."""
        found = re.fullmatch(r"(.+) \(call (\d+)\)", self.name)
        return (found[1], int(found[2]) - 1) if found else (self.name, 0)


def first_choice(watch: Watch) -> Choice | None:
    """Return what is shown before anything is chosen."""
    hit = watch.hit
    grave = [f for f in watch.findings if f.grave]
    if hit is not None and (watch.status == "paused" or not grave):
        kept = [r for r in watch.records(hit.name) if (r.kind, r.step) == (hit.what, hit.step)]
        if watch.status == "paused" or not kept:
            return Choice(hit.name, hit.what)
        return Choice(hit.name, hit.what, hit.step, cell=hit.cell)
    first = grave[0] if grave else None
    if first is not None and any(r.kind == first.what for r in watch.records(first.name)):
        return Choice(first.name, first.what, first.step, cell=first.cell)
    store = watch._recorder.store
    there = [(name, kind) for kind in ("output", "probe") for name in store.names()
             if kind in store.kinds(name)]  # fmt: skip
    return Choice(*there[0]) if there else None


def first_view(
    watch: Watch, record: Record, lengths: tuple[int, ...], choice: Choice | None
) -> ViewState:
    """Return what is shown of a record first: of a layer of images, a channel."""
    first = view.first_state(lengths)
    if record.kind != "weight" and len(lengths) == 4 and watch.channels_last:
        first = view.select(first, parse("[0, :, :, 0]", lengths))
    cell = choice.cell if choice is not None else None
    if cell is None or len(cell) != len(lengths):
        return first
    with contextlib.suppress(TensorScopeError):  # a record may hold the first example alone
        slots = zip(first.selection.slots, cell, strict=True)
        seen = tuple(c if isinstance(slot, int) else slice(None) for slot, c in slots)
        return view.pin(view.select(first, parse(seen, lengths)), cell)
    return first

"""RecordSource: a record, or the difference of two, where a scope's values come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tensorscope.capture.record import Record
from tensorscope.info import TensorInfo
from tensorscope.source import LiveSource


class RecordSource(LiveSource):
    """One record, shown like a tensor; it can be exchanged for that of another step.

    Parameters
    ----------
    record : Record
    against : Record or None
        Another record of the same shape: what is shown then is the difference.
    holder : callable
        Gives what the watch is called in code.
    """

    def __init__(self, record: Record, against: Record | None, holder: Callable[[], str]) -> None:
        self.record = record
        self.against = against
        self._holder = holder
        self._shown = _shown(record, against)  # alive as long as this: it is held weakly elsewhere
        super().__init__(self._shown)

    def exchange(self, record: Record, against: Record | None) -> None:
        """Show another record from now on."""
        self.record, self.against = record, against
        self._shown = self.tensor = _shown(record, against)
        self._first_info = self.adapter.info(self.tensor, self.dims)
        self._user_tensor = None

    @property
    def info(self) -> TensorInfo:
        """What the record is; what it was captured for is in the notes."""
        record, kept = self.record, self.tensor.shape[0] if len(self.tensor.shape) else 1
        notes = [f"{record.kind} · step {record.step} · {'train' if record.train else 'eval'}"]
        if self.against is not None:
            notes = [f"step {record.step} less step {self.against.step}"]
        if kept < (record.shape or (1,))[0]:
            first = "the first" if kept == 1 else f"the first {kept}"
            notes.append(f"{first} of {record.shape[0]} examples")
        return replace(self._first_info, notes=(*notes, *record.notes))

    def _find_name(self, x: Any) -> str | None:
        return None  # a copy of the watch's own: nothing of the user's leads to it

    def display_name(self) -> str:
        """Return the module's name."""
        return self.record.name

    def code_name(self, holder: object) -> tuple[str, Any, str | None]:
        """Return the expression for the record, and what it gives."""
        self.check_open()
        code = record_code(self._holder(), self.record)
        if self.against is not None:
            both = _kept_of_both(self.record, self.against)
            old = record_code(self._holder(), self.against)
            code = f"({code}{_cut_code(self.record, both)} - {old}{_cut_code(self.against, both)})"
        return code, self.tensor, None


def record_code(watch: str, record: Record) -> str:
    """Return the expression that gives a record."""
    kind = "" if record.kind in ("output", "probe") else f', kind="{record.kind}"'
    call = f", call={record.call}" if record.call else ""
    name = record.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{watch}.record("{name}", step={record.step}{kind}{call})'


def comparable(record: Record, against: Record) -> bool:
    """Return whether two records can be held against each other: alike but for the examples."""
    mine, theirs = tuple(record.tensor.shape), tuple(against.tensor.shape)
    return mine == theirs or (len(mine) == len(theirs) > 0 and mine[1:] == theirs[1:])


def shown_shape(record: Record, against: Record | None) -> tuple[int, ...]:
    """Return the shape of what is shown."""
    shape = tuple(record.tensor.shape)
    both = None if against is None else _kept_of_both(record, against)
    return shape if both is None else (both, *shape[1:])


def _kept_of_both(record: Record, against: Record) -> int | None:
    """Return how many examples both have, where one has more of them."""
    mine, theirs = tuple(record.tensor.shape), tuple(against.tensor.shape)
    return None if mine == theirs else min(mine[0], theirs[0])


def _cut_code(record: Record, both: int | None) -> str:
    return "" if both is None or record.tensor.shape[0] == both else f"[:{both}]"


def _shown(record: Record, against: Record | None) -> Any:
    if against is None:
        return record.tensor
    both = _kept_of_both(record, against)
    with np.errstate(all="ignore"):  # inf less inf is NaN, and is shown as such
        if both is None:
            return record.tensor - against.tensor
        return record.tensor[:both] - against.tensor[:both]

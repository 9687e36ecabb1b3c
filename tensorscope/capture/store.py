"""Store: the records of a watch within a budget of bytes; what had to go is counted."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

from tensorscope.capture.record import Record
from tensorscope.errors import SelectionError

Key = tuple[str, str, int, int]  # name, kind, step, call
#: What a record was made for, if it is to go last.
_PRECIOUS = ("breakpoint", "paused", "nonfinite")


class Store:
    """Records by name, kind, step and call.

    Oldest records go first when the budget is passed, except for those that a breakpoint or a
    pause made: these go last. Any thread may ask.

    Parameters
    ----------
    budget : float
        Bytes that all records together may take; inf where they lie on disk.
    """

    def __init__(self, budget: float) -> None:
        self.budget = budget
        self.nbytes = 0
        self.evicted = 0
        self._lock = threading.Lock()
        #: Records with the number that each was taken in as. Those that may go first lie apart, so
        #: that making room takes as long for many records as for few.
        self._spare: OrderedDict[Key, tuple[int, Record]] = OrderedDict()
        self._precious: OrderedDict[Key, tuple[int, Record]] = OrderedDict()
        self._taken = 0
        #: Steps whose record went away, by name and kind: so that asking for one can be answered.
        self._gone: dict[tuple[str, str], tuple[int, int]] = {}

    def add(self, record: Record) -> bool:
        """Take a record in; False where it alone is larger than the budget."""
        key = (record.name, record.kind, record.step, record.call)
        with self._lock:
            if record.nbytes > self.budget:
                self.evicted += 1
                return False
            for part in (self._spare, self._precious):
                old = part.pop(key, None)
                if old is not None:
                    self.nbytes -= old[1].nbytes
            part = self._precious if record.why in _PRECIOUS else self._spare
            part[key] = self._taken, record
            self._taken += 1
            self.nbytes += record.nbytes
            self._make_room(key)
        return True

    def _make_room(self, kept: Key) -> None:
        while self.nbytes > self.budget:
            # The record just taken in is the last of its part.
            part = self._spare if next(iter(self._spare), kept) != kept else self._precious
            key = next(key for key in part if key != kept)
            _, record = part.pop(key)
            self.nbytes -= record.nbytes
            self.evicted += 1
            first, last = self._gone.get(key[:2], (record.step, record.step))
            self._gone[key[:2]] = min(first, record.step), max(last, record.step)

    def of(self, name: str, kind: str | None = None) -> tuple[Record, ...]:
        """Return the records of a name, oldest step first."""
        with self._lock:
            found = [
                record
                for part in (self._spare, self._precious)
                for key, (_, record) in part.items()
                if key[0] == name and kind in (None, key[1])
            ]
        return tuple(sorted(found, key=lambda r: (r.step, r.call, r.kind)))

    def get(self, name: str, kind: str, step: int | None, call: int) -> Record:
        """Return one record; the latest where `step` is None.

        Raises
        ------
        SelectionError
            With kind ``NOT_RECORDED``: says what there is.
        """
        found = [r for r in self.of(name, kind) if r.call == call]
        if step is None and found:
            return found[-1]
        for record in found:
            if record.step == step:
                return record
        if not found:
            raise SelectionError(
                f"there is no {kind} of {name!r} (call {call}) on record"
                + self._gone_text(name, kind, step),
                "NOT_RECORDED",
            )
        steps = [r.step for r in found]
        raise SelectionError(
            f"step {step} of {name!r} is not on record; there are {_listed(steps)}"
            + self._gone_text(name, kind, step),
            "NOT_RECORDED",
        )

    def _gone_text(self, name: str, kind: str, step: int | None) -> str:
        first, last = self._gone.get((name, kind), (1, 0))
        if step is not None and not first <= step <= last:
            return ""
        if first > last:
            return ""
        return f"; steps {first} to {last} were dropped to keep within the budget of bytes"

    def steps(self) -> list[int]:
        """Return all steps with a record, rising."""
        with self._lock:
            return sorted({key[2] for part in (self._spare, self._precious) for key in part})

    def all(self) -> tuple[Record, ...]:
        """Return all records, in the order in which they were made."""
        with self._lock:
            numbered = [*self._spare.values(), *self._precious.values()]
        return tuple(record for _, record in sorted(numbered, key=lambda one: one[0]))


def _listed(steps: Iterable[int]) -> str:
    steps = sorted(set(steps))
    if len(steps) <= 6:
        return ", ".join(map(str, steps))
    return f"{', '.join(map(str, steps[:3]))} … {', '.join(map(str, steps[-2:]))}"

"""Store: the records of a watch within a budget of bytes; what had to go is counted."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right, insort
from collections import Counter, OrderedDict
from collections.abc import Iterable
from heapq import merge

from tensorscope.capture.record import Record
from tensorscope.errors import SelectionError

Key = tuple[str, str, int, int]  # name, kind, step, call
#: What a record was made for, if it is to go last.
_PRECIOUS = ("breakpoint", "paused", "nonfinite")


class Store:
    """Records by name, kind, step and call.

    Oldest records go first when the budget is passed, except for those that a breakpoint or a
    pause made: these go last. Any thread may ask; what is asked of one place costs no more where
    there are many others, and the thread that trains is not held up by it.

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
        #: The same by name and kind, each in the order of `_order`.
        self._placed: dict[str, dict[str, list[Record]]] = {}
        self._steps: list[int] = []
        self._at_step: Counter[int] = Counter()
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
                if key in part:
                    self._forget(part.pop(key)[1])
            part = self._precious if record.why in _PRECIOUS else self._spare
            part[key] = self._taken, record
            self._taken += 1
            self._remember(record)
            self._make_room(key)
        return True

    def _make_room(self, kept: Key) -> None:
        while self.nbytes > self.budget:
            # The record just taken in is the last of its part.
            part = self._spare if next(iter(self._spare), kept) != kept else self._precious
            key = next(key for key in part if key != kept)
            _, record = part.pop(key)
            self._forget(record)
            self.evicted += 1
            first, last = self._gone.get(key[:2], (record.step, record.step))
            self._gone[key[:2]] = min(first, record.step), max(last, record.step)

    def _remember(self, record: Record) -> None:
        self.nbytes += record.nbytes
        place = self._placed.setdefault(record.name, {}).setdefault(record.kind, [])
        insort(place, record, key=_order)
        self._at_step[record.step] += 1
        if self._at_step[record.step] == 1:
            insort(self._steps, record.step)

    def _forget(self, record: Record) -> None:
        self.nbytes -= record.nbytes
        kinds = self._placed[record.name]
        place = kinds[record.kind]
        del place[bisect_left(place, _order(record), key=_order)]
        if not place:
            del kinds[record.kind]
        if not kinds:
            del self._placed[record.name]
        self._at_step[record.step] -= 1
        if not self._at_step[record.step]:
            del self._at_step[record.step]
            del self._steps[bisect_left(self._steps, record.step)]

    def names(self) -> tuple[str, ...]:
        """Return the names that have a record."""
        with self._lock:
            return tuple(self._placed)

    def kinds(self, name: str) -> tuple[str, ...]:
        """Return the kinds of which a name has a record."""
        with self._lock:
            return tuple(self._placed.get(name, ()))

    def of(self, name: str, kind: str | None = None) -> tuple[Record, ...]:
        """Return the records of a name, oldest step first."""
        with self._lock:
            kinds = self._placed.get(name, {})
            if kind is not None:
                return tuple(kinds.get(kind, ()))
            return tuple(merge(*kinds.values(), key=lambda r: (r.step, r.call, r.kind)))

    def near(self, name: str, kind: str, step: int | None, call: int) -> Record | None:
        """Return the record at a step or the last one before it, else the first; None: the latest.

        Cost: a search in order, however many records there are.
        """
        with self._lock:
            place = self._placed.get(name, {}).get(kind, [])
            end = len(place) if step is None else bisect_right(place, (step, call), key=_order)
            before = (place[k] for k in range(end - 1, -1, -1))
            after = (place[k] for k in range(end, len(place)))
            mine = (r for part in (before, after) for r in part if r.call == call)
            return next(mine, None)

    def get(self, name: str, kind: str, step: int | None, call: int) -> Record:
        """Return one record; the latest where `step` is None.

        Raises
        ------
        SelectionError
            With kind ``NOT_RECORDED``: says what there is.
        """
        one = self.near(name, kind, step, call)
        if one is not None and step in (None, one.step):
            return one
        found = [r for r in self.of(name, kind) if r.call == call]
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
            return self._steps[:]

    def all(self) -> tuple[Record, ...]:
        """Return all records, in the order in which they were made."""
        with self._lock:
            numbered = [*self._spare.values(), *self._precious.values()]
        return tuple(record for _, record in sorted(numbered, key=lambda one: one[0]))


def _order(record: Record) -> tuple[int, int]:
    return record.step, record.call


def _listed(steps: Iterable[int]) -> str:
    steps = sorted(set(steps))
    if len(steps) <= 6:
        return ", ".join(map(str, steps))
    return f"{', '.join(map(str, steps[:3]))} … {', '.join(map(str, steps[-2:]))}"

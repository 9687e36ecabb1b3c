"""The store makes room, however many records it holds, and without looking at all of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy as np

from tensorscope.capture.record import Record
from tensorscope.capture.store import Store


class Counted(OrderedDict):  # type: ignore[type-arg]
    """Counts the keys that were looked at."""

    looked = 0

    def __iter__(self) -> Iterator[Any]:
        for key in super().__iter__():
            Counted.looked += 1
            yield key


def record(step: int, why: str = "sampled") -> Record:
    return Record("a", step, 0, "output", True, np.zeros(2, "f4"), (2,), why)


def test_taking_in_a_record_does_not_look_at_those_before() -> None:
    store = Store(8 * 1000)
    store._spare = Counted()
    for step in range(3000):
        store.add(record(step))
    assert 2000 <= Counted.looked <= 2 * 3000 + 10  # a list of all would have been millions
    assert (store.nbytes, store.evicted) == (8000, 2000)
    assert store.steps() == list(range(2000, 3000))


def test_what_a_breakpoint_made_goes_last_and_all_keeps_the_order() -> None:
    store = Store(8 * 4)
    for step in range(6):
        store.add(record(step, "breakpoint" if step == 1 else "sampled"))
    assert [r.step for r in store.all()] == [1, 3, 4, 5]
    for step in range(6, 10):
        store.add(record(step, "nonfinite"))
    assert [r.step for r in store.all()] == [6, 7, 8, 9]
    assert store.add(record(9, "sampled"))  # the same place again: it takes the older one's room
    assert [r.step for r in store.all()] == [6, 7, 8, 9]
    assert store.nbytes == 32

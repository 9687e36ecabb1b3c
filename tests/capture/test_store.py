"""The store makes room, however many records it holds, and without looking at all of them."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


NAMES, KINDS = ("a", "b", "c"), ("output", "gradient", "weight")
ADDED = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(KINDS), st.integers(0, 12), st.integers(0, 2),
    st.sampled_from(["sampled", "breakpoint"]), st.integers(1, 3),
)  # fmt: skip


@given(st.lists(ADDED, max_size=60), st.integers(3, 20))
def test_what_is_found_by_place_is_what_all_records_say(added: list[Any], room: int) -> None:
    store = Store(8 * room)
    for name, kind, step, call, why, size in added:
        values = np.zeros(2 * size, "f4")
        store.add(Record(name, step, call, kind, True, values, values.shape, why))
    there = store.all()
    assert store.nbytes == sum(r.nbytes for r in there) <= 8 * room
    assert store.steps() == sorted({r.step for r in there})
    assert set(store.names()) == {r.name for r in there}
    for name in NAMES:
        mine = sorted((r for r in there if r.name == name), key=lambda r: (r.step, r.call, r.kind))
        assert store.of(name) == tuple(mine)
        assert set(store.kinds(name)) == {r.kind for r in mine}
        for kind, call in itertools.product(KINDS, range(3)):
            found = [r for r in mine if (r.kind, r.call) == (kind, call)]
            assert store.of(name, kind) == tuple(r for r in mine if r.kind == kind)
            assert store.near(name, kind, None, call) is (found[-1] if found else None)
            for step in range(-1, 14):
                before = [r for r in found if r.step <= step] or found[:1]
                assert store.near(name, kind, step, call) is (before[-1] if before else None)


def test_a_place_is_found_without_a_look_at_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0

    def order(one: Record) -> tuple[int, int]:
        nonlocal looked
        looked += 1
        return one.step, one.call

    store = Store(1e9)
    for step in range(3000):
        for name in NAMES:
            store.add(Record(name, step, 0, "output", True, np.zeros(2, "f4"), (2,)))
    monkeypatch.setattr("tensorscope.capture.store._order", order)
    found = store.near("b", "output", 1500, 0)
    assert found is not None
    assert (found.name, found.step) == ("b", 1500)
    assert 1 <= looked <= 12  # halves: not 3000

"""Steps ahead: the pictures that updates would bring, and no word of a tensor that has changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import dask.array
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import tensorscope as ts
from tensorscope import ahead
from tensorscope.session import Session
from tensorscope.source import LiveSource
from tensorscope.view import first_state

VIEWPORT = {"px": [600, 600]}


class Clock:
    """The clock that steps ahead look at: a machine that hangs for a moment does not move it."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture(scope="module", autouse=True)
def clock() -> Iterator[Clock]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ahead, "time", made := Clock())
        yield made


def session_of(x: Any, busy: bool = False) -> Session:
    return Session(LiveSource(x, name="x"), first_state(tuple(x.shape)), busy=lambda: busy)


def ask(session: Session, kind: str, **body: Any) -> tuple[dict[str, Any], list[bytes]]:
    message = {"v": 1, "req": "a:1", "kind": kind, "viewport": VIEWPORT, **body}
    return session.handle(message)


def steps(session: Session, dim: int, indices: list[int]) -> list[dict[str, Any]]:
    """Return steps ahead, each with the buffers of its picture."""
    reply, sent = ask(session, "ahead", index=[dim, indices])
    assert reply["ok"], reply
    assert len(sent) == sum(len(step["frame"]["buffers"]) for step in reply["ahead"])
    return [
        {**step, "sent": sent[step["first"] :][: len(step["frame"]["buffers"])]}
        for step in reply["ahead"]
    ]


def around(meta: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in meta.items() if key not in ahead._AROUND}


@pytest.mark.parametrize("where", ["", "x > 0.5"])
@pytest.mark.parametrize("role", [None, ["grid", 1]])
def test_a_step_ahead_is_what_an_update_brings(where: str, role: list[Any] | None) -> None:
    x = np.random.default_rng(0).standard_normal((5, 3, 8, 9)).astype("f4")
    x[3, 0, 0, 0], x[4, 1, 2, 2] = np.nan, np.inf
    session = session_of(x)
    if where:
        ask(session, "update", patch={"where": where})
    if role:
        ask(session, "update", patch={"role": role})
    before = session.state_message()
    told = steps(session, 0, [3, 4, 1])
    assert session.state_message() == before
    assert [step["index"] for step in told] == [3, 4, 1]
    for step in told:
        reply, sent = ask(session, "update", patch={"index": [0, step["index"]]})
        assert step["sent"] == sent
        assert around(step["frame"]) == around(reply["frame"])
        passing = ("serial", "undo", "redo")
        assert {k: v for k, v in step["state"].items() if k not in passing} == {
            k: v for k, v in reply["state"].items() if k not in passing
        }


def test_a_picture_that_is_known_is_not_sent_again_until_it_changes() -> None:
    x = torch.randn(4, 16, 16)
    session = session_of(x)
    (step,) = steps(session, 0, [2])
    reply, sent = ask(session, "update", patch={"index": [0, 2]}, known=step["known"])
    assert reply["state"]["expr"] == "[2, :, :]"
    assert (reply["frame"], sent) == (None, [])
    x[2, 7, 7] = 99.0
    ask(session, "update", patch={"index": [0, 1]})
    reply, sent = ask(session, "update", patch={"index": [0, 2]}, known=step["known"])
    assert np.frombuffer(sent[0], "f4").reshape(16, 16)[7, 7] == 99.0
    assert reply["frame"]["serial"] == reply["state"]["serial"]


def test_a_picture_laid_out_otherwise_is_another_one() -> None:
    flat = {"shape": [1, 2, 8]}, [bytes(64)]
    assert ahead.digest(*flat) != ahead.digest({"shape": [1, 8, 2]}, [bytes(64)])
    assert ahead.digest(*flat) == ahead.digest({"shape": [1, 2, 8], "serial": 7}, [bytes(64)])


def test_a_picture_read_while_a_cell_runs_is_sent_whatever_is_known() -> None:
    x = np.zeros((3, 4, 4), "f4")
    (step,) = steps(session_of(x), 0, [1])
    running = session_of(x, busy=True)
    reply, sent = ask(running, "update", patch={"index": [0, 1]}, known=step["known"])
    assert reply["frame"]["unsynchronised"]
    assert len(sent) == 1


def test_nothing_is_read_ahead_while_something_computes() -> None:
    x = np.zeros((3, 4, 4), "f4")
    assert steps(session_of(x, busy=True), 0, [1]) == []
    began, over = threading.Event(), threading.Event()

    def train() -> None:
        net = torch.nn.Linear(2, 2)
        with ts.watch(net):
            net(torch.ones(1, 2))
            began.set()
            over.wait(30)

    thread = threading.Thread(target=train)
    thread.start()
    try:
        assert began.wait(30)
        assert steps(session_of(x), 0, [1]) == []
    finally:
        over.set()
        thread.join()
    assert len(steps(session_of(x), 0, [1])) == 1


def test_a_cell_that_begins_meanwhile_makes_it_void() -> None:
    answers = iter([False, True])
    x = np.zeros((3, 4, 4), "f4")
    session = Session(LiveSource(x), first_state(x.shape), busy=lambda: next(answers))
    assert steps(session, 0, [1]) == []


def test_what_comes_from_afar_or_is_reduced_is_not_read_ahead() -> None:
    def chunk(block: Any) -> Any:
        raise AssertionError("a chunk was computed")

    far = dask.array.zeros((4, 8, 8), chunks=(1, 8, 8)).map_blocks(
        chunk, dtype="f8", meta=np.array(())
    )
    assert steps(session_of(far), 0, [1, 2]) == []
    session = session_of(np.zeros((4, 3, 8, 8)))
    ask(session, "update", patch={"reduce": [1, "mean"]})
    assert steps(session, 0, [1]) == []


@given(st.integers(1, 1500), st.integers(1, 1500))
def test_it_is_bounded(rows: int, columns: int) -> None:
    x = np.broadcast_to(np.float64(1), (40, rows, columns))
    told = steps(session_of(x), 0, list(range(1, 40)))
    assert len(told) <= ahead.STEPS
    assert len(told) * rows * columns <= ahead.QUICK
    assert sum(len(part) for step in told for part in step["sent"]) <= ahead.BYTES


def test_it_stops_where_it_takes_long(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    make = ahead.frame_reply

    def slow(*args: Any) -> Any:
        clock.now += 0.03
        return make(*args)

    monkeypatch.setattr(ahead, "frame_reply", slow)
    assert len(steps(session_of(np.zeros((30, 4, 4))), 0, list(range(1, 20)))) == 2


def test_indices_that_are_none_are_left_out_and_nonsense_is_told() -> None:
    session = session_of(np.zeros((3, 4, 4)))
    assert [step["index"] for step in steps(session, 0, [2, 9, -7])] == [2]
    for index in (None, [0, 1], [0, ["a"]], [0, [True]], ["0", [1]], [0, [1], 2]):
        reply, sent = ask(session, "ahead", index=index)
        assert not reply["ok"]
        assert "no dim with a list of indices" in reply["error"]["message"]
        assert sent == []


def test_answers_are_forgotten_one_by_one() -> None:
    session = session_of(np.zeros((3, 4, 4)))
    made: list[int] = []

    def answer(k: int) -> int:
        return session.queries.once(k, lambda: made.append(k) or k)

    for k in range(100):
        answer(k)
        answer(0)  # is asked for again and again
    assert made == list(range(100))
    answer(99)
    answer(1)
    assert made == [*range(100), 1]

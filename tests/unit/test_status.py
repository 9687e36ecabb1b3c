"""Held statuses: ours alone, in order, and none is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tensorscope.widget import status
from tensorscope.widget.kernel import CELLS
from tensorscope.widget.status import QuickReplies, quicken


class Kernel:
    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.parent: Any = {}

    def _publish_status(self, status: str, channel: str, parent: Any = None) -> None:
        request = parent or self.parent
        self.told.append((status, request.get("name", "?")))

    def get_parent(self, channel: str) -> Any:
        return self.parent


def request(name: str, comm: str = "mine", method: str = "custom") -> dict[str, Any]:
    content = {"comm_id": comm, "data": {"method": method}}
    return {"name": name, "header": {"msg_type": "comm_msg"}, "content": content}


@pytest.fixture
def kernel() -> Kernel:
    made = Kernel()
    quicken(made, "mine")
    return made


class HandTimer:
    """A timer that goes off when a test says so, and never after it was cancelled."""

    started: list[HandTimer]

    def __init__(self, interval: float, function: Callable[[], None]) -> None:
        self.interval = interval
        self._function: Callable[[], None] | None = function
        self.daemon = False

    def start(self) -> None:
        self.started.append(self)

    def cancel(self) -> None:
        self._function = None

    def go_off(self) -> None:
        if self._function is not None:
            self._function()


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[HandTimer]:
    monkeypatch.setattr(HandTimer, "started", [], raising=False)
    mine = SimpleNamespace(Timer=HandTimer, RLock=threading.RLock)
    monkeypatch.setattr(status, "threading", mine)
    return HandTimer.started


def handle(kernel: Kernel, parent: dict[str, Any], channel: str = "shell") -> None:
    kernel.parent = parent
    kernel._publish_status("busy", channel)
    kernel._publish_status("idle", channel)


def test_ours_are_idle_once_it_is_quiet(kernel: Kernel, timers: list[HandTimer]) -> None:
    for name in "abc":
        handle(kernel, request(name))
    *earlier, last = timers
    for timer in earlier:
        timer.go_off()  # each request puts the end of the quiet off
    assert kernel.told == []
    assert 0 < last.interval <= status.QUIET
    last.go_off()
    assert kernel.told == [("idle", "a"), ("idle", "b"), ("idle", "c")]


def test_no_idle_is_held_back_for_long(
    kernel: Kernel, timers: list[HandTimer], monkeypatch: pytest.MonkeyPatch
) -> None:
    handle(kernel, request("a"))
    begun = kernel._publish_status._since  # type: ignore[attr-defined]
    for passed, wait in ((1.5, 0.5), (1.9, 0.1), (2.5, 0.0)):
        clock = SimpleNamespace(monotonic=lambda now=begun + passed: now)
        monkeypatch.setattr(status, "time", clock)
        handle(kernel, request("b"))
        assert timers[-1].interval == pytest.approx(wait)


def test_the_quiet_ends_by_itself(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "QUIET", 0.01)
    handle(kernel, request("a"))
    end = time.monotonic() + 10
    while not kernel.told and time.monotonic() < end:
        time.sleep(0.01)
    assert kernel.told == [("idle", "a")]


def test_others_are_told_at_once_and_in_order(kernel: Kernel) -> None:
    handle(kernel, request("a"))
    handle(kernel, {"name": "cell", "header": {"msg_type": "execute_request"}, "content": {}})
    handle(kernel, request("b", comm="theirs"))
    handle(kernel, request("c", method="update"))
    handle(kernel, {"name": "odd"})
    assert kernel.told == [
        ("idle", "a"),
        *((state, name) for name in ("cell", "b", "c", "odd") for state in ("busy", "idle")),
    ]


CELL = {"name": "cell", "header": {"msg_type": "execute_request"}, "content": {}}


def test_a_cell_that_runs_is_told_again_after_each_idle(kernel: Kernel) -> None:
    kernel._publish_status("busy", "shell", CELL)
    handle(kernel, request("a"))
    handle(kernel, request("b", comm="theirs"))
    kernel._publish_status("idle", "control", {"name": "control", "header": {}})
    kernel._publish_status("idle", "shell", CELL)
    handle(kernel, request("c", comm="theirs"))
    busy = ("busy", "cell")
    assert kernel.told == [
        busy, ("idle", "a"), busy, ("busy", "b"), ("idle", "b"), busy, ("idle", "control"), busy,
        ("idle", "cell"), ("busy", "c"), ("idle", "c"),
    ]  # fmt: skip


def test_a_cell_that_has_ended_is_not_taken_for_one_that_runs() -> None:
    made = Kernel()
    made.parent = CELL  # it stays, and a thread may show the first widget after
    quicken(made, "mine")
    made._publish_status("idle", "shell", request("other", comm="theirs"))
    assert made.told == [("idle", "other")]


def test_the_cell_that_shows_the_first_widget_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CELLS, "_running", threading.get_ident())
    made = Kernel()
    made.parent = CELL
    quicken(made, "mine")
    made._publish_status("idle", "shell", request("other", comm="theirs"))
    assert made.told == [("idle", "other"), ("busy", "cell")]
    made._publish_status("idle", "shell", CELL)
    assert made.told[2:] == [("idle", "cell")]


def test_no_busy_comes_after_the_idle_of_its_cell(kernel: Kernel) -> None:
    def answer() -> None:
        for k in range(300):
            handle_as(kernel, request(str(k), comm="theirs"))

    def handle_as(kernel: Kernel, parent: dict[str, Any]) -> None:
        kernel._publish_status("busy", "shell", parent)
        kernel._publish_status("idle", "shell", parent)

    for _ in range(20):
        kernel.told.clear()
        kernel._publish_status("busy", "shell", CELL)
        beside = threading.Thread(target=answer)
        beside.start()
        kernel._publish_status("idle", "shell", CELL)
        beside.join()
        ended = kernel.told.index(("idle", "cell"))
        assert ("busy", "cell") not in kernel.told[ended:]


def test_it_is_put_in_place_once(kernel: Kernel) -> None:
    quicken(kernel, "other")
    assert isinstance(kernel._publish_status, QuickReplies)
    assert kernel._publish_status._original == Kernel._publish_status.__get__(kernel)


def test_it_can_be_switched_off_and_fears_what_it_does_not_know(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Other(Kernel):
        def _publish_status(self, state: str) -> None:  # type: ignore[override]
            self.told.append((state, ""))

    other = Other()
    quicken(other, "mine")
    assert not isinstance(other._publish_status, QuickReplies)
    monkeypatch.setenv("TENSORSCOPE_QUICK_REPLIES", "0")
    plain = Kernel()
    quicken(plain, "mine")
    assert not isinstance(plain._publish_status, QuickReplies)
    quicken(None, "mine")

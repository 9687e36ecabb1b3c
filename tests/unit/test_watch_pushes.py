"""What a watch tells its page and what it leaves out: a page that is gone costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tensorscope as ts
from tensorscope.widget import watch_widget
from tensorscope.widget.watch_widget import WatchWidget

TRAINING = {"v": 1, "push": "training"}


class Clock:
    """Time that moves when the test says so, and timers that run then."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def monotonic(self) -> float:
        return self.now

    def after(self, seconds: float, function: Callable[[], None]) -> Any:
        self.timers.append((self.now + seconds, function))
        return type("Timer", (), {"daemon": False, "start": lambda self: None})()

    def move(self, seconds: float) -> None:
        self.now += seconds
        due = [timer for timer in self.timers if timer[0] <= self.now]
        self.timers = [timer for timer in self.timers if timer not in due]
        for _, function in due:
            function()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(watch_widget.time, "monotonic", clock.monotonic)
    monkeypatch.setattr(watch_widget.threading, "Timer", clock.after)
    return clock


class Page:
    """A watch of probes, what its widget sends, and what a page would ask."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[dict[str, Any]] = []
        monkeypatch.setattr(
            WatchWidget, "send", lambda widget, message, buffers=None: self.sent.append(message)
        )
        self.watch = ts.watch(every=1, budget="1MB").start()
        self.widget = self.watch.widget
        self.asked = 0

    @property
    def pushed(self) -> int:
        return self.sent.count(TRAINING)

    def train(self, steps: int) -> None:
        for _ in range(steps):
            ts.probe("x", np.ones((4, 8), np.float32))

    def ask(self) -> dict[str, Any]:
        self.asked += 1
        message = {"v": 1, "req": f"page:{self.asked}", "kind": "watch", "do": "news"}
        self.widget._on_custom(message, [])
        news: dict[str, Any] = self.sent[-1]["watch"]
        return news


@pytest.fixture
def page(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    page = Page(monkeypatch)
    yield page
    page.watch.close()


def test_a_page_that_does_not_ask_is_told_once(clock: Clock, page: Page) -> None:
    page.train(1000)
    assert page.pushed == 1
    for _ in range(14):  # and not again, until that one is given up
        clock.move(0.125)
        page.train(100)
    assert page.pushed == 1


def test_nothing_is_kept_for_a_page_that_is_gone(clock: Clock, page: Page) -> None:
    for _ in range(480):  # a minute
        clock.move(0.125)
        page.train(10)
    assert 2 <= page.pushed <= 31
    assert len(clock.timers) <= 1
    assert all(message == TRAINING for message in page.sent)  # and no picture waits among them


def test_a_page_that_asks_is_told_of_the_next_step(clock: Clock, page: Page) -> None:
    page.train(50)
    clock.move(0.125)
    assert page.ask()["status"]["step"] == 49
    page.train(50)
    assert page.pushed == 2
    clock.move(0.01)
    page.ask()
    page.train(1)
    assert page.pushed == 2  # too early: ten times a second at most
    clock.move(0.125)
    assert page.pushed == 3  # but the last of it is told, without a further step


def test_a_late_page_gets_the_latest_and_how_much_it_missed(clock: Clock, page: Page) -> None:
    page.train(1)
    page.ask()
    page.train(3000)
    news = page.ask()
    assert news["status"]["step"] == 3000
    assert news["status"]["dropped"] >= 2990
    (row,) = news["rows"]
    assert [row["points"][k][0] for k in (0, -1)] == [2941, 3000]  # a line's worth, not all of them
    assert page.ask()["rows"] == []


def test_a_pause_is_told_at_once(clock: Clock, page: Page) -> None:
    page.train(1)
    before = page.pushed
    page.widget.news(urgent=True)
    page.widget.news(urgent=True)
    assert page.pushed == before + 2

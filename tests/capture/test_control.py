"""Control: whatever comes between a wish and the moment at which it is obeyed, nobody hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tensorscope.capture.control import Control


class Late(threading.Condition):
    """Lets somebody else be a moment faster, the first time that it is taken."""

    def __init__(self, before: Callable[[], None]) -> None:
        super().__init__()
        self._before: list[Callable[[], None]] = [before]

    def __enter__(self) -> Any:
        while self._before:
            self._before.pop()()
        return super().__enter__()


@pytest.mark.parametrize(
    ("other", "how"), [("resume", "asked for"), ("close", "asked for"), ("close", "breakpoint")]
)
def test_who_is_let_go_just_before_it_waits_does_not_wait(other: str, how: str) -> None:
    control = Control()
    if how == "asked for":
        control.pause()
    control._changed = Late(getattr(control, other))

    def train() -> None:
        if how == "asked for":
            control.point("step", "before step 1")
        else:
            control.wait("conv, step 1", "x > 3")

    thread = threading.Thread(target=train, daemon=True)
    thread.start()
    thread.join(2)
    hangs = thread.is_alive()
    control.resume()
    thread.join(2)
    assert not hangs
    assert not control.paused

"""Past: the states a scope was in, bounded; what undo and redo go through."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from tensorscope.view import ViewState

#: So many steps are kept.
KEPT = 200
#: Updates of one kind that follow each other within so many seconds are one step: keys pressed in a
#: row, also where a busy kernel takes its time for each.
TOGETHER = 1.0


class Past:
    """What was shown before, and what was undone.

    Colours are no step: they stay as they are through undo and redo.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._back: deque[ViewState] = deque(maxlen=KEPT)
        self._ahead: list[ViewState] = []
        self._clock = clock
        self._last: tuple[object, object, float] = (None, None, 0.0)

    @property
    def undo_count(self) -> int:
        """How many steps can be undone."""
        return len(self._back)

    @property
    def redo_count(self) -> int:
        """How many steps can be done again."""
        return len(self._ahead)

    @property
    def states(self) -> list[ViewState]:
        """The states before the present one, oldest first."""
        return list(self._back)

    def note(
        self, old: ViewState, new: ViewState, kind: object = None, press: object = None
    ) -> None:
        """Remember a step, or the next part of the last one.

        `press`: of which press of a pointer it is a part, however long that is held; `kind`: what
        it may be a part of where it follows soon; None: of none.
        """
        if replace(old, colour=new.colour) == new:
            return
        now = self._clock()
        last_kind, last_press, when = self._last
        self._last = (kind, press, now)
        self._ahead.clear()
        held = press is not None and press == last_press
        soon = kind is not None and kind == last_kind and now - when <= TOGETHER
        if not (held or soon):
            self._back.append(old)

    def undo(self, state: ViewState) -> ViewState:
        """Return the state before `state`; `state` itself where there is none."""
        return self._move(state, self._back, self._ahead)

    def redo(self, state: ViewState) -> ViewState:
        """Return the state that was undone last; `state` itself where there is none."""
        return self._move(state, self._ahead, self._back)

    def _move(
        self,
        state: ViewState,
        source: deque[ViewState] | list[ViewState],
        target: deque[ViewState] | list[ViewState],
    ) -> ViewState:
        self._last = (None, None, 0.0)
        if not source:
            return state
        target.append(state)
        return replace(source.pop(), colour=state.colour)

    def forget(self) -> None:
        """Forget all of it: the tensor has another shape."""
        self._back.clear()
        self._ahead.clear()

"""Linked: sessions that show the same part of their tensors."""

from __future__ import annotations

import threading
import uuid
import weakref
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tensorscope.carry import carried, misfits, pairs_of
from tensorscope.errors import TensorScopeError
from tensorscope.session import Session
from tensorscope.view import ViewState

#: One for all links: in a ring, who follows in one moves others in the next, and two threads that
#: began at different places would wait for each other.
_FOLLOWING = threading.RLock()


class Linked:
    """What one of them shows, the others do.

    Parameters
    ----------
    sessions : sequence of Session
        The first one leads: the others take over what it shows.
    colours : bool
        Whether colour map and range are shared.

    Raises
    ------
    SelectionError
        The tensors have no dims in common (``LINK``).
    """

    def __init__(self, sessions: Sequence[Session], colours: bool) -> None:
        self.id = uuid.uuid4().hex[:12]
        self.colours = colours
        self._spreading = False
        self.notes: list[str] = []
        leader = sessions[0]
        for other in sessions[1:]:
            pairs, named = self._pairs(leader, other), self._names(leader, other)
            self.notes += misfits(named, pairs, leader.source.lengths, other.source.lengths)
        self._sessions = [weakref.ref(session) for session in sessions]
        for session in sessions:
            session.links.append(self)
        self.follow(leader)
        for session in sessions:
            session.push_state()

    @property
    def sessions(self) -> list[Session]:
        """Those that are still there and open."""
        alive = [ref() for ref in self._sessions]
        return [one for one in alive if one is not None and self in one.links]

    def told(self) -> dict[str, Any]:
        """Return what pages know of it: they carry cursor and zoom themselves."""
        return {"id": self.id, "colours": self.colours}

    def follow(self, moved: Session, press: object = None) -> None:
        """Let the others follow; what they do then is no news to them.

        `press`: of which press of a pointer or key that move was a part.
        """
        with _FOLLOWING:
            if self._spreading:
                return
            self._spreading = True
            try:
                for other in self.sessions:
                    if other is not moved:
                        self._move(moved, other, press)
            finally:
                self._spreading = False

    def _move(self, moved: Session, other: Session, press: object) -> None:
        try:
            pairs = self._pairs(moved, other)

            def step(state: ViewState) -> ViewState:
                new = carried(moved.state, state, pairs)
                return replace(new, colour=moved.state.colour) if self.colours else new

            other.change(step, kind=self.id, press=press)
        except TensorScopeError as error:  # e.g. a mean over text: this one stays where it is
            self.notes = [*self.notes[-9:], f"{self._names(moved, other)[1]} stays: {error}"]

    @staticmethod
    def _names(one: Session, other: Session) -> tuple[str, str]:
        return one.source.display_name(), other.source.display_name()

    def _pairs(self, one: Session, other: Session) -> dict[int, int]:
        return pairs_of(
            self._names(one, other),
            (one.source.lengths, other.source.lengths),
            (one.source.dims, other.source.dims),
        )

    def leave(self, session: Session) -> None:
        """Take one out; the last one is alone then, and free."""
        with _FOLLOWING:
            if self in session.links:
                session.links.remove(self)
            left = self.sessions
            if len(left) == 1:
                left[0].links.remove(self)
                left[0].push_state(info=False)

    def end(self) -> None:
        """Let all of them go their own way."""
        with _FOLLOWING:
            left = self.sessions
            for session in left:
                session.links.remove(self)
        for session in left:
            session.push_state()

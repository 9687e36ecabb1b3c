"""Session: (state, request) → reply. No Jupyter here: it can be driven from a test or another host.

The state is one immutable value. A change makes the next one under the lock; reading the tensor
happens outside of it, on whatever thread asked.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tensorscope import view
from tensorscope.answers import Reply, answer
from tensorscope.bundle import module
from tensorscope.cells import parse_cell
from tensorscope.conditions import Conditions
from tensorscope.downloads import Downloads
from tensorscope.errors import ProtocolError, TensorScopeError
from tensorscope.past import Past
from tensorscope.patches import at_field, kind_of, patched, press_of
from tensorscope.prices import Jobs, is_dear
from tensorscope.protocol import VERSION, Request, error_reply, parse_request, request_id
from tensorscope.queries import Queries
from tensorscope.replies import info_dict
from tensorscope.selection import whole
from tensorscope.source import LiveSource
from tensorscope.state_code import state_code
from tensorscope.state_told import as_table, tell_state
from tensorscope.view import ViewState
from tensorscope.view_dict import view_dict

if TYPE_CHECKING:
    from tensorscope.linked import Linked


class Session:
    """The state of one scope, and the answers to its widgets.

    Parameters
    ----------
    source : LiveSource
        Where values come from.
    state : ViewState
        What is shown first.
    holder : object
        The scope: code names it where nothing else names the tensor.
    busy : callable, optional
        Whether a cell is running on another thread, so that a read may meet a write.
    """

    def __init__(
        self,
        source: LiveSource,
        state: ViewState,
        holder: object = None,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self.source = source
        # A scope that nobody holds any more can go, and its widget with it.
        self._holder = weakref.ref(holder) if holder is not None else None
        self.busy = busy
        #: Called with the message to push after Python changed the state.
        self.on_push: Callable[[dict[str, Any]], None] = lambda message: None
        self.lock = threading.RLock()
        self._state = state
        self._past = Past()
        #: Links to other sessions, which follow a change, whoever made it.
        self.links: list[Linked] = []
        self._serial = 1
        self._unsettled = False
        self._outdated = False
        #: Grows whenever the tensor is to be read anew: all that was told before is old then.
        self._reading = 1
        self.closed = False
        self.queries = Queries(source)
        self.jobs = Jobs()
        self.downloads = Downloads()
        self.queries.check(state)

    @property
    def holder(self) -> object:
        """The scope, or None once nobody holds it."""
        return self._holder() if self._holder is not None else None

    # ------------------------------------------------------------------ state

    @property
    def state(self) -> ViewState:
        """The state that is shown now: a value that never changes."""
        return self._state

    def change(
        self, step: Callable[[ViewState], ViewState], push: bool = True, kind: object = None,
        press: object = None,
    ) -> ViewState:  # fmt: skip
        """Replace the state by ``step(state)``; all or nothing. See `Past.note` of the rest."""
        with self.lock:
            self.source.check_open()
            moved = self._replace(step(self._state), kind, press)
            new = self._state
        if push:
            self.push_state()
        if moved:
            self._tell_moved()
        return new

    def _replace(self, new: ViewState, kind: object = None, press: object = None) -> bool:
        """Take over a state, under the lock; return whether it is another one."""
        if new == self._state:
            return False
        self.queries.check(new)
        self._past.note(self._state, new, kind, press)
        self._take(new)
        return True

    def _take(self, new: ViewState) -> None:
        self._state = new
        self._serial += 1

    def _tell_moved(self, press: object = None) -> None:
        # Not under the lock: each of these takes another session's.
        for link in list(self.links):
            link.follow(self, press)

    def undo(self, push: bool = True) -> None:
        """Go back to the state before the last step; does nothing where there is none."""
        self._travel(self._past.undo, push)

    def redo(self, push: bool = True) -> None:
        """Do again what was undone last; does nothing where there is nothing."""
        self._travel(self._past.redo, push)

    def _travel(self, move: Callable[[ViewState], ViewState], push: bool) -> None:
        with self.lock:
            self.source.check_open()
            new = move(self._state)
            moved = new is not self._state
            if moved:
                self._take(new)
        if push:
            self.push_state()
        if moved:
            self._tell_moved()

    def forget_past(self) -> None:
        """Let history begin with the present state."""
        self._past.forget()

    def history(self) -> list[str]:
        """Return the ``ts.scope(...)`` call of each state up to the present one, oldest first."""
        with self.lock:
            states = [*self._past.states, self._state]
        name = self.source.code_name(self.holder)[0]
        return [state_code(self.source, state, name) for state in states]

    def push_state(self, info: bool = False) -> None:
        """Tell all views that the state moved."""
        message: dict[str, Any] = {"v": VERSION, "push": "state", "state": self.state_message()}
        message["info"] = self.info_message() if info else None
        self.on_push(message)

    def select(self, sel: object) -> Callable[[ViewState], ViewState]:
        """Return the step to a selection as one would type it."""
        selection = self.source.parse(sel)
        return lambda state: view.select(state, selection)

    def condition(self, cond: object) -> Callable[[ViewState], ViewState]:
        """Return the step to a condition, or to named ones; None or an empty text for none."""
        parsed = Conditions.parse(cond)
        return lambda state: replace(state, conditions=parsed)

    def cell(self, cell: object) -> Callable[[ViewState], ViewState]:
        """Return the step that pins a cell, given by whole-tensor coordinates (None unpins)."""
        place = parse_cell(cell, self.source.lengths, self.source.dims, self.source.labels_of)
        return lambda state: view.pin(state, place)

    # ------------------------------------------------------------------ messages

    def state_message(self) -> dict[str, Any]:
        """Return the state as the front end gets it."""
        return self.message_of(*self.now())

    def now(self) -> tuple[ViewState, int, int]:
        """Return state, serial and reading as they belong together."""
        with self.lock:
            return self._state, self._serial, self._reading

    def message_of(self, state: ViewState, serial: int, reading: int) -> dict[str, Any]:
        """Return one state as the front end gets it."""
        message = tell_state(self.source, self.queries, self.holder, state, serial)
        message["reading"] = reading
        message["undo"], message["redo"] = self._past.undo_count, self._past.redo_count
        message["links"] = [link.told() for link in self.links]
        return message

    def info_message(self) -> dict[str, Any]:
        """Return the description as the front end gets it."""
        return info_dict(self.source, self.source.info)

    def reading(self) -> bool:
        """Return whether what is read now may meet a write; it is read again at the cell's end."""
        unsynchronised = self.busy()
        self._unsettled |= unsynchronised
        return unsynchronised

    def view(self) -> dict[str, Any]:
        """Return roles and colours as ``view=`` takes them."""
        return {**view_dict(self._state), "table": as_table(self.source, self._state)}

    def is_long(self, message: object) -> bool:
        """Return whether an answer was agreed to, and so may take any time."""
        return isinstance(message, Mapping) and message.get("consent") is True

    def is_slow(self, message: object) -> bool:
        """Return whether an answer takes a pass over so much that it should not block others."""
        if not isinstance(message, Mapping):
            return False
        kind, first = message.get("kind"), bool(message.get("first"))
        return self.queries.is_slow(kind, message.get("scope"), self._state, first)

    def handle(self, message: object) -> Reply:
        """Answer one message from a browser. Never raises: an error is a reply."""
        try:
            request = parse_request(message)
            if request.kind == "cancel":
                stopped = self._stop(request.body.get("target"))
                return {"v": VERSION, "req": request.req, "ok": True, "cancelled": stopped}, []
            if request.kind == "module":
                part = module(request.body.get("name"), request.body.get("hash"))
                return {"v": VERSION, "req": request.req, "ok": True}, [part]
            self.source.check_open()
            if self._outdated:
                self._read_anew()
            if request.kind == "update":
                self._update(request)
            elif request.kind == "refresh":
                self.refresh()
            if not request.consent:
                return answer(self, request)
            with self.jobs.running(request.req, self.on_push):
                return answer(self, request)
        except TensorScopeError as error:
            return error_reply(request_id(message), error, error.field), []
        except Exception as error:
            # Whatever it is, the asker hears of it: on a subshell no traceback would be seen.
            return error_reply(request_id(message), error), []

    def _stop(self, target: object) -> bool:
        """Stop what a request is doing, or forget the file that it made; return whether it did."""
        if not isinstance(target, str):
            return False
        return self.jobs.cancel(target) or self.downloads.drop(target)

    def settle(self) -> None:
        """A cell has ended, and may have changed the tensor.

        What was read while it ran is read anew at once, the rest when a view next asks. Not what
        is dear to read: that stays until somebody refreshes.
        """
        if self.closed:
            return
        if is_dear(self.source.price(whole(self.source.lengths))) and not self._unsettled:
            return
        self._outdated = True
        if self._unsettled:
            self._read_anew()
            self.push_state()

    def refresh(self) -> None:
        """Read the live tensor anew: forget what was counted, take over a new shape."""
        self.source.check_open()
        self.source.adapter.check(self.source.tensor)
        lengths = self.source.adapter.lengths(self.source.tensor)
        if lengths != self.source.lengths:
            self.source.reshape(lengths)
            self.change(lambda state: replace(
                view.first_state(lengths),
                conditions=state.conditions, colour=state.colour, table=state.table,
            ), push=False)  # fmt: skip
            self._past.forget()
        self._read_anew()

    def _read_anew(self) -> None:
        with self.lock:
            self._unsettled = self._outdated = False
            self._serial += 1
            self._reading += 1
        self.queries.forget()

    def succeed(self, other: Session) -> None:
        """Take the place of another session before the same views: all that it told is old."""
        with self.lock:
            _, serial, reading = other.now()
            self._serial, self._reading = serial + 1, reading + 1
            if other.source.lengths == self.source.lengths:
                self._past = other._past

    def let_go(self) -> None:
        """Let the tensor go."""
        self.closed = True
        for link in list(self.links):
            link.leave(self)
        self.jobs.cancel()
        self.source.close()
        self.queries.forget()
        self.downloads.clear()

    def close(self) -> None:
        """Let the tensor go, and tell the views that it is over; the picture stays."""
        self.let_go()
        self.on_push({"v": VERSION, "push": "closed", "message": "the scope was closed"})

    # ------------------------------------------------------------------ updates

    def _update(self, request: Request) -> None:
        """Carry out a patch: all of it or nothing."""
        patch = request.body.get("patch")
        if not isinstance(patch, Mapping) or not patch:
            raise ProtocolError("an update has a patch: an object with at least one key")
        if "undo" in patch or "redo" in patch:
            (self.undo if "undo" in patch else self.redo)(push=False)
            return
        with self.lock:
            new = old = self._state
            for key, value in patch.items():
                with at_field(key):
                    new = patched(self, new, key, value)
                    self.queries.check(new)
            press = press_of(request)
            moved = self._replace(new, kind_of(patch, old, new), press)
        if moved:
            self._tell_moved(press)

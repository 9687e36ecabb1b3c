"""Session: (state, request) → reply. No Jupyter here: it can be driven from a test or another host.

The state is one immutable value. A change makes the next one under the lock; reading the tensor
happens outside of it, on whatever thread asked.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tensorscope import view
from tensorscope.answers import Reply, answer
from tensorscope.condition import Condition
from tensorscope.errors import ConditionError, ProtocolError, SelectionError, TensorScopeError, clip
from tensorscope.patches import at_field, patched
from tensorscope.prices import ASKED, Jobs
from tensorscope.protocol import VERSION, Request, error_reply, parse_request, request_id
from tensorscope.queries import Queries
from tensorscope.replies import info_dict, state_dict
from tensorscope.selection import parse, whole
from tensorscope.source import LiveSource
from tensorscope.state_code import state_code
from tensorscope.view import ViewState
from tensorscope.view_dict import view_dict

#: A state tells so many tiles of an order; frames tell those that they show.
ORDERED = 4096


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
        self._serial = 1
        self._unsettled = False
        self._outdated = False
        #: Grows whenever the tensor is to be read anew: all that was told before is old then.
        self._reading = 1
        self.closed = False
        self.queries = Queries(source)
        self.jobs = Jobs()
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

    def change(self, step: Callable[[ViewState], ViewState], push: bool = True) -> ViewState:
        """Replace the state by ``step(state)``; all or nothing."""
        with self.lock:
            self.source.check_open()
            new = step(self._state)
            if new != self._state:
                self.queries.check(new)
                self._state = new
                self._serial += 1
        if push:
            self.push_state()
        return new

    def push_state(self, info: bool = False) -> None:
        """Tell all views that the state moved."""
        message: dict[str, Any] = {"v": VERSION, "push": "state", "state": self.state_message()}
        message["info"] = self.info_message() if info else None
        self.on_push(message)

    def select(self, sel: object) -> Callable[[ViewState], ViewState]:
        """Return the step to a selection as one would type it."""
        selection = parse(sel, self.source.lengths, self.source.dims)
        return lambda state: view.select(state, selection)

    def condition(self, cond: object) -> Callable[[ViewState], ViewState]:
        """Return the step to a condition; None or an empty text for none."""
        parsed = self.parse_condition(cond)
        return lambda state: replace(state, condition=parsed)

    def parse_condition(self, cond: object) -> Condition | None:
        """Read a condition."""
        if cond is None or (isinstance(cond, str) and not cond.strip()):
            return None
        if not isinstance(cond, str | Condition):
            raise ConditionError(
                f"a scope's condition is a text such as 'x > 0.9', not "
                f"{clip(type(cond).__name__)}: for a mask use ts.where(x, mask)",
                "TYPE",
            )
        return cond if isinstance(cond, Condition) else Condition.parse(cond)

    def cell(self, cell: object) -> Callable[[ViewState], ViewState]:
        """Return the step that pins a cell, given by whole-tensor coordinates (None unpins)."""
        if cell is None:
            return lambda state: view.pin(state, None)
        selection = parse(
            tuple(cell) if isinstance(cell, list) else cell, self.source.lengths, self.source.dims
        )
        if selection.shape or len(selection.slots) != len(self.source.lengths):
            raise SelectionError(
                f"{selection.expr} is no cell: give an index for each of the "
                f"{len(self.source.lengths)} dims",
                "TYPE",
            )
        place = tuple(
            slot if isinstance(slot, int) else selection.slot_text(dim)
            for dim, slot in enumerate(selection.slots)
        )
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
        message = state_dict(state, serial)
        message["reading"] = reading
        name, x, note = self.source.code_name(self.holder)
        adapter = self.source.adapter
        hits = self.queries.cheap_count(state)
        places = [
            c if isinstance(c, str) else f"{{{d}}}"
            for d, c in enumerate(message["picture"]["held"])
        ]
        order = self.queries.pictures.cheap_order(state)
        if order is not None:
            message["picture"]["grid"]["order"] = order[:ORDERED].tolist()
        message.update(
            where_note=self.queries.note(state.condition, state.selection)
            if state.condition
            else None,
            hits=hits,
            code={
                "value": adapter.cell_code(name, x, places),
                "slice": adapter.slice_code(name, x, state.selection),
                "hits": self.queries.code(name, x, state) if state.condition else None,
            },
            python=state_code(self.source, state, name),
            notes=[note] if note else [],
        )
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
        return view_dict(self._state)

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
                target = request.body.get("target")
                stopped = isinstance(target, str) and self.jobs.cancel(target)
                return {"v": VERSION, "req": request.req, "ok": True, "cancelled": stopped}, []
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

    def settle(self) -> None:
        """A cell has ended, and may have changed the tensor.

        What was read while it ran is read anew at once, the rest when a view next asks. Not what
        is dear to read: that stays until somebody refreshes.
        """
        if self.closed:
            return
        if self.source.price(whole(self.source.lengths)) > ASKED and not self._unsettled:
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
                view.first_state(lengths), condition=state.condition, colour=state.colour
            ), push=False)  # fmt: skip
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

    def let_go(self) -> None:
        """Let the tensor go."""
        self.closed = True
        self.jobs.cancel()
        self.source.close()
        self.queries.forget()

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
        with self.lock:
            new = self._state
            for key, value in patch.items():
                with at_field(key):
                    new = patched(self, new, key, value)
                    self.queries.check(new)
            self.change(lambda _: new, push=False)

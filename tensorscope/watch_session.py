"""WatchSession: (request) → reply for a watch; no Jupyter here.

It answers ``watch`` requests itself; all others go to the session of the scope inside of it, whose
source is the record that was chosen.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tensorscope.answers import Reply
from tensorscope.capture.record import Record
from tensorscope.capture.source import RecordSource, comparable, shown_shape
from tensorscope.capture.watch import Watch
from tensorscope.errors import ProtocolError, SelectionError, TensorScopeError, clip
from tensorscope.protocol import VERSION, error_reply, integer, request_id
from tensorscope.session import Session
from tensorscope.watch_choice import Choice, first_choice, first_view
from tensorscope.watch_replies import (
    breakpoint_dicts,
    finding_dicts,
    past,
    rows,
    runs,
    status_dict,
    timeline,
)

_WHATS = ("output", "input", "gradient", "weight", "probe")


class WatchSession:
    """What a watch's widget shows, and the answers to it.

    Parameters
    ----------
    watch : Watch
    name : callable
        Gives what the watch is called in code.
    """

    def __init__(self, watch: Watch, name: Callable[[], str]) -> None:
        self.watch = watch
        self.name = name
        self.scope: Session | None = None
        self.chosen: Choice | None = None
        self.on_push: Callable[[dict[str, Any]], None] = lambda message: None
        self.lock = threading.RLock()
        self._told: dict[tuple[str, str], int] = {}
        #: The past step whose measures the page has; None: it shows the newest ones.
        self._past: int | None = None
        self._pinned: str | None = None

    # ------------------------------------------------------------------ requests

    def handle(self, message: object) -> Reply:
        """Answer one message from a browser. Never raises: an error is a reply."""
        kind = message.get("kind") if isinstance(message, Mapping) else None
        if kind != "watch":
            return self._handle_scope(message)
        assert isinstance(message, Mapping)
        req = request_id(message)
        try:
            if req is None or message.get("v") != VERSION:
                raise ProtocolError("a request is an object with the keys v, req and kind")
            with self.lock:
                self._act(message)
                body = self._news(everything=message.get("do") == "hello")
                framed = message.get("do") == "select" and "viewport" in message
                body["scope"] = self._scope_news(message.get("serial"), framed)
                self._tell_past(body, everything=message.get("do") == "hello")
            reply, buffers = self._framed(req, message) if framed else ({}, [])
            return {**reply, "v": VERSION, "req": req, "ok": True, "watch": body}, buffers
        except TensorScopeError as error:
            return error_reply(req, error, str(message.get("do"))), []
        except Exception as error:
            # Whatever it is, the asker hears of it: on a subshell no traceback would be seen.
            return error_reply(req, error), []

    def _framed(self, req: str, message: Mapping[str, Any]) -> Reply:
        """Return what was chosen with its picture, so that one answer shows it."""
        if self.scope is None:
            return {}, []
        reply, buffers = self.scope.handle(
            {"v": VERSION, "req": req, "kind": "frame", "viewport": message["viewport"]}
        )
        if not reply["ok"]:
            error = reply["error"]
            raise ProtocolError(error["message"])
        reply["info"] = self.scope.info_message()
        return reply, buffers

    def current(self) -> Session | None:
        """Return what the scope shows; None before there is a record.

        Only news go on to a newer record, since they tell it.
        """
        with self.lock:
            if self.scope is None:
                self._follow()
            return self.scope

    def _handle_scope(self, message: object) -> Reply:
        scope = self.current()
        if scope is not None:
            return scope.handle(message)
        error = SelectionError("no value is on record yet: choose a module once a step was "
                               "sampled", "NOT_RECORDED")  # fmt: skip
        return error_reply(request_id(message), error), []

    def is_slow(self, message: object) -> bool:
        """Return whether an answer should not block others."""
        return self.scope is not None and self.scope.is_slow(message)

    def _act(self, message: Mapping[str, Any]) -> None:
        do = message.get("do")
        watch = self.watch
        if do in ("hello", "news"):
            self._follow()
        elif do == "pause":
            watch.pause()
        elif do == "continue":
            watch.resume()
        elif do == "step":
            watch.step(str(message.get("unit", "step")))
        elif do == "select":
            self._select(message)
        elif do == "break":
            cond, on = message.get("cond"), message.get("on") or "*"
            watch.break_when(cond, str(on), str(message.get("what") or "output"))  # type: ignore[arg-type]
        elif do == "unbreak":
            place = integer(message.get("index"), "index", 0, 10**6)
            points = watch.breakpoints
            if place < len(points):
                points[place].remove()
        else:
            raise ProtocolError(f"a watch knows no {clip(do)}: hello, news, pause, continue, step, "
                                "select, break or unbreak")  # fmt: skip

    # ------------------------------------------------------------------ the scope inside

    def _select(self, message: Mapping[str, Any]) -> None:
        name, what = message.get("name"), message.get("what", "output")
        if not isinstance(name, str) or what not in _WHATS:
            raise ProtocolError(f"select needs a name and one of {', '.join(_WHATS)}")
        step, against = (
            None if message.get(key) is None else integer(message.get(key), key, 0, 2**53)
            for key in ("step", "against")
        )
        choice = Choice(name, str(what), step, against)
        self._pin(choice.place()[0])
        before, self.chosen = self.chosen, choice
        try:
            self._record(step, must=step is not None)
            self._follow(must=True)
        except SelectionError:
            self.chosen = before
            raise

    def _pin(self, name: str) -> None:
        """Have all of a module be kept from now on, not the first example; of one at a time."""
        pinned = self.watch._recorder.pinned
        if name == self._pinned:
            return
        mine = name not in pinned
        self.watch.pin(name)
        if self._pinned is not None:
            self.watch.unpin(self._pinned)
        self._pinned = name if mine else None

    def _record(self, step: int | None, must: bool = False) -> Record | None:
        """Return the chosen record; the one at or before a step, as a slider needs it."""
        assert self.chosen is not None
        what, (name, call) = self.chosen.what, self.chosen.place()
        found = self.watch._near(name, what, step, call)
        if found is None and must:
            every = self.watch._recorder.every
            kept = "every step" if every == 1 else f"one step in {every}"
            raise SelectionError(
                f"no {what} of {name} is on record: values are kept at {kept}"
                + self._why_not(what), "NOT_RECORDED"
            )  # fmt: skip
        return found

    def _why_not(self, what: str) -> str:
        return {
            "gradient": ", gradients where watch(grads=...) says so",
            "weight": ", weights where watch(weights=...) says so",
            "input": ", inputs where a breakpoint was hit",
        }.get(what, "")

    def _follow(self, must: bool = False) -> None:
        """Have the scope show the chosen record as it is now on record.

        `must`: say so where it cannot be compared; else it is shown alone.
        """
        if self.chosen is None:
            self.chosen = first_choice(self.watch)
            if self.chosen is None:
                return
        record = self._record(self.chosen.step)
        if record is None:
            return
        against = None if self.chosen.against is None else self._record(self.chosen.against)
        if against is not None and not comparable(record, against):
            if must:
                raise SelectionError(
                    f"steps {record.step} and {against.step} have the shapes {record.shape} and "
                    f"{against.shape}: only like shapes are compared", "SHAPE"
                )  # fmt: skip
            against = None
        self._show(record, against)

    def _show(self, record: Record, against: Record | None) -> None:
        scope = self.scope
        source = scope.source if scope is not None else None
        if isinstance(source, RecordSource) and scope is not None:
            if source.record is record and source.against is against:
                return
            same = source.tensor.shape == shown_shape(record, against)
            if same and source.record.dtype == record.dtype:
                source.exchange(record, against)
                scope.refresh()
                return
        fresh = RecordSource(record, against, self.name)
        table = None if scope is None else scope.state.table  # numbers, or the picture: as it was
        state = replace(first_view(self.watch, record, fresh.lengths, self.chosen), table=table)
        session = Session(fresh, state, holder=self.watch)
        if scope is not None:
            session.succeed(scope)
            if isinstance(source, RecordSource) and source.record.name == record.name:
                # More examples, or fewer, of the same module: what was selected stays, if it can.
                with contextlib.suppress(TensorScopeError):
                    session.change(session.select(scope.state.selection.expr), push=False)
        self.scope = session
        self.scope.on_push = self._push_scope

    def _push_scope(self, message: dict[str, Any]) -> None:
        self.on_push(message)

    # ------------------------------------------------------------------ news

    def title(self) -> str:
        """Return what the watch is called in headings."""
        return self.watch.name or self.name()

    def _news(self, everything: bool) -> dict[str, Any]:
        """Return what changed since the last news; all of it on request."""
        watch = self.watch
        if everything:
            self._told.clear()
        news: dict[str, Any] = {
            "status": status_dict(watch),
            "rows": rows(watch, self._told),
            "findings": finding_dicts(watch),
            "breakpoints": breakpoint_dicts(watch),
            "timeline": timeline(watch),
            "notes": list(watch.notes),
            "time": time.strftime("%H:%M:%S"),
        }
        if everything:
            news["name"] = self.title()
            news["model"] = watch._model_name
            news["modules"] = list(watch.modules)
            news["classes"] = dict(watch._classes)
            news["every"] = watch._recorder.every
            news["reopened"] = watch.is_reopened
        return news

    def _scope_news(self, known: object, framed: bool) -> dict[str, Any] | None:
        """Return what the scope shows, with its state.

        Not to a page that has it: whose state has the serial `known`, or that gets it `framed`.
        """
        if self.scope is None or self.chosen is None:
            return None
        changed = not framed and known != self.scope.now()[1]
        source = self.scope.source
        assert isinstance(source, RecordSource)
        chosen, (name, call) = self.chosen, self.chosen.place()
        return {
            "name": chosen.name,
            "what": chosen.what,
            "follows": chosen.step is None,
            "step": source.record.step,
            "against": None if source.against is None else source.against.step,
            "kinds": self._kinds(name, chosen.name),
            "steps": runs(r.step for r in self.watch.records(name, chosen.what) if r.call == call),
            "changed": changed,
            "info": self.scope.info_message() if changed else None,
            "state": self.scope.state_message() if changed else None,
        }  # fmt: skip

    def _tell_past(self, body: dict[str, Any], everything: bool) -> None:
        """Add what was measured in the step that is shown, where that is over and was not told."""
        scope, step = body["scope"], None
        if scope is not None and not scope["follows"]:
            newest = self.watch._recorder.step
            step = scope["step"] if scope["step"] < newest else None
        if everything or step != self._past:
            self._past = step
            body["past"] = None if step is None else past(self.watch, step)

    def _kinds(self, name: str, row: str) -> dict[str, str]:
        """Return what there is of a module, and the name under which each kind is on record.

        The weights of a module have names of their own, ``"conv.weight"``.
        """
        modules = self.watch.modules
        module = name if name in modules else name.rpartition(".")[0]
        names = {row: name, module: module, f"{module}.weight": f"{module}.weight"}
        if module in modules:
            own = self.watch._recorder.parameters
            names.update({n: n for n in sorted(own) if n.rpartition(".")[0] == module})
        found: dict[str, str] = {}
        for shown, recorded in names.items():
            for kind in self.watch._recorder.store.kinds(recorded):
                found.setdefault(kind, shown)
        return {what: found[what] for what in _WHATS if what in found}

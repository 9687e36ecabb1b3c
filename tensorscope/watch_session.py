"""WatchSession: (request) → reply for a watch; no Jupyter here.

It answers ``watch`` requests itself; all others go to the session of the scope inside of it, whose
source is the record that was chosen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from tensorscope import view
from tensorscope.capture.record import Record
from tensorscope.capture.source import RecordSource
from tensorscope.capture.watch import Watch
from tensorscope.errors import ProtocolError, SelectionError, TensorScopeError, clip
from tensorscope.protocol import VERSION, error_reply, integer, request_id
from tensorscope.session import Reply, Session
from tensorscope.watch_replies import breakpoint_dicts, finding_dicts, rows, status_dict, timeline

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
        #: Module and kind that are shown, the step (None: the latest), and what it is held against.
        self.chosen: tuple[str, str, int | None, int | None] | None = None
        self.on_push: Callable[[dict[str, Any]], None] = lambda message: None
        self.lock = threading.RLock()
        self._told: dict[tuple[str, str], int] = {}

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
                before = self._shown()
                self._act(message)
                body = self._news(everything=message.get("do") == "hello")
                body["scope"] = self._scope_news(before != self._shown())
            return {"v": VERSION, "req": req, "ok": True, "watch": body}, []
        except TensorScopeError as error:
            return error_reply(req, error, str(message.get("do"))), []
        except Exception as error:
            # Whatever it is, the asker hears of it: on a subshell no traceback would be seen.
            return error_reply(req, error), []

    def _handle_scope(self, message: object) -> Reply:
        with self.lock:
            self._follow()
            scope = self.scope
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
        self.watch.pin(name)  # from now on all of it, not the first example
        self.chosen = (name, str(what), step, against)
        if self._record(step) is None and step is not None:
            self._record(step, must=True)
        self._follow()

    def _record(self, step: int | None, must: bool = False) -> Record | None:
        """Return the chosen record; the one at or before a step, as a slider needs it."""
        assert self.chosen is not None
        name, what = self.chosen[:2]
        found = [r for r in self.watch.records(name) if r.kind == what and r.call == 0]
        if step is not None:
            found = [r for r in found if r.step <= step] or found[:1]
        if not found and must:
            raise SelectionError(
                f"no {what} of {name} is on record: values are kept at every "
                f"{self.watch._recorder.every}th step" + self._why_not(what), "NOT_RECORDED"
            )  # fmt: skip
        return found[-1] if found else None

    def _why_not(self, what: str) -> str:
        return {
            "gradient": ", gradients where watch(grads=...) says so",
            "weight": ", weights where watch(weights=...) says so",
            "input": ", inputs where a breakpoint was hit",
        }.get(what, "")

    def _shown(self) -> tuple[Any, ...] | None:
        source = self.scope.source if self.scope is not None else None
        if not isinstance(source, RecordSource):
            return None
        return id(source.record), id(source.against)

    def _follow(self) -> None:
        """Have the scope show the chosen record as it is now on record."""
        if self.chosen is None:
            name = self._first()
            if name is None:
                return
            self.chosen = (name, "output", None, None)
        record = self._record(self.chosen[2])
        if record is None:
            return
        against = None if self.chosen[3] is None else self._record(self.chosen[3])
        if against is not None and against.tensor.shape != record.tensor.shape:
            raise SelectionError(
                f"steps {record.step} and {against.step} have the shapes {record.shape} and "
                f"{against.shape}: only like shapes are compared", "SHAPE"
            )  # fmt: skip
        self._show(record, against)

    def _first(self) -> str | None:
        """Return the name of what is shown before anything is chosen."""
        hit = self.watch.hit
        if hit is not None:
            return hit.name
        records = self.watch._recorder.store.all()
        return next((r.name for r in records if r.kind in ("output", "probe")), None)

    def _show(self, record: Record, against: Record | None) -> None:
        scope = self.scope
        source = scope.source if scope is not None else None
        if isinstance(source, RecordSource) and scope is not None:
            if source.record is record and source.against is against:
                return
            same = source.record.tensor.shape == record.tensor.shape
            if same and source.record.dtype == record.dtype:
                source.exchange(record, against)
                scope.refresh()
                return
        source = RecordSource(record, against, self.name)
        state = view.first_state(source.lengths)
        self.scope = Session(source, state, holder=self.watch)
        self.scope.on_push = self._push_scope

    def _push_scope(self, message: dict[str, Any]) -> None:
        self.on_push(message)

    # ------------------------------------------------------------------ news

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
            news["name"] = self.name()
            news["model"] = watch._model_name
            news["modules"] = list(watch.modules)
            news["every"] = watch._recorder.every
        return news

    def _scope_news(self, changed: bool) -> dict[str, Any] | None:
        """Return what the scope shows: a new state where it changed."""
        if self.scope is None or self.chosen is None:
            return None
        source = self.scope.source
        assert isinstance(source, RecordSource)
        kinds = {r.kind for r in self.watch.records(self.chosen[0])}
        return {
            "name": self.chosen[0],
            "what": self.chosen[1],
            "follows": self.chosen[2] is None,
            "step": source.record.step,
            "against": None if source.against is None else source.against.step,
            "kinds": [what for what in _WHATS if what in kinds],
            "steps": sorted(
                {r.step for r in self.watch.records(self.chosen[0], self.chosen[1])}
            ),
            "changed": changed,
            "info": self.scope.info_message() if changed else None,
            "state": self.scope.state_message() if changed else None,
        }  # fmt: skip

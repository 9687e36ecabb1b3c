"""Seen: what a watch has on record, and what it noticed; asking changes nothing."""

from __future__ import annotations

from typing import Any

from tensorscope.capture.breakpoints import Breakpoint, Hit
from tensorscope.capture.findings import Finding
from tensorscope.capture.history import Point
from tensorscope.capture.models import Watched
from tensorscope.capture.record import KINDS, Record
from tensorscope.capture.recorder import Recorder
from tensorscope.errors import SelectionError, quote


class Seen:
    """What can be asked of a watch, while it runs and after."""

    _recorder: Recorder
    _watched: Watched | None
    _modules: dict[str, Any]
    _classes: dict[str, str]
    _origin: tuple[str, ...]

    @property
    def modules(self) -> tuple[str, ...]:
        """Names of the modules that are watched."""
        return tuple(self._modules)

    @property
    def steps(self) -> int:
        """How many steps began."""
        return self._recorder.step + 1

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """All breakpoints."""
        return tuple(self._recorder.breakpoints)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What looks wrong: the grave ones as they came, then the others, the latest first."""
        self._recorder.settle()
        return self._recorder.findings.all()

    @property
    def thresholds(self) -> dict[str, float]:
        """What counts as a finding; change the values to your liking."""
        return self._recorder.findings.thresholds

    @property
    def notes(self) -> tuple[str, ...]:
        """What one should know of what was, and was not, captured."""
        counted = [f"{words} ({n} ×)" if n > 1 else words for words, n in self._seen().items()]
        failed = [f"a hook failed: {words}" for words in self._recorder.failures]
        kind = () if self._watched is None else self._watched.notes()
        return (*self._origin, *kind, *counted, *failed)

    def _seen(self) -> dict[str, int]:
        return dict(self._recorder.notes)

    @property
    def nbytes(self) -> int:
        """Bytes of all records."""
        return self._recorder.store.nbytes

    @property
    def evicted(self) -> int:
        """How many records were dropped to keep within the budget."""
        return self._recorder.store.evicted

    @property
    def hit(self) -> Hit | None:
        """The breakpoint's hit at which it stopped last."""
        return self._recorder.hit

    def names(self) -> tuple[str, ...]:
        """Return the names of everything that was recorded or measured."""
        seen = dict.fromkeys(name for name, _ in list(self._recorder.histories))
        return tuple(seen | dict.fromkeys(self._recorder.store.names()))

    def records(self, name: str, kind: str | None = None) -> tuple[Record, ...]:
        """Return the records of a module or probe, oldest first."""
        return self._recorder.store.of(self._check_name(name), kind)

    def _near(self, name: str, kind: str, step: int | None, call: int) -> Record | None:
        """Return the record at a step or the last one before it, else the first; None: the latest.

        It is None where there is no such record of a name that there is.
        """
        return self._recorder.store.near(self._check_name(name), kind, step, call)

    def record(
        self, name: str, step: int | None = None, kind: str = "output", call: int = 0
    ) -> Record:
        """Return one record; the latest without a `step`.

        Raises
        ------
        SelectionError
            There is none; says which there are (``NOT_RECORDED``), or that no module has that
            name (``NO_MODULE``).
        """
        if kind not in KINDS:
            raise SelectionError(f"kind= is one of {', '.join(KINDS)}, not {quote(kind)}")
        if step is not None and (isinstance(step, bool) or not isinstance(step, int)):
            raise SelectionError(f"step={quote(step)}: write a step's number, or None", "TYPE")
        name = self._check_name(name)
        if kind == "output" and self._recorder.store.kinds(name) == ("probe",):
            kind = "probe"
        return self._recorder.store.get(name, kind, step, call)

    def history(self, name: str, what: str = "output") -> list[Point]:
        """Return mean, norm, extremes and share of zeros of all steps, oldest first."""
        histories, name = self._recorder.histories, self._check_name(name)
        found = histories.get((name, what))
        if found is None and what == "output":
            found = histories.get((name, "probe"))
        return found.line() if found is not None else []

    def _check_name(self, name: object) -> str:
        if isinstance(name, str) and (name in self._modules or self._recorder.store.kinds(name)):
            return name  # most are: without a look at all names
        known = self.names()
        if isinstance(name, str) and name in known:
            return name
        there = list(dict.fromkeys((*self._modules, *known)))
        near = [n for n in there if str(name) in n][:6] or there[:6]
        more = " …" if len(near) < len(there) else ""
        names = f"known are {', '.join(near)}{more}" if there else "nothing is yet"
        raise SelectionError(f"nothing is recorded as {quote(name, 60)}: {names}", "NO_MODULE")

"""Breakpoints: where a training loop is to stop, and what happened there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from typing import Any

from tensorscope.capture.triggers import Trigger
from tensorscope.errors import SelectionError, TensorScopeError, quote

ACTIONS = ("pause", "raise", "log")
WHATS = ("output", "gradient", "weight", "probe")
#: How alike a name must be to one that there is, of 1, to be taken for that one misspelt.
_ALIKE = 0.7


class BreakpointHit(TensorScopeError):
    """A breakpoint whose action is ``"raise"`` was hit."""

    default_kind = "BREAKPOINT"


@dataclass(slots=True, eq=False)
class Breakpoint:
    """A condition on modules, their gradients or weights.

    Attributes
    ----------
    trigger : Trigger
    on : str
        A glob over module names, e.g. ``"layer2.*"``, or the name of one output or weight:
        ``"lstm[1][0]"``, ``"fc.bias"``.
    what : {"output", "gradient", "weight", "probe"}
        Of outputs a probe of that name is one too; ``"probe"`` means probes alone.
    action : {"pause", "raise", "log"} or callable
        What happens: a callable gets the hit.
    hits : int
        How often it was hit.
    last : Hit or None
        Where it was hit last.
    """

    trigger: Trigger
    on: str = "*"
    what: str = "output"
    action: str | Callable[[Any], object] = "pause"
    hits: int = 0
    last: Hit | None = None
    _owner: list[Breakpoint] = field(default_factory=list, repr=False)

    @property
    def condition(self) -> str:
        """The condition as text."""
        return self.trigger.text

    def concerns(self, name: str, what: str, of: str | None = None) -> bool:
        """Return whether it looks at what a module made; `of`: the module, if `name` is longer."""
        if what != self.what and not (what == "probe" and self.what == "output"):
            return False
        # Brackets mean something else in a glob: a name as it is told is meant as it stands.
        if self.on in ("*", name, of) or fnmatchcase(name, self.on):
            return True
        return of is not None and fnmatchcase(of, self.on)

    def remove(self) -> None:
        """Take it off."""
        if self in self._owner:
            self._owner.remove(self)

    def __repr__(self) -> str:
        on = "any" if self.on == "*" else self.on
        last = f", last at {self.last.name} step {self.last.step}" if self.last else ""
        return f"<Breakpoint {self.condition} on {on} {self.what}, hit {self.hits} ×{last}>"


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a breakpoint was hit.

    Attributes
    ----------
    condition, name, what : str
    step, call : int
    cell : tuple of int or None
        The first place where a predicate holds.
    evidence : str
        In words, with numbers.
    """

    condition: str
    name: str
    what: str
    step: int
    call: int
    cell: tuple[int, ...] | None
    evidence: str

    def __str__(self) -> str:
        place = f" at [{', '.join(map(str, self.cell))}]" if self.cell is not None else ""
        return (
            f"{self.condition} on the {self.what} of {self.name}{place}, step {self.step}: "
            f"{self.evidence}"
        )


def make(cond: object, on: object, what: object, action: object) -> Breakpoint:
    """Return a breakpoint, or say what is wrong with it.

    Raises
    ------
    ConditionError
        The condition cannot be read.
    SelectionError
        `on`, `what` or `action` is none of what is allowed.
    """
    trigger = Trigger.parse(cond)
    if not isinstance(on, str) or not on:
        raise SelectionError(f"on= is a glob over module names, e.g. 'layer2.*', not {quote(on)}")
    if what not in WHATS:
        raise SelectionError(f"what= is one of {', '.join(WHATS)}, not {quote(what)}")
    if action not in ACTIONS and not callable(action):
        raise SelectionError(
            f"action= is one of {', '.join(ACTIONS)}, or a function of the hit, not {quote(action)}"
        )
    return Breakpoint(trigger, on, str(what), action)


def may_come(on: str, modules: Iterable[str]) -> bool:
    """Return whether what a glob means may be a part of a module, by how it begins.

    Parameters have names once the hooks are on, parts of outputs once there was one.
    """
    head = re.split(r"[*?\[]", on, maxsplit=1)[0]
    return any(name.startswith(head) or head.startswith(name) for name in modules)


def check_named(point: Breakpoint, known: Iterable[str], modules: Iterable[str]) -> str | None:
    """Return what to note of a breakpoint whose name is none so far; None where it is known.

    Raises
    ------
    SelectionError
        Nothing that is watched has such a name, and nothing that comes later will
        (``NO_MODULE``). A plain name that is like none of them may be that of a probe.
    """
    on, what = point.on, point.what
    if what == "probe" or any(
        point.concerns(name, what) or on.startswith((f"{name}[", f"{name}.", f"{name} ("))
        for name in known
    ):
        return None
    near = _nearest(on, modules)
    if what == "output" and not near and not re.search(r"[*?\[]", on):
        return f"a breakpoint on {quote(on)}: no watched module has such a name (a probe may have)"
    names = tuple(modules)
    listed = ", ".join(near or names[:5]) + (" …" if not near and len(names) > 5 else "")
    raise SelectionError(
        f"on={quote(on)} means no watched module; {'nearest:' if near else 'there are'} "
        f"{listed}. w.modules lists all that are"
        + (", and what='probe' waits for a probe of that name" if what == "output" else ""),
        "NO_MODULE",
    )


def _nearest(on: str, modules: Iterable[str]) -> list[str]:
    """Return up to three names that are like what was written, by all of them or the last part."""
    wanted = re.sub(r"[*?]", "", on).strip(".")

    def likeness(name: str) -> float:
        ends = (name, name.rpartition(".")[2])
        return max(SequenceMatcher(None, wanted.lower(), end.lower()).ratio() for end in ends)

    alike = sorted(((likeness(name), name) for name in modules), key=lambda pair: -pair[0])
    return [name for ratio, name in alike[:3] if ratio >= _ALIKE]

"""Conditions: up to eight named ones, of which one is active; frozen and pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from tensorscope.condition import Condition
from tensorscope.errors import ConditionError, quote

#: As many as the mask has bits, and as there are colours that can be told apart.
MOST = 8
_LONGEST = 40

Where: TypeAlias = "str | dict[str, str] | None"


@dataclass(frozen=True, slots=True)
class Named:
    """One condition.

    Attributes
    ----------
    name : str
        Empty where it was given as a text alone.
    condition : Condition
        What is looked for.
    hidden : bool
        Whether the picture leaves it out.
    """

    name: str
    condition: Condition
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a scope looks for.

    Attributes
    ----------
    named : tuple of Named
        In the order of their colours.
    at : int
        Which one is active: hits, shares, code and threshold concern it.
    """

    named: tuple[Named, ...] = ()
    at: int = 0

    @classmethod
    def parse(cls, where: object) -> Conditions:
        """Read a text, a mapping of names to texts, or None.

        Raises
        ------
        ConditionError
            A condition cannot be parsed, a name cannot be used (``NAME``), or there are more
            than eight (``MANY``).
        """
        if where is None or (isinstance(where, str) and not where.strip()):
            return cls()
        if isinstance(where, Conditions):
            return where
        if not isinstance(where, Mapping):
            return cls((Named("", _condition(where)),))
        made = cls()
        for name, text in where.items():
            made = made.add(name, text)
        return replace(made, at=0)

    @property
    def active(self) -> Condition | None:
        """The condition that hits, share and code concern."""
        return self.named[self.at].condition if self.named else None

    @property
    def where(self) -> Where:
        """What was given: a text, or a dict where there are names."""
        if not self.named:
            return None
        if not self.named[0].name:
            return self.named[0].condition.text
        return {one.name: one.condition.text for one in self.named}

    def index(self, name: object) -> int:
        """Return the place of a name.

        Raises
        ------
        ConditionError
            There is no such condition.
        """
        names = [one.name for one in self.named]
        if name not in names:
            known = ", ".join(repr(n) for n in names) if any(names) else "none has a name"
            raise ConditionError(f"there is no condition {quote(name)}: {known}", "NAME")
        return names.index(name)

    def get(self, name: object) -> Condition:
        """Return a condition by its name."""
        return self.named[self.index(name)].condition

    def set_active(self, text: object) -> Conditions:
        """Return these with another text for the active one; None or an empty one removes it."""
        if text is None or (isinstance(text, str) and not text.strip()):
            return self._without(self.at) if self.named else self
        if not self.named:
            return Conditions.parse(text)
        return self._put(self.at, replace(self.named[self.at], condition=_condition(text)))

    def add(self, name: object, text: object) -> Conditions:
        """Return these and one more, which is active then. One without a name gets one."""
        if len(self.named) == MOST:
            raise ConditionError(
                f"there are {MOST} conditions, one for each colour: remove one first", "MANY"
            )
        named = tuple(
            one if one.name else replace(one, name="A" if name != "A" else "B")
            for one in self.named
        )
        new = Named(_checked(name, [one.name for one in named]), _condition(text))
        return Conditions((*named, new), len(named))

    def rename(self, name: object, to: object) -> Conditions:
        """Return these with another name for one of them."""
        place = self.index(name)
        others = [one.name for k, one in enumerate(self.named) if k != place]
        return self._put(place, replace(self.named[place], name=_checked(to, others)))

    def remove(self, name: object) -> Conditions:
        """Return these without one of them."""
        return self._without(self.index(name))

    def activate(self, name: object) -> Conditions:
        """Return these with another active one, which is shown then."""
        place = self.index(name)
        return replace(self._put(place, replace(self.named[place], hidden=False)), at=place)

    def hide(self, name: object, hidden: bool = True) -> Conditions:
        """Return these with one left out of the picture, or shown again."""
        place = self.index(name)
        return self._put(place, replace(self.named[place], hidden=hidden))

    def _put(self, place: int, one: Named) -> Conditions:
        named = (*self.named[:place], one, *self.named[place + 1 :])
        return replace(self, named=named)

    def _without(self, place: int) -> Conditions:
        named = (*self.named[:place], *self.named[place + 1 :])
        at = self.at - (place < self.at)
        return Conditions(named, max(0, min(at, len(named) - 1)))


def _condition(text: object) -> Condition:
    if isinstance(text, str | Condition):
        return Condition.parse(text)
    raise ConditionError(
        f"a scope's condition is a text such as 'x > 0.9' (or a dict of names and texts), not "
        f"{quote(text)}: for a mask use ts.where(x, mask)",
        "TYPE",
    )


def _checked(name: object, others: list[str]) -> str:
    kept = name.strip() if isinstance(name, str) else ""
    if not kept or len(kept) > _LONGEST:
        raise ConditionError(
            f"a condition cannot be called {quote(name)}: use a text of 1 to {_LONGEST} characters",
            "NAME",
        )
    if kept in others:
        raise ConditionError(
            f"there is a condition {quote(kept)} already: use another name", "NAME"
        )
    return kept

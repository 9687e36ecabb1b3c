"""Attribute: a method of one object that is replaced for a while, by several watches at once."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any


class Attribute:
    """A method of one object, replaced until it is removed; in whatever order several are.

    It lies in the object's own ``__dict__``: neither Keras' tracking nor saving sees it.

    Parameters
    ----------
    owner : object
    name : str
    make : callable
        Gets what was there, and returns what goes in its place.
    """

    def __init__(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        self._owner = weakref.ref(owner)
        self._name = name
        #: What was in the object's own ``__dict__``; None: the method of its class.
        self._before = owner.__dict__.get(name)
        self._ours = make(self._inner)
        self._ours.attribute = self
        owner.__dict__[name] = self._ours

    def _inner(self, *args: Any, **kwargs: Any) -> Any:
        """Call what was there, which changes when it is removed before this one."""
        if self._before is not None:
            return self._before(*args, **kwargs)
        owner = self._owner()
        return getattr(type(owner), self._name).__get__(owner)(*args, **kwargs)

    def remove(self) -> None:
        """Put back what was there, unless somebody else replaced it meanwhile."""
        owner = self._owner()
        if owner is None:
            return
        if owner.__dict__.get(self._name) is not self._ours:
            self._leave_chain(owner)
        elif self._before is None:
            del owner.__dict__[self._name]
        else:
            owner.__dict__[self._name] = self._before

    def _leave_chain(self, owner: Any) -> None:
        """Have the one that was put over this one call what was there before it."""
        above = getattr(owner.__dict__.get(self._name), "attribute", None)
        while isinstance(above, Attribute):
            if above._before is self._ours:
                above._before = self._before
                return
            above = getattr(above._before, "attribute", None)

"""Condition: a predicate in ``x``, parsed and never evaluated; frozen and pure.

Comparisons bind tightest, so that ``x < 0 | x > 1`` means what it looks like (Python would read
``x < (0 | x) > 1``). Below them, from tight to loose: ``~ & | not and or``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tensorscope.errors import ConditionError, quote

Number: TypeAlias = int | float
Op: TypeAlias = Literal["<", "<=", ">", ">=", "==", "!="]
Function: TypeAlias = Literal["isnan", "isinf", "isfinite", "isposinf", "isneginf"]

#: The same comparison with its sides exchanged.
MIRROR: dict[Op, Op] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Compare:
    """``x op value``, or ``abs(x) op value``; a text stands for a date or a duration."""

    op: Op
    value: Number | str
    absolute: bool = False


@dataclass(frozen=True, slots=True)
class Test:
    """``isnan(x)`` and its kin; `absolute` puts ``abs(x)`` in."""

    __test__ = False  # no test case, whatever pytest thinks of the name

    function: Function
    absolute: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Node, ...]


Node: TypeAlias = Compare | Test | Not | And | Or


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed predicate.

    Attributes
    ----------
    root : Compare, Test, Not, And or Or
        The predicate as a tree.
    """

    root: Node

    @classmethod
    def parse(cls, text: object) -> Condition:
        """Read a condition as one would type it.

        Parameters
        ----------
        text : str or Condition
            ``"> 0.9"``, ``"0.1 < x < 0.5"``, ``"abs(x) > 3"``, ``"isnan(x)"``,
            ``"~isfinite(x)"``, ``"(x < 0) | (x > 1)"``, ``"x >= 0 and not x == 3"``; dates and
            durations in quotes: ``"x > '2020-01-01'"``, ``"x < '90 s'"``.

        Returns
        -------
        Condition

        Raises
        ------
        ConditionError
            With kind ``SYNTAX`` and the span at fault, or ``TYPE`` if `text` is no text.
        """
        from tensorscope.condition_hints import explained

        if isinstance(text, Condition):
            return text
        if not isinstance(text, str):
            raise ConditionError(
                f"a condition is a text such as 'x > 0.9' or a boolean mask, not {quote(text)}",
                "TYPE",
            )
        try:
            return cls.parse_plain(text)
        except ConditionError as error:
            raise explained(error, text) from None

    @classmethod
    def parse_plain(cls, text: str) -> Condition:
        """Do what :meth:`parse` does, without a look at what else could have been meant."""
        from tensorscope.condition_text import Parser  # it makes our nodes

        return cls(Parser(text).parse())

    @property
    def text(self) -> str:
        """The condition in one canonical spelling, which parses to an equal condition."""
        return node_text(self.root)

    @property
    def threshold(self) -> tuple[Op, Number] | None:
        """``(op, value)`` if this is one comparison of plain ``x`` with a number, else None."""
        root = self.root
        if isinstance(root, Compare) and not root.absolute and not isinstance(root.value, str):
            return root.op, root.value
        return None

    def comparisons(self) -> Iterator[Compare]:
        """Give every comparison in the condition."""
        pending: list[Node] = [self.root]
        while pending:
            node = pending.pop()
            if isinstance(node, Compare):
                yield node
            elif isinstance(node, Not):
                pending.append(node.part)
            elif isinstance(node, And | Or):
                pending.extend(reversed(node.parts))

    def __str__(self) -> str:
        return self.text


def node_text(node: Node) -> str:
    """Return the canonical text of a part."""
    if isinstance(node, Compare):
        return f"{_term(node.absolute)} {node.op} {node.value!r}"
    if isinstance(node, Test):
        return f"{node.function}({_term(node.absolute)})"
    if isinstance(node, Not):
        return f"~{_inside(node.part)}"
    if isinstance(node, And) and (chain := _chain(node)):
        return chain
    return (" & " if isinstance(node, And) else " | ").join(_inside(p) for p in node.parts)


def _inside(node: Node) -> str:
    text = node_text(node)
    return text if isinstance(node, Test | Not) else f"({text})"


def _term(absolute: bool) -> str:
    return "abs(x)" if absolute else "x"


def _chain(node: And) -> str | None:
    """Return ``0.1 < x < 0.5`` if the node is such a chain."""
    if len(node.parts) != 2:
        return None
    low, high = node.parts
    if not (isinstance(low, Compare) and isinstance(high, Compare)):
        return None
    if low.absolute != high.absolute or low.op[0] not in "<>" or high.op[0] not in "<>":
        return None
    if low.op[0] == high.op[0]:
        return None
    left = f"{low.value!r} {MIRROR[low.op]} {_term(low.absolute)}"
    return f"{left} {high.op} {high.value!r}"


def is_nan(value: Number | str) -> bool:
    """Return whether a number is NaN, whatever its size."""
    return isinstance(value, float) and math.isnan(value)

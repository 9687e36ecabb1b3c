"""Splits the text of a selection into pieces that know where they stood; evaluates nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tensorscope.errors import SelectionError, clip, quote
from tensorscope.slots import REDUCTIONS, Reduce

TEXT_LIMIT = 2000

#: What is said of a list of indices, wherever it stands.
NO_LISTS = (
    "lists of indices are not taken; a slot is an integer, a slice or the name of a reduction. "
    "Index the tensor first and look at the result, e.g. x[0][[1, 2]]; a mask goes to "
    "ts.where(x, mask)"
)

_INTEGER = r"[+-]?[0-9]{1,19}"
_SLOT = re.compile(
    rf"\s*(?:(?P<index>{_INTEGER})|(?P<start>{_INTEGER})?\s*:\s*(?P<stop>{_INTEGER})?\s*"
    rf"(?::\s*(?P<step>{_INTEGER})?\s*)?)\s*"
)


_QUOTED = r"'[^']*'|\"[^\"]*\""
#: A list in a slot, closed or not; what is in quotes, as `price [EUR]` may be, is none.
_LIST = re.compile(rf"{_QUOTED}|(?P<list>(?<![^\s,:])\[[^\]]*\]?)")
#: Up to the next comma that is not in quotes.
_PART = re.compile(rf"(?:{_QUOTED}|[^,])*")
_NAMED = re.compile(r"\s*[^\W\d]\w*(?=\[)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and where it begins in it."""

    text: str
    at: int

    @property
    def span(self) -> tuple[int, int]:
        """Where the piece stands, without the space around it."""
        lead = len(self.text) - len(self.text.lstrip())
        return self.at + lead, self.at + max(len(self.text.rstrip()), lead)

    @property
    def word(self) -> str:
        """The piece without the space and the quotes around it."""
        word = self.text.strip()
        return word[1:-1] if self.is_quoted else word

    @property
    def is_quoted(self) -> bool:
        """Whether it stands in quotes."""
        word = self.text.strip()
        return len(word) >= 2 and word[0] == word[-1] and word[0] in "\"'"

    def parse(self) -> int | slice | Reduce | None:
        """Return an int, a slice, a Reduce, or None if it is none of these."""
        if self.word in REDUCTIONS:
            return Reduce(self.word)
        found = _SLOT.fullmatch(self.text)
        if not found:
            return None
        if found["index"] is not None:
            return int(found["index"])
        start, stop, step = (None if p is None else int(p) for p in found.group(2, 3, 4))
        return slice(start, stop, step)


def split_expression(text: str) -> Iterator[Piece]:
    """Split ``"[0, 2:5]"`` (brackets may be missing) at its commas."""
    _check_length(text)
    body, at = text.rstrip(), 0
    named = _NAMED.match(body)  # 'act[0, 20]' as it stands in code
    lead = named.end() if named else len(body) - len(body.lstrip())
    if body[lead : lead + 1] == "[":
        close = body.rfind("]")
        if close > lead and close + 1 < len(body):
            raise SelectionError(
                f"{quote(body[close + 1 :])} follows the selection: leave it out; .value is a "
                "Python scalar for one element, else an array",
                "SYNTAX",
                (close + 1, len(body)),
            )
        if close < lead:
            raise SelectionError(
                "the bracket '[' is not closed: add ']'", "SYNTAX", (lead, lead + 1)
            )
        body, at = body[lead + 1 : -1], lead + 1
    pieces = list(_split(body, at))
    if len(pieces) > 1 and not pieces[-1].text.strip():
        pieces.pop()  # a trailing comma is as good as none, as in Python
    if len(pieces) == 1 and not pieces[0].text.strip():
        return
    yield from pieces


def split_mapping(text: str) -> Iterator[tuple[Piece, Piece]]:
    """Split ``'{"channel": 3, 2: 0:5}'`` into keys and slots."""
    _check_length(text)
    body = text.rstrip()
    lead = len(body) - len(body.lstrip())
    if not body.endswith("}"):
        raise SelectionError("the brace '{' is not closed: add '}'", "SYNTAX", (lead, lead + 1))
    for piece in _split(body[lead + 1 : -1], lead + 1):
        if not piece.text.strip():
            continue
        key, colon, slot = piece.text.partition(":")
        if not colon:
            raise SelectionError(
                f"{quote(piece.text.strip())} is no entry: write a dim, a colon and a slot, "
                'e.g. {"channel": 3}',
                "SYNTAX",
                piece.span,
            )
        yield Piece(key, piece.at), Piece(slot, piece.at + len(key) + 1)


def _split(body: str, at: int) -> Iterator[Piece]:
    nested = next((found for found in _LIST.finditer(body) if found["list"]), None)
    if nested:
        start, end = nested.span()
        raise SelectionError(
            f"the list {clip(nested[0])} stands in a slot: {NO_LISTS}",
            "TYPE",
            (at + start, at + end),
        )
    end = 0
    while True:
        part = _PART.match(body, end)
        assert part is not None  # it may be empty
        yield Piece(part[0], at + end)
        end = part.end() + 1
        if part.end() == len(body):
            return


def _check_length(text: str) -> None:
    if len(text) > TEXT_LIMIT:
        raise SelectionError(
            f"the expression has {len(text)} characters, at most {TEXT_LIMIT} are read: "
            "write one slot a dim, e.g. [0, 2:5, :]",
            "SYNTAX",
        )

"""Reads the text of a condition: an own tokenizer and recursive descent, nothing is evaluated."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import NoReturn, get_args

from tensorscope.condition import MIRROR, And, Compare, Function, Node, Not, Number, Op, Or, Test
from tensorscope.errors import ConditionError, clip, quote

TEXT_LIMIT = 2000
DEPTH_LIMIT = 50

#: All that each message says of the grammar: the fault and its place come first.
EXAMPLES = "write e.g. x > 0.9, 0.1 < x < 0.5, abs(x) > 3 or isnan(x); join with & | ~"

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?(?![\w.]))
    |(?P<quoted>'[^']*'|"[^"]*")
    |(?P<word>[^\W\d]\w*)
    |(?P<op><=|>=|==|!=|<|>|≤|≥|≠)
    |(?P<mark>&&?|\|\|?|~|!|=|\(|\)|\+|-)
    )""",
    re.VERBOSE,
)
_SAME: dict[str, Op] = {"≤": "<=", "≥": ">=", "≠": "!="}
_CONSTANTS: dict[str, Number] = {"inf": math.inf, "nan": math.nan, "True": True, "False": False}
_HINTS = {
    "&&": "write & or and",
    "||": "write | or or",
    "!": "write ~ or not",
    "=": "write == to compare",
}
_SHAPES = (And, Or)
_RESERVED = {"and", "or", "not", "x", "abs", *get_args(Function)}


#: A part of x, as in x.close and x['close'], where it is not called.
_PART = re.compile(r"""[.\[]\s*['"]?([^\W\d_]\w*)(?!\w|\s*\()""")


def _part(name: str) -> str:
    """Return what to do with a name: whoever writes one in a condition means a part of a table."""
    part = f"{{'column': {quote(name, 30)}}}"
    return (
        "values are called x: write e.g. x > 0.9; a column or label of a table goes in the "
        f"selection, {part}"
    )


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text and where it stands."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Operand:
    """One side of a comparison: a number, or x / abs(x)."""

    number: Number | str | None
    absolute: bool
    start: int
    end: int


class Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        if len(text) > TEXT_LIMIT:
            raise ConditionError(
                f"the condition has {len(text)} characters, at most {TEXT_LIMIT} are read: "
                "for more, compute a boolean mask and pass it",
                "SYNTAX",
                (TEXT_LIMIT, len(text)),
            )
        self.text = text
        self.tokens = self._tokens()
        self.at = 0
        self.depth = 0

    def parse(self) -> Node:
        """Read the whole text."""
        if self.now.kind == "end":
            self._fail("the condition is empty", self.now)
        node = self._joined(0)
        if self.now.kind != "end":
            extra = self.now
            if extra.text == ")":
                self._fail("')' closes nothing: take it away, or add '(' before", extra)
            self._fail(
                f"{quote(extra.text, 40)} does not continue the condition: & or | joins two", extra
            )
        return node

    @property
    def now(self) -> Token:
        """The next token."""
        return self.tokens[self.at]

    def _take(self, *texts: str) -> Token | None:
        token = self.now
        if token.kind != "end" and token.text in texts:
            self.at += 1
            return token
        return None

    def _tokens(self) -> list[Token]:
        tokens, at = [], 0
        end = len(self.text.rstrip())
        while at < end:
            found = _TOKEN.match(self.text, at)
            if not found:
                at += len(self.text[at:]) - len(self.text[at:].lstrip())
                word = re.match(r"[\w.]+|.", self.text[at:], re.DOTALL)
                piece = word[0] if word else ""
                part = _PART.match(self.text, at)
                self._fail(
                    f"{quote(piece, 40)} cannot be read: x, a number or an operator belongs here",
                    Token("", piece, at, at + len(piece)),
                    _part(part[1]) if part else EXAMPLES,
                )
            kind = found.lastgroup or ""
            token = Token(kind, found[kind], found.start(kind), found.end(kind))
            if token.text in _HINTS:
                self._fail(f"{token.text!r} is no operator here: {_HINTS[token.text]}", token)
            tokens.append(token)
            at = found.end()
        tokens.append(Token("end", "", end, end))
        return tokens

    def _joined(self, level: int) -> Node:
        """Read ``or``, ``and`` (levels 0, 1), ``not``, then ``|``, ``&`` (2, 3), then ``~``."""
        if level == 2 and (negation := self._take("not")):
            return Not(self._deeper(negation, level))
        if level == 4:
            return self._tight()
        word = ("or", "and", "|", "&")[level]
        parts = [self._joined(level + 1)]
        while self._take(word):
            parts.append(self._joined(level + 1))
        if len(parts) == 1:
            return parts[0]
        kind = _SHAPES[1 - level % 2]
        flat: list[Node] = []
        for part in parts:  # a | (b | c) and (a | b) | c are one Or of three
            flat.extend(part.parts if isinstance(part, kind) else [part])
        return kind(tuple(flat))

    def _deeper(self, opener: Token, level: int) -> Node:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            self._fail(f"more than {DEPTH_LIMIT} levels of brackets: write it flatter", opener)
        node = self._joined(level)
        self.depth -= 1
        return node

    def _tight(self) -> Node:
        if tilde := self._take("~"):
            self.depth += 1
            if self.depth > DEPTH_LIMIT:
                self._fail(f"more than {DEPTH_LIMIT} levels: write it flatter", tilde)
            after = self.now
            inner = self._tight()
            self.depth -= 1
            if isinstance(inner, Compare | And) and after.text != "(":
                self._fail("'~' before a comparison is ambiguous: write ~(x > 3)", tilde)
            return Not(inner)
        if self.now.text in get_args(Function):
            return self._test()
        if self.now.text == "(" and not self._is_bracketed_operand():
            opener = self._take("(")
            assert opener is not None
            node = self._deeper(opener, 0)
            self._close(opener)
            if self.now.kind == "op":
                self._fail("a condition cannot be compared: join conditions with & or |", self.now)
            return node
        return self._comparison()

    def _is_bracketed_operand(self) -> bool:
        """Whether the brackets ahead hold one operand, as in ``(x) > (-3)``."""
        at = self.at
        while self.tokens[at].text == "(":
            at += 1
        while self.tokens[at].text in ("+", "-"):
            at += 1
        one = self.tokens[at]
        return (
            one.kind in ("number", "quoted") or one.text in _CONSTANTS or one.text == "x"
        ) and self.tokens[at + 1].text == ")"

    def _test(self) -> Node:
        word = self.now
        self.at += 1
        opener = self._take("(")
        if opener is None:
            self._fail(f"{word.text} needs brackets: {word.text}(x)", word)
        operand = self._operand()
        if operand.number is not None:
            self._fail(f"{word.text} takes x or abs(x), not a number", word)
        self._close(opener)
        if self.now.kind == "op":
            self._fail(f"{word.text}(x) is true or false: it is not compared", self.now)
        function: Function = word.text  # type: ignore[assignment]
        return Test(function, operand.absolute)

    def _comparison(self) -> Node:
        start = self.now
        if start.kind == "op":  # the shorthand '> 0.9'
            left = _Operand(None, False, start.start, start.start)
        else:
            left = self._operand()
        parts: list[Node] = []
        while self.now.kind == "op":
            token = self.now
            self.at += 1
            op: Op = _SAME.get(token.text, token.text)  # type: ignore[arg-type]
            right = self._operand()
            parts.append(self._compare(left, op, right))
            left = right
        if not parts:
            if left.number is None and self.now.text in ("is", "in", "not"):
                self._fail(f"{self.now.text!r} compares nothing here", self.now)
            if left.number is not None:
                self._fail("a number alone is no condition: write x > that number", start)
            self._fail("x alone is no condition: compare it, e.g. x != 0", start)
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _compare(self, left: _Operand, op: Op, right: _Operand) -> Compare:
        if (left.number is None) == (right.number is None):
            what = "two numbers" if right.number is not None else "x with itself"
            texts = [n for n in (left.number, right.number) if isinstance(n, str)]
            hint = f"; {_part(texts[0])}" if len(texts) == 1 else ""
            raise ConditionError(
                f"{quote(self.text[left.start : right.end])} compares {what}: compare x or abs(x) "
                f"with a number{hint}",
                "SYNTAX",
                (left.start, right.end),
            )
        if right.number is not None:
            return Compare(op, right.number, left.absolute)
        assert left.number is not None
        return Compare(MIRROR[op], left.number, right.absolute)

    def _operand(self) -> _Operand:
        token = self.now
        if opener := self._take("("):
            self.depth += 1
            if self.depth > DEPTH_LIMIT:
                self._fail(f"more than {DEPTH_LIMIT} levels of brackets: write it flatter", opener)
            inner = self._operand()
            self.depth -= 1
            self._close(opener)
            return inner
        if self._take("x"):
            return _Operand(None, False, token.start, token.end)
        if self._take("abs"):
            bracket = self._take("(")
            if bracket is None:
                self._fail("abs needs brackets: abs(x)", token)
            inner = self._operand()
            if inner.number is not None:
                self._fail("abs takes x: write the number without its sign", token)
            self._close(bracket)
            return _Operand(None, True, token.start, self.tokens[self.at - 1].end)
        sign = self._take("+", "-")
        return self._number(token, sign)

    def _number(self, start: Token, sign: Token | None) -> _Operand:
        token = self.now
        value: Number | str
        if token.kind == "number":
            value = self._value(token)
        elif token.kind == "quoted":
            if sign is not None:
                self._fail("a sign before quotes: write it inside, e.g. '-3 s'", sign)
            value = token.text[1:-1]
        elif token.text in _CONSTANTS:
            value = _CONSTANTS[token.text]
        elif token.kind == "end":
            self._fail("the condition ends where x or a number is missing", token)
        else:
            what = f"{quote(token.text, 40)} stands where x or a number belongs"
            self._fail(what, token, self._elsewhere(token))
        self.at += 1
        if sign is not None and sign.text == "-" and not isinstance(value, str):
            value = -value
        return _Operand(value, False, start.start, token.end)

    def _elsewhere(self, token: Token) -> str:
        """Return what to do instead of a name: whoever writes one may mean a part of a table."""
        called = self.tokens[min(self.at + 1, len(self.tokens) - 1)].text == "("
        if token.kind != "word" or token.text in _RESERVED or called:
            return EXAMPLES
        return _part(token.text)

    def _value(self, token: Token) -> Number:
        try:
            plain = token.text.replace("_", "") if "__" not in token.text else "_"
            return int(plain) if plain.isdecimal() else float(plain)
        except ValueError:
            self._fail(f"{quote(token.text, 40)} is no number", token)

    def _close(self, opener: Token) -> None:
        if not self._take(")"):
            if self.now.kind == "end":
                self._fail("the bracket '(' is not closed: add ')'", opener)
            self._fail(f"{quote(self.now.text, 40)} stands where ')' belongs", self.now)

    def _fail(self, what: str, token: Token, hint: str = EXAMPLES) -> NoReturn:
        place = ""
        if self.text.strip():
            place = f" (character {token.start + 1} of {clip(repr(self.text), 60)})"
        raise ConditionError(f"{what}{place}; {hint}", "SYNTAX", (token.start, token.end))

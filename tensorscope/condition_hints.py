"""What to write for a condition that is right in Python or a framework, and not in ours.

The text is searched and put in other words, never run. A new spelling is proposed only where it
parses, so that what a message tells people to write can be written.
"""

from __future__ import annotations

import re

from tensorscope.condition import Condition
from tensorscope.condition_text import EXAMPLES
from tensorscope.errors import ConditionError, clip

#: What frameworks call our tests and abs, in lower case.
_SAME = {
    **dict.fromkeys(("isnan", "is_nan", "isna", "isnull"), "isnan"),
    **dict.fromkeys(("isinf", "is_inf", "is_infinite"), "isinf"),
    **dict.fromkeys(("isfinite", "is_finite"), "isfinite"),
    **dict.fromkeys(("isposinf", "is_posinf"), "isposinf"),
    **dict.fromkeys(("isneginf", "is_neginf"), "isneginf"),
    **dict.fromkeys(("notna", "notnull", "is_not_nan"), "~isnan"),
    **dict.fromkeys(("abs", "absolute", "fabs", "magnitude"), "abs"),
    **dict.fromkeys(("logical_not", "bitwise_not", "invert"), "~"),
}
_NAMES = "|".join(sorted(_SAME, key=len, reverse=True))
_NUMBER = r"[-+]?[\w.]+"

#: In order: (what is written elsewhere, what is written here).
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), here)
    for pattern, here in (
        (r"^\s*(?:[^\W\d]\w*\.)?(?:nan|NaN|NAN)\s*$", "isnan(x)"),
        (r"^\s*is\b", "x is"),  # as in '> 0.9', x may be left out
        # float('inf'), np.inf, torch.nan
        (r"\bfloat\s*\(\s*['\"]([-+]?)(inf|nan)(?:inity)?['\"]\s*\)", r"\1\2"),
        (r"\b[^\W\d]\w*\.(inf|nan)\b(?!\s*\()", r"\1"),
        # None is no element of a tensor: what is missing there is NaN
        (r"\bx\s+is\s+not\s+(?:None|nan|NaN)\b", "~isnan(x)"),
        (r"\bx\s+is\s+(?:None|nan|NaN)\b", "isnan(x)"),
        (r"\bx\s*!=\s*(?:None|NaN)\b", "~isnan(x)"),
        (r"\bx\s*==\s*(?:None|NaN)\b", "isnan(x)"),
        (r"\bx\s+is\s+not\s+inf\b", "~isinf(x)"),
        (r"\bx\s+is\s+inf\b", "isinf(x)"),
        (rf"\bx\s+is\s+not\s+({_NUMBER})", r"x != \1"),
        (rf"\bx\s+is\s+({_NUMBER})", r"x == \1"),
        (r"\|\s*x\s*\|", "abs(x)"),
        (r"=>", ">="),
        (r"=<", "<="),
        (r"<>", "!="),
        (r"(?<![<>=!])=(?!=)", "=="),
        (r"&&", "&"),
        (r"\|\|", "|"),
        (r"!(?!=)", "~"),
    )
)
#: torch.isnan( and is_nan(, then x.isnan() and x.abs().
_CALL = re.compile(rf"\b(?:[^\W\d]\w*\.)*({_NAMES})\s*\(", re.IGNORECASE)
_METHOD = re.compile(rf"\b[^\W\d]\w*\s*\.\s*({_NAMES})\s*\(\s*\)", re.IGNORECASE)
_IN = re.compile(r"\bx\s+(not\s+)?in\s*[\[({]([^\[\](){}]*)[\])}]")
#: x alone where it is asked whether it is true: not x, ~x, but not ~x > 3.
_UNTRUE = re.compile(r"(?:\bnot\s+|~\s*)x\b(?!\s*[.<>=!≤≥≠(\[])")

_ARITHMETIC = re.compile(r"[*/%@^]|\bx\s*[-+]|[-+]\s*x\b")
_CALLED = re.compile(
    r"\b(?!(?:and|or|not|in|abs|isnan|isinf|isfinite|isposinf|isneginf)\b)[^\W\d]\w*\s*\("
)
_COLUMN = re.compile(r"; values are called x: .*", re.DOTALL)
_JOINED = re.compile(r"\b(?:and|or)\b|[&|]")
_PLAIN = "a condition compares x with numbers"
_MASK = "; compute all else yourself and pass the boolean mask, e.g. ts.where(t, {})"


def respelled(text: str) -> str | None:
    """Return what to write for a text that cannot be read, in canonical spelling; None: unknown."""
    new = _METHOD.sub(lambda m: f"{_SAME[m[1].lower()]}(x)", text)
    new = _CALL.sub(lambda m: f"{_SAME[m[1].lower()]}(", new)
    new = _IN.sub(_either, new)
    for pattern, here in _RULES:
        new = pattern.sub(here, new)
    new = _UNTRUE.sub("x == 0", new)
    if new == text:
        return None
    try:
        return Condition.parse_plain(new).text
    except ConditionError:
        return None


def _either(found: re.Match[str]) -> str:
    """Return ``(x == 1) | (x == 2)`` for ``x in [1, 2]``."""
    wanted = [part.strip() for part in found[2].split(",") if part.strip()]
    if not wanted:
        return found[0]
    joined = " | ".join(f"(x == {part})" for part in wanted)
    return f"~({joined})" if found[1] else f"({joined})"


def explained(error: ConditionError, text: str, masks: bool = True) -> ConditionError:
    """Return an error with what to write instead, where that can be told; else the same one.

    `masks` says whether a boolean mask may be passed instead of a text.
    """
    mask = _MASK if masks else ""
    said = str(error).removesuffix(f"; {EXAMPLES}")
    new = respelled(text) if error.kind == "SYNTAX" else None
    if new is not None:
        said = _COLUMN.sub("", said)  # no name was meant: 'np' and 'None' are no columns
        advice = f"write {clip(repr(new), 120)}: a condition is read, and never run as Python"
    elif said == str(error):  # it says already what to do
        return error
    elif _ARITHMETIC.search(text):
        advice = f"there is no arithmetic here: {_PLAIN}{mask.format('t % 2 == 0')}"
    elif _CALLED.search(text):
        advice = f"there are no such functions here: {_PLAIN}{mask.format('t > t.mean()')}"
    elif _JOINED.search(text) and "alone is no condition" in said:
        advice = (
            "each side of & (and) and of | (or) is a comparison of its own, and the only name is "
            "x: (x > 0) & (x < 1)"
        )
    else:
        return error
    return ConditionError(f"{said}; {advice}", error.kind, error.span)

"""What a person should be warned of, told from the statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tensorscope.selection import cell_text
from tensorscope.summary import Stats


def warnings_of(
    stats: Stats, nan: Sequence[Any] | None, inf: Sequence[Any] | None
) -> list[dict[str, Any]]:
    """Return warnings, the gravest first: NaN and Inf, all zero, constant, nothing finite."""
    found: list[dict[str, Any]] = []
    nan_word = "NaT" if stats.dtype.startswith(("datetime64", "timedelta64")) else "NaN"
    counts = [
        f"{n:,} {what}"
        for n, what in ((stats.nan, nan_word), (stats.posinf, "+Inf"), (stats.neginf, "-Inf"))
        if n
    ]
    if counts:
        what = nan_word if nan is not None else "Inf"
        where = nan if nan is not None else inf
        place = f" First {what} at {cell_text(where)}." if where is not None else ""
        kind = "nan" if nan is not None else "inf"
        them = "it" if stats.nan + stats.posinf + stats.neginf == 1 else "them"
        message = f"{_listed(counts)}. Mean, std and colours leave {them} out.{place}"
        found.append({"kind": kind, "message": message, "cell": where})
    finite = stats.count - stats.nan - stats.posinf - stats.neginf
    if stats.count == 0:
        return found
    if finite == 0:
        found.append({"kind": "nan", "message": "No value is finite.", "cell": None})
    elif stats.zero == stats.count:
        found.append({"kind": "zero", "message": "Every value is 0.", "cell": None})
    elif stats.count > 1 and stats.range is not None and stats.range[0] == stats.range[1]:
        message = f"Constant: every finite value is {stats.range[0]!r}."
        found.append({"kind": "constant", "message": message, "cell": None})
    return found


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"

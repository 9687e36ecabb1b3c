"""Budget: bytes as people write them, ``"256MB"``, and as they are told."""

from __future__ import annotations

import re

from tensorscope.errors import SelectionError, quote

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9,
          "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}  # fmt: skip


def budget_text(nbytes: int) -> str:
    """Return bytes in the decimal units that a budget is given in: ``840 B``, ``1.1 MB``."""
    for unit in ("GB", "MB", "KB"):
        if nbytes >= _UNITS[unit]:
            number = nbytes / _UNITS[unit]
            return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"
    return f"{nbytes} B"


def budget_of(budget: object) -> int:
    """Read a number of bytes such as ``"256MB"``."""
    if isinstance(budget, int) and not isinstance(budget, bool) and budget > 0:
        return budget
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMG]?i?B|)\s*", str(budget), re.IGNORECASE)
    size = int(float(found[1]) * _UNITS[found[2].upper()]) if found else 0
    if not isinstance(budget, str) or not size:
        raise SelectionError(
            f'budget= is a number of bytes or a text such as "256MB", not {quote(budget)}'
        )
    return size

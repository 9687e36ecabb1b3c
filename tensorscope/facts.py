"""A line of facts on a tensor: for still pictures, saved notebooks and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tensorscope.selection import whole
from tensorscope.source import LiveSource
from tensorscope.summary import is_counted, sampled, summarise
from tensorscope.text import value_text

#: Elements that are read of a tensor that is too large to be read whole.
_FEW = 1 << 16


def facts_lines(stats: Mapping[str, Any]) -> list[str]:
    """Return statistics, as they are on the wire, as one line of text; none if they say nothing."""
    parts = [f"{name} {stats[name]}" for name in ("min", "max") if stats[name]]
    if stats["mean"] and stats["std"]:
        parts.append(f"mean {_short(stats['mean'])} ± {_short(stats['std'])}")
    counted = {"NaN": stats["nan"], "+Inf": stats["posinf"], "-Inf": stats["neginf"]}
    if not parts and not any(counted.values()):
        counted = {}  # of what is no number
    if stats["masked"]:
        counted["masked"] = stats["masked"]
    parts += [f"{name} {count:,}" for name, count in counted.items()]
    return [" · ".join(parts)] if parts else []


def _short(text: str) -> str:
    """Return a number with four digits; dates, durations and complex numbers as they are."""
    try:
        return f"{float(text):.4g}"
    except ValueError:
        return text


def quick_facts(source: LiveSource, most: int) -> tuple[dict[str, str], int]:
    """Return min, max, NaN and Inf counts as texts, and how many elements were read for them.

    Of more than `most` elements, or of what lies far away, a sample: its ends begin with '~', and
    its counts say of which share they are.

    Cost: reads at most `most` elements, or 64 k; none of what lies in a store.
    """
    dtype = source.adapter.dtype(source.tensor)
    everything = whole(source.lengths)
    if dtype.kind in "OMm" or not is_counted(dtype) or source.price(everything):
        return {}, 0
    selected = source.read(everything, search=1)
    few = selected.cut.count <= (_FEW if source.adapter.distant else max(most, _FEW))
    found = summarise(selected, with_histogram=False) if few else sampled(selected, _FEW)
    about = "~" if found.coverage < 1 else ""
    of = f" in {min(99.9, 100 * found.coverage):.3g} %" if about else ""

    def end(value: Any) -> str:
        return "" if value is None else about + value_text(selected.dtype, value)

    def count(n: int) -> str:
        return f"{n:,}{of}"

    facts = {
        "min": end(found.min),
        "max": end(found.max),
        "nan": count(found.nan),
        "inf": count(found.posinf + found.neginf),
    }
    return facts, _FEW if about else selected.cut.count

"""What a watch's replies hold, as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from tensorscope.capture.history import History
from tensorscope.capture.measure import Measure
from tensorscope.capture.watch import Watch

#: Points of a sparkline, and of the line above the steps.
SPARK, LINE = 60, 400


def status_dict(watch: Watch) -> dict[str, Any]:
    """Return where the training is."""
    recorder = watch._recorder
    control = recorder.control
    return {
        "status": watch.status,
        "at": control.at,
        "reason": control.reason or control.ended_by,
        "step": recorder.step,
        "train": recorder.train,
        "rate": recorder.rate,
        "nbytes": watch.nbytes,
        "budget": None if math.isinf(recorder.store.budget) else recorder.store.budget,
        "evicted": watch.evicted,
        "hit": None if watch.hit is None else {
            "name": watch.hit.name, "what": watch.hit.what, "step": watch.hit.step,
            "cell": None if watch.hit.cell is None else list(watch.hit.cell),
            "text": str(watch.hit),
        },
    }  # fmt: skip


def rows(watch: Watch, told: dict[tuple[str, str], int]) -> list[dict[str, Any]]:
    """Return what was measured since it was last told, place by place.

    `told` remembers how many steps of each place were told; it is brought up to date.
    """
    found = []
    for (name, what), history in list(watch._recorder.histories.items()):
        count = len(history)
        new = count - told.get((name, what), 0)
        if not new:
            continue
        told[name, what] = count
        found.append({
            "name": name,
            "what": what,
            "points": [_point(step, m) for step, m in history.recent(min(new, SPARK))],
            "zero": _zero(history),
        })  # fmt: skip
    return found


def past(watch: Watch, step: int) -> dict[str, Any]:
    """Return what every place measured in a step, or in the last one before it.

    Cost: a look at the last 512 steps of each place, at most.
    """
    found = []
    for (name, what), history in list(watch._recorder.histories.items()):
        told = history.at(step)
        if told is not None:
            found.append({
                "name": name, "what": what, "points": [_point(*told)], "zero": told[1].zero,
            })  # fmt: skip
    return {"step": step, "rows": found}


def _point(step: int, measure: Measure) -> list[Any]:
    """Return step, mean, std, smallest, largest; what is not finite goes as text."""
    point = [step, measure.mean, measure.std, measure.low, measure.high, measure.norm]
    # One look at all of them: a sum that is finite has no term that is not.
    return point if math.isfinite(sum(point)) else [step, *map(number, point[1:])]


def number(value: float) -> float | str:
    """Return a number as JSON takes it: NaN and Inf as text."""
    return value if math.isfinite(value) else repr(value)


def _zero(history: History) -> float | None:
    return next((m.zero for _, m in reversed(history.recent(SPARK)) if m.zero is not None), None)


def finding_dicts(watch: Watch) -> list[dict[str, Any]]:
    """Return the findings."""
    return [
        {
            "kind": f.kind, "name": f.name, "what": f.what, "step": f.step, "message": f.message,
            "evidence": f.evidence, "cell": None if f.cell is None else list(f.cell),
            "grave": f.grave,
        }
        for f in watch.findings
    ]  # fmt: skip


def breakpoint_dicts(watch: Watch) -> list[dict[str, Any]]:
    """Return the breakpoints."""
    return [
        {"cond": b.condition, "on": b.on, "what": b.what, "hits": b.hits,
         "action": b.action if isinstance(b.action, str) else "calls a function"}
        for b in watch.breakpoints
    ]  # fmt: skip


def runs(steps: Iterable[int]) -> list[list[int]]:
    """Return rising steps as runs of (first, last, apart): sampled ones are a single run."""
    found: list[list[int]] = []
    for step in steps:
        if found and (step - found[-1][1] == found[-1][2] or found[-1][0] == found[-1][1]):
            run = found[-1]
            run[1], run[2] = step, step - run[1]
        else:
            found.append([step, step, 1])
    return found


def timeline(watch: Watch) -> dict[str, Any]:
    """Return the line above the steps: a probe called loss, else the last module's size."""
    recorder = watch._recorder
    probes = [name for name, what in list(recorder.histories) if what == "probe"]
    name = next((n for n in probes if "loss" in n.lower()), probes[0] if probes else None)
    points: list[list[Any]] = []
    if name is not None:
        means = recorder.histories[name, "probe"].means(LINE)
        points = [[step, number(mean)] for step, mean in means]
    return {"name": name, "points": points, "recorded": runs(recorder.store.steps())}

"""The clock and the table that all benchmarks share."""

from __future__ import annotations

import gc
import json
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

Call = Callable[[], object]


@dataclass
class Row:
    """One line of the table.

    Times are in seconds. `limit` is what no implementation could beat; `goal` the ratio of ours to
    it that is to be reached (or, in words, something else: then `ok` says whether it was).
    """

    task: str
    ours: float
    limit: float | None = None
    goal: float | str | None = None
    ok: bool | None = None
    peers: dict[str, float] = field(default_factory=dict)
    note: str = ""
    measured: float | None = None

    def __post_init__(self) -> None:
        if self.ratio is not None and isinstance(self.goal, int | float):
            self.ok = self.ratio <= self.goal

    @property
    def ratio(self) -> float | None:
        """Ours to the limit: the median over turns where there were turns."""
        if self.measured is not None:
            return self.measured
        return None if self.limit is None else self.ours / self.limit


class Times:
    """Seconds of each turn of each call, and what the limit took just before."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = {}
        self.limits: dict[str, list[float]] = {}

    def __getitem__(self, name: str) -> float:
        """Return the median time."""
        return statistics.median(self.taken[name])

    def limit(self, name: str) -> float:
        """Return the median time of the limit, measured in turns with `name`."""
        return statistics.median(self.limits[name])

    def all(self) -> dict[str, float]:
        """Return all median times."""
        return {name: self[name] for name in self.taken}

    def row(self, task: str, name: str, goal: float | None = None, **more: Any) -> Row:
        """Return the line that compares `name` with the limit, turn by turn."""
        turns = zip(self.taken[name], self.limits[name], strict=True)
        ratio = statistics.median(ours / limit for ours, limit in turns)
        return Row(task, self[name], self.limit(name), goal, measured=ratio, **more)


def race(
    calls: dict[str, Call], limit: Call | None = None, rounds: int = 9, repeat: int = 1
) -> Times:
    """Time calls in turns, each right after the limit, so that they see the same weather.

    Parameters
    ----------
    calls : dict
        Name → call.
    limit : callable, optional
        What no call could beat.
    rounds : int
        How often each has its turn.
    repeat : int
        Calls a turn, for short ones.
    """
    times = Times()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, call in calls.items():
                if limit is not None:
                    times.limits.setdefault(name, []).append(_time(limit, repeat))
                times.taken.setdefault(name, []).append(_time(call, repeat))
    finally:
        gc.enable()
    return times


def _time(call: Call, repeat: int) -> float:
    # The thread's own time: what the neighbours of a shared machine do moves it least.
    start = time.thread_time()
    for _ in range(repeat):
        call()
    return (time.thread_time() - start) / repeat


def extra_memory(call: Call) -> int:
    """Return the most bytes that a call held at once, of NumPy's and Python's."""
    call()  # tables and code that are made once
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def memory_row(task: str, call: Call, limit_mb: float = 2.0) -> Row:
    """Measure a call's extra memory against a limit in MB."""
    start = time.perf_counter()
    call()
    taken = time.perf_counter() - start
    peak = extra_memory(call) / 1e6
    return Row(task, taken, goal=f"+{limit_mb:g} MB", ok=peak <= limit_mb, note=f"+{peak:.2f} MB")


def upper(ratios: list[float], draws: int = 2000) -> float:
    """Return the upper 95 % bound of the median, by the bootstrap."""
    chance = random.Random(0)
    medians = sorted(statistics.median(chance.choices(ratios, k=len(ratios))) for _ in range(draws))
    return medians[int(0.975 * draws)]


def emit(rows: list[Row]) -> None:
    """Hand rows to the runner."""
    print(json.dumps([asdict(row) for row in rows]))


def seconds(value: float) -> str:
    """Write a time for people."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| task | limit | ours | ratio | goal | reached | instead of ours |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for row in rows:
        goal = f"≤ {row.goal:g} ×" if isinstance(row.goal, int | float) else (row.goal or "")
        peers = ", ".join(
            f"{name} {seconds(taken)} ({taken / row.ours:.1f} × ours)"
            for name, taken in row.peers.items()
        )
        cells = [
            row.task,
            "" if row.limit is None else seconds(row.limit),
            seconds(row.ours) + (f", {row.note}" if row.note else ""),
            "" if row.ratio is None else f"{row.ratio:.2f} ×",
            goal,
            {True: "yes", False: "**no**", None: ""}[row.ok],
            peers,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)

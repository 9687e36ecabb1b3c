"""History: the measures of one place, step after step, in memory that does not grow.

The last steps are kept one by one. Older ones are joined in pairs whenever they fill their room,
so that a line over a million steps has a thousand points, and none of them hides an extreme.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from tensorscope.capture.measure import Measure

RECENT, PAST = 512, 1024


@dataclass(slots=True)
class Point:
    """One step, or several that were joined.

    Attributes
    ----------
    step, last : int
        First and last step that it stands for.
    weight : int
        How many steps were joined.
    mean, norm : float
        Their averages.
    low, high : float
        Their extremes.
    zero : float or None
        Share of zeros, of the last sampled step.
    finite : bool
        False if a NaN or Inf was in any of them.
    """

    step: int
    last: int
    weight: int
    mean: float
    norm: float
    low: float
    high: float
    zero: float | None
    finite: bool

    @property
    def std(self) -> float:
        """Not told by a joined point; see :meth:`History.line`."""
        return math.nan


class History:
    """All that is remembered of one place."""

    __slots__ = ("_count", "_past", "_recent", "latest", "least_norm")

    def __init__(self) -> None:
        self._recent: deque[tuple[int, Measure]] = deque()
        self._past: list[Point] = []
        self._count = 0
        self.latest: tuple[int, Measure] | None = None
        #: Of all steps, but for norms of 0, NaN and Inf; Inf before there is one.
        self.least_norm = math.inf

    def __len__(self) -> int:
        return self._count

    def add(self, step: int, measure: Measure) -> None:
        """Take in the measure of a step."""
        self.latest = (step, measure)
        self._recent.append((step, measure))
        if 0 < measure.norm < self.least_norm:
            self.least_norm = measure.norm
        self._count += 1
        if len(self._recent) > RECENT:
            self._past.append(_point(*self._recent.popleft()))
            if len(self._past) > PAST:
                pairs = zip(self._past[::2], self._past[1::2], strict=False)
                rest = self._past[-1:] if len(self._past) % 2 else []
                self._past = [_joined(a, b) for a, b in pairs] + rest

    def line(self) -> list[Point]:
        """Return all points, oldest first."""
        return [*self._past, *(_point(step, measure) for step, measure in list(self._recent))]

    def means(self, most: int) -> list[tuple[int, float]]:
        """Return step and mean of every so many points, oldest first, and of the last one.

        At most `most` of them, and one more.
        """
        past, recent = self._past, list(self._recent)
        count = len(past) + len(recent)
        means: list[tuple[int, float]] = []
        every = max(1, math.ceil(count / most))
        for k in [*range(0, count - 1, every), count - 1] if count else ():
            if k < len(past):
                means.append((past[k].step, past[k].mean))
            else:
                step, measure = recent[k - len(past)]
                means.append((step, measure.mean))
        return means

    def recent(self, count: int) -> list[tuple[int, Measure]]:
        """Return the last `count` steps, oldest first."""
        return list(self._recent)[-count:] if count > 0 else []

    def at(self, step: int) -> tuple[int, Measure] | None:
        """Return the last step up to this one, and its measure; None if it was joined since."""
        return next((one for one in reversed(list(self._recent)) if one[0] <= step), None)

    def since(self, told: int) -> tuple[list[Point], list[tuple[int, Measure]]]:
        """Return what came after the first `told` steps: points of older ones, then the rest."""
        done = self._count - len(self._recent)
        points: list[Point] = []
        for point in reversed(self._past):
            done -= point.weight
            if done < told:
                break
            points.append(point)
        return points[::-1], self.recent(min(self._count - told, len(self._recent)))

    def put_back(self, point: Point) -> None:
        """Take in a point that :meth:`since` gave, before any later step."""
        self._past.append(point)
        self._count += point.weight


def _point(step: int, one: Measure) -> Point:
    return Point(step, step, 1, one.mean, one.norm, one.low, one.high, one.zero, one.finite)


def _joined(a: Point, b: Point) -> Point:
    weight = a.weight + b.weight
    return Point(
        step=a.step,
        last=b.last,
        weight=weight,
        mean=(a.mean * a.weight + b.mean * b.weight) / weight,
        norm=(a.norm * a.weight + b.norm * b.weight) / weight,
        # NaN stays: the smaller of NaN and anything is asked for by hand.
        low=math.nan if a.low != a.low or b.low != b.low else min(a.low, b.low),
        high=math.nan if a.high != a.high or b.high != b.high else max(a.high, b.high),
        zero=a.zero if b.zero is None else b.zero,
        finite=a.finite and b.finite,
    )
